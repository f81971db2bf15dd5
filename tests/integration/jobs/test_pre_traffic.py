"""The check before traffic, called as CodeDeploy calls it: what it asks the new version, and what it reports."""

import json
import os
from typing import Any

import pytest

from phat.model.smoke_records import expected_phat, read_phat, write_phat
from tests.gateway import event
from tests.integration.jobs.conftest import Serve
from tests.integration.jobs.endpoints import NO_MODEL, Services, check, failure, handled


def deploy() -> str:
    """Call the check as CodeDeploy does; what it says."""
    return check(event("pre_traffic"))["status"]


def test_good_version_may_take_traffic(services: Services) -> None:
    """All golden and pinned records are asked and answered right: CodeDeploy hears of success, under its own ids."""
    import handler

    assert handler.serving.loaded is not None
    expected = expected_phat(handler.serving.loaded)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPECTED_PHAT", expected)
        assert deploy() == "Succeeded"
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
        answer = handled(payload)
        body = json.loads(answer["body"])
        body["predictions"][row]["phat"] += 1e-11
        return answer | {"body": json.dumps(body)}

    services.function = off
    assert deploy() == "Failed"
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
    assert deploy() == "Failed"


def test_other_model_stops_it(services: Services) -> None:
    """A version that serves another model than the pinned one is stopped, even if its answers agree."""

    def other(payload: dict[str, Any]) -> dict[str, Any]:
        answer = handled(payload)
        return answer | {"body": json.dumps(json.loads(answer["body"]) | {"version": "000000000000"})}

    services.function = other
    assert deploy() == "Failed"


def test_fewer_predictions_stop_it(services: Services) -> None:
    """A version that leaves out a prediction is stopped."""

    def fewer(payload: dict[str, Any]) -> dict[str, Any]:
        answer = handled(payload)
        body = json.loads(answer["body"])
        return answer | {"body": json.dumps(body | {"predictions": body["predictions"][:-1]})}

    services.function = fewer
    assert deploy() == "Failed"


def test_crash_stops_it(services: Services) -> None:
    """A version that fails instead of answering is stopped."""
    services.failed = True
    services.function = lambda _: {"errorType": "Runtime.ExitError", "errorMessage": "exited"}
    assert failure({}) == "the version failed: Runtime.ExitError: exited"


def test_error_answer_stops_it(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that answers with a problem is stopped."""
    import handler

    monkeypatch.setattr(handler.serving, "loaded", None)
    services.function = lambda sent: handled(sent | {"path": "/nothing", "pathParameters": None})
    assert deploy() == "Failed"


def test_unreadable_model_stops_it(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that the check itself cannot read as pinned is a failure."""
    monkeypatch.setenv("MODEL_SHA256", "0" * 64)
    assert deploy() == "Failed"
    assert services.asked == []


def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stack's parameters name no model."""
    for name, value in NO_MODEL.items():
        monkeypatch.setenv(name, value)


def test_without_a_model_the_version_must_say_so(
    services: Services, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the endpoint has a model, a version that answers 503 is right, and one that claims to be healthy is not."""
    monkeypatch.setenv("ENDPOINT_FUNCTION", serve(NO_MODEL))
    unset(monkeypatch)
    assert deploy() == "Failed"
    services.function = lambda _: {"statusCode": 503, "body": "{}"}
    assert deploy() == "Succeeded"


def test_model_is_not_taken_out_of_service(
    services: Services, pinned: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version without a model is refused while the live one has a model, though it says so as it must."""
    unset(monkeypatch)
    services.function = lambda _: {"statusCode": 503, "body": "{}"}
    assert deploy() == "Failed"
    assert services.reports[0]["status"] == "Failed"
    assert failure({}) == (f"version 7: got no model, expected one, as the live version serves {pinned['MODEL_KEY']}")


def test_deployment_of_the_first_model_can_be_undone(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Going back to a version that is older than the live one, and had no model, is allowed to a deployment."""
    unset(monkeypatch)
    monkeypatch.setenv("NEW_VERSION", os.environ["NEW_VERSION"].removesuffix(":7") + ":0")
    services.function = lambda _: {"statusCode": 503, "body": "{}"}
    assert deploy() == "Succeeded"


def test_store_that_cannot_be_named_is_reported(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket's name at which the client of the store gives up is a failure that CodeDeploy hears of."""
    monkeypatch.setenv("MODEL_BUCKET", "my bucket")
    assert deploy() == "Failed"
    assert services.reports[0]["status"] == "Failed"


def test_live_version_that_cannot_be_looked_at(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it cannot be known whether the live version has a model, one without a model is refused."""
    unset(monkeypatch)
    monkeypatch.setenv("ENDPOINT_FUNCTION", "no-such-function")
    assert "ResourceNotFoundException" in failure({})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [("MODEL_SHA256", "", "not set: MODEL_SHA256"), ("MODEL_KEY", "", "not set: MODEL_KEY"),
     ("MODEL_SHA256", "F" * 64, "MODEL_SHA256: got 'FFF")],
)  # fmt: skip
def test_half_a_model_is_no_missing_one(
    services: Services, serve: Serve, monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    """Parameters that name a model in part, or wrongly, are a failure that says which, also before the first model."""
    monkeypatch.setenv("ENDPOINT_FUNCTION", serve(NO_MODEL))
    monkeypatch.setenv(name, value)
    services.function = lambda _: {"statusCode": 503, "body": "{}"}
    assert failure({}).startswith(expected)


def test_by_hand_it_reports_to_nobody(services: Services) -> None:
    """Called without a deployment, it checks the version that the stack names, and reports only to its caller."""
    assert check({}) == {"status": "Succeeded"}
    assert services.reports == []
    assert services.qualifiers == ["7"]


def test_expected_answers_keep_every_bit() -> None:
    """What publish prints is read back to the last bit."""
    numbers = [0.1 + 0.2, 1e-300, 5e-324, 1.0]
    assert read_phat(write_phat(numbers)) == numbers
    assert read_phat("") == []
