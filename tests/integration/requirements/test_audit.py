"""The audit of requirements tells vulnerable, safe and unknown apart."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

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
    ("packages", "status", "said"),
    [
        ([SAFE], 0, "1 packages, 0 of them vulnerable"),
        ([SAFE, VULNERABLE], 1, "obstore 2: PYSEC-2026-1"),
        ([SAFE, UNKNOWN], 0, "!!! NOT AUDITED: x.txt: nothing is known of 1 of 2 packages"),
        ([VULNERABLE, UNKNOWN], 1, "obstore 2: PYSEC-2026-1"),
    ],
)
def test_what_is_found_is_said(
    audit: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    packages: list[dict[str, object]],
    status: int,
    said: str,
) -> None:
    """A vulnerable package fails the audit; a package of which nothing is known is told, and not taken for safe."""
    (tmp_path / "found").write_text(json.dumps({"dependencies": packages}))
    assert audit.main(["x.txt"]) == status
    assert said in capsys.readouterr().out


def test_without_data_nothing_is_claimed(audit: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where pip-audit itself gives up, that is said loudly."""
    (tmp_path / "found").write_text("")
    assert audit.main(["x.txt"]) == 0
    assert capsys.readouterr().out.startswith("!!! NOT AUDITED: x.txt")
