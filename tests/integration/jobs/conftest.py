"""What the functions of the jobs image have in common."""

import io
import uuid
import zipfile
from collections.abc import Callable, Iterator, Mapping

import boto3
import pytest

from phat.jobs import version
from tests.integration.jobs.endpoints import HOST, Services, serving

NEW_VERSION = "arn:aws:lambda:us-east-1:000000000000:function:phat:7"

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


@pytest.fixture
def services(
    served: None, pinned: dict[str, str], endpoint: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    """Lambda and CodeDeploy, and the environment of the checks with the reference model pinned and live."""
    state = Services(endpoint)
    monkeypatch.setattr(version, "PAUSE", 0.0)
    with serving(state.answer) as port:
        address = f"http://{HOST}:{port}"
        variables = {"AWS_ENDPOINT_URL_LAMBDA": address, "AWS_ENDPOINT_URL_CODEDEPLOY": address}
        variables |= {"NEW_VERSION": NEW_VERSION, "ENDPOINT_FUNCTION": serve(pinned)}
        for name, value in (pinned | variables).items():
            monkeypatch.setenv(name, value)
        yield state
