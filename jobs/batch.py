"""Scoring a whole prefix in S3: the steps that the state machine of template.yaml calls, one file at a time.

A run's files are in its folder, `runs/NAME/`: a receipt for each file that is done with, in the end the summary. A
file's answers are one object, or one for each of its parts; they appear when they are complete, and the same file gives
the same objects however often it is scored. What cannot be scored is a result with a reason, which a run that is
repeated meets again; an exception is a step that may be tried again. Neither has a record's values: those reasons
that quote some are in the receipts, next to the records' own files.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from phat.batch.s3.file_spans import FilePart, parts
from phat.batch.s3.prefix_run import Run
from phat.batch.s3.receipts import Receipt, delete_others, read_receipt, write, write_failed, write_receipt
from phat.batch.score_files import score_files
from phat.jobs.batch_request import BatchRequest, RunRefused
from phat.jobs.batch_summary import BatchSummary
from phat.jobs.live import live_pin
from phat.model.answer import Binary
from phat.model.errors import NotConfigured
from phat.model.model import Model
from phat.model.store import Pin, load
from phat.storage.errors import FileRefused, FilesError, StoreUnavailable
from phat.storage.files import S3Object, object_at
from phat.storage.objects import S3

Result = dict[str, Any]

logger = Logger(location=None)


class StepFailed(Exception):
    """A step that went wrong in a way that may pass; the message names the kind of error and no more."""


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
    request = BatchRequest.from_dict(event["request"])
    try:
        pin = live_pin(os.environ["ENDPOINT_FUNCTION"])
    except NotConfigured:
        raise RunRefused("the endpoint serves no model; publish one and deploy it, then start again") from None
    _model(pin)
    size = int(os.environ["SPLIT_MEGABYTES"]) << 20
    run = Run(event["name"], os.environ["DATA_BUCKET"], model=_pinned(pin), split_bytes=size, **request._asdict())
    return {"run": asdict(run)}


def score_file(event: Mapping[str, Any]) -> Result:
    """Score one object, or one part of it.

    Its status: scored, failed, ignored (no table), skipped (a table that is not scored), or split, with its parts.
    """
    run, key, part = Run.from_dict(event["run"]), event["key"], FilePart.from_dict(event.get("part"))
    if not run.takes(key):
        return {"status": "ignored"}
    if (reason := run.passes_over(key)) is not None:
        write_receipt(run, Receipt(key, None, "skipped", detail=reason))
        return {"status": "skipped"}
    try:
        place = object_at(run.bucket, key)
        if part is None and place.size > run.split_bytes:
            return {"status": "split", "parts": [each._asdict() for each in parts(place, run.split_bytes)]}
        if part is not None and part.etag != place.etag:
            raise FileRefused(f"{key}: it has changed since it was split; start again")
        return _score(run, key, place, part)
    except FileNotFoundError:
        return _failed(run, key, part, FileRefused(f"{key}: it is not there any more"))
    except StoreUnavailable:  # which may pass
        raise
    except FilesError as error:
        return _failed(run, key, part, error)


def _score(run: Run, key: str, place: S3Object, part: FilePart | None) -> Result:
    model = _model(run.pin)
    output = run.answers(key, part)
    summary = score_files(model, [place], f"{S3}{run.bucket}/{output}", run.options(part))
    figures = {"etag": place.etag, "output": output, "model_version": model.version, **asdict(summary)}
    if isinstance(answer := model.artifact.answer, Binary):
        figures["events"] = summary.outcomes.get(answer.labels.event, 0)
    if part is None:
        delete_others(run, key, {output})
    write_receipt(run, Receipt(key, part, "scored", figures=figures))
    logger.info("file scored", extra={name: figures[name] for name in ("rows", "scored", "rejected", "seconds")})
    return {"status": "scored"}


def finish(event: Mapping[str, Any]) -> Result:
    """All parts of a file have been tried: it is scored if they all are, and otherwise nothing is left of it."""
    run, key = Run.from_dict(event["run"]), event["key"]
    of_file = [FilePart.from_dict(part) for part in event["parts"]]
    tried = [read_receipt(run, key, part) for part in of_file]
    bad = next((receipt for receipt in tried if receipt.status != "scored"), None)
    if bad is not None:
        write_failed(run, key, bad.error or "", bad.detail or "")
        return {"status": "failed"}
    delete_others(run, key, {run.answers(key, part) for part in of_file})
    return {"status": "scored"}


def give_up(event: Mapping[str, Any]) -> Result:
    """Note that a file could not be scored though it was tried again and again."""
    error = event["error"]
    write_failed(Run.from_dict(event["run"]), event["key"], error["Error"], str(error.get("Cause", ""))[:1000])
    return {"status": "failed"}


def summarise(event: Mapping[str, Any]) -> Result:
    """Add up the receipts: the run's summary, as an object and as metrics."""
    run = Run.from_dict(event["run"])
    summary = BatchSummary.of(run, complete=event["status"] == "complete", started=event["started"])
    write(run.bucket, f"{run.folder}summary.json", summary.to_dict())
    summary.count()
    return summary.figures() | {"summary": f"{S3}{run.bucket}/{run.folder}summary.json"}


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


def _pinned(pin: Pin) -> dict[str, str | None]:
    return {**pin._asdict(), "version": _model(pin).version}


def _failed(run: Run, key: str, part: FilePart | None, error: FilesError) -> Result:
    name = type(error).__name__
    logger.warning("file refused", extra={"error": name})
    if part is None:
        write_failed(run, key, name, str(error))
    else:
        write_receipt(run, Receipt(key, part, "failed", name, str(error)))
    return {"status": "failed"}
