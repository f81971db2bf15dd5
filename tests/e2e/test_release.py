"""The release workflow's own commands: build, save, push to a registry, deploy with the role's rights and no others."""

import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.e2e.cloud import AWS, SAM, Cloud, emulated
from tests.e2e.conftest import REGION, credentials
from tests.e2e.emulator import emulator
from tests.e2e.shell import ROOT, run
from tests.e2e.workflow import steps

ACCOUNT = "000000000000"
STACK = "phat-staging"
ROLE = f"{STACK}-release"
[_, BUILD] = steps("release.yml", "build")
[PUSH, DEPLOY] = steps("deploy.yml", "deploy")
ENDPOINT, BATCH = (Path(".aws-sam", name, "template.yaml") for name in ("template", "template-batch"))
PAGE = (ROOT / "docs" / "release.md").read_text()
SETUP, JOBS = re.findall(r"```sh\n(.+?)```", PAGE, re.DOTALL)
[SECTION] = re.findall(r"```toml\n(.+?)```", PAGE, re.DOTALL)
NOT_CHECKED_OUT = shutil.ignore_patterns(".git", ".venv*", ".*cache", "__pycache__", ".aws-sam", "*.log")


@dataclass(frozen=True)
class Runner:
    """What GitHub's runners have: expressions, an environment, and a fresh checkout at the same place for each job."""

    folder: Path
    expressions: dict[str, str]
    role: dict[str, str]

    @property
    def repository(self) -> str:
        """Where images are pushed to."""
        return self.expressions["vars.IMAGE_REPOSITORY"]

    def build(self, name: str, changed: str = "") -> Path:
        """Run the build job's command, with one more line in a source; gives the folder of what it uploads."""
        checkout = self.checkout()
        if changed:
            source = checkout / changed
            source.write_text(source.read_text() + "# changed\n")
        BUILD.run(checkout, self.expressions, self.role)
        artifact = self.folder / name
        for template in (ENDPOINT, BATCH):
            (artifact / template).parent.mkdir(parents=True)
            (artifact / template).write_text(emulated((checkout / template).read_text()))
        shutil.move(checkout / "images.tar", artifact)
        return artifact

    def deploy(self, artifact: Path) -> str:
        """Run the deploy job's commands with what the build job left; gives what they print."""
        checkout = self.checkout()
        shutil.copytree(artifact, checkout, dirs_exist_ok=True)
        printed = [step.run(checkout, self.expressions, self.role) for step in (PUSH, DEPLOY)]
        shutil.copytree(checkout / ".aws-sam", artifact / "deployed" / ".aws-sam")
        return "".join(printed)

    def checkout(self) -> Path:
        """A copy of the repository, for the emulator; its images have names of their own, as other tests have some."""
        checkout = self.folder / "checkout"
        shutil.rmtree(checkout, ignore_errors=True)
        shutil.copytree(ROOT, checkout, ignore=NOT_CHECKED_OUT)
        (checkout / ".venv-deploy").symlink_to((ROOT / ".venv-deploy").resolve())
        template, config, recipe = (checkout / name for name in ("template.yaml", "samconfig.toml", "Dockerfile"))
        template.write_text(template.read_text().replace("DockerTag: latest", "DockerTag: release"))
        recipe.write_text(recipe.read_text() + "LABEL test=release\n")
        given = {"RollOut": "Off"} | Cloud("emulated").parameters
        words = " ".join(f"{key}='{value}'" for key, value in given.items())
        config.write_text(config.read_text().replace("RollOut=AllAtOnce", words) + SECTION)
        return checkout


@pytest.fixture(scope="module")
def address(docker: None) -> Iterator[str]:
    """An AWS of its own."""
    with emulator() as address:
        yield address


@pytest.fixture(scope="module")
def runner(address: str, base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """A runner, with the base image in a registry, and what docs/release.md sets up once, by its own commands."""
    folder = tmp_path_factory.mktemp("release")
    tools = folder / "tools"
    tools.mkdir()
    (tools / "aws").symlink_to(AWS)
    administrator = credentials(address) | {
        "PATH": f"{tools}:{os.environ['PATH']}",
        "DOCKER_CONFIG": str(folder / "docker"),
        "SAM_CLI_TELEMETRY": "0",
    }
    registry = address.removeprefix("http://")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in credentials(address).items():
            patch.setenv(name, value)
        boto3.client("ecr").create_repository(repositoryName="python")
        words = SETUP.replace("123456789012", ACCOUNT).replace("eu-west-1", REGION)
        run("bash", "-euc", words + JOBS, env=administrator)
        run("docker", "tag", base_image, f"{registry}/python:3.13")
        run("docker", "push", f"{registry}/python:3.13")
        role = administrator | assumed_role()
        make_bucket_of_sam(folder, role)
        yield Runner(
            folder,
            {
                "inputs.environment": "staging",
                "vars.BASE_IMAGE || 'public.ecr.aws/lambda/python:3.13'": f"{registry}/python:3.13",
                "vars.IMAGE_REPOSITORY": f"{registry}/phat",
                "vars.TEMPLATES || 'template.yaml'": "template.yaml template-batch.yaml",
            },
            role,
        )


def make_bucket_of_sam(folder: Path, role: dict[str, str]) -> None:
    """Have sam make its bucket for templates; its policy asks for TLS, which the emulator lacks."""
    (folder / "empty.yaml").write_text("Resources: {Nothing: {Type: AWS::CloudFormation::WaitConditionHandle}}")
    run(SAM, "package", "--resolve-s3", "--template-file", folder / "empty.yaml", env=role)
    s3 = boto3.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        s3.delete_bucket_policy(Bucket=bucket["Name"])


def assumed_role() -> dict[str, str]:
    """Credentials of the role, which here trusts the account: no GitHub signs a token for this test."""
    allow = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    boto3.client("iam").update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust)
    given = boto3.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", RoleSessionName="release")
    found = given["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["SessionToken"],
    }


@pytest.fixture(scope="module")
def first(runner: Runner) -> Path:
    """What the build job leaves for the deploy job, and what that deploys."""
    artifact = runner.build("first")
    runner.deploy(artifact)
    return artifact


def image_uris(folder: Path, *templates: Path) -> set[str]:
    """The images that the functions of templates name."""
    texts = [(folder / template).read_text() for template in templates or (ENDPOINT, BATCH)]
    return set(re.findall(r"^ +ImageUri: (\S+)$", "\n".join(texts), re.MULTILINE))


def versions() -> list[str]:
    """The versions of the deployed function."""
    found = boto3.client("lambda").list_versions_by_function(FunctionName=STACK)["Versions"]
    return [version["Version"] for version in found]


def image_id() -> str:
    """The id of the image that was built for the function."""
    return run("docker", "inspect", "--format={{.Id}}", "function:release").strip()


def test_every_image_is_saved(first: Path) -> None:
    """The build job uploads each image that the built template names, under a tag made of its sources."""
    with tarfile.open(first / "images.tar") as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest
        saved = {name for image in json.load(manifest) for name in image["RepoTags"]}
    assert saved == image_uris(first)
    assert all(re.fullmatch("phat:[0-9a-f]{32}", name) for name in saved)
    assert len(image_uris(first, ENDPOINT)) == 1
    assert len(saved) == 2


def test_every_image_is_pushed(runner: Runner, first: Path) -> None:
    """The deploy job pushes each of them, and deploys the functions by the registry's digests."""
    pushed = boto3.client("ecr").describe_images(repositoryName="phat")["imageDetails"]
    tags = {f"phat:{image['imageTags'][0]}" for image in pushed}
    digests = {f"{runner.repository}@{image['imageDigest']}" for image in pushed}
    assert tags == image_uris(first)
    assert digests == image_uris(first / "deployed")
    assert boto3.client("lambda").get_function(FunctionName=STACK)["Code"]["ImageUri"] in digests


def test_unchanged_release_makes_no_version(runner: Runner, first: Path) -> None:
    """A release of the same sources, built again, pushes nothing and leaves the stack as it is."""
    before, old = versions(), image_id()
    run("docker", "image", "rm", "--force", old)
    second = runner.build("second")
    assert image_id() != old
    printed = runner.deploy(second)
    assert image_uris(second) == image_uris(first)
    assert "release: pushed" not in printed
    assert printed.count("is there already") == len(image_uris(first))
    for template in (ENDPOINT, BATCH):
        assert (second / "deployed" / template).read_text() == (first / "deployed" / template).read_text()
    assert versions() == before


def test_changed_source_makes_a_version(runner: Runner, first: Path) -> None:
    """A release of other sources pushes another image and publishes a version of it."""
    before = versions()
    third = runner.build("third", "preprocessing/clean.py")
    assert "release: pushed" in runner.deploy(third)
    assert not image_uris(third / "deployed") & image_uris(first / "deployed")
    assert len(versions()) == len(before) + 1


def test_role_changes_functions_by_the_stack_alone(runner: Runner, first: Path) -> None:
    """The workflow's role may not change a function directly, past the roll-out."""
    session = boto3.Session(
        runner.role["AWS_ACCESS_KEY_ID"], runner.role["AWS_SECRET_ACCESS_KEY"], runner.role["AWS_SESSION_TOKEN"], REGION
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        session.client("lambda").update_function_configuration(FunctionName=STACK, MemorySize=256)
    assert session.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
