"""Who may call the API of the transformed template, and what is known of a call."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.cloud import gateway_responses, transformed
from tests.e2e.resources import TEMPLATE, Resources, decide, of_type
from tests.e2e.shell import ROOT

PAGES = {"/", "/form/{file}", "/docs", "/docs/{file}", "/openapi.json"}


def operations(resources: Resources, *, signed: bool = True, pages: bool = False) -> Iterator[tuple[str, str, Any]]:
    """Path, method and operation of each method of the API, with a browser's preflight allowed."""
    paths = decide(resources["Api"]["Properties"]["Body"]["paths"], Cors=True, ShowsPages=pages, Signed=signed)
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield path, method, operation


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [({}, [{"AWS_IAM": []}, {"api_key": []}]), ({"Authorizer": ""}, [{"api_key": []}])],
    ids=["by default", "by key alone"],
)
def test_no_method_is_open(parameters: dict[str, str], expected: list[dict[str, list[str]]]) -> None:
    """Every method of every path asks for a key, and by default for a signature; but a preflight, where allowed."""
    resources = transformed(TEMPLATE, **parameters)
    found = {
        (path, method): operation.get("security")
        for path, method, operation in operations(resources, signed="Authorizer" not in parameters)
    }
    guarded = ("x-amazon-apigateway-any-method", "get", "head", "post", "put", "patch", "delete")
    paths = {*PAGES, "/preview", "/{proxy+}"}
    assert {where for where, security in found.items() if security == expected} == {
        (p, m) for p in paths for m in guarded
    }
    assert {where for where, security in found.items() if not security} == {(path, "options") for path in paths}
    schemes = resources["Api"]["Properties"]["Body"]["components"]["securitySchemes"]
    assert schemes["api_key"] == {"type": "apiKey", "name": "x-api-key", "in": "header"}
    assert all("x-amazon-apigateway-authtype" in scheme for name, scheme in schemes.items() if name != "api_key")


@pytest.mark.parametrize("parameters", [{}, {"Authorizer": ""}, {"PublicPages": "yes"}])
def test_public_pages_open_themselves_alone(parameters: dict[str, str]) -> None:
    """Under their condition, which is off by default, GET of the pages is open, and nothing else is."""
    resources = transformed(TEMPLATE, **parameters)
    signed = "Authorizer" not in parameters
    opened, closed = (
        {
            (path, method)
            for path, method, found in operations(resources, signed=signed, pages=pages)
            if not found.get("security")
        }
        for pages in (True, False)
    )
    assert opened - closed == {(path, "get") for path in PAGES}
    text = (ROOT / TEMPLATE).read_text()
    assert '\n  Signed: !Not [!Equals [!Ref Authorizer, ""]]\n' in text
    assert '\n  ShowsPages: !Equals [!Ref PublicPages, "yes"]\n' in text
    assert re.search(r'\n  PublicPages:\n    Type: String\n    Default: "no"\n', text)


@pytest.mark.parametrize("parameters", [{}, {"CorsOrigins": "https://a.example"}])
def test_preflight_hangs_on_its_parameter(parameters: dict[str, str]) -> None:
    """The open method is there only under the condition that origins are named, and by default none are."""
    resources = transformed(TEMPLATE, **parameters)
    for methods in decide(resources["Api"]["Properties"]["Body"]["paths"], Signed=True).values():
        condition, _, otherwise = methods["options"]["Fn::If"]
        assert (condition, otherwise) == ("Cors", {"Ref": "AWS::NoValue"})
    text = (ROOT / TEMPLATE).read_text()
    assert '\n  Cors: !Not [!Equals [!Ref CorsOrigins, ""]]\n' in text
    assert re.search(r'\n  CorsOrigins:\n    Type: String\n    Default: ""\n', text)


def test_methods_call_the_alias(resources: Resources) -> None:
    """Every method invokes the alias, never the function's unpublished state, and may."""
    for _, _, operation in operations(resources):
        uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
        assert "/functions/${Function.Arn}:live/invocations" in uri
    [permission] = of_type(resources, "AWS::Lambda::Permission").values()
    assert permission["FunctionName"] == {"Ref": "FunctionAliaslive"}


def test_stage_is_logged_and_limited(resources: Resources) -> None:
    """The one stage has metrics, traces, throttling, less for previews, an access log without bodies, and new TLS."""
    [stage] = of_type(resources, "AWS::ApiGateway::Stage").values()
    every, previews = stage["MethodSettings"]
    for settings in (every, previews):
        assert settings["MetricsEnabled"] is True
        assert settings["DataTraceEnabled"] is False
    assert (every["ResourcePath"], every["HttpMethod"]) == ("/*", "*")
    assert (every["ThrottlingRateLimit"], every["ThrottlingBurstLimit"]) == (
        {"Ref": "RateLimit"},
        {"Ref": "BurstLimit"},
    )
    assert (previews["ResourcePath"], previews["HttpMethod"]) == ("/~1preview", "POST")
    assert (previews["ThrottlingRateLimit"], previews["ThrottlingBurstLimit"]) == (10, 20)
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
