"""A publisher killed at any point, or next to another: a whole object or none, and publishing again succeeds."""

import json
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from phat.model.artifact import Artifact
from phat.model.store import publish
from phat.model.texts import Texts
from tests.e2e.waiting import wait_until
from tests.faults.store import BUCKET, Store
from tests.gateway import ROOT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PROGRAM = """
import json, sys
from phat.model.store import publish
print(json.dumps(publish(sys.stdin.buffer.read(), sys.argv[1]).created))
"""


@pytest.fixture
def data(artifact_bytes: bytes) -> bytes:
    """An artifact that was never published."""
    return replace(Artifact.from_bytes(artifact_bytes), texts=Texts(str(uuid.uuid4()))).to_bytes()


@pytest.fixture
def client(store: Store) -> "S3Client":
    """A client of the store."""
    return store.client()


def publisher(data: bytes) -> "subprocess.Popen[bytes]":
    """A process that publishes."""
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, BUCKET], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert started.stdin is not None
    started.stdin.write(data)
    started.stdin.close()
    started.stdin = None
    return started


def objects(client: "S3Client", data: bytes) -> list[bytes]:
    """What stands in the bucket under any version of the artifact's key."""
    key = publish_key(data)
    versions = client.list_object_versions(Bucket=BUCKET, Prefix=key).get("Versions", [])
    return [client.get_object(Bucket=BUCKET, Key=key, VersionId=v["VersionId"])["Body"].read() for v in versions]


def publish_key(data: bytes) -> str:
    """The key that an artifact is published under."""
    from phat.model.model import Model

    model = Model.from_bytes(data)
    return f"models/{model.artifact.name}/{model.version}/model.json"


def end(process: "subprocess.Popen[bytes]") -> None:
    """Kill a publisher."""
    process.kill()
    process.communicate(timeout=30)


def test_killed_before_the_write_arrives(store: Store, client: "S3Client", data: bytes) -> None:
    """Killed while the store has not taken the object yet, a publisher leaves none or the whole; again succeeds."""
    store.fail({"latency": 1_500}, operation="PutObject")
    process = publisher(data)
    wait_until(store.met, "the write")
    end(process)
    store.heal()
    publish(data, BUCKET)
    time.sleep(2)  # what the dead publisher sent may still be on its way
    assert objects(client, data) == [data]


def test_killed_before_the_answer_of_the_write(store: Store, client: "S3Client", data: bytes) -> None:
    """Killed after the write, with its answer still on the way, a publisher can be repeated: the object is found."""
    store.fail({"response": {"set_headers": {"Content-Length": "10"}}}, operation="PutObject")  # which never come
    process = publisher(data)
    wait_until(lambda: bool(objects(client, data)), "the object")
    assert process.poll() is None
    end(process)
    store.heal()
    assert not publish(data, BUCKET).created
    assert objects(client, data) == [data]


def test_killed_between_write_and_check(store: Store, client: "S3Client", data: bytes) -> None:
    """Killed while it compares what it found, a publisher changes nothing."""
    assert publish(data, BUCKET).created
    store.fail({"latency": 5_000})
    process = publisher(data)
    wait_until(store.met, "the check")
    end(process)
    store.heal()
    assert objects(client, data) == [data]
    assert not publish(data, BUCKET).created


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("seconds", [0.2, 0.3, 0.4, 0.5, 0.6, 0.8])
def test_killed_at_any_time(client: "S3Client", data: bytes, seconds: float) -> None:
    """Whenever a publisher is killed, the object is whole or not there, and publishing again succeeds."""
    process = publisher(data)
    time.sleep(seconds)
    end(process)
    assert objects(client, data) in ([], [data])
    publish(data, BUCKET)
    assert objects(client, data) == [data]


@pytest.mark.parametrize(
    "fault",
    [
        {"error": {"code": "SlowDown", "status": 503}},
        {"error": {"code": "InternalError", "status": 500}},
        {"reset": True},
        {"request": {"cut_upload": {"after_bytes": 1_024}}},
    ],
    ids=["throttled", "internal error", "reset", "upload cut"],
)
def test_fault_of_the_write(store: Store, client: "S3Client", data: bytes, fault: dict[str, object]) -> None:
    """A fault of the store during the write is bridged."""
    store.fail({"times": 2} | fault, operation="PutObject")
    publish(data, BUCKET)
    assert store.fired() == 2
    assert objects(client, data) == [data]


def test_two_publishers_at_once(store: Store, client: "S3Client", data: bytes) -> None:
    """Of publishers in processes of their own, whose writes arrive together, one creates the object and all succeed."""
    store.fail({"latency": 1_000}, operation="PutObject")
    processes = [publisher(data) for _ in range(4)]
    created = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    assert sorted(created) == [False, False, False, True]
    assert objects(client, data) == [data]
