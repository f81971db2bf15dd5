"""The check before a new version takes traffic: CodeDeploy calls it, and shifts no traffic unless it succeeds.

It sends records whose answers are known to the new version, as API Gateway would: the golden records of the pinned
model file, and the pinned records, whose answers are a parameter of the deployment. CodeDeploy does not call it when
a stack is created, as there is no traffic to shift then.
"""

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from api.event import proxy_event
from model.errors import NotConfigured
from model.loaded import Model, agrees
from model.pinned import pinned_records, read_phat
from model.store import Pin, load

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

logger = Logger(location=None)


class CheckFailed(Exception):
    """The new version does not answer as it must; the message says where, got and expected."""


def lambda_handler(event: Mapping[str, str], _: LambdaContext) -> dict[str, str]:
    """Check the version NEW_VERSION and report to CodeDeploy; an event without a deployment reports to nobody."""
    try:
        logger.info("the new version answers as expected", extra={"checked": check(os.environ)})
        status = "Succeeded"
    except Exception as error:  # whatever goes wrong, the deployment must be told
        logger.error("the new version is refused", extra={"error": type(error).__name__, "reason": str(error)})
        status = "Failed"
    if "DeploymentId" in event:
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=status,  # type: ignore[arg-type]  # one of the two that it knows
        )
    return {"status": status}


def check(environment: Mapping[str, str]) -> int:
    """Ask the version NEW_VERSION for all known answers, and count them; CheckFailed at the first that is off."""
    version = environment["NEW_VERSION"]
    expected = read_phat(environment.get("EXPECTED_PHAT", ""))
    try:
        pin = Pin.from_environment(environment)
    except NotConfigured:
        return _check_unavailable(version)
    model = load(pin)
    golden = model.artifact.golden
    checked = _check_records(version, model, "golden", [dict(g.record) for g in golden], [g.phat for g in golden])
    if expected:
        checked += _check_records(version, model, "pinned", pinned_records(), expected)
    return checked


def _check_unavailable(version: str) -> int:
    """Without a model the new version must say so; the first deployments of a stack have none."""
    status, _ = _ask(version, "GET", "/health", b"")
    if status != 503:
        raise CheckFailed(f"no model is configured: got status {status}, expected 503")
    return 0


def _check_records(
    version: str, model: Model, kind: str, records: Sequence[Mapping[str, object]], expected: Sequence[float]
) -> int:
    if len(records) != len(expected):
        raise CheckFailed(f"{kind} records: got {len(expected)} expected answers to {len(records)} records")
    status, answer = _ask(version, "POST", "/predict", json.dumps(records).encode())
    if status != 200:
        raise CheckFailed(f"{kind} records: got status {status} ({answer.get('title')}), expected 200")
    if answer["version"] != model.version:
        raise CheckFailed(f"got model version {answer['version']}, expected {model.version}")
    if len(answer["predictions"]) != len(expected):
        raise CheckFailed(f"{kind} records: got {len(answer['predictions'])} predictions, expected {len(expected)}")
    for row, (prediction, phat) in enumerate(zip(answer["predictions"], expected, strict=True), 1):
        if not agrees(prediction["phat"], phat):
            raise CheckFailed(f"{kind} record {row}: got phat {prediction['phat']!r}, expected {phat!r}")
    return len(expected)


def _ask(version: str, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
    """Status and body of the new version's answer; CheckFailed if it gives none."""
    asked = proxy_event(
        method, path, [("Content-Type", "application/json")], [("include", "none")] if body else [], body
    )
    answer = _client().invoke(FunctionName=version, Payload=json.dumps(asked).encode())
    payload = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise CheckFailed(f"the version failed: {payload.get('errorType')}: {payload.get('errorMessage')}")
    return payload["statusCode"], json.loads(payload["body"])


def _client() -> "LambdaClient":
    # Longer than the function's own time-out; a second try would only hide a first that failed.
    return boto3.client("lambda", config=Config(read_timeout=30, retries={"total_max_attempts": 1}))
