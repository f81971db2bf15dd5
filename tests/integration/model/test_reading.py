"""A read of the model that begins before the function's other imports."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import obstore
import pytest

from phat.model import reading
from phat.model.errors import StoreFailure
from phat.model.pin import Pin
from phat.model.reading import Reading, begin, regional
from phat.model.store import load
from phat.storage import objects
from tests.gateway import ROOT, Answer, event
from tests.integration.process import serve_fresh

DATE = "Tue, 24 Nov 2026 08:00:00 GMT"
NO_CLIENT = {"AWS_UNSIGNED_PAYLOAD": "neither yes nor no"}
"""A setting with which obstore makes no client."""

WAITS = """
import sys

class Waits:
    def find_spec(self, name, path=None, target=None):
        if name == "phat.api.answers":
            print("importing", flush=True)
            sys.stdin.readline()

sys.meta_path.insert(0, Waits())
import handler
print(handler.serving.loaded.version)
"""
"""Imports the handler, and waits for a line before the greater part of it is imported."""


class Store(BaseHTTPRequestHandler):
    """A store of one object that counts who asks."""

    body: ClassVar[bytes] = b""
    asked: ClassVar[list[str]] = []
    first: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        """Give the object."""
        self.asked.append(self.path)
        self.first.set()
        self.send_response(200 if self.body else 404)
        for name, value in (("Content-Length", str(len(self.body))), ("ETag", '"1"'), ("Last-Modified", DATE)):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, artifact_bytes: bytes) -> Iterator[type[Store]]:
    """A store that has the reference model, and is the one that this process and its children read from."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setattr(Store, "body", artifact_bytes)
        monkeypatch.setattr(Store, "asked", [])
        monkeypatch.setattr(Store, "first", threading.Event())
        yield Store
        server.shutdown()


def readers() -> list[threading.Thread]:
    """The threads of this process that read."""
    return [thread for thread in threading.enumerate() if thread.name == "reading"]


def test_store_is_asked_before_the_rest_is_imported(
    store: type[Store], pinned: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 is asked while the greater part of the function is not imported yet, and what it answers is served."""
    for name, value in pinned.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-c", WAITS]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "importing\n"
        asked = store.first.wait(30)
        out, _ = process.communicate("\n")
    assert asked
    assert out.strip() == pinned["MODEL_SHA256"][:12]


def test_cold_start_asks_once(store: type[Store], pinned: dict[str, str]) -> None:
    """A cold start reads the object once, whatever is asked of the function after."""
    outcome = serve_fresh([event("predict"), event("health")], pinned)
    assert [answer["statusCode"] for answer in outcome.answers] == [200, 200]
    assert len(store.asked) == 1


def test_failed_read_is_tried_again_by_each_request(
    store: type[Store], pinned: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read that failed at the start is reported once, and made again once for each request."""
    monkeypatch.setattr(store, "body", b"")
    outcome = serve_fresh([event("predict"), event("health")], pinned)
    assert [Answer.of(answer).json()["detail"] for answer in outcome.answers] == [
        "the model was not found in its store"
    ] * 2
    assert "request_id" not in next(line for line in outcome.logs if line["message"] == "model unavailable")
    assert len(store.asked) == 3


@pytest.mark.parametrize("sha256", ["", "latest"])
def test_nothing_begins_unless_configured(store: type[Store], pinned: dict[str, str], sha256: str) -> None:
    """Without a pin, and with one that cannot be, nothing is read."""
    assert begin({}) is None
    assert begin(pinned | {"MODEL_SHA256": sha256}) is None
    assert not readers()
    assert not store.asked


def test_import_alone_reads_nothing(store: type[Store]) -> None:
    """Where no model is configured, importing the function asks no store."""
    outcome = serve_fresh([], {})
    assert "handler" in outcome.modules
    assert not store.asked


def test_store_without_a_client_is_a_503(pinned: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that make no client of S3 do not stop the import: the answer is a 503, the log has the reason."""
    outcome = serve_fresh([event("predict")], pinned | NO_CLIENT)
    answer = Answer.of(outcome.answers[0])
    assert (answer.status, answer.json()["detail"]) == (503, "the model's store did not answer as it should")
    assert next(line["error"] for line in outcome.logs if "error" in line) == "StoreFailure"
    for name, value in NO_CLIENT.items():
        monkeypatch.setenv(name, value)
    assert begin(pinned) is None


def test_begun_read_of_another_pin_is_not_taken(store: type[Store], pin: Pin) -> None:
    """What was read under another pin is never taken for the model."""
    begun = Reading(pin._replace(key="models/other/0123456789ab/model.json"))
    assert load(pin, begun).sha256 == pin.sha256
    begun.data()
    assert len(store.asked) == 2


def test_begun_read_is_taken(store: type[Store], pin: Pin) -> None:
    """What was read under the same pin is the model, and not read again."""
    assert load(pin, Reading(pin)).sha256 == pin.sha256
    assert len(store.asked) == 1


def test_failure_reaches_who_waits(store: type[Store], pin: Pin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure of the store is a StoreFailure for who waits for the data, and nothing before."""
    monkeypatch.setattr(store, "body", b"")
    reading = Reading(pin)
    with pytest.raises(StoreFailure, match=pin.key):
        reading.data()


def test_unforeseen_error_reaches_who_waits(pin: Pin, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody foresaw is not lost in the thread, whatever its type."""

    def broken(*_: object, **__: object) -> None:
        raise SystemExit("broken")

    monkeypatch.setattr(obstore, "get", broken)
    with pytest.raises(SystemExit, match="broken"):
        Reading(pin).data()


@pytest.mark.parametrize(
    ("region", "endpoint", "host"),
    [
        ("cn-north-1", None, "https://s3.cn-north-1.amazonaws.com.cn"),
        ("cn-northwest-1", "http://127.0.0.1:9", None),
        ("eu-central-1", None, None),
    ],
)
def test_host_of_the_region(
    region: str, endpoint: str | None, host: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In China S3 has another host; a named address is used wherever it is."""
    monkeypatch.setenv("AWS_REGION", region)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert regional().get("endpoint") == host
    for store in (reading._store("bucket"), objects.store("bucket")):
        assert store.config.get("endpoint") == host


def test_bucket_that_no_client_can_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name at which obstore panics is a failure of the store, not the end of the process."""
    pin = Pin("my bucket", "models/a/0123456789ab/model.json", "0" * 64)
    with pytest.raises(StoreFailure):
        Reading(pin).data()
