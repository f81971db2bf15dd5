"""The stand-in for Lambda's base image, for machines that reach PyPI and a Debian mirror but no image registry.

What is slow (a Debian, the wheels) is kept in a cache folder, under a name made of what it was made from. Each entry
is made next to its place and moved there whole, so that an interrupted run leaves none half done.
"""

import hashlib
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from packaging.markers import Marker

from benchmarks.runtime import emulator
from tests.e2e.shell import ROOT, run

PYTHON = "3.13"
SUITE = "trixie"  # the Debian whose Python is 3.13
PACKAGES = "python3,python3-pip,ca-certificates"
NOT_NEEDED = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")
GLIBC = ("manylinux2014", "manylinux_2_17", "manylinux_2_28")  # older than the real image's, so both can run them

RECIPE = Path(__file__).parent / "standin"
LOCKS = (*(ROOT / "requirements" / f"{role}.txt" for role in ("sagemaker", "jobs")), RECIPE / "runtime.txt")
"""Those of sagemaker and jobs hold that of serving."""


def build_standin() -> str:
    """Build the stand-in and return its name."""
    rootfs = run("docker", "import", cached("rootfs", ".tar", make_rootfs, SUITE, PACKAGES, *NOT_NEEDED)).strip()
    with tempfile.TemporaryDirectory(prefix="phat-standin-") as folder:
        context = Path(folder) / "context"
        write_context(context)
        name = f"phat-e2e/python:{PYTHON}"
        run("docker", "build", "--network=none", "--build-arg", f"ROOTFS={rootfs}", "--tag", name, context)
    return name


def write_context(context: Path) -> None:
    """Put together what the stand-in is built from."""
    shutil.copytree(RECIPE, context)
    shutil.copytree(
        cached("wheels", "", make_wheels, *(for_image(path.read_text()) for path in LOCKS)), context / "wheels"
    )
    shutil.copy(emulator(), context / "aws-lambda-rie")


def cached(name: str, suffix: str, make: Callable[[Path], None], *ingredients: str) -> Path:
    """The cached entry that `make` makes of these ingredients, made now if it is not there."""
    digest = hashlib.sha256("\0".join((PYTHON, platform.machine(), *ingredients)).encode()).hexdigest()[:16]
    entry = cache_folder() / f"{name}-{digest}{suffix}"
    if not entry.exists():
        with tempfile.TemporaryDirectory(dir=entry.parent, prefix="making-") as folder:
            make(Path(folder) / entry.name)
            (Path(folder) / entry.name).rename(entry)
    return entry


def cache_folder() -> Path:
    """Where slow things are kept between runs."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "phat"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def make_rootfs(target: Path) -> None:
    """Make a small Debian with Python, as a tar file."""
    with tempfile.TemporaryDirectory(prefix="phat-debian-", ignore_cleanup_errors=True) as folder:
        run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, folder)
        for path in NOT_NEEDED:
            shutil.rmtree(Path(folder, path), ignore_errors=True)
        run("tar", "--create", "--file", target, "--directory", folder, ".")


def make_wheels(target: Path) -> None:
    """Download the wheels of the locks for the image's Python, whichever Python runs this."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", f"--python-version={PYTHON}", f"--dest={target}"]
    command += [f"--platform={glibc}_{platform.machine()}" for glibc in GLIBC]
    with tempfile.TemporaryDirectory(prefix="phat-locks-") as folder:
        for lock in LOCKS:
            chosen = Path(folder) / lock.name
            chosen.write_text(for_image(lock.read_text()))
            command.append(f"--requirement={chosen}")
        run(*command)


def for_image(lock: str) -> str:
    """A lock's packages for the image's Python; pip would choose them for the Python that it runs on."""
    kept = []
    for package in re.split(r"\n(?=\S)", lock):
        marked = re.match(r"(\S+) ; ([^\\]+) (?=\\)", package)
        if marked is None:
            kept.append(package)
        elif Marker(marked[2]).evaluate({"python_version": PYTHON, "python_full_version": f"{PYTHON}.0"}):
            kept.append(f"{marked[1]} {package[marked.end() :]}")
    return "\n".join(kept)
