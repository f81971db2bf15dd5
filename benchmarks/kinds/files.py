"""`python -m benchmarks.kinds.files`: a file scored by a model of interactions, logs and splines; writes files.md.

Whole processes, in turn: `phat score`, the usual script in its own environment, and the engine that only reads. The
argument is how many rounds (5).
"""

import pickle
import sys
import tempfile
import warnings
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl
import statsmodels.formula.api as smf

import phat
from benchmarks.files import run_process
from benchmarks.kinds.cases import frame
from benchmarks.runtime import ROOT, python

ROWS = 2_000_000
RESULTS = Path(__file__).with_name("files.md")
FORMULA = (
    "left ~ np.log(spend) * region + bs(age, df=6, lower_bound=20, upper_bound=75) * region + I(spend**2)"
    " + age:np.log(spend)"
)
GOAL = 4.0
"""How many times the usual script's rows a second are to be scored."""


def write_material(folder: Path) -> int:
    """The model, the pickled fit, and the records as CSV and Parquet; how many columns the model has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = smf.logit(FORMULA, frame(1, 5000)).fit(disp=0)
        exported = phat.export(results, name="kinds")
    (folder / "model.json").write_bytes(exported._data)
    (folder / "usual.pkl").write_bytes(pickle.dumps(results))
    frame(2, ROWS)[["age", "spend", "region"]].to_csv(folder / "records.csv", index=False)
    pl.scan_csv(folder / "records.csv").sink_parquet(folder / "records.parquet", row_group_size=100_000)
    return len(results.params)


def commands(path: Path, folder: Path) -> dict[str, list[str | Path]]:
    """How each scores a file."""
    ours = ROOT / ".venv" / "bin" / "python"
    return {
        "phat": [ours, "-m", "phat.cli", "score", path, "-o", folder / "phat.parquet", "--model",
                 folder / "model.json"],
        "usual": [python("benchmark-files"), "-m", "benchmarks.kinds.usual_file", path, folder / "usual.parquet",
                  folder / "usual.pkl"],
        "engine": [ours, "-m", "benchmarks.contenders.engine", path, "age", "spend", "region"],
    }  # fmt: skip


def measure(rounds: int) -> str:
    """The table of a run, and whether the goal is met."""
    lines = ["| file | contender | seconds | rows a second, times the usual script's | megabytes |",
             "| --- | --- | --- | --- | --- |"]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="phat-benchmark-") as name:
        folder = Path(name)
        columns = write_material(folder)
        for kind in ("csv", "parquet"):
            asked = commands(folder / f"records.{kind}", folder)
            runs = {who: [run_process(command) for _ in range(rounds)] for who, command in asked.items()}
            seconds = {who: median(each.seconds for each in done) for who, done in runs.items()}
            for who, done in runs.items():
                memory = median(each.memory for each in done)
                ratio = seconds["usual"] / seconds[who]
                lines.append(f"| {kind} | {who} | {seconds[who]:.2f} | {ratio:.1f} | {memory:.0f} |")
            met = "met" if seconds["usual"] / seconds["phat"] >= GOAL else "MISSED"
            lines.append(f"| {kind} | goal: phat at least {GOAL:g} | | {met} | |")
            _compare(folder)
    return f"{ROWS:,} records, {columns} columns of the model, {rounds} rounds:\n\n" + "\n".join(lines) + "\n"


def _compare(folder: Path) -> None:
    """SystemExit unless both wrote the same probabilities."""
    ours, usual = (pl.read_parquet(folder / f"{name}.parquet")["phat"].to_numpy() for name in ("phat", "usual"))
    worst = float(np.abs(ours - usual).max())
    if not worst < 1e-12:
        raise SystemExit(f"phat is off by {worst}")


def main(rounds: int) -> None:
    """Measure and write the table."""
    table = measure(rounds)
    RESULTS.write_text(
        "# A whole file, scored by a model of interactions, logs and splines\n\n"
        f"Written by `python -m benchmarks.kinds.files` on {datetime.now(UTC):%Y-%m-%d}: seconds of whole processes "
        f"and their own memory, medians. The model is a logit, `{FORMULA}`.\n\n" + table
    )
    print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
