"""The check of an old version before somebody moves the alias to it: whose model counts, and versions that sleep."""

import json

import boto3
import pytest

from phat.jobs import version
from tests.gateway import event
from tests.integration.jobs.conftest import Serve
from tests.integration.jobs.endpoints import NO_MODEL, Services, check, failure


@pytest.fixture
def function(services: Services, serve: Serve, pinned: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """An endpoint's function: version 1 has no model, version 2 has the reference model, and is live."""
    name, client = serve(NO_MODEL), boto3.client("lambda")
    client.update_function_configuration(FunctionName=name, Environment={"Variables": pinned})
    version = client.publish_version(FunctionName=name)["Version"]
    client.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
    monkeypatch.setenv("ENDPOINT_FUNCTION", name)
    return name


@pytest.mark.parametrize("number", ["2", 2])
def test_old_version_answers_for_its_own_model(
    services: Services, function: str, monkeypatch: pytest.MonkeyPatch, number: object
) -> None:
    """An old version is asked itself, with its own model's golden records, whatever the stack's parameters name."""
    monkeypatch.setenv("MODEL_SHA256", "0" * 64)
    monkeypatch.setenv("EXPECTED_PHAT", "0.5,0.5,0.5,0.5,0.5")
    assert check({"version": number}) == {"status": "Succeeded"}
    assert services.qualifiers == ["2"]
    assert [len(json.loads(sent["body"])) for sent in services.asked] == [24]


def test_old_version_without_a_model(services: Services, function: str, pinned: dict[str, str]) -> None:
    """An old version without a model is refused, as the alias would take the model out of service."""
    services.function = lambda _: {"statusCode": 503, "body": "{}"}
    assert failure(event("check_version") | {"version": "1"}) == (
        f"version 1: got no model, expected one, as the live version serves {pinned['MODEL_KEY']}"
    )


@pytest.mark.parametrize("number", ["live", "$LATEST", "", None, "7; rm"])
def test_version_is_a_number(services: Services, function: str, number: object) -> None:
    """What names no published version is refused, and nothing is asked."""
    assert failure({"version": number}).startswith(f"version: got '{number}', expected the number of a version")
    assert services.asked == []


def test_version_that_is_not_there(services: Services, function: str) -> None:
    """A version that was deleted is a failure that says so."""
    assert "ResourceNotFoundException" in failure(event("check_version"))


@pytest.mark.parametrize("refusal", sorted(version.ASLEEP))
def test_version_that_slept_is_woken(services: Services, function: str, refusal: str) -> None:
    """An image that was idle for weeks refuses the first call: the check waits until it is active, and calls again."""
    services.refusals = [refusal]
    services.states = ["Inactive", "Pending", "Pending"]
    # The first look is for its variables.
    assert check({"version": "2"}) == {"status": "Succeeded"}
    assert (services.states, len(services.asked)) == ([], 1)


def test_version_that_refuses_again(services: Services, function: str) -> None:
    """A version that is active and refuses all the same is called again."""
    services.refusals = ["ResourceConflictException", "CodeArtifactUserPendingException"]
    assert check({"version": "2"}) == {"status": "Succeeded"}


def test_image_that_is_gone(services: Services, function: str) -> None:
    """A version whose image cannot be had any more is a failure with Lambda's reason, at once."""
    services.refusals = ["CodeArtifactUserPendingException"]
    services.states = ["Inactive", "Pending", "Failed"]
    assert failure({"version": "2"}) == ("version 2: got state Failed (the image is being optimized), expected Active")


def test_version_that_does_not_wake(services: Services, function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that takes longer than the check may is a failure that asks to check again."""
    monkeypatch.setattr(version, "PATIENCE", 0.0)
    services.refusals = ["CodeArtifactUserPendingException"]
    services.states = ["Inactive", "Pending"]
    assert failure({"version": "2"}) == (
        "version 2: was idle and is not ready yet (state Pending: the image is being optimized); "
        "check again in a minute"
    )


def test_other_refusals_are_no_sleep(services: Services, function: str) -> None:
    """A call that is refused for another reason is a failure at once."""
    services.refusals = ["CodeArtifactUserFailedException"]
    assert "CodeArtifactUserFailedException" in failure({"version": "2"})
