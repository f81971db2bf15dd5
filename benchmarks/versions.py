"""What a benchmark ran on and with."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.runtime import python


def machine() -> dict[str, Any]:
    """What it ran on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {"processor": model, "cores": os.cpu_count(), "system": platform.platform()}


def versions(names_by_lock: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Versions of packages by the environment that has them, and of the first environment's Python."""
    code = "import sys, importlib.metadata as m; print(sys.version.split()[0], *(m.version(n) for n in sys.argv[1:]))"
    versions_: dict[str, str] = {}
    for role, names in names_by_lock.items():
        done = subprocess.run([python(role), "-c", code, *names], capture_output=True, text=True, check=True)
        versions_ = (
            dict(zip(["Python", *names], done.stdout.split(), strict=True)) | versions_
        )  # the first one's Python
    return versions_
