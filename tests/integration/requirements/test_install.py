"""`requirements/install.sh`, with which every make target begins, when a machine lacks something."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway import ROOT

TOOLS = ("sh", "cmp", "cp", "grep", "mkdir", "rm")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder of programs without a Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (folder / tool).symlink_to(found)
    return folder


def install(environment: Path, path: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Install the smallest lock into an environment."""
    command = [str(ROOT / "requirements" / "install.sh"), str(environment), "installer"]
    return subprocess.run(
        ["sh", *command], cwd=ROOT, env={"PATH": str(path), **variables}, capture_output=True, text=True, check=False
    )


def test_missing_python(bare: Path, tmp_path: Path) -> None:
    """Without a Python that will do there is one line that names those that would."""
    (bare / "python3").symlink_to("/bin/false")
    done = install(tmp_path / "venv", bare)
    assert done.returncode == 1
    assert done.stderr.startswith("phat: no Python 3.11, 3.12 or 3.13 found")
    assert len(done.stderr.splitlines()) == 1


def test_no_network(bare: Path, tmp_path: Path) -> None:
    """Without a network there is one line that says so and where the reason is."""
    (bare / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    done = install(tmp_path / "venv", bare, **nowhere)
    assert done.returncode == 1
    assert "is there a network?" in done.stderr
    assert len(done.stderr.splitlines()) == 1
