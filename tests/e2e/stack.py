"""A deployed stack, as its engineer (sam, boto3) and a partner (signed HTTP) see it."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.e2e.cloud import SAM, Cloud
from tests.e2e.shell import run
from tests.gateway import Answer

JSON = {"Content-Type": "application/json"}
MINE: Any = object()
"""Stands for the key of the first partner, or the credentials of the tests."""


@dataclass
class Stack:
    """A stack by its name, the template that `sam build` left for it, and the tag that its image goes by.

    `environment` is the section of samconfig.toml, and `fixed` are parameters of every deployment.
    """

    name: str
    built: Path
    cloud: Cloud
    tag: str = "first"
    environment: str = "default"
    fixed: Mapping[str, str] = field(default_factory=dict)

    def deploy(self, **parameters: str) -> None:
        """`sam deploy` with samconfig.toml, with no terminal where a question could be answered.

        Parameters that are not named keep their last value.
        """
        self.deploy_template(self.cloud.template(self.built, self.tag), parameters)

    def deploy_template(self, template: Path, parameters: Mapping[str, str]) -> None:
        """The same of a template of its own."""
        given = [f'{name}="{value}"' for name, value in ({**self.fixed, **parameters}).items()]
        where = ("--config-file", self.config, "--config-env", self.environment, "--template-file", template)
        overrides = ("--parameter-overrides", " ".join(given)) if given else ()
        run(SAM, "deploy", *where, "--stack-name", self.name, *overrides)
        if "Url" in self.outputs:
            self.cloud.import_gateway_responses(self.outputs, self.built)

    def delete(self) -> None:
        """`sam delete`."""
        run(SAM, "delete", "--config-file", self.config, "--stack-name", self.name, "--no-prompts")

    @property
    def config(self) -> Path:
        """The configuration of the sam commands; without being named it is looked for next to the template."""
        return self.cloud.config(self.built.parent)

    @property
    def outputs(self) -> dict[str, str]:
        """What the deployment printed, by name."""
        return {output["OutputKey"]: output["OutputValue"] for output in self._description["Outputs"]}

    @property
    def parameters(self) -> dict[str, str]:
        """The values of the stack's parameters, by name."""
        return {each["ParameterKey"]: each["ParameterValue"] for each in self._description["Parameters"]}

    @property
    def status(self) -> str:
        """What CloudFormation says of the stack."""
        status: str = self._description["StackStatus"]
        return status

    @property
    def _description(self) -> Any:
        [stack] = boto3.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return stack

    @property
    def version(self) -> str:
        """The version that the alias names."""
        found: str = boto3.client("lambda").get_alias(FunctionName=self.name, Name="live")["FunctionVersion"]
        return found

    def key(self) -> str:
        """The first partner's key."""
        found = boto3.client("apigateway").get_api_key(apiKey=self.outputs["FirstPartnerKey"], includeValue=True)
        value: str = found["value"]
        return value

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] = JSON,
        *,
        key: str | None = MINE,
        signer: Credentials | None = MINE,
    ) -> Answer:
        """A partner's request over HTTP; without a signer it is not signed, without a key it carries none."""
        session = boto3.Session()
        url = self.cloud.base(self.outputs) + path
        asked = AWSRequest(method, url, data=body, headers=dict(headers))
        if key is not None:
            asked.headers["X-Api-Key"] = self.key() if key is MINE else key
        credentials = session.get_credentials() if signer is MINE else signer
        if credentials is not None:
            SigV4Auth(credentials, "execute-api", session.region_name).add_auth(asked)
        request = urllib.request.Request(url, method=method, data=body, headers=dict(asked.headers))
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return read(answer)
        except urllib.error.HTTPError as answer:
            return read(answer)

    def score(self, *records: Mapping[str, object]) -> list[float]:
        """`phat`, or the prediction, of records, through the gateway."""
        answer = self.send("POST", "/predict?include=none", json.dumps([dict(record) for record in records]).encode())
        assert answer.status == 200, answer
        return [each["phat"] if "phat" in each else each["prediction"] for each in answer.json()["predictions"]]

    def invoke(self, qualifier: str, payload: Mapping[str, Any], function: str = "") -> Any:
        """Call a function directly, at a version."""
        client = boto3.client("lambda")
        sent = json.dumps(payload).encode()
        return json.load(
            client.invoke(FunctionName=function or self.name, Qualifier=qualifier, Payload=sent)["Payload"]
        )

    def check_version(self, **event: str) -> tuple[str, str | None]:
        """What the check before traffic says of the new version, or of the `version` that is named, and why."""
        answer = self.invoke("$LATEST", event, f"{self.name}-checks")
        return answer["status"], answer.get("reason")

    def restore_alias(self, version: str) -> None:
        """Point the alias at a version."""
        boto3.client("lambda").update_alias(FunctionName=self.name, Name="live", FunctionVersion=version)

    def logged(self) -> list[dict[str, Any]]:
        """The JSON lines of the function's log group."""
        pages = (
            boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{self.name}")
        )
        lines = [line for page in pages for event in page["events"] for line in event["message"].splitlines()]
        return [json.loads(line) for line in lines if line.startswith("{")]


def read(answer: Any) -> Answer:
    """An HTTP answer in the form the other tests know."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status, headers, answer.read().decode())
