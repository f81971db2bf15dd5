"""The check before a version takes traffic: a new one, before CodeDeploy shifts any to it, or an old one, by hand.

It sends records whose answers are known to that version, as API Gateway would: the golden records of its model file,
and, to a new one, the pinned records, whose answers are a parameter of the deployment. A version without a model is
refused while the live one has a model. CodeDeploy does not call it when a stack is created, as there is no traffic to
shift then.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from phat.jobs.answers import OUT_OF_SERVICE, CheckFailed, check_predictions
from phat.jobs.live import live_version
from phat.jobs.version import Version
from phat.model.artifact import Golden
from phat.model.errors import ModelError, is_panic
from phat.model.model import Model
from phat.model.smoke_records import pinned_records, read_phat
from phat.model.store import Pin, load

Verdict = dict[str, str]
"""`status`, Succeeded or Failed, as CodeDeploy spells them; of a failure also its `reason`."""

logger = Logger(location=None)


def check_for_deployment(event: Mapping[str, Any]) -> Verdict:
    """Check the new version, and report to CodeDeploy, which shifts no traffic unless it succeeded."""
    verdict = check_new()
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status=verdict["status"],  # type: ignore[arg-type]  # one of the two that it knows
    )
    return verdict


def check_new() -> Verdict:
    """Check the version NEW_VERSION with the model and the answers that the stack's parameters name."""

    def check() -> int:
        expected = read_phat(os.environ.get("EXPECTED_PHAT", ""))
        version = Version.from_arn(os.environ["NEW_VERSION"])
        return _check(version, os.environ, expected) if _names_model(os.environ) else _check_first(version)

    return _verdict(check)


def check_old(number: object) -> Verdict:
    """Check a version by its number, with the model that it has itself, before somebody moves the alias to it."""

    def check() -> int:
        if not str(number).isdecimal():
            raise CheckFailed(f'version: got {str(number)[:40]!r}, expected the number of a version, such as "7"')
        version = Version(os.environ["ENDPOINT_FUNCTION"], str(number))
        environment = version.environment()
        return _check(version, environment, []) if _names_model(environment) else _check_without_model(version)

    return _verdict(check)


def _verdict(check: Callable[[], int]) -> Verdict:
    try:
        logger.info("the version answers as expected", extra={"checked": check()})
        return {"status": "Succeeded"}
    except BaseException as error:  # whatever goes wrong, the deployment must hear of it
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        reason = str(error) if isinstance(error, CheckFailed | ModelError | ClientError) else repr(error)
        logger.error("the version is refused", extra={"error": type(error).__name__, "reason": reason})
        return {"status": "Failed", "reason": reason}


def _check(version: Version, environment: Mapping[str, str], expected: Sequence[float]) -> int:
    """Ask a version for all known answers, and count them; CheckFailed at the first that is off."""
    model = load(Pin.from_environment(environment))
    golden = model.artifact.golden
    checked = _check_records(version, model, "golden", [dict(g.record) for g in golden], _figures(golden))
    if expected:
        checked += _check_records(version, model, "pinned", pinned_records(), [[phat] for phat in expected])
    return checked


def _figures(golden: Sequence[Golden]) -> list[Sequence[float]]:
    """What each golden record must be answered."""
    return [each.probabilities or (each.answer,) for each in golden]


def _names_model(environment: Mapping[str, str]) -> bool:
    return bool(environment.get("MODEL_KEY") or environment.get("MODEL_SHA256"))


def _check_first(version: Version) -> int:
    """A version that a deployment makes may be without a model as long as the live one is.

    So may one that is older than the live one: CloudFormation goes back to it when it undoes the first model.
    """
    if int(version.number) < int(live_version(os.environ["ENDPOINT_FUNCTION"]).number):
        return _ask_without_model(version)
    return _check_without_model(version)


def _check_without_model(version: Version) -> int:
    """Without a model it is right only until the endpoint has one."""
    if key := live_version(os.environ["ENDPOINT_FUNCTION"]).environment.get("MODEL_KEY"):
        raise CheckFailed(f"version {version.number}: got no model, expected one, as the live version serves {key}")
    return _ask_without_model(version)


def _ask_without_model(version: Version) -> int:
    """It must say that it has none."""
    status = version.ask("GET", "/health").status
    if status != OUT_OF_SERVICE:
        raise CheckFailed(f"no model is configured: got status {status}, expected {OUT_OF_SERVICE}")
    return 0


def _check_records(
    version: Version,
    model: Model,
    kind: str,
    records: Sequence[Mapping[str, object]],
    expected: Sequence[Sequence[float]],
) -> int:
    if len(records) != len(expected):
        raise CheckFailed(f"{kind} records: got {len(expected)} expected answers to {len(records)} records")
    answer = version.ask("POST", "/predict", json.dumps(records).encode())
    check_predictions(answer, f"{kind} records", model.version, expected)
    return len(expected)
