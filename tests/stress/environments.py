"""The whole suite elsewhere and at other times: clocks, zones, locales, hash seeds, orders, Pythons.

Needs Debian's packages faketime and locales. Pythons are those found as python3.11, python3.12 and python3.13, and
those that PHAT_PYTHONS names, separated by colons.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.gateway import ROOT

Row = tuple[str, str]

SUITE = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=default")
"""With random examples, where `make test` has the same ones each time."""
IN_ORDER = ("-p", "no:randomly")
CLOCKS = ("2038-01-20 03:14:08", "2028-02-29 23:59:00")
PLACES: dict[str, dict[str, str]] = {
    "TZ=Asia/Kathmandu, LC_ALL=C, PYTHONHASHSEED=1": {
        "TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "1",
    },
    "TZ=America/St_Johns, PYTHONHASHSEED=4711": {"TZ": "America/St_Johns", "PYTHONHASHSEED": "4711"},
}  # fmt: skip
TURKISH = "tr_TR"
SEEDS = ("1", "20260229", "4711")
VERSIONS = ("3.11", "3.12", "3.13")


def main() -> Iterator[Row]:
    """Run the suite in each of the environments; CalledProcessError with its output where it fails."""
    yield from clocks()
    yield from places()
    for seed in SEEDS:
        yield f"random order, seed {seed}", suite((sys.executable, *SUITE, f"--randomly-seed={seed}"))
    yield "python -W error", suite((sys.executable, "-W", "error", *SUITE, *IN_ORDER))
    yield from versions()


def clocks() -> Iterator[Row]:
    """Other times, for every process that the tests start too."""
    faketime = need("faketime")
    for clock in CLOCKS:
        yield f"the clock at {clock}", suite((faketime, clock, sys.executable, *SUITE, *IN_ORDER))


def places() -> Iterator[Row]:
    """Other zones, locales and hash seeds."""
    in_order = (sys.executable, *SUITE, *IN_ORDER)
    for name, variables in PLACES.items():
        yield name, suite(in_order, variables)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"{TURKISH}.UTF-8"
        subprocess.run([need("localedef"), "-i", TURKISH, "-f", "UTF-8", target], check=True)
        yield "LC_ALL=tr_TR.UTF-8", suite(in_order, {"LOCPATH": folder, "LC_ALL": target.name})


def versions() -> Iterator[Row]:
    """Other Pythons, each in an environment of its own made from the lock."""
    for python in pythons():
        version = run((python, "-c", "import platform; print(platform.python_version())"), {}).strip()
        environment = f".venv-stress-{version}"
        run(("requirements/install.sh", environment, "development"), {"PYTHON": python})
        yield f"Python {version}", suite((f"{environment}/bin/python", *SUITE))


def pythons() -> list[str]:
    """Interpreters at hand, one of each version that is served."""
    named = [*os.environ.get("PHAT_PYTHONS", "").split(":"), *(shutil.which(f"python{v}") or "" for v in VERSIONS)]
    found: dict[str, str] = {}
    for python in filter(None, named):
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip() in VERSIONS:
            found.setdefault(done.stdout.strip(), python)
    return [found[version] for version in VERSIONS if version in found]


def suite(command: Sequence[str], variables: Mapping[str, str] | None = None) -> str:
    """What the suite says at its end, and how long it took by this process's own clock."""
    start = time.monotonic()
    printed = run(command, variables or {})
    [passed] = re.findall(r"(\d+ passed.*?) in ", printed)[-1:]
    return f"{passed}, {time.monotonic() - start:.0f} s"


def run(command: Sequence[str], variables: Mapping[str, str]) -> str:
    """Output of a command; RuntimeError with its end if it fails."""
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | dict(variables), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command}, {variables}: status {done.returncode}\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def need(program: str) -> str:
    """The path of a program; RuntimeError if it is not installed."""
    if found := shutil.which(program):
        return found
    raise RuntimeError(f"{program} is not installed")


if __name__ == "__main__":
    for what, figure in main():
        print(f"| {what} | {figure} |", flush=True)
