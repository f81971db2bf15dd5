"""Who may call the API of the transformed template, and what is known of a call."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.cloud import gateway_responses, transformed
from tests.e2e.resources import TEMPLATE, Resources, decide, of_type
from tests.e2e.shell import ROOT


def operations(resources: Resources) -> Iterator[tuple[str, str, Any]]:
    """Path, method and operation of each method of the API."""
    for path, methods in resources["Api"]["Properties"]["Body"]["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@pytest.mark.parametrize("cors", [False, True])
@pytest.mark.parametrize("signed", [False, True])
def test_no_method_is_open(resources: Resources, signed: bool, cors: bool) -> None:
    """Every method of every path asks for a key, and a signature unless told not to; but preflights, where allowed."""
    expected: list[dict[str, list[str]]] = [{"AWS_IAM": []}, {"api_key": []}] if signed else [{"api_key": []}]
    found = {
        (path, method): decide(operation, Signed=signed, Cors=cors)["security"]
        for path, method, operation in operations(resources)
    }
    methods = ("get", "head", "post", "put", "patch", "delete", "options")
    assert found.keys() == {(path, method) for path in ("/", "/{proxy+}") for method in methods}
    opened = {where for where, security in found.items() if security != expected}
    assert opened == ({("/", "options"), ("/{proxy+}", "options")} if cors else set())


def test_signature_is_asked_for_by_default() -> None:
    """The parameter's default, and the condition on it, ask for a signature; the schemes are those of API Gateway."""
    text = (ROOT / TEMPLATE).read_text()
    assert re.search(r"\n  Authorizer:\n    Type: String\n    Default: AWS_IAM\n", text)
    assert "\n  Signed: !Equals [!Ref Authorizer, AWS_IAM]\n" in text
    schemes = transformed(TEMPLATE)["Api"]["Properties"]["Body"]["components"]["securitySchemes"]
    assert schemes["AWS_IAM"]["x-amazon-apigateway-authtype"] == "awsSigv4"
    assert schemes["api_key"] == {"type": "apiKey", "name": "x-api-key", "in": "header"}


def test_methods_call_the_alias(resources: Resources) -> None:
    """Every method invokes the alias, never the function's unpublished state, and may."""
    for _, _, operation in operations(resources):
        uri = decide(operation, Signed=True, Cors=True)["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
        assert "/functions/${FunctionAliaslive}/invocations" in uri
    [permission] = of_type(resources, "AWS::Lambda::Permission").values()
    assert permission["FunctionName"] == {"Ref": "FunctionAliaslive"}


def test_stage_is_watched_and_limited(resources: Resources) -> None:
    """The one stage has metrics, traces, throttling, an access log without bodies, and TLS 1.2 or newer."""
    [stage] = of_type(resources, "AWS::ApiGateway::Stage").values()
    [settings] = stage["MethodSettings"]
    assert settings["MetricsEnabled"] is True
    assert settings["DataTraceEnabled"] is False
    assert {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= settings.keys()
    assert stage["TracingEnabled"] is True
    log = json.loads(stage["AccessLogSetting"]["Format"])
    assert {"requestId", "status", "apiKeyId"} <= log.keys()
    assert not [value for value in log.values() if "body" in value or "header" in value or "querystring" in value]
    assert resources["Api"]["Properties"]["SecurityPolicy"] == "SecurityPolicy_TLS13_1_2_2021_06"


def test_every_deployment_is_served() -> None:
    """A parameter that only conditions read makes a new deployment of the API too, or the stage would keep the old."""
    assert "\n      AlwaysDeploy: true\n" in (ROOT / TEMPLATE).read_text()


def test_gateway_errors_are_problems() -> None:
    """Errors that the gateway makes are problem+json, with the request's id and the status that they are sent with."""
    for kind, response in gateway_responses(TEMPLATE).items():
        headers = response["responseParameters"]
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        assert headers["gatewayresponse.header.X-Request-Id"] == "context.requestId"
        template = response["responseTemplates"]["application/json"]
        problem = json.loads(template.replace("$context.error.messageString", '"why"'))
        assert problem["detail"] == "why"
        assert problem.get("status") == response.get("statusCode")
        assert ("status" in problem) == (not kind.startswith("DEFAULT"))
