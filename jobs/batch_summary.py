"""What became of a run over a prefix, added up from its files' receipts."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from phat.batch.s3.prefix_run import Run
from phat.batch.s3.receipts import Receipt, keys, receipts, whole
from phat.storage.objects import S3

SHOWN = 1_000
"""Failed files, and skipped ones, that a summary names; it says how many there are."""

METRICS = {
    "BatchFiles": "files_scored",
    "BatchFilesFailed": "files_failed",
    "BatchRows": "scored",
    "BatchRowsRejected": "rejected",
    "BatchEvents": "events",
    "BatchSeconds": "seconds",
}
"""Metrics of a run, and the figures of its summary that they are."""


@dataclass(frozen=True)
class BatchSummary:
    """Files, rows and seconds of a run, the reasons of the first files that failed, and those that were skipped.

    `outcomes` are how often each decision was made; `events` are None where the model has no event.
    """

    run: str
    status: str
    input: str
    output: str
    model_version: str | None
    files: int
    files_scored: int
    files_failed: int
    files_skipped: int
    rows: int
    scored: int
    events: int | None
    outcomes: Mapping[str, int]
    rejected: int
    rows_skipped: int
    seconds: float
    compute_seconds: float
    failures: tuple[Mapping[str, str], ...]
    skipped: tuple[Mapping[str, str], ...]

    @classmethod
    def of(cls, run: Run, *, complete: bool, started: str) -> "BatchSummary":
        """The summary of a run that `started` (ISO 8601), by its receipts; one that is not `complete` has failed."""
        results = receipts(run)
        failed, skipped = (_by_key(results, status) for status in ("failed", "skipped"))
        scored = whole(receipt for receipt in results if receipt.key not in failed | skipped)
        files = failed.keys() | {receipt.key for receipt in scored}
        tables = _tables(run)
        missing = sorted(tables - files - skipped.keys())
        sums = {name: sum(receipt.figures[name] for receipt in scored) for name in ("rows", "scored", "rejected")}
        outcomes: Counter[str] = Counter()
        for receipt in scored:
            outcomes.update(receipt.figures["outcomes"])
        events = [receipt.figures["events"] for receipt in scored if "events" in receipt.figures]
        return cls(
            run=run.name,
            status="succeeded" if complete else "failed",
            input=f"{S3}{run.bucket}/{run.input}",
            output=f"{S3}{run.bucket}/{run.output}",
            model_version=run.model["version"],
            files=len(tables - skipped.keys() | files),
            files_scored=len(files) - len(failed),
            files_failed=len(failed) + len(missing),
            files_skipped=len(skipped),
            **sums,
            events=sum(events) if events or not scored else None,
            outcomes=dict(outcomes),
            rows_skipped=sum(receipt.figures["skipped"] for receipt in scored),
            seconds=round(time.time() - datetime.fromisoformat(started).timestamp(), 1),
            compute_seconds=round(sum(receipt.figures["seconds"] for receipt in scored), 1),
            failures=_failures(failed, missing),
            skipped=tuple({"key": key, "detail": skipped[key].detail or ""} for key in sorted(skipped)[:SHOWN]),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the run's summary.json."""
        return asdict(self)

    def figures(self) -> dict[str, Any]:
        """The same without the lists of files."""
        return {name: value for name, value in asdict(self).items() if name not in {"failures", "skipped"}}

    def count(self) -> None:
        """Write the run's metrics."""
        metrics = Metrics()
        for name, figure in METRICS.items():
            unit = MetricUnit.Seconds if figure == "seconds" else MetricUnit.Count
            if (value := getattr(self, figure)) is not None:
                metrics.add_metric(name, unit, value)
        metrics.flush_metrics()


def _tables(run: Run) -> set[str]:
    """Keys of the tables that the run takes."""
    if not run.input.endswith("/"):
        return {run.input}
    return {key for key in keys(run.bucket, run.input) if run.takes(key)}


def _by_key(results: list[Receipt], status: str) -> dict[str, Receipt]:
    return {receipt.key: receipt for receipt in results if receipt.status == status}


def _failures(failed: Mapping[str, Receipt], missing: list[str]) -> tuple[Mapping[str, str], ...]:
    """The first of the files that failed, or that the run did not come to, with their reasons."""
    refused = [
        {"key": key, "error": failed[key].error or "", "detail": failed[key].detail or ""}
        for key in sorted(failed)[:SHOWN]
    ]
    untried = [{"key": key, "error": "NotTried", "detail": "the run ended before it was done"} for key in missing]
    return tuple([*refused, *untried][:SHOWN])
