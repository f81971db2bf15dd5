"""Where the stack is deployed: the emulator, or an AWS account named by the environment."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from tests.e2e.shell import ROOT, run

SAM = ROOT / ".venv-deploy" / "bin" / "sam"
CFN_LINT = ROOT / ".venv-deploy" / "bin" / "cfn-lint"
AWS = ROOT / ".venv-emulator" / "bin" / "aws"
REPOSITORY = "localhost:5000/phat-e2e"
"""Only a name: the emulator runs the image from the engine that built it."""


@dataclass(frozen=True)
class Cloud:
    """The emulator at an address; without one, AWS itself."""

    emulator: str | None

    def template(self, built: Path, tag: str) -> Path:
        """The template to deploy of the one that `sam build` left; on the emulator its one image is named `tag`."""
        if self.emulator is None:
            return built
        text = built.read_text()
        [image] = set(re.findall(r"ImageUri: (\S+)", text))
        run("docker", "tag", image, f"{REPOSITORY}:{tag}")
        text = text.replace(f"ImageUri: {image}", f"ImageUri: {REPOSITORY}:{tag}")
        changed = built.with_name(f"{tag}.yaml")
        changed.write_text(emulated(text))
        return changed

    def config(self, folder: Path) -> Path:
        """samconfig.toml; on the emulator it names the repository, as there is none to make and to log in to."""
        config = ROOT / "samconfig.toml"
        if self.emulator is None:
            return config
        text = replace(config.read_text(), "(?m)^resolve_image_repos = true.*", f'image_repository = "{REPOSITORY}"', 5)
        changed = folder / config.name
        changed.write_text(text)
        return changed

    @property
    def parameters(self) -> dict[str, str]:
        """The endpoint's parameters without which the emulator cannot make it: it knows no metric math in alarms.

        Its API cannot be reached as a schedule would ask it.
        """
        return {"RejectedShareAlarm": "0", "ConcurrencyAlarm": "0", "HealthCheck": ""} if self.emulator else {}

    def base(self, outputs: dict[str, str]) -> str:
        """The endpoint's address."""
        if self.emulator is None:
            return outputs["Url"]
        return f"{self.emulator}/restapis/{api_id(outputs)}/live/_user_request_"

    def import_gateway_responses(self, outputs: dict[str, str], built: Path) -> None:
        """Give the emulated gateway the responses of the API's definition, which its import passes over."""
        if self.emulator is None:
            return
        client = boto3.client("apigateway")
        for kind, response in gateway_responses(built).items():
            client.put_gateway_response(
                restApiId=api_id(outputs),
                responseType=kind,
                **({"statusCode": str(response["statusCode"])} if "statusCode" in response else {}),
                responseParameters=response["responseParameters"],
                responseTemplates=response["responseTemplates"],
            )
        client.create_deployment(restApiId=api_id(outputs), stageName="live")


def emulated(text: str) -> str:
    """A built template that the emulator can deploy."""
    # Its SAM transform sees no parameters but their defaults, and it has no CodeDeploy and no composite alarms.
    text = text.replace("Default: Canary10Percent5Minutes", 'Default: "Off"')
    return re.sub(r"(?m)^  \w+:\n    Type: AWS::CloudWatch::CompositeAlarm\n(?:    .*\n)+", "", text)


def replace(text: str, pattern: str, new: str, count: int) -> str:
    """Replace a pattern that must be there `count` times."""
    changed, found = re.subn(pattern, new, text)
    assert found == count, f"{pattern}: found {found} times, expected {count}"
    return changed


def api_id(outputs: dict[str, str]) -> str:
    """The REST API's id."""
    return outputs["Url"].removeprefix("https://").partition(".")[0]


def transformed(template: Path | str, **parameters: str) -> dict[str, Any]:
    """The resources that SAM makes of a template, by name, with parameters besides the defaults."""
    resources: dict[str, Any] = transformed_whole(template, **parameters)["Resources"]
    return resources


def transformed_whole(template: Path | str, **parameters: str) -> dict[str, Any]:
    """What SAM makes of a template, its parameters, rules and metadata included."""
    script = ROOT / "tests" / "e2e" / "transform.py"
    python = ROOT / ".venv-deploy" / "bin" / "python"
    words = [f"{name}={value}" for name, value in parameters.items()]
    printed = run(python, "-W", "ignore", script, template, *words, env={"AWS_DEFAULT_REGION": "us-east-1"})
    found: dict[str, Any] = json.loads(printed)
    return found


def gateway_responses(template: Path | str) -> dict[str, Any]:
    """The gateway responses of the API's definition, without those headers that hang on a condition."""
    body = transformed(template)["Api"]["Properties"]["Body"]
    responses: dict[str, Any] = body["x-amazon-apigateway-gateway-responses"]
    for response in responses.values():
        given = response["responseParameters"].items()
        response["responseParameters"] = {name: value for name, value in given if isinstance(value, str)}
    return responses


@contextmanager
def no_containers_left() -> Iterator[None]:
    """Remove the containers of functions that the emulator leaves."""
    try:
        yield
    finally:
        images = run("docker", "images", "--format", "{{.Repository}}:{{.Tag}}", REPOSITORY).split()
        for image in images:
            for container in run("docker", "ps", "--all", "--quiet", "--filter", f"ancestor={image}").split():
                run("docker", "rm", "--force", container)
