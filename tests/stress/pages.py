"""The form of models of every kind at three widths and in both schemes: axe-core, contrast, nothing cut off."""

import os
import re
import subprocess

from tests.gateway import ROOT


def main() -> list[tuple[str, str]]:
    """Look at all of them in Chromium; AssertionError if something is wrong, with what pytest prints."""
    subprocess.run(["requirements/install.sh", ".venv-clients", "clients"], cwd=ROOT, check=True)
    asked = [".venv-clients/bin/python", "-m", "pytest", "tests/clients/browser/test_look.py", "-m", "clients", "-q"]
    done = subprocess.run(asked, cwd=ROOT, env=os.environ | {"EVERY_MODEL": "yes"}, capture_output=True, text=True)  # noqa: PLW1510
    assert done.returncode == 0, done.stdout[-5000:]
    found = re.search(r"(\d+) passed", done.stdout)
    return [("Views of forms in which axe-core finds nothing", found[1] if found else "none")]
