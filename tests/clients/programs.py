"""Programs of the machine that clients use."""

import os
import shutil
from typing import NoReturn

import pytest


def need(*names: str) -> str:
    """The path of the first of these programs that is there; without any the test is skipped, and in CI it fails."""
    return next((found for name in names if (found := shutil.which(name))), None) or _give_up(" or ".join(names))


def _give_up(program: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{program} is not installed", pytrace=False)
    pytest.skip(f"NOT TRIED: {program} is not installed")
