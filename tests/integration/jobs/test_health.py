"""The look at the endpoint from outside: over TLS, at a gateway that checks key and signature before the handler."""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from phat.api.proxy_event import proxy_event
from phat.jobs import health
from tests.gateway import event, invoke
from tests.integration.jobs.endpoints import HOST, NO_MODEL, Reply, certificate, check, over_tls, serving

STAGE = "/live"
KEY = "health-key-0123456789"
CREDENTIALS = Credentials("test", "test")


@dataclass
class Gateway:
    """A stage that asks for a key and a signature; a test may put something else in the place of its answers."""

    instead: Callable[[str], Reply | None] = lambda _: None
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Answer as API Gateway does: by itself, or with what the function says."""
        self.asked.append(f"{method} {path}")
        if (other := self.instead(path)) is not None:
            return other
        if headers.get("X-Api-Key") != KEY or not is_signed(method, path, headers, body):
            return 403, {}, b'{"message": "Forbidden"}'
        address = urlsplit(path)
        answer = invoke(
            proxy_event(method, address.path.removeprefix(STAGE), headers.items(), parse_qsl(address.query), body)
        )
        return answer.status, answer.headers, answer.body.encode()


def api_gateway(method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
    """API Gateway's own API (moto's needs more than the tests have): the key by its id, its value if asked for."""
    if path != "/apikeys/id?includeValue=true":
        return 404, {"x-amzn-ErrorType": "NotFoundException"}, b'{"message": "Invalid API Key identifier specified"}'
    return 200, {"Content-Type": "application/json"}, json.dumps({"id": "id", "value": KEY}).encode()


def is_signed(method: str, path: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether botocore makes the same signature of what arrived."""
    found = re.search(r"/us-east-1/execute-api/.*SignedHeaders=([^,]+), Signature=(\w+)", headers["Authorization"])
    assert found
    signed = {name: value for name, value in headers.items() if name.lower() in found[1].split(";")}
    request = AWSRequest(method, f"https://{headers['Host']}{path}", signed, body)
    request.context["timestamp"] = headers["X-Amz-Date"]
    auth = SigV4Auth(CREDENTIALS, "execute-api", "us-east-1")
    return bool(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request) == found[2])


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of the gateway, which is its own authority."""
    return certificate(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def gateway(served: None, pinned: dict[str, str], trusted: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A healthy endpoint, and the environment of its checks."""
    state = Gateway()
    health._key.cache_clear()
    with over_tls(state.answer, trusted) as address, serving(api_gateway) as port:
        variables = {"ENDPOINT_URL": address + STAGE, "HEALTH_KEY_ID": "id", "POWERTOOLS_SERVICE_NAME": "phat"}
        variables["AWS_ENDPOINT_URL_API_GATEWAY"] = f"http://{HOST}:{port}"
        for name, value in (pinned | variables | {"SSL_CERT_FILE": str(trusted)}).items():
            monkeypatch.setenv(name, value)
        yield state


def look() -> dict[str, str]:
    """What the function answers when the schedule calls it."""
    return check(event("check_endpoint"))


def unhealthy() -> str:
    """Why the endpoint is said to be unhealthy."""
    answer = look()
    assert answer["status"] == "unhealthy"
    return answer["reason"]


def metrics(printed: str) -> dict[str, Any]:
    """The one line of metrics on stdout."""
    [line] = [json.loads(line) for line in printed.splitlines() if '"EndpointHealthy"' in line]
    found: dict[str, Any] = line
    return found


def test_healthy(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """Signed, with a key and over TLS, health and predictions are answered: the metric is 1; no traffic is counted."""
    assert look() == {"status": "healthy", "checked": "health and predictions"}
    assert gateway.asked == ["GET /live/health", "POST /live/predict"]
    printed = capsys.readouterr().out
    assert re.findall(r'"(?:Predictions|Events)":\[?([\d.]+)', printed.replace(" ", "")) == ["0.0"] * 2
    line = metrics(printed)
    assert (line["EndpointHealthy"], line["service"]) == ([1.0], "phat")
    [described] = line["_aws"]["CloudWatchMetrics"]
    assert (described["Namespace"], described["Dimensions"]) == ("phat", [["service"]])


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ((502, {}, b'{"message": "Internal server error"}'), "got status 502 (Internal server error), expected 200"),
        ((403, {}, b'{"message": "Forbidden"}'), "got status 403 (Forbidden), expected 200"),
        ((503, {}, b'{"detail": "the model was refused"}'), "got status 503 (the model was refused), expected 200"),
        ((301, {"Location": "/live/health"}, b"{}"), "got status 301 (no reason given), expected 200"),
        ((500, {}, b"<html>"), "got status 500 (no reason given), expected 200"),
        ((500, {}, b"[" * 100_000), "got status 500 (no reason given), expected 200"),
    ],
    ids=["gateway", "key", "model", "redirect", "page", "nested"],
)
def test_health_that_is_none(
    gateway: Gateway, reply: Reply, reason: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever else the gateway answers, a redirect too, is unhealthy: the metric is 0 and the log says why."""
    gateway.instead = lambda _: reply
    assert unhealthy() == f"GET /health: {reason}"
    assert metrics(capsys.readouterr().out)["EndpointHealthy"] == [0.0]
    assert [record.__dict__["reason"] for record in caplog.records] == [f"GET /health: {reason}"]
    assert gateway.asked == ["GET /live/health"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ((500, {}, b"{}"), "got status 500 (no reason given), expected 200"),
        ((200, {}, b"{}"), "got predictions None, expected none of no records"),
        ((200, {}, b'{"predictions": [1]}'), "got predictions [1], expected none of no records"),
    ],
)
def test_predictions_that_fail(gateway: Gateway, reply: Reply, reason: str) -> None:
    """A way to the predictions that is broken is unhealthy, though the health says ok."""
    gateway.instead = lambda path: reply if "predict" in path else None
    assert unhealthy() == f"POST /predict: {reason}"


def test_no_model_yet(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stack that names no model is not asked, and its endpoint may be without one until the first is rolled out."""
    import handler
    from phat.api.serving import Serving

    key = os.environ["MODEL_KEY"]
    monkeypatch.setattr(handler, "serving", Serving())
    for name, value in NO_MODEL.items():
        monkeypatch.setenv(name, value)
    assert look() == {"status": "healthy", "checked": "the stack names no model"}
    assert gateway.asked == []
    gateway.instead = lambda _: (503, {}, b'{"detail": "no model configured"}')
    monkeypatch.setenv("MODEL_KEY", key)
    assert look() == {"status": "healthy", "checked": "the endpoint is still without a model"}
    gateway.instead = lambda _: (503, {}, b'{"message": "Service Unavailable"}')
    assert unhealthy() == "GET /health: got status 503 (Service Unavailable), expected 200"


def test_wrong_key_or_signature(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that lets the canary in no more is unhealthy."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    assert unhealthy() == "GET /health: got status 403 (Forbidden), expected 200"


def test_certificate_is_verified(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address whose certificate no authority stands for is not asked."""
    monkeypatch.delenv("SSL_CERT_FILE")
    assert unhealthy().startswith("GET /health: got no answer (SSLCertVerificationError: ")
    assert gateway.asked == []


def test_no_answer(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nothing listens, or where something else than TLS does, is unhealthy, and no exception."""
    with serving(gateway.answer) as port:
        monkeypatch.setenv("ENDPOINT_URL", f"https://{HOST}:{port}/live")
        assert unhealthy().startswith("GET /health: got no answer (SSLError: ")
    assert unhealthy().startswith("GET /health: got no answer (ConnectionRefusedError: ")


def test_answer_that_does_not_come(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint that takes longer than the time-out is unhealthy."""
    monkeypatch.setattr(health, "TIMEOUT", 0.05)

    def never(_: str) -> Reply | None:
        gone.wait(10)
        return None

    gone = Event()
    gateway.instead = never
    try:
        assert "got no answer (TimeoutError: " in unhealthy()
    finally:
        gone.set()


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("ENDPOINT_URL", "http://example.org/live", "ENDPOINT_URL: got 'http://example.org/live', expected https://"),
        ("ENDPOINT_URL", "https://example.org/live?a=1", "ENDPOINT_URL: got "),
        ("HEALTH_KEY_ID", "nosuchkey", "NotFoundException"),
    ],
)
def test_own_settings(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, name: str, value: str, error: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Invalid settings of its own are an exception, and count neither as healthy nor as unhealthy."""
    monkeypatch.setenv(name, value)
    with pytest.raises(Exception, match=re.escape(error)):
        look()
    assert "EndpointHealthy" not in capsys.readouterr().out
