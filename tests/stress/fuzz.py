"""Coverage-guided fuzzing with libFuzzer (atheris): the kept corpus first, then what it leads to.

`python -m tests.stress.fuzz` runs 12 million executions, and shows that planted bugs are found; with `short` as its
argument it takes about a minute. What the fuzzer keeps goes into a temporary folder; with `keep` a full run merges
it into the corpus.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import coverage

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
RUNS = {
    "requests": 2_000_000,
    "cleaning": 2_500_000,
    "bodies": 2_500_000,
    "numbers": 5_000_000,
    "queries": 25_000,
    "files": 50_000,
    "models": 50_000,
}
SHORT = 15
"""Seconds for each target in a short run."""

LIMITS = ["-timeout=2", "-rss_limit_mb=1024", "-max_len=400", "-use_value_profile=1", "-reduce_inputs=0"]
"""Two seconds for any input; the memory of one request is measured by `tests.stress.resource_bounds`.

Inputs are not reduced: the CSV reader is C and gives no coverage, so that a quoted cell would be dropped for a shorter
input that seems to reach as much. So the bug planted in bodies was missed with 9 of 16 seeds; without, with none.
"""

ATTACKED = [
    "phat.api.body",
    "phat.api.envelopes",
    "phat.api.gateway_event",
    "phat.api.media",
    "phat.api.negotiate",
    "phat.api.request",
    "phat.api.score",
    "phat.preprocessing",
]
"""Body parsing and cleaning: the modules whose branch coverage is stated."""

SEEDS = {
    "requests": b"\0\0\2\0\0\0x12,x5\n1,sunday\n2,monday\n",
    "cleaning": b"\7sunday\xff\0 5",
    "bodies": b'\2x12,x5\n1,"sunday"\n',
    "numbers": b"\0\5",
    "queries": b"\3\0\0\xff\2",
    "files": b"\0\4id,x12,x5\n1,2,sunday\n3,4,monday\n",
    "models": b"1",
}
"""One ordinary input for each target, from which it must find the bug that was planted."""

PLANT_RUNS = dict.fromkeys(RUNS, 2_000_000) | {"queries": 25_000, "models": 5_000}
"""After how many executions a planted bug counts as not found."""

Row = tuple[str, str]


class Finding(Exception):
    """A promise was broken: the message holds what the fuzzer says."""


def fuzz(target: str, options: list[str], folders: list[Path], plant: bool = False) -> tuple[int, str]:
    """One fuzzing process: its exit code and what it printed."""
    command = [sys.executable, "-m", "tests.stress.fuzzer", target, *(["--plant"] if plant else [])]
    command += [*LIMITS, f"-dict={HERE / 'tokens.dict'}", "-print_final_stats=1", *options, *map(str, folders)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MODEL_"))}
    done = subprocess.run(
        command, cwd=HERE.parents[1], env=environment, capture_output=True, encoding="utf-8", errors="replace",
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def executions(printed: str) -> int:
    """How many inputs a process tried."""
    return max(
        (int(found) for found in re.findall(r"(?:^#|executed_units:\s+)(\d+)", printed, re.MULTILINE)), default=0
    )


def attack(target: str, bound: str, found: Path) -> int:
    """Fuzz one target from the kept corpus within a bound, new inputs to `found`; how many were tried."""
    found.mkdir()
    code, printed = fuzz(target, [bound, f"-artifact_prefix={found}/finding-"], [found, CORPUS / target])
    if code:
        raise Finding(f"{target}:\n{printed[-6000:]}")
    return executions(printed)


def find_planted(target: str) -> int:
    """After how many inputs a planted bug is found, starting from one ordinary input; Finding if it is not."""
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        (seeds / "ordinary").write_bytes(SEEDS[target])
        options = [f"-runs={PLANT_RUNS[target]}", f"-artifact_prefix={folder}/"]
        code, printed = fuzz(target, options, [seeds], plant=True)
    if not code or not re.search(r"AssertionError|IndexError", printed):
        raise Finding(f"the bug planted in {target} was not found:\n{printed[-2000:]}")
    return executions(printed)


def keep(target: str, found: Path) -> None:
    """Merge what a run found into the kept corpus, as few files as show all of the coverage."""
    merged = found.with_name(f"{target}-merged")
    merged.mkdir()
    code, printed = fuzz(target, ["-merge=1", "-use_value_profile=0"], [merged, CORPUS / target, found])
    if code or not any(merged.iterdir()):
        raise Finding(f"merging what was found in {target} gave nothing:\n{printed[-2000:]}")
    (CORPUS / target).mkdir(exist_ok=True)
    for old in (CORPUS / target).iterdir():
        old.unlink()
    for new in merged.iterdir():
        new.rename(CORPUS / target / new.name[:12])


def cover() -> Iterator[Row]:
    """Branch coverage of the attacked modules by the kept corpus."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MODEL_"))}
    with tempfile.TemporaryDirectory() as folder:
        data = f"{folder}/coverage"
        command = [sys.executable, "-m", "coverage", "run", "--rcfile=/dev/null", "--branch", f"--data-file={data}"]
        command += [f"--source={','.join(ATTACKED)}", "-m", "tests.stress.replay"]
        subprocess.run(command, cwd=HERE.parents[1], env=environment, check=True)
        measured = coverage.Coverage(data_file=data, config_file=False)
        measured.load()
        report = Path(folder) / "coverage.json"
        measured.json_report(outfile=str(report))
        totals = json.loads(report.read_text())["totals"]
    share = totals["covered_branches"] / totals["num_branches"]
    yield (
        "Branches of body parsing and cleaning that the kept corpus reaches",
        f"{totals['covered_branches']} of {totals['num_branches']}, {share:.1%}",
    )


def main(*arguments: str) -> Iterator[Row]:
    """Fuzz all targets, two at a time, then show that planted bugs are found; Finding if a promise is broken."""
    short = "short" in arguments
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=2) as pool:
        start = time.monotonic()
        found = {target: Path(folder) / target for target in RUNS}
        bounds = [f"-max_total_time={SHORT}" if short else f"-runs={RUNS[target]}" for target in RUNS]
        counts = list(pool.map(attack, RUNS, bounds, found.values()))
        for target, count in zip(RUNS, counts, strict=True):
            yield f"Executions of {target}", f"{count:,}"
        yield "Executions in all", f"{sum(counts):,} in {time.monotonic() - start:.0f} s"
        if "keep" in arguments:
            for target, folder_ in found.items():
                keep(target, folder_)
        for target, count in zip(RUNS, pool.map(find_planted, RUNS), strict=True):
            yield f"Executions until a bug planted in {target} is found", f"{count:,}"
    yield from cover()


if __name__ == "__main__":
    for what, figure in main(*sys.argv[1:]):
        print(f"| {what} | {figure} |", flush=True)
