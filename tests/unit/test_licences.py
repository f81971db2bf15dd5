"""The list of licences is that of the lock, and each of them is allowed."""

import subprocess
import sys

from tests.gateway import ROOT


def test_licences_are_listed_and_allowed() -> None:
    """What `make licences` writes is what is committed, and no package has a licence that is not allowed."""
    command = [sys.executable, "requirements/licences.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (ROOT / "docs" / "licences.md").read_text()
