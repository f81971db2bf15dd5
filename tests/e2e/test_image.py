"""What the image holds, and what it does not."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import BASE_IMAGE
from tests.e2e.function import AS_LAMBDA, run_in
from tests.e2e.shell import ROOT, run


@pytest.fixture(scope="module")
def content(image: str) -> dict[str, Any]:
    """What probe.py finds in the image's task folder."""
    found: dict[str, Any] = run_in(image, Path(__file__).with_name("probe.py"))
    return found


@pytest.fixture(scope="module")
def jobs_image(base_image: str) -> str:
    """The image of the other functions, which score whole files and monitor the model."""
    network = "default" if BASE_IMAGE in os.environ else "none"
    options = ("--build-arg", f"BASE_IMAGE={base_image}", "--target", "jobs", "--tag", "phat-e2e/jobs")
    run("docker", "build", f"--network={network}", *options, ROOT)
    return "phat-e2e/jobs"


def above_base(image: str, base_image: str) -> int:
    """Bytes of the layers that an image has above its base."""
    built, base = (json.loads(run("docker", "inspect", each))[0] for each in (image, base_image))
    layers = base["RootFS"]["Layers"]
    assert built["RootFS"]["Layers"][: len(layers)] == layers
    return int(built["Size"]) - int(base["Size"])


def test_endpoint_is_small(image: str, base_image: str) -> None:
    """The endpoint's image is at most 30 MB above its base."""
    assert above_base(image, base_image) <= 30_000_000


@pytest.mark.parametrize("name", ["image", "jobs_image"])
def test_layers_hold_each_file_once(name: str, base_image: str, request: pytest.FixtureRequest) -> None:
    """An image's layers hold what its task folder holds, and no byte of it twice."""
    built = request.getfixturevalue(name)
    held = run_in(built, Path(__file__).with_name("probe.py"))["bytes"]
    assert above_base(built, base_image) <= 1.01 * held


def test_jobs_start_from_byte_code(jobs_image: str) -> None:
    """Each module of the jobs' image comes with byte code too, and everybody may read all of it."""
    content = run_in(jobs_image, Path(__file__).with_name("probe.py"))
    ours = [name for name in content["without byte code"] if name.startswith(OUR_FOLDERS)]
    assert ours == []
    assert set(content["modes"]) <= {"0 rwxr-xr-x", "0 rw-r--r--"}


OUR_FOLDERS = tuple(f"/var/task/{name}/" for name in ("api", "jobs", "model", "phat", "preprocessing"))


def locked() -> dict[str, str]:
    """Names and versions of the serving requirements."""
    text = (ROOT / "requirements" / "serving.txt").read_text()
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE))


def test_holds_exactly_the_serving_requirements(content: dict[str, Any]) -> None:
    """The image has the locked serving requirements, at their versions, and no other package."""
    found = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in content["distributions"].items()}
    assert found == locked()


@pytest.mark.parametrize(
    "package", ["boto3", "botocore", "numpy", "pandas", "pydantic", "scipy", "sklearn", "statsmodels"]
)
def test_lacks_the_banned_packages(content: dict[str, Any], package: str) -> None:
    """No file of a package that the endpoint must not import lies next to it."""
    assert not [name for name in content["files"] if name.startswith(f"{package}/")]


NOT_FOR_LAMBDA = (
    "batch/",
    "cli/",
    "training/",
    "model/reference/",
    "server/",
    "storage/",
    "monitoring/",
    "uvicorn",
)


@pytest.mark.parametrize("path", NOT_FOR_LAMBDA)
def test_lacks_what_lambda_does_not_run(content: dict[str, Any], path: str) -> None:
    """Training, the command line, the reference model and HTTP servers stay outside."""
    assert not [name for name in content["files"] if name.startswith(path)]


def test_code_is_ours_and_no_more(content: dict[str, Any]) -> None:
    """Of the repository's folders the image has those that the handler imports."""
    ours = {path.name for path in ROOT.iterdir()} - {"__pycache__"}
    assert {name.split("/")[0] for name in content["files"]} & ours == {
        "handler.py",
        "api",
        "jobs",
        "model",
        "phat",
        "preprocessing",
    }


def test_every_source_has_byte_code_that_is_never_checked(content: dict[str, Any]) -> None:
    """Each module comes with unchecked-hash byte code made of its very source."""
    assert content["without byte code"] == []


def test_start_compiles_nothing(image: str) -> None:
    """All that importing the handler loads from the task folder is byte code."""
    command = ("docker", "run", "--rm", *AS_LAMBDA, "--entrypoint=sh", image)
    trace = run(*command, "-c", "python3 -v -c 'import handler' 2>&1")
    loaded = set(re.findall(r"# code object from '(/var/task/[^']+)'", trace))
    assert any(name.endswith("/handler.cpython-313.pyc") for name in loaded)
    assert not [name for name in loaded if name.endswith(".py")]


def test_everybody_reads_and_only_root_writes(content: dict[str, Any]) -> None:
    """Whatever user Lambda picks can read all of it and change none of it."""
    assert set(content["modes"]) <= {"0 rwxr-xr-x", "0 rw-r--r--"}


def test_command_is_the_handler(image: str) -> None:
    """The image runs lambda_handler without further words."""
    assert json.loads(run("docker", "inspect", "--format", "{{json .Config.Cmd}}", image)) == ["handler.lambda_handler"]
