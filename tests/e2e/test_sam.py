"""The SAM command line builds the image and invokes it, as a user would."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.shell import ROOT, run
from tests.gateway import Answer

SAM = ROOT / ".venv-deploy" / "bin" / "sam"


@pytest.fixture(scope="module")
def built(base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template that `sam build` leaves."""
    folder = tmp_path_factory.mktemp("sam")
    run(SAM, "build", "--build-dir", folder, "--parameter-overrides", f"BaseImage={base_image}")
    return folder / "template.yaml"


@pytest.fixture
def template(built: Path, endpoint: str) -> Path:
    """That template with the emulated S3's address: sam hands over only variables that the template names."""
    add = rf"\g<0>\g<1>AWS_ENDPOINT_URL: {endpoint}\n"
    text, count = re.subn(r"^ +Variables:\n(?=( +))", add, built.read_text(), flags=re.MULTILINE)
    assert count == 1
    changed = built.with_name("local.yaml")
    changed.write_text(text)
    return changed


def test_local_invoke_scores_the_first_example(template: Path, settings: dict[str, str]) -> None:
    """`sam local invoke -e events/predict.json` prints the right prediction."""
    variables = template.with_name("variables.json")
    variables.write_text(json.dumps({"Parameters": {k: v for k, v in settings.items() if k.startswith("MODEL_")}}))
    event = ROOT / "events" / "predict.json"
    printed = run(SAM, "local", "invoke", "Function", "--template", template, "--event", event, "--env-vars", variables)
    [line] = [line for line in printed.splitlines() if line.startswith('{"statusCode"')]
    assert Answer.of(json.loads(line)).json()["predictions"][0]["phat"] == 0.7224644184562925
