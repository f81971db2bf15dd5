"""What the functions of the jobs image have in common."""

import io
import uuid
import zipfile
from collections.abc import Callable, Mapping

import boto3
import pytest

Serve = Callable[[Mapping[str, str]], str]


@pytest.fixture(scope="session")
def function_role(endpoint: str) -> str:
    """A role that a function may have."""
    trust = '{"Version": "2012-10-17", "Statement": []}'
    role = boto3.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=trust)
    arn: str = role["Role"]["Arn"]
    return arn


@pytest.fixture
def serve(function_role: str) -> Serve:
    """Make an endpoint's function whose alias `live` is a version with these variables; its name."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "")

    def make(variables: Mapping[str, str]) -> str:
        name = f"phat-{uuid.uuid4()}"
        client = boto3.client("lambda")
        made = client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=function_role,
            Handler="handler.lambda_handler",
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": dict(variables)},
            Publish=True,
        )
        client.create_alias(FunctionName=name, Name="live", FunctionVersion=made["Version"])
        return name

    return make


@pytest.fixture
def environment(serve: Serve, pinned: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A job's environment, its endpoint serving the reference model; a test adds what else its function reads."""
    variables = {
        "ENDPOINT_FUNCTION": serve(pinned),
        "POWERTOOLS_SERVICE_NAME": "phat",
        "POWERTOOLS_METRICS_NAMESPACE": "phat",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return monkeypatch
