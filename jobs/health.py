"""The look at the endpoint from outside, by schedule: over its own address, signed and with a key, as a partner.

It sees what no alarm of the function can: that the way there is broken, that the gateway refuses everybody, or that
the function cannot be started. `EndpointHealthy` is 1 or 0 by `service`; the log says why it is 0. An exception is
one of its own settings, and says nothing about the endpoint.
"""

import json
import os
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from phat.api.telemetry import NAMESPACE
from phat.jobs.answers import JSON, OUT_OF_SERVICE, Answer, CheckFailed, check_status

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials

HEALTHY = "EndpointHealthy"
"""The metric: 1, or 0."""
TIMEOUT = 10
"""Seconds for a connection, and for each part of an answer: several cold starts."""
LARGEST = 1 << 20
"""Bytes of an answer that are read."""
NO_MODEL = "no model configured"
"""What the endpoint says while its stack names no model."""
ADDRESS = re.compile(r"https://[^/?#@\s]+(/[^?#\s]*)?")

logger = Logger(location=None)


@dataclass(frozen=True)
class Endpoint:
    """The endpoint's address, and who asks it: the key, the credentials and the region of the signature."""

    url: str
    key: str
    credentials: "ReadOnlyCredentials"
    region: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Endpoint":
        """Of ENDPOINT_URL and HEALTH_KEY_ID; ValueError if they are wrong."""
        url = environment["ENDPOINT_URL"]
        if not ADDRESS.fullmatch(url):
            raise ValueError(f"ENDPOINT_URL: got {url[:80]!r}, expected https://HOST/STAGE")
        session = boto3.Session()
        credentials = session.get_credentials()
        if credentials is None or session.region_name is None:
            raise ValueError("got no credentials or no region to sign with, expected those of the function's role")
        key = _key(environment["HEALTH_KEY_ID"])
        return cls(url.rstrip("/"), key, credentials.get_frozen_credentials(), session.region_name)

    def ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        """The answer to a signed request; CheckFailed if there is none. Redirects are answers and not followed."""
        headers = {"X-Api-Key": self.key, "Content-Type": JSON, "Accept": JSON}
        request = AWSRequest(method, self.url + path, headers, body)
        SigV4Auth(self.credentials, "execute-api", self.region).add_auth(request)
        address = urlsplit(self.url + path)
        target = f"{address.path}?{address.query}" if address.query else address.path
        try:
            with closing(HTTPSConnection(address.netloc, timeout=TIMEOUT)) as connection:
                connection.request(method, target, body or None, dict(request.headers))
                response = connection.getresponse()
                content = _content(response.read(LARGEST))
                return Answer(response.status, content)
        except (OSError, HTTPException) as error:  # no route, no trust, no time, no HTTP
            raise CheckFailed(f"{method} {path}: got no answer ({type(error).__name__}: {error})") from error


def check_endpoint() -> dict[str, str]:
    """Ask the endpoint for its health, and for the predictions of no records: no traffic is counted, none captured.

    `status` is healthy or unhealthy; of an unhealthy one there is the `reason`, otherwise what was `checked`.
    """
    endpoint = Endpoint.from_environment(os.environ)
    try:
        checked = _check(endpoint, os.environ)
    except CheckFailed as failed:
        logger.error("the endpoint is unhealthy", extra={"reason": str(failed)})
        _count(0)
        return {"status": "unhealthy", "reason": str(failed)}
    logger.info("the endpoint is healthy", extra={"checked": checked})
    _count(1)
    return {"status": "healthy", "checked": checked}


def _check(endpoint: Endpoint, environment: Mapping[str, str]) -> str:
    """What was checked; CheckFailed at the first answer that is off."""
    if not environment.get("MODEL_KEY"):
        return "the stack names no model"
    health = endpoint.ask("GET", "/health")
    if (health.status, health.body.get("detail")) == (OUT_OF_SERVICE, NO_MODEL):
        return "the endpoint is still without a model"  # its first one is being rolled out
    check_status(health, 200, "GET /health")
    answer = endpoint.ask("POST", "/predict", b"[]")
    check_status(answer, 200, "POST /predict")
    if (predictions := answer.body.get("predictions")) != []:
        raise CheckFailed(f"POST /predict: got predictions {str(predictions)[:80]}, expected none of no records")
    return "health and predictions"


def _content(body: bytes) -> Mapping[str, Any]:
    """The JSON object of an answer, empty if it has none."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


@lru_cache(maxsize=1)
def _key(key_id: str) -> str:
    """The value of an API key, which never changes; needs the right `apigateway:GET` on it."""
    value: str = boto3.client("apigateway").get_api_key(apiKey=key_id, includeValue=True)["value"]
    return value


def _count(healthy: int) -> None:
    metrics = Metrics(namespace=NAMESPACE)
    metrics.add_metric(HEALTHY, MetricUnit.Count, healthy)
    metrics.flush_metrics()
    metrics.clear_metrics()
