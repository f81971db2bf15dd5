"""Scoring a whole prefix in S3: the steps that the state machine of template.yaml calls, one file at a time.

A run's files are in its folder, `runs/NAME/`: a receipt for each file that is done with, in the end the summary. A
file's answers are one object, or one for each of its parts; they appear when they are complete, and the same file gives
the same objects however often it is scored. What cannot be scored is a result with a reason, which a run that is
repeated meets again; an exception is a step that may be tried again. Neither has a record's values: those reasons
that quote some are in the receipts, next to the records' own files.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from phat.batch.kept import check_kept
from phat.batch.s3.file_spans import split_file
from phat.batch.s3.prefix_run import RUNS, Run
from phat.batch.s3.receipts import Result, delete_others, keys, read, receipts, whole, write, write_failed
from phat.batch.score_files import score_files
from phat.jobs.live import live_pin
from phat.model.errors import NotConfigured
from phat.model.model import Model
from phat.model.store import Pin, load
from phat.storage.errors import FileRefused, FilesError, StoreUnavailable
from phat.storage.files import S3Object, object_at
from phat.storage.objects import S3, flaw

SCORES = "scores/"
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


logger = Logger(location=None)


class StepFailed(Exception):
    """A step that went wrong in a way that may pass; the message names the kind of error and no more."""


class RunRefused(Exception):
    """A run that was asked for wrongly; the message says where, got and expected."""


def lambda_handler(event: Mapping[str, Any], _: LambdaContext) -> Result:
    """Do the event's `step`; RunRefused or StepFailed if it cannot be done."""
    step = STEPS[event["step"]]
    try:
        return step(event)
    except RunRefused:
        raise
    except Exception as error:  # an exception's text and trace go to the log, and may quote a record's value
        logger.error("step failed", extra={"step": event["step"], "error": type(error).__name__})
        raise StepFailed(type(error).__name__) from None


# ---- Steps -----------------------------------------------------------------------------------------------------------


def prepare(event: Mapping[str, Any]) -> Result:
    """Check what was asked for, fill in what was not, and see that the model is there: `run`, for all other steps."""
    request = dict(event["asked"])
    source, output = _prefixes(request)
    keep, level, on_error = request.pop("keep", []), request.pop("level", None), request.pop("on_error", "skip")
    if not isinstance(keep, list) or not all(isinstance(name, str) for name in keep):
        raise RunRefused(f"keep: got {keep!r}, expected a list of columns")
    if level is not None and not (isinstance(level, float) and 0 < level < 1):
        raise RunRefused(f"level: got {level!r}, expected a number between 0 and 1, or null")
    if on_error not in {"skip", "fail"}:
        raise RunRefused(f"on_error: got {on_error!r}, expected skip or fail")
    if request:
        raise RunRefused(f"got {sorted(request)[0]!r}, expected input, output, keep, level and on_error")
    try:
        check_kept(keep)
    except FilesError as error:
        raise RunRefused(f"keep: {error}") from None
    try:
        pin = live_pin(os.environ["ENDPOINT_FUNCTION"])
    except NotConfigured:
        raise RunRefused("the endpoint serves no model; publish one and deploy it, then start again") from None
    _model(pin)
    size = int(os.environ["SPLIT_MEGABYTES"]) << 20
    run = Run(
        event["name"], os.environ["DATA_BUCKET"], source, output, _pinned(pin), tuple(keep), level, on_error, size
    )
    return {"run": asdict(run)}


def score_file(event: Mapping[str, Any]) -> Result:
    """Score one object, or one part of it.

    Its status: scored, failed, ignored (no table), skipped (a table that is not scored), or split, with its parts.
    """
    run, key, part = Run.from_dict(event["run"]), event["key"], event.get("part")
    if not run.takes(key):
        return {"status": "ignored"}
    if (reason := run.passes_over(key)) is not None:
        write(run.bucket, run.receipt(key, None), {"key": key, "part": None, "status": "skipped", "detail": reason})
        return {"status": "skipped"}
    try:
        place = object_at(run.bucket, key)
        if part is None and place.size > run.split_bytes:
            return {"status": "split", "parts": _parts(place, run.split_bytes)}
        if part is not None and part["etag"] != place.etag:
            raise FileRefused(f"{key}: it has changed since it was split; start again")
        return _score(run, key, place, part)
    except FileNotFoundError:
        return _failed(run, key, part, FileRefused(f"{key}: it is not there any more"))
    except StoreUnavailable:  # which may pass
        raise
    except FilesError as error:
        return _failed(run, key, part, error)


def _parts(place: S3Object, size: int) -> list[Result]:
    spans = split_file(place, size)
    numbered = enumerate(spans)
    return [{"number": at, "of": len(spans), "start": a, "end": b, "etag": place.etag} for at, (a, b) in numbered]


def _score(run: Run, key: str, place: S3Object, part: Mapping[str, Any] | None) -> Result:
    model = _model(run.pin)
    span = None if part is None else (part["start"], part["end"])
    output = run.answers(key, part)
    summary = score_files(model, [place], f"{S3}{run.bucket}/{output}", run.options(span))
    receipt = {
        "key": key,
        "part": part,
        "status": "scored",
        "etag": place.etag,
        "output": output,
        "model_version": model.version,
        **asdict(summary),
    }
    if part is None:
        delete_others(run, key, {output})
    write(run.bucket, run.receipt(key, part), receipt)
    logger.info("file scored", extra={name: receipt[name] for name in ("rows", "scored", "rejected", "seconds")})
    return {"status": "scored"}


def finish(event: Mapping[str, Any]) -> Result:
    """All parts of a file have been tried: it is scored if they all are, and otherwise nothing is left of it."""
    run, key, parts = Run.from_dict(event["run"]), event["key"], event["parts"]
    tried = [read(run.bucket, run.receipt(key, part)) for part in parts]
    bad = next((receipt for receipt in tried if receipt["status"] != "scored"), None)
    if bad is not None:
        write_failed(run, key, bad["error"], bad["detail"])
        return {"status": "failed"}
    delete_others(run, key, {run.answers(key, part) for part in parts})
    return {"status": "scored"}


def give_up(event: Mapping[str, Any]) -> Result:
    """Note that a file could not be scored though it was tried again and again."""
    error = event["error"]
    write_failed(Run.from_dict(event["run"]), event["key"], error["Error"], str(error.get("Cause", ""))[:1000])
    return {"status": "failed"}


def summarise(event: Mapping[str, Any]) -> Result:
    """Add up the receipts: the run's summary, as an object and as metrics."""
    run = Run.from_dict(event["run"])
    tables = {key for key in keys(run.bucket, run.input) if run.takes(key)} if run.input.endswith("/") else {run.input}
    results = receipts(run)
    failed, skipped = (_by_key(results, status) for status in ("failed", "skipped"))
    scored = whole(receipt for receipt in results if receipt["key"] not in failed | skipped)
    files = failed.keys() | {receipt["key"] for receipt in scored}
    sums = {name: sum(receipt[name] for receipt in scored) for name in ("rows", "scored", "events", "rejected")}
    missing = sorted(tables - files - skipped.keys())
    complete = event["status"] == "complete"
    summary = {
        "run": run.name,
        "status": "succeeded" if complete else "failed",
        "input": f"{S3}{run.bucket}/{run.input}",
        "output": f"{S3}{run.bucket}/{run.output}",
        "model_version": run.model["version"],
        "files": len(tables - skipped.keys() | files),
        "files_scored": len(files) - len(failed),
        "files_failed": len(failed) + len(missing),
        "files_skipped": len(skipped),
        **sums,
        "rows_skipped": sum(receipt["skipped"] for receipt in scored),
        "seconds": round(time.time() - datetime.fromisoformat(event["started"]).timestamp(), 1),
        "compute_seconds": round(sum(receipt["seconds"] for receipt in scored), 1),
        "failures": _failures(failed, missing),
        "skipped": [{"key": key, "detail": skipped[key]["detail"]} for key in sorted(skipped)[:SHOWN]],
    }
    write(run.bucket, f"{run.folder}summary.json", summary)
    _count(summary)
    figures = {name: value for name, value in summary.items() if name not in {"failures", "skipped"}}
    return figures | {"summary": f"{S3}{run.bucket}/{run.folder}summary.json"}


def _by_key(results: list[Result], status: str) -> dict[str, Result]:
    return {receipt["key"]: receipt for receipt in results if receipt["status"] == status}


def _failures(failed: Mapping[str, Result], missing: list[str]) -> list[Result]:
    """The first of the files that failed, or that the run did not come to, with their reasons."""
    refused = [
        {"key": key, "error": failed[key]["error"], "detail": failed[key]["detail"]} for key in sorted(failed)[:SHOWN]
    ]
    untried = [{"key": key, "error": "NotTried", "detail": "the run ended before it was done"} for key in missing]
    return [*refused, *untried][:SHOWN]


STEPS: dict[str, Callable[[Mapping[str, Any]], Result]] = {
    "prepare": prepare,
    "score": score_file,
    "finish": finish,
    "give up": give_up,
    "summarise": summarise,
}


# ---- What the steps are made of --------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _model(pin: Pin) -> Model:
    return load(pin)


def _prefixes(request: dict[str, Any]) -> tuple[str, str]:
    """Input and output, which are taken out of what was asked for."""
    source = request.pop("input", None)
    if not isinstance(source, str) or not source.strip("/") or source.startswith(S3):
        raise RunRefused(
            f"input: got {source!r}, expected a prefix that ends with a slash, or a key, in the data bucket"
        )
    if (reason := flaw(source.removesuffix("/"))) is not None:
        raise RunRefused(f"input: got {source!r}; {reason}")
    if "output" not in request and source.startswith(SCORES):
        raise RunRefused(f"input: got {source}, where answers are, so they would be scored again; name an output too")
    parent = source if source.endswith("/") else f"{source.rpartition('/')[0]}/"
    output = request.pop("output", f"{SCORES}{parent.lstrip('/')}")
    if not isinstance(output, str) or not _is_prefix(output) or output.startswith(RUNS):
        raise RunRefused(f"output: got {output!r}, expected a prefix that ends with a slash, outside {RUNS}")
    if output.startswith(source) or source.startswith((output, RUNS)):
        raise RunRefused(f"output {output} and input {source} lie within each other, so answers would be scored again")
    return source, output


def _is_prefix(key: str) -> bool:
    return key.endswith("/") and not key.startswith("/") and flaw(key[:-1]) is None


def _pinned(pin: Pin) -> dict[str, str | None]:
    return {**pin._asdict(), "version": _model(pin).version}


def _failed(run: Run, key: str, part: Mapping[str, Any] | None, error: FilesError) -> Result:
    name = type(error).__name__
    logger.warning("file refused", extra={"error": name})
    if part is None:
        write_failed(run, key, name, str(error))
    else:
        receipt = {"key": key, "part": part, "status": "failed", "error": name, "detail": str(error)}
        write(run.bucket, run.receipt(key, part), receipt)
    return {"status": "failed"}


def _count(summary: Result) -> None:
    metrics = Metrics()
    for name, figure in METRICS.items():
        metrics.add_metric(name, MetricUnit.Seconds if figure == "seconds" else MetricUnit.Count, summary[figure])
    metrics.flush_metrics()
