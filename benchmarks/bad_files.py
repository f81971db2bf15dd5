"""Whole files of bad values: `phat score` on them, next to the same files with good values.

`python -m benchmarks.bad_files` measures this part alone, and writes it into the results. Arguments: how many rounds
(7).
"""

import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from benchmarks import material, report
from benchmarks.files import run_process

ROWS = 900_000
COLUMNS = ("x44", "x53", "x56")
"""All that the files have, so that little but errors is in them."""
_RUNS = {"good": ("good", "skip", 0), "bad, skipped": ("bad", "skip", 0), "bad, refused": ("bad", "fail", 1)}
"""The file, what becomes of bad records, and the status that the command ends with."""


def write_files(folder: Path) -> dict[str, Path]:
    """The same rows twice: with numbers, and with texts of which no two are alike."""
    random = np.random.default_rng(3)
    row = pl.int_range(ROWS, eager=True).cast(pl.String)
    tables = {
        "good": pl.DataFrame({name: random.normal(size=ROWS).round(7) for name in COLUMNS}),
        "bad": pl.DataFrame({name: name + row for name in COLUMNS}),
    }
    for name, table in tables.items():
        table.write_csv(folder / f"{name}.csv")
    return {name: folder / f"{name}.csv" for name in tables}


def measure(artifact: bytes, folder: Path, rounds: int) -> dict[str, Any]:
    """All runs in turn in each round."""
    (folder / "model.json").write_bytes(artifact)
    paths = write_files(folder)
    samples: dict[str, dict[str, list[float]]] = {name: {"csv_s": [], "csv_mb": []} for name in _RUNS}
    for turn in range(1, rounds + 1):
        print(f"files of bad values: round {turn} of {rounds}", flush=True)
        for name, (file, on_error, status) in _RUNS.items():
            done = run_process(_command(folder, file, on_error), status)
            samples[name]["csv_s"].append(done.seconds)
            samples[name]["csv_mb"].append(done.memory)
    figures = {who: {what: round(median(times), 3) for what, times in all_.items()} for who, all_ in samples.items()}
    sizes = {f"{name}_mb": round(path.stat().st_size / 1e6, 1) for name, path in paths.items()}
    return {"rows": ROWS, "columns": len(COLUMNS), **sizes, "rounds": rounds, "figures": figures}


def _command(folder: Path, file: str, on_error: str) -> list[str | Path]:
    source, model, output = (folder / name for name in (f"{file}.csv", "model.json", "scores.parquet"))
    return [sys.executable, "-m", "phat.cli", "score", source, "-o", output, "--model", model, "--on-error", on_error]


def main(rounds: int) -> None:
    """Measure this part, and write it into the results."""
    with tempfile.TemporaryDirectory(prefix="phat-benchmark-") as name:
        folder = Path(name)
        report.save({"bad_files": measure(material.make(folder).artifact, folder, rounds)})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
