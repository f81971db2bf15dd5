"""The check before traffic, called as CodeDeploy calls it: what it asks the new version, and what it reports."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

import pytest

from api.asgi import LocalContext
from model.pinned import expected_phat, read_phat, write_phat
from tests.gateway import event

VERSION = "arn:aws:lambda:us-east-1:000000000000:function:phat:7"
Function = Callable[[dict[str, Any]], dict[str, Any]]


def new_version(payload: dict[str, Any]) -> dict[str, Any]:
    """The version under test: the handler itself."""
    import handler

    return handler.lambda_handler(payload, cast("Any", LocalContext()))


@dataclass
class Services:
    """Lambda, with one function, and CodeDeploy, which notes what it is told, over HTTP."""

    function: Function = new_version
    failed: bool = False
    reports: list[dict[str, str]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, path: str, sent: dict[str, Any]) -> dict[str, Any]:
        """Answer one call of either service."""
        if not path.endswith("/invocations"):
            self.reports.append(sent)
            return {}
        self.asked.append(sent)
        return self.function(sent)


@pytest.fixture
def services(served: None, pinned: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Both services, and the environment of the check with the reference model pinned."""
    state = Services()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(state.answer(self.path, sent)).encode()
            self.send_response(200)
            if state.failed:
                self.send_header("X-Amz-Function-Error", "Unhandled")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    variables = {"AWS_ENDPOINT_URL_LAMBDA": address, "AWS_ENDPOINT_URL_CODEDEPLOY": address, "NEW_VERSION": VERSION}
    for name, value in (pinned | variables).items():
        monkeypatch.setenv(name, value)
    yield state
    server.shutdown()
    server.server_close()


def check() -> str:
    """Call the check as CodeDeploy does; what it says."""
    from jobs.pre_traffic import lambda_handler

    return lambda_handler(event("pre_traffic"), cast("Any", LocalContext()))["status"]


def test_good_version_may_take_traffic(services: Services) -> None:
    """All golden and pinned records are asked and answered right: CodeDeploy hears of success, under its own ids."""
    import handler

    assert handler.serving.loaded is not None
    expected = expected_phat(handler.serving.loaded)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPECTED_PHAT", expected)
        assert check() == "Succeeded"
    asked = event("pre_traffic")
    assert services.reports == [
        {
            "deploymentId": asked["DeploymentId"],
            "lifecycleEventHookExecutionId": asked["LifecycleEventHookExecutionId"],
            "status": "Succeeded",
        }
    ]
    assert [len(json.loads(sent["body"])) for sent in services.asked] == [24, 5]


@pytest.mark.parametrize("row", [0, 23])
def test_one_answer_off_stops_it(services: Services, row: int) -> None:
    """A single golden answer that is off by more than 1e-12 is enough."""

    def off(payload: dict[str, Any]) -> dict[str, Any]:
        answer = new_version(payload)
        body = json.loads(answer["body"])
        body["predictions"][row]["phat"] += 1e-11
        return answer | {"body": json.dumps(body)}

    services.function = off
    assert check() == "Failed"
    assert services.reports[0]["status"] == "Failed"


@pytest.mark.parametrize(
    "expected",
    [
        "0.7224644184562925,0.08938371087386138,0.1516317101246113,0.9031453383483741,0.33561223115769806".replace(
            "0.0", "0.1"
        ),
        "0.7224644184562925",
        "0.72,none",
    ],
    ids=["off", "too few", "no numbers"],
)
def test_deployment_says_what_pinned_records_get(
    services: Services, monkeypatch: pytest.MonkeyPatch, expected: str
) -> None:
    """Answers of the deployment's parameter that are off, too few or unreadable stop it."""
    monkeypatch.setenv("EXPECTED_PHAT", expected)
    assert check() == "Failed"


def test_other_model_stops_it(services: Services) -> None:
    """A version that serves another model than the pinned one is stopped, even if its answers agree."""

    def other(payload: dict[str, Any]) -> dict[str, Any]:
        answer = new_version(payload)
        return answer | {"body": json.dumps(json.loads(answer["body"]) | {"version": "000000000000"})}

    services.function = other
    assert check() == "Failed"


def test_fewer_predictions_stop_it(services: Services) -> None:
    """A version that leaves out a prediction is stopped."""

    def fewer(payload: dict[str, Any]) -> dict[str, Any]:
        answer = new_version(payload)
        body = json.loads(answer["body"])
        return answer | {"body": json.dumps(body | {"predictions": body["predictions"][:-1]})}

    services.function = fewer
    assert check() == "Failed"


def test_crash_stops_it(services: Services) -> None:
    """A version that fails instead of answering is stopped."""
    services.failed = True
    services.function = lambda _: {"errorType": "Runtime.ExitError", "errorMessage": "exited"}
    assert check() == "Failed"


def test_error_answer_stops_it(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that answers with a problem is stopped."""
    import handler

    monkeypatch.setattr(handler.serving, "loaded", None)
    services.function = lambda sent: new_version(sent | {"path": "/nothing", "pathParameters": None})
    assert check() == "Failed"


def test_unreadable_model_stops_it(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that the check itself cannot read as pinned is a failure."""
    monkeypatch.setenv("MODEL_SHA256", "0" * 64)
    assert check() == "Failed"
    assert services.asked == []


def test_without_a_model_the_version_must_say_so(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no model configured a version that answers 503 is right, and one that claims to be healthy is not."""
    monkeypatch.setenv("MODEL_KEY", "")
    assert check() == "Failed"
    services.function = lambda _: {"statusCode": 503, "body": "{}"}
    assert check() == "Succeeded"


def test_by_hand_it_reports_to_nobody(services: Services) -> None:
    """Called without a deployment, it checks and tells only its caller."""
    from jobs.pre_traffic import lambda_handler

    assert lambda_handler({}, cast("Any", LocalContext())) == {"status": "Succeeded"}
    assert services.reports == []


def test_expected_answers_keep_every_bit() -> None:
    """What publish prints is read back to the last bit."""
    numbers = [0.1 + 0.2, 1e-300, 5e-324, 1.0]
    assert read_phat(write_phat(numbers)) == numbers
    assert read_phat("") == []
