"""Mutation testing of preprocessing/ and of what serves in model/, by mutmut, in a copy of the repository.

What is mutated, and which tests are run, stands in pyproject.toml. mutmut leaves module-level code, such as the regular
expressions of the cleaning, as it is: the fuzzer's second definition of numbers looks after those.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.gateway import ROOT

MIN_KILLED = 0.9
_RESULT = re.compile(r"^\s*(\S+)__mutmut_\d+: (.+)$", re.MULTILINE)


def copy_to(folder: Path) -> None:
    """Copy the files under version control, as they are now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)


def results(folder: Path) -> list[tuple[str, str]]:
    """Function and fate of each mutant."""
    command = [sys.executable, "-m", "mutmut", "results", "--all", "true"]
    printed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    return _RESULT.findall(printed)


def tally(found: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The figures; AssertionError if too few are killed."""
    killed = sum(fate in ("killed", "timeout") for _, fate in found)
    yield "Mutants", f"{len(found):,}"
    yield "Killed", f"{killed:,}, {killed / len(found):.1%}"
    for (name, fate), count in Counter(pair for pair in found if pair[1] not in ("killed", "timeout")).most_common():
        yield f"{fate}: `{name.replace('x_', '', 1).replace('xǁ', '').replace('ǁ', '.')}`", str(count)
    assert killed >= MIN_KILLED * len(found), f"{killed} of {len(found)} mutants killed"


def main() -> Iterator[tuple[str, str]]:
    """Run all mutants."""
    with tempfile.TemporaryDirectory() as name:
        copy_to(Path(name))
        subprocess.run([sys.executable, "-m", "mutmut", "run", "--max-children", "2"], cwd=name, check=True)
        yield from tally(results(Path(name)))


if __name__ == "__main__":
    for what, figure in main():
        print(f"| {what} | {figure} |")
