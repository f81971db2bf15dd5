"""Runs inside the image, by standard input: prints as JSON what lies in the task folder. Standard library only."""

import importlib.metadata
import importlib.util
import json
import os
import stat
from pathlib import Path

TASK = Path(os.environ["LAMBDA_TASK_ROOT"])
UNCHECKED_HASH = (0b01).to_bytes(4, "little")  # PEP 552: hash-based, source not checked


def fresh(source: Path) -> bool:
    """Whether a source has unchecked-hash byte code that was made of it, for this Python."""
    path = Path(importlib.util.cache_from_source(str(source)))
    digest = importlib.util.source_hash(source.read_bytes())
    return path.exists() and path.read_bytes()[:16] == importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + digest


def mode(path: Path) -> str:
    """Owner and permissions of a path, as `0 rwxr-xr-x`."""
    status = path.lstat()
    return f"{status.st_uid} {stat.filemode(status.st_mode)[1:]}"


paths = [TASK, *TASK.rglob("*")]
files = [path for path in paths if path.is_file()]
found = {
    "distributions": {d.name: d.version for d in importlib.metadata.distributions(path=[str(TASK)])},
    "without byte code": [str(p) for p in files if p.suffix == ".py" and not fresh(p)],
    "modes": sorted({mode(path) for path in paths}),
    "files": sorted(str(path.relative_to(TASK)) for path in files),
    "bytes": sum(path.stat().st_size for path in files),
}
print(json.dumps(found))
