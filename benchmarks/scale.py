"""What a billion rows take in the stack, from the rates that the benchmark measured: `python -m benchmarks.scale`.

Writes docs/scale.md. What was not measured is an input here, with its source.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from benchmarks.costs import AS_OF, LAMBDA_GB_SECOND, LAMBDA_REQUEST
from benchmarks.goals import KINDS
from benchmarks.report import HERE, RESULTS

ROWS = 1_000_000_000
MEMORY_GB = 3538 / 1024  # BatchFunction in template.yaml: two cores, as many as the benchmark's machine has
PART_MB = 512  # BatchSplitMegabytes
BLOCK_MB = 16  # batch/csv/reader.py; each takes one request for its rows and one for where they end
S3_MB_SECOND = 75.0  # what one function reads from S3; between 50 and 100 by experience, measure yours
SLOWER = 1.5  # a core of Lambda's next to one of the benchmark's machine; measure yours
START_SECONDS = 1.5  # a cold start with the engine's import
TRANSITION = 0.025 / 1000  # AWS Step Functions pricing, standard workflows
TRANSITIONS = 3  # of a part: its start in the distributed map or the file's own, its step, its choice
GET, PUT = 0.0004 / 1000, 0.005 / 1000  # Amazon S3 pricing, requests
PUTS = 3  # of a part: answers, list of errors, receipt
GET_RATE, PUT_RATE = 5_500, 3_500  # requests a second of one prefix (Amazon S3 user guide, performance guidelines)
CONCURRENCY = (20, 100, 1_000)
SHARE_READ = 0.1  # of a Parquet file of 100 columns when ten are read


@dataclass(frozen=True)
class Scale:
    """A billion rows in files of one kind."""

    parts: int
    seconds: float
    """Of one part, on one function."""
    gets: int

    @property
    def lambda_seconds(self) -> float:
        """Of all parts."""
        return self.parts * self.seconds

    @property
    def dollars(self) -> dict[str, float]:
        """What each service takes."""
        return {
            "Lambda": self.lambda_seconds * MEMORY_GB * LAMBDA_GB_SECOND + self.parts * LAMBDA_REQUEST,
            "Step Functions": self.parts * TRANSITIONS * TRANSITION,
            "S3 requests": self.parts * (self.gets * GET + PUTS * PUT),
        }

    def minutes(self, concurrency: int) -> float:
        """How long it takes when so many parts are scored at once."""
        return ceil(self.parts / concurrency) * self.seconds / 60 + START_SECONDS / 60

    def get_rate(self, concurrency: int) -> float:
        """Requests a second that read."""
        return min(concurrency, self.parts) * self.gets / self.seconds


def scale(files: Mapping[str, Any], kind: str) -> Scale:
    """The arithmetic for one kind of file: the slower of reading and scoring is what a part takes."""
    megabytes = files["csv_gb" if kind == "csv" else "parquet_gb"] * 1000 * ROWS / files["rows"]
    parts = ceil(megabytes / PART_MB)
    read = PART_MB * (1.0 if kind == "csv" else SHARE_READ)
    scoring = files["figures"]["phat"][f"{kind}_s"] * ROWS / files["rows"] / parts * SLOWER
    return Scale(parts, max(read / S3_MB_SECOND, scoring), ceil(read / BLOCK_MB) * 2)


def page(files: Mapping[str, Any]) -> str:
    """The page."""
    scaled = {kind: scale(files, kind) for kind in KINDS}
    names = " | ".join(KINDS.values())
    rows = [
        ("parts", [f"{each.parts:,}" for each in scaled.values()]),
        ("seconds of a part", [f"{each.seconds:.1f}" for each in scaled.values()]),
        ("Lambda seconds in all", [f"{each.lambda_seconds:,.0f}" for each in scaled.values()]),
        *(
            (f"minutes at a concurrency of {number:,}", [f"{each.minutes(number):.1f}" for each in scaled.values()])
            for number in CONCURRENCY
        ),
        *(
            (f"reads a second from S3 at {number:,}", [f"{each.get_rate(number):,.0f}" for each in scaled.values()])
            for number in CONCURRENCY
        ),
        ("state transitions", [f"{each.parts * TRANSITIONS:,}" for each in scaled.values()]),
        *(
            (f"dollars: {service}", [f"{each.dollars[service]:.2f}" for each in scaled.values()])
            for service in scaled["csv"].dollars
        ),
        ("dollars in all", [f"{sum(each.dollars.values()):.2f}" for each in scaled.values()]),
    ]
    table = "\n".join(f"| {what} | {' | '.join(cells)} |" for what, cells in rows)
    figures = files["figures"]["phat"]
    return (
        "# A billion rows\n\n"
        "Arithmetic, from measured rates and named assumptions; nothing on this page was run on AWS. "
        "`python -m benchmarks.scale` writes it again from [the results](../benchmarks/results.md) and the inputs in "
        "[scale.py](../benchmarks/scale.py).\n\n"
        f"Measured: {files['rows']:,} records of 100 columns take {figures['csv_s']:.1f} s as CSV "
        f"({files['csv_gb']:.2f} GB) and {figures['parquet_s']:.1f} s as Parquet ({files['parquet_gb']:.2f} GB), whole "
        "processes on two cores.\n\n"
        f"Assumed: a function of {MEMORY_GB * 1024:.0f} MB has two cores, each {SLOWER} times slower, and reads "
        f"{S3_MB_SECOND:.0f} MB a second from S3; of a Parquet file it reads a tenth, ten columns of 100; a part has "
        f"{PART_MB} MB, and takes as long as the slower of reading and scoring. Prices of us-east-1, {AS_OF}.\n\n"
        f"| a billion rows | {names} |\n| --- | --- | --- |\n{table}\n\n"
        f"S3 gives {GET_RATE:,} reads and {PUT_RATE:,} writes a second to one prefix, and divides prefixes as they "
        "grow hot; above that it answers 503 for a while, which the engine waits out and the state machine tries "
        "again. Spread files over several prefixes, such as one for each month, before you go far beyond a concurrency "
        "of 500 on CSV. A child execution of the map takes the parts of one file, forty at a time: many files of a few "
        "gigabytes fan out better than one of a terabyte.\n"
    )


if __name__ == "__main__":
    (HERE.parent / "docs" / "scale.md").write_text(page(json.loads(RESULTS.read_text())["files"]))
