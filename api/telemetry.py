"""Logs and metrics of a request; none of them holds a value that a caller sent."""

import os
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from phat.model.answer import Binary
from phat.model.errors import ModelUnavailable
from phat.model.model import Model
from phat.model.predict import Prediction
from phat.preprocessing.errors import InvalidRecords

SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "phat")
NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "phat")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LEVEL = os.environ.get("POWERTOOLS_LOG_LEVEL", "INFO").upper()
SHOWN = frozenset(LEVELS[LEVELS.index(LEVEL) if LEVEL in LEVELS else 1 :])
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

METRICS = {
    "Predictions": "Count",
    "Previews": "Count",
    "Events": "Count",
    "ImputedValues": "Count",
    "MissingCategories": "Count",
    "RejectedRecords": "Count",
    "PredictLatency": "Milliseconds",
    "ModelLoadTime": "Milliseconds",
    "ModelLoadFailure": "Count",
    "ColdStart": "Count",
}
"""Every metric's name and unit. Predictions to RejectedRecords count records or values, the rest requests. Previews are
records that the page asked about, which are in no other figure."""


class Observation:
    """Figures and notes of one request, written out together when it is over.

    `notes` go into the log line: counts and error codes, never what a caller sent.
    """

    def __init__(self) -> None:
        self.notes: dict[str, Any] = {}
        self.scored: tuple[Sequence[Prediction], Sequence[str | int | None]] = ((), ())
        self.rejected: InvalidRecords | None = None
        self._figures: defaultdict[str, float] = defaultdict(float)
        self._is_preview = False

    def preview(self) -> None:
        """Count what follows as a preview: it is no traffic, so it is neither among its figures nor captured."""
        self._is_preview = True

    def add(self, name: str, value: float) -> None:
        """Add to one of `METRICS`."""
        self._figures[name] += value

    def add_predictions(self, model: Model, predictions: Sequence[Prediction], ids: Sequence[str | int | None]) -> None:
        """Count predictions, events, and what was missing in their records; hold them for who captures them."""
        self.notes["records"] = len(predictions)
        if self._is_preview:
            self.add("Previews", len(predictions))
            return
        self.scored = predictions, ids
        schema, answer = model.artifact.schema, model.artifact.answer
        gaps = [name for scored in predictions if None in scored.cleaned.values() for name in scored.imputed]
        categories = sum(gaps.count(name) for name, levels, _ in schema.plan if levels is not None) if gaps else 0
        self.add("Predictions", len(predictions))
        if isinstance(answer, Binary):
            self.add("Events", sum(prediction.outcome == answer.labels.event for prediction in predictions))
        self.add("ImputedValues", len(gaps) - categories)
        self.add("MissingCategories", categories)

    def add_latency(self, milliseconds: float) -> None:
        """Add what scoring took."""
        if not self._is_preview:
            self.add("PredictLatency", milliseconds)

    def add_rejected(self, error: InvalidRecords) -> None:
        """Count rejected records, note what kinds of error they have, and hold them for who captures them."""
        if not self._is_preview:
            self.rejected = error
            self.add("RejectedRecords", error.rows)
        self.notes |= {"rejected": error.rows, "errors": error.total, "codes": sorted({e.code for e in error.errors})}

    def write(self, model: Model | None, captured: bytes = b"", *, status: int, **fields: Any) -> None:
        """Write one line: what happened and, in the embedded metric format, its figures; then what was captured.

        Where the log level silences a good request, its line has the figures alone. A 5XX is written at every level:
        what stops the roll-out of a bad version counts these lines.
        """
        level = "ERROR" if status >= 500 else "INFO"
        line = _line(level, "request") | {"status": status} | fields | self.notes if level in SHOWN else {}
        if self._figures:
            line |= _metrics(self._figures, model.version if model is not None else None)
        if line or captured:
            _write(line, captured)


class Call(NamedTuple):
    """A request as captured lines name it: by the gateway's id and its time; Lambda's own id draws its records."""

    request_id: str
    invocation: str
    time: str


def timestamp() -> str:
    """The time now, in UTC, as ISO 8601 has it."""
    now = time.time()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03}Z"


def log_reason(message: str, reason: str) -> None:
    """One line about something that is not as its settings say, with the reason in full: it quotes no record."""
    _write(_line("ERROR", message) | {"reason": reason})


def log_error(error: BaseException, **fields: Any) -> None:
    """One line about an error on our side.

    The reason in full for a model that could not be loaded, as it comes from the store and the file; of an
    unforeseen error only type and place, as its message may quote a record.
    """
    kind = type(error).__name__
    if isinstance(error, ModelUnavailable):
        _write(_line("ERROR", "model unavailable") | {"error": kind, "reason": str(error)} | fields)
        return
    frames = [f"{_short(f.filename)}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    _write(_line("ERROR", "unforeseen error") | {"error": kind, "frames": frames} | fields)


def _short(filename: str) -> str:
    return filename.removeprefix(ROOT) if filename.startswith(ROOT) else os.path.basename(filename)


def _line(level: str, message: str) -> dict[str, Any]:
    return {"level": level, "message": message, "timestamp": timestamp(), "service": SERVICE}


def _metrics(figures: Mapping[str, float], version: str | None) -> dict[str, Any]:
    """Figures in CloudWatch's embedded metric format: two dimension sets, so that alarms need not know a version."""
    dimensions = [["service"], ["service", "model_version"]] if version is not None else [["service"]]
    named = [{"Name": name, "Unit": METRICS[name]} for name in figures]
    directive = {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": named}
    line = {"service": SERVICE, **figures}
    if version is not None:
        line["model_version"] = version
    line["_aws"] = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    return line


def _write(line: Mapping[str, Any], captured: bytes = b"") -> None:
    written = orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE) if line else b""
    sys.stdout.write((written + captured).decode())
    sys.stdout.flush()
