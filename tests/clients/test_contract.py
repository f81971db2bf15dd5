"""The contract against what is served: valid OpenAPI, and nothing in it is untrue."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.clients.stage import KEY
from tests.gateway import ROOT


def contract(address: str) -> dict[str, Any]:
    """The served contract."""
    with urllib.request.urlopen(f"{address}/openapi.json", timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
        return found


@pytest.mark.parametrize("site", ["address", "keyed", "signed"])
def test_contract_is_valid(site: str, request: pytest.FixtureRequest) -> None:
    """The contract is valid OpenAPI 3.1, on a laptop and as deployed."""
    found = contract(request.getfixturevalue(site))
    validate(found)
    assert found["openapi"] == "3.1.0"


def check(base: str, specification: str, folder: Path, *options: str) -> None:
    """Run schemathesis on a contract."""
    program = str(Path(sys.executable).with_name("schemathesis"))
    common = ["--max-examples=40", "--seed=1", "--no-color", f"--header=X-Api-Key: {KEY}", "--request-timeout=5"]
    common += ["--suppress-health-check=all", "--phases=examples,coverage,fuzzing"]
    command = [program, "run", specification, f"--url={base}", *common, *options]
    environment = os.environ | {"COLUMNS": "160", "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.clients.lines"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Tested: " in done.stdout


@pytest.mark.parametrize("site", ["address", "keyed"])
def test_nothing_served_contradicts_the_contract(site: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Schemathesis finds no server error, no undocumented status or method, no answer or header off its schema."""
    base = request.getfixturevalue(site)
    # What makes a CSV, or lines of JSON, good or bad is more than a schema can say.
    check(base, f"{base}/openapi.json", tmp_path, "--exclude-checks=negative_data_rejection,positive_data_acceptance")


def test_json_that_the_contract_allows_is_scored(address: str, tmp_path: Path) -> None:
    """Whatever the schema of JSON allows is scored: fields' kinds, levels and patterns promise nothing untrue.

    Batches are kept small, as answers have limits; that rows of a frame are as long as its header no schema can say.
    """
    found = contract(address)
    found["components"]["schemas"]["Records"]["maxItems"] = 50
    envelope = found["components"]["schemas"]["Enveloped"]["anyOf"]
    envelope[:] = [kind for kind in envelope if "dataframe_split" not in kind.get("properties", {})]
    for path in ("/predict", "/invocations"):
        content = found["paths"][path]["post"]["requestBody"]["content"]
        found["paths"][path]["post"]["requestBody"]["content"] = {"application/json": content["application/json"]}
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(found))
    check(address, str(file), tmp_path, "--exclude-checks=negative_data_rejection")
