"""Publishing to and loading from an S3, over real HTTP."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from phat.model.errors import ArtifactError, ModelError, ModelRefused, NotConfigured, StoreFailure
from phat.model.store import Pin, listing, load, publish
from tests.integration.conftest import make_bucket
from tests.unit.model.other import make_artifact

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DATE = "Tue, 24 Nov 2026 08:00:00 GMT"
VARIABLES = {"MODEL_BUCKET": "b", "MODEL_KEY": "models/m/0123456789ab/model.json", "MODEL_SHA256": "0" * 64}


def test_published_model_is_loaded(bucket: str, artifact_bytes: bytes) -> None:
    """What was published comes back under its pin, byte for byte."""
    published = publish(artifact_bytes, bucket)
    model = load(published.pin)
    assert published.created
    assert published.pin.key == f"models/segmentation/{model.version}/model.json"
    assert model.artifact.to_bytes() == artifact_bytes


def test_loads_without_a_version_id(bucket: str, artifact_bytes: bytes) -> None:
    """Key and checksum are enough to pin a model."""
    assert load(publish(artifact_bytes, bucket).pin._replace(version_id=None)).artifact.name == "segmentation"


def test_same_bytes_are_published_once(bucket: str, s3: "S3Client", artifact_bytes: bytes) -> None:
    """Publishing again succeeds, gives the same pin and writes nothing."""
    first, second = publish(artifact_bytes, bucket), publish(artifact_bytes, bucket)
    assert (first.created, second.created) == (True, False)
    assert first.pin == second.pin
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1


def test_two_publishers_at_once(bucket: str, s3: "S3Client", artifact_bytes: bytes) -> None:
    """Of several writers of the same model one creates it and all succeed with one pin."""
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda _: publish(artifact_bytes, bucket), range(8)))
    assert sum(result.created for result in results) == 1
    assert len({result.pin for result in results}) == 1
    assert len(s3.list_object_versions(Bucket=bucket)["Versions"]) == 1


def test_published_models_are_listed(bucket: str, s3: "S3Client", artifact_bytes: bytes) -> None:
    """A bucket's models are listed with name, version, size and time, the newest first; other objects are not."""
    first = publish(artifact_bytes, bucket)
    time.sleep(1.1)  # S3 has times in seconds
    data = make_artifact().to_bytes()
    second = publish(data, bucket)
    for key in ("models/notes.txt", "elsewhere/m/0123456789ab/model.json", "models/m/latest/model.json"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"-")
    found = listing(bucket)
    assert [(each.name, each.version, each.size) for each in found] == [
        ("other", second.version, len(data)),
        ("segmentation", first.version, len(artifact_bytes)),
    ]
    assert found[0].modified > found[1].modified
    assert listing(make_bucket(s3)) == []


def test_other_bytes_under_the_key_are_refused(pin: Pin, bucket: str, s3: "S3Client", artifact_bytes: bytes) -> None:
    """A key that holds something else is never written over."""
    s3.put_object(Bucket=bucket, Key=pin.key, Body=b"something else")
    with pytest.raises(ModelError, match="holds other bytes; a published model is never replaced"):
        publish(artifact_bytes, bucket)
    assert s3.get_object(Bucket=bucket, Key=pin.key)["Body"].read() == b"something else"


def test_broken_model_is_not_published(bucket: str, s3: "S3Client", artifact_bytes: bytes) -> None:
    """What a reader would refuse never gets into the store."""
    with pytest.raises(ArtifactError, match="truncated"):
        publish(artifact_bytes[:-100], bucket)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_version_id_pins_the_object(bucket: str, s3: "S3Client", artifact_bytes: bytes) -> None:
    """With a version id the object that was pinned is read, even after somebody wrote over it."""
    pin = publish(artifact_bytes, bucket).pin
    s3.put_object(Bucket=bucket, Key=pin.key, Body=b"vandalised")
    assert load(pin).artifact.name == "segmentation"
    with pytest.raises(ModelRefused, match="checksum"):
        load(pin._replace(version_id=None))


def test_checksum_is_verified_before_parsing(bucket: str, s3: "S3Client", pin: Pin) -> None:
    """Bytes with another checksum are refused for that, whatever they hold."""
    s3.put_object(Bucket=bucket, Key=pin.key, Body=b"not even JSON")
    with pytest.raises(ModelRefused, match=rf"checksum [0-9a-f]{{64}}, expected {pin.sha256}") as caught:
        load(Pin(bucket, pin.key, pin.sha256))
    assert caught.value.public == "the model's checksum is not the expected one"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda key: key.replace("segmentation", "churn"), "the key names model 'churn', the artifact 'segmentation'"),
        (lambda key: re.sub("/[0-9a-f]{12}/", "/000000000000/", key), "the key names version 000000000000"),
        (lambda _: "model.json", "not of the form"),
    ],
)
def test_model_under_a_wrong_key_is_refused(
    bucket: str, s3: "S3Client", pin: Pin, artifact_bytes: bytes, change: Callable[[str], str], reason: str
) -> None:
    """Name and version of the key must be those of the artifact."""
    key = change(pin.key)
    s3.put_object(Bucket=bucket, Key=key, Body=artifact_bytes)
    with pytest.raises(ModelRefused, match=reason):
        load(Pin(bucket, key, pin.sha256))


def test_missing_object_is_told(bucket: str, pin: Pin) -> None:
    """An object that is not there is a store failure; the caller is not told where it should be."""
    with pytest.raises(StoreFailure, match=pin.key) as caught:
        load(Pin(bucket, pin.key, pin.sha256))
    assert caught.value.public == "the model was not found in its store"


def test_missing_bucket_is_told(pin: Pin) -> None:
    """A bucket that is not there is a store failure."""
    with pytest.raises(StoreFailure, match="no-such-bucket"):
        load(pin._replace(bucket="no-such-bucket"))


def test_object_beyond_all_models_is_not_read(bucket: str, s3: "S3Client", pin: Pin) -> None:
    """An object far larger than any model is refused by its size."""
    s3.put_object(Bucket=bucket, Key=pin.key, Body=bytes(9 * 1024 * 1024))
    with pytest.raises(StoreFailure, match="9437184 bytes, expected at most"):
        load(Pin(bucket, pin.key, pin.sha256))


def test_http_is_not_spoken_unless_asked_for(pin: Pin, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an https endpoint nothing is read over http."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.replace("http://", "https://"))
    with pytest.raises(StoreFailure):
        load(pin)


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        yield


@pytest.mark.usefixtures("silent")
def test_silent_store_is_given_up(pin: Pin) -> None:
    """A store that never answers is given up in time for the gateway to get an answer."""
    start = time.monotonic()
    with pytest.raises(StoreFailure) as caught:
        load(pin)
    assert caught.value.public == "the model's store did not answer as it should"
    assert time.monotonic() - start < 20  # the gateway waits 29 s


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("value", [None, ""])
def test_incomplete_environment_is_no_model(name: str, value: str | None) -> None:
    """A variable that is not set, or empty, means that no model is configured, and the log says which."""
    variables = {key: found for key, found in {**VARIABLES, name: value}.items() if found is not None}
    with pytest.raises(NotConfigured, match=f"not set: {name}") as caught:
        Pin.from_environment(variables)
    assert caught.value.public == "no model configured"


@pytest.mark.parametrize("digest", ["0" * 63, "A" * 64, "0" * 64 + "\n", "latest"])
def test_malformed_checksum_is_told(digest: str) -> None:
    """A checksum that is not 64 lower-case hexadecimal digits is a configuration error."""
    with pytest.raises(NotConfigured, match=r"MODEL_SHA256: got .* expected 64 lower-case hexadecimal digits"):
        Pin.from_environment(VARIABLES | {"MODEL_SHA256": digest})


def test_environment_names_the_pin() -> None:
    """The four variables are the pin; an empty version id is none."""
    pin = Pin("b", VARIABLES["MODEL_KEY"], "0" * 64)
    assert Pin.from_environment(VARIABLES) == Pin.from_environment(VARIABLES | {"MODEL_VERSION_ID": ""}) == pin
    assert Pin.from_environment(VARIABLES | {"MODEL_VERSION_ID": "v1"}) == pin._replace(version_id="v1")


class Replies(BaseHTTPRequestHandler):
    """A store that gives the replies of `queue`, the last of them again and again."""

    queue: ClassVar[list[tuple[int, bytes]]] = []

    def do_GET(self) -> None:
        """Give the next reply."""
        status, body = self.queue.pop(0) if len(self.queue) > 1 else self.queue[0]
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), ("ETag", '"1"'), ("Last-Modified", DATE)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, bytes]]]:
    """The replies that a store of our own will give."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Replies) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setattr(Replies, "queue", [])
        yield Replies.queue
        server.shutdown()


def test_hiccups_are_bridged(pin: Pin, artifact_bytes: bytes, replies: list[tuple[int, bytes]]) -> None:
    """A store that fails for a moment does not fail the load."""
    replies += [(503, b""), (500, b""), (200, artifact_bytes)]
    assert load(pin).artifact.name == "segmentation"


def test_lasting_failure_is_told(pin: Pin, replies: list[tuple[int, bytes]]) -> None:
    """A store that keeps failing is given up."""
    replies += [(503, b"SlowDown")]
    with pytest.raises(StoreFailure) as caught:
        load(pin)
    assert caught.value.public == "the model's store did not answer as it should"


@pytest.mark.parametrize(
    ("status", "code"), [(401, b"AccessDenied"), (403, b"AccessDenied"), (400, b"ExpiredToken"), (400, b"InvalidToken")]
)
def test_denied_access_is_told(pin: Pin, replies: list[tuple[int, bytes]], status: int, code: bytes) -> None:
    """A refusal is told apart from a failure: somebody has to change a policy, or credentials are over."""
    replies += [(status, b"<Error><Code>" + code + b"</Code></Error>")]
    with pytest.raises(StoreFailure) as caught:
        load(pin)
    assert caught.value.public == "the model's store refused access"


def test_cut_answer_is_not_a_model(pin: Pin, artifact_bytes: bytes, replies: list[tuple[int, bytes]]) -> None:
    """Part of the file is refused by its checksum."""
    replies += [(200, artifact_bytes[:1000])]
    with pytest.raises(ModelRefused, match="checksum"):
        load(pin)
