"""Imports between the folders point one way, and no folder outgrows the others."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway import ROOT

KNOWS: dict[str, set[str]] = {
    "preprocessing": set(),
    "model": {"preprocessing"},
    "api": {"model", "preprocessing"},
    "server": {"api", "model"},
    "storage": {"model"},
    "batch": {"storage", "model", "preprocessing"},
    "training": {"batch", "storage", "model", "preprocessing"},
    "monitoring": {"training", "batch", "storage", "model", "preprocessing"},
    "takeover": {"training", "storage", "batch", "model", "preprocessing"},
    "jobs": {"api", "monitoring", "training", "batch", "storage", "model", "preprocessing"},
    "cli": {"server", "monitoring", "takeover", "training", "batch", "storage", "model", "preprocessing"},
    "phat": {"server", "api", "monitoring", "takeover", "training", "batch", "storage", "model", "preprocessing"},
}
"""What each folder may import."""
LARGEST = 0.25


def sources(folder: str) -> list[Path]:
    """The modules of a folder."""
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The folders that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if name == "handler" or name.startswith("phat."):
                yield name.removeprefix("phat.").partition(".")[0]


@pytest.mark.parametrize("folder", KNOWS)
def test_imports_point_one_way(folder: str) -> None:
    """A folder imports itself and what stands below it; nothing but the server imports the handler."""
    own = {path.stem for path in sources("phat")} if folder == "phat" else {folder}
    allowed = KNOWS[folder] | own | ({"handler"} if folder == "server" else set())
    wrong = [(str(path.relative_to(ROOT)), name) for path in sources(folder) for name in imported(path)]
    assert [each for each in wrong if each[1] not in allowed] == []


def test_no_folder_holds_most_of_the_code() -> None:
    """No folder has more than a quarter of the product's lines."""
    lines = {folder: sum(len(path.read_text().splitlines()) for path in sources(folder)) for folder in KNOWS}
    assert {folder: count for folder, count in lines.items() if count > LARGEST * sum(lines.values())} == {}


def test_jobs_need_no_training_packages() -> None:
    """The jobs' image has neither statsmodels nor pandas nor what reads workbooks: its entry points import without."""
    packages = ("statsmodels", "pandas", "patsy", "python_calamine", "click", "rich")
    code = f"import sys; sys.modules |= dict.fromkeys({packages}); import phat.jobs.monitor, phat.jobs.batch"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_tests_are_a_package() -> None:
    """The tests are a package with an `__init__.py`: a folder without one gives way to an installed package `tests`."""
    assert (ROOT / "tests" / "__init__.py").is_file()
