"""Whole files: `phat score` next to the usual pandas script, and to the engine that only reads.

`python -m benchmarks.files` measures this part alone, on the environments that `make bench` made, and writes it into
the results. Arguments: how many rounds (7).
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from benchmarks import material, report
from benchmarks.material import Material
from benchmarks.runtime import ROOT
from phat.batch.sql import sql_query
from phat.model.model import Model
from phat.training.simulate import write_csv

ROWS = 1_000_000
TIMES = 5
"""How much larger the file is on which memory is measured again."""
LONGER = 3
"""How often."""
_EVERY = 0.01
"""Seconds between two looks at a process's memory."""

Samples = dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class Done:
    """What a process took: seconds from its start to its end, and megabytes of its own memory at most."""

    seconds: float
    memory: float


def run_process(command: Sequence[str | Path], expected: int = 0) -> Done:
    """Run a process that must end with the expected status, and look at its anonymous memory.

    Pages of mapped files can be dropped, and are not counted.
    """
    start = time.perf_counter()
    process = subprocess.Popen([str(word) for word in command], cwd=ROOT, stdout=subprocess.DEVNULL)
    peak = 0
    ended = threading.Event()

    def look() -> None:
        nonlocal peak
        while not ended.wait(_EVERY):
            peak = max(peak, _anonymous(process.pid))

    thread = threading.Thread(target=look)
    thread.start()
    status = process.wait()
    seconds = time.perf_counter() - start
    ended.set()
    thread.join()
    if status != expected:
        raise SystemExit(f"phat: {command[0]} ended with {status}")
    return Done(seconds, peak / 1024)


def _anonymous(pid: int) -> int:
    """Kilobytes of anonymous memory that a process has resident; 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("RssAnon")), 0)


def write_files(folder: Path) -> dict[str, Path]:
    """A million records of 100 columns as CSV and as Parquet, and five times as many."""
    paths = {name: folder / f"records.{name}" for name in ("csv", "parquet")}
    with paths["csv"].open("w", encoding="utf-8", newline="") as file:
        for _ in write_csv(ROWS, 3, file):
            pass
    pl.scan_csv(paths["csv"], infer_schema=False).sink_parquet(paths["parquet"], row_group_size=100_000)
    return paths


def repeat(path: Path, folder: Path) -> Path:
    """The same records several times over, in one file."""
    longer = folder / f"longer{path.suffix}"
    if path.suffix == ".parquet":
        pl.concat([pl.scan_parquet(path)] * TIMES).sink_parquet(longer, row_group_size=100_000)
        return longer
    with longer.open("wb") as to:
        for turn in range(TIMES):
            with path.open("rb") as source:
                header = source.readline()
                if not turn:
                    to.write(header)
                while piece := source.read(1 << 24):
                    to.write(piece)
    return longer


def measure(made: Material, folder: Path, rounds: int) -> dict[str, Any]:
    """All contenders in turn on both files in each round, then ours on the longer ones."""
    (folder / "model.json").write_bytes(made.artifact)
    (folder / "usual.pkl").write_bytes(made.pickled)
    (folder / "query.sql").write_text(sql_query(Model.from_bytes(made.artifact).artifact, "duckdb"))
    paths = write_files(folder)
    fields = [name for name in material.SENT if name in made.fields]
    samples: Samples = {}
    for turn in range(1, rounds + 1):
        print(f"whole files: round {turn} of {rounds}", flush=True)
        for kind, path in paths.items():
            for name, command in _commands(path, folder, fields).items():
                done = run_process(command)
                seconds = samples.setdefault(name, {})
                seconds.setdefault(f"{kind}_s", []).append(done.seconds)
                seconds.setdefault(f"{kind}_mb", []).append(done.memory)
            _compare(folder)
    longer: dict[str, float] = {}
    for kind, path in paths.items():
        many = repeat(path, folder)
        command = _commands(many, folder, fields)["phat"]
        longer[f"{kind}_mb"] = round(median(run_process(command).memory for _ in range(LONGER)), 1)
        many.unlink()
    figures = {
        who: {what: round(median(seconds), 3) for what, seconds in all_.items()} for who, all_ in samples.items()
    }
    sizes = {f"{kind}_gb": round(path.stat().st_size / 1e9, 2) for kind, path in paths.items()}
    return {"rows": ROWS, **sizes, "times": TIMES, "rounds": rounds, "figures": figures, "longer": longer}


def _commands(path: Path, folder: Path, fields: list[str]) -> dict[str, list[str | Path]]:
    """How each contender scores a file."""
    ours, usual = ROOT / ".venv" / "bin" / "python", ROOT / ".venv-benchmark-files" / "bin" / "python"
    model = ("--model", folder / "model.json")
    return {
        "engine": [ours, "-m", "benchmarks.contenders.engine", path, *fields],
        "phat": [ours, "-m", "phat.cli", "score", path, "-o", folder / "phat.parquet", *model],
        "usual": [usual, "-m", "benchmarks.contenders.usual_files", path, folder / "usual.parquet",
                  folder / "usual.pkl"],
        "SQL in DuckDB": [ours, "-m", "benchmarks.contenders.sql_files", path, folder / "sql.parquet",
                          folder / "query.sql"],
    }  # fmt: skip


def _compare(folder: Path) -> None:
    """AssertionError unless all wrote the same answers."""
    ours, *others = (
        pl.read_parquet(folder / f"{name}.parquet")["phat"].to_numpy() for name in ("phat", "usual", "sql")
    )
    for other in others:
        worst = float(np.abs(ours - other).max()) if len(ours) == len(other) else float("inf")
        assert worst < 1e-12, f"phat is off by {worst}"  # noqa: S101  # the benchmark's own check


def main(rounds: int) -> None:
    """Measure this part, and write it into the results."""
    with tempfile.TemporaryDirectory(prefix="phat-benchmark-") as name:
        folder = Path(name)
        report.save({"files": measure(material.make(folder), folder, rounds)})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
