"""One version of the endpoint's function, asked directly as API Gateway would, whether it takes traffic or not."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from phat.api.proxy_event import proxy_event
from phat.jobs.answers import JSON, Answer, CheckFailed

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import InvocationResponseTypeDef

ASLEEP = {"CodeArtifactUserPendingException", "ResourceConflictException", "ResourceNotReadyException"}
"""What Lambda answers to the first call of an image that was idle for weeks, and until it is ready again."""
PAUSE = 2.0
"""Seconds between two requests for such a version."""
PATIENCE = 50.0
"""Seconds that a version may take to become active: with two calls of 25 s each, within the check's time-out."""


@dataclass(frozen=True)
class Version:
    """A published version: the function's name or ARN, and its number."""

    function: str
    number: str

    @classmethod
    def from_arn(cls, arn: str) -> "Version":
        """Of a version's ARN, which ends with its number."""
        function, _, number = arn.rpartition(":")
        return cls(function, number)

    @property
    def qualified(self) -> str:
        """Name or ARN with the number, as the right to call it names it."""
        return f"{self.function}:{self.number}"

    def environment(self) -> Mapping[str, str]:
        """Its environment variables; needs the right `lambda:GetFunctionConfiguration`.

        Raises botocore.exceptions.ClientError if it is not there, or may not be looked at.
        """
        configuration = _client().get_function_configuration(FunctionName=self.qualified)
        return configuration.get("Environment", {}).get("Variables", {})

    def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        """Its answer to a request; CheckFailed if it gives none."""
        query = [("include", "none")] if body else []
        event = proxy_event(method, path, [("Content-Type", JSON)], query, body)
        answer = self._invoke(json.dumps(event).encode())
        payload = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise CheckFailed(f"the version failed: {payload.get('errorType')}: {payload.get('errorMessage')}")
        return Answer(payload["statusCode"], json.loads(payload["body"]))

    def _invoke(self, payload: bytes) -> "InvocationResponseTypeDef":
        """Call it; one that is asleep is woken by the call, and called again when it is active."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return _client().invoke(FunctionName=self.qualified, Payload=payload)
            except ClientError as refused:
                if refused.response["Error"]["Code"] not in ASLEEP:
                    raise
            self._wait_until_active(until)

    def _wait_until_active(self, until: float) -> None:
        while True:
            time.sleep(PAUSE)
            configuration = _client().get_function_configuration(FunctionName=self.qualified)
            state, reason = configuration.get("State"), configuration.get("StateReason") or "no reason given"
            if state == "Failed":
                raise CheckFailed(f"version {self.number}: got state Failed ({reason}), expected Active")
            if time.monotonic() > until:
                raise CheckFailed(
                    f"version {self.number}: was idle and is not ready yet (state {state}: {reason}); "
                    "check again in a minute"
                )
            if state == "Active":
                return


def _client() -> "LambdaClient":
    # Longer than the function's own time-out; a second try would only hide a first that failed.
    return boto3.client("lambda", config=Config(read_timeout=30, retries={"total_max_attempts": 1}))
