"""`python -m benchmarks.training [ROWS] [ROUNDS]`: `fit` and `evaluate` next to the usual script and a floor.

Each is a whole process. Seconds are medians of the rounds, megabytes the largest, all of one run, so that ratios mean
something.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.training.material import write

_RESULTS = Path(__file__).parent / "results.md"
_MB = 1024


def measure(*command: object) -> tuple[float, float]:
    """Seconds and megabytes of a process and its children."""
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, "-W", "ignore", *map(str, command)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return time.monotonic() - start, usage.ru_maxrss / _MB


def main(rows: int, rounds: int) -> None:
    """Measure, print and write the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data, matrix = folder / "records.csv", folder / "matrix.npy"
        write(rows, data, matrix)
        here = "benchmarks.training"
        model, pickled, params = folder / "model.json", folder / "usual.pkl", folder / "floor.npy"
        commands = {
            ("fit", "phat"): ("-m", "phat.cli", "fit", data, "--target", "y", "-o", model),
            ("fit", "usual script"): ("-m", f"{here}.usual", "fit", data, pickled),
            ("fit", "floor"): ("-m", f"{here}.floor", "fit", data, matrix, params),
            ("evaluate", "phat"): ("-m", "phat.cli", "evaluate", model, data),
            ("evaluate", "usual script"): ("-m", f"{here}.usual", "evaluate", data, pickled),
            ("evaluate", "floor"): ("-m", f"{here}.floor", "evaluate", data, matrix, params),
        }
        found: dict[tuple[str, str], list[tuple[float, float]]] = {each: [] for each in commands}
        for _ in range(rounds):
            for each, command in commands.items():
                found[each].append(measure(*command))
    command_line = f"`python -m benchmarks.training {rows} {rounds}`"
    lines = [
        f"{rows:,} records of 20 columns, {rounds} rounds, {time.strftime('%Y-%m-%d')}: {command_line}",
        "",
        "| | seconds | of the usual script's | of the floor's | MB |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for (what, who), runs in found.items():
        seconds = statistics.median(each[0] for each in runs)
        others = [statistics.median(each[0] for each in found[what, other]) for other in ("usual script", "floor")]
        ratios = " | ".join(f"{seconds / other:.2f}" for other in others)
        lines.append(f"| {what}, {who} | {seconds:.1f} | {ratios} | {max(each[1] for each in runs):,.0f} |")
    table = "\n".join(lines) + "\n"
    print(table)
    before = _RESULTS.read_text() if _RESULTS.exists() else "# Fitting and evaluating\n"
    kept = [part for part in before.split("\n\n## ")[1:] if not part.startswith(f"{rows:,} records\n")]
    _RESULTS.write_text("\n\n## ".join(["# Fitting and evaluating", *kept, f"{rows:,} records\n\n{table}"]))


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(*arguments, *(1_000_000, 3)[len(arguments) :])
