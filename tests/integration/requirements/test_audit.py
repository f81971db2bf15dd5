"""The audit of requirements tells vulnerable, safe and unknown apart, and a release needs all of it."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tests.gateway import ROOT

SAFE = {"name": "orjson", "version": "1", "vulns": []}
VULNERABLE = {"name": "obstore", "version": "2", "vulns": [{"id": "PYSEC-2026-1"}]}
UNKNOWN = {"name": "other", "skip_reason": "not found"}


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The audit, next to a pip-audit that prints the file `found`."""
    spec = importlib.util.spec_from_file_location("audit", ROOT / "requirements" / "audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tool = tmp_path / "pip-audit"
    tool.write_text(f"#!/bin/sh\ncat {tmp_path}/found\n")
    tool.chmod(0o755)
    monkeypatch.setattr(module, "PIP_AUDIT", tool)
    return module


@pytest.mark.parametrize(
    ("packages", "status", "release", "line"),
    [
        ([SAFE], 0, 0, "1 packages, 0 of them vulnerable"),
        ([SAFE, VULNERABLE], 1, 1, "obstore 2: PYSEC-2026-1"),
        ([SAFE, UNKNOWN], 0, 1, "!!! NOT AUDITED: x.txt: nothing is known of 1 of 2 packages"),
        ([VULNERABLE, UNKNOWN], 1, 1, "obstore 2: PYSEC-2026-1"),
    ],
)
def test_outcome_is_reported(
    audit: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    packages: list[dict[str, object]],
    status: int,
    release: int,
    line: str,
) -> None:
    """A vulnerable package fails the audit; one of which nothing is known is reported, and fails that of a release."""
    (tmp_path / "found").write_text(json.dumps({"dependencies": packages}))
    assert audit.main(["x.txt"]) == status
    assert line in capsys.readouterr().out
    assert audit.main(["--release", "x.txt"]) == release


def test_without_data_nothing_is_claimed(audit: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where pip-audit itself gives up, that is reported loudly."""
    (tmp_path / "found").write_text("")
    assert audit.main(["x.txt"]) == 0
    assert capsys.readouterr().out.startswith("!!! NOT AUDITED: x.txt")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose audit environment is installed, with a pip-audit that reaches no data."""
    for name in ("Makefile", "requirements"):
        (tmp_path / name).symlink_to(ROOT / name)
    tools = tmp_path / ".venv-audit" / "bin"
    tools.mkdir(parents=True)
    (tools / "python").symlink_to(sys.executable)
    for name, body in {"pip-audit": "echo unreachable >&2; exit 1", "cyclonedx-py": "exit 0"}.items():
        (tools / name).write_text(f"#!/bin/sh\n{body}\n")
        (tools / name).chmod(0o755)
    (tmp_path / ".venv-audit" / "audit.lock").write_bytes((ROOT / "requirements" / "audit.txt").read_bytes())
    return tmp_path


def run(command: str, checkout: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command there as a workflow does."""
    words = ["bash", "-eo", "pipefail", "-c", command]
    return subprocess.run(words, cwd=checkout, capture_output=True, text=True, check=False)


def test_release_without_data_fails(checkout: Path) -> None:
    """The release workflow's own command fails where nothing can be looked up; by hand that is only reported."""
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())["jobs"]["build"]["steps"]
    [command] = [step["run"] for step in steps if "make audit" in step.get("run", "")]
    release, by_hand = run(command, checkout), run("make audit", checkout)
    assert release.returncode != 0, release
    assert "!!! NO RELEASE" in release.stdout
    assert by_hand.returncode == 0, by_hand
    assert "!!! NOT AUDITED: requirements/serving.txt: unreachable" in by_hand.stdout


def test_what_ships_and_what_deploys_is_audited(checkout: Path) -> None:
    """The audit covers each lock that the Dockerfile installs, and that of the tools which hold the role's rights."""
    shipped = set(re.findall(r"^COPY (requirements/\S+\.txt)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    audited = set(re.findall(r"NOT AUDITED: ([^:]+):", run("make audit", checkout).stdout))
    assert len(shipped) == 3
    assert shipped | {"requirements/deployment.txt"} <= audited
