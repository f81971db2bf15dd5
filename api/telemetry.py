"""Logs and metrics of a request; none of them holds a value that a customer sent."""

import os
import traceback
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from model.errors import ModelUnavailable
from model.loaded import Model
from model.predict import Prediction
from preprocessing.errors import InvalidRecords

SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "phat")
NAMESPACE = os.environ.get("POWERTOOLS_METRICS_NAMESPACE", "phat")
ROOT = Path(__file__).parents[1]

METRICS = {
    "Predictions": MetricUnit.Count,
    "Events": MetricUnit.Count,
    "ImputedValues": MetricUnit.Count,
    "MissingCategories": MetricUnit.Count,
    "RejectedRecords": MetricUnit.Count,
    "PredictLatency": MetricUnit.Milliseconds,
    "ModelLoadTime": MetricUnit.Milliseconds,
    "ModelLoadFailure": MetricUnit.Count,
    "ColdStart": MetricUnit.Count,
}
"""Every metric's name and unit. Predictions to RejectedRecords count records or values, the rest requests."""

logger = Logger(service=SERVICE, location=None)
metrics = Metrics(namespace=NAMESPACE, service=SERVICE)


class Observation:
    """Figures and notes of one request, written out together when it is over.

    `notes` go into the log line: counts and error codes, never what a customer sent.
    """

    def __init__(self) -> None:
        self.notes: dict[str, Any] = {}
        self._figures: defaultdict[str, float] = defaultdict(float)

    def add(self, name: str, value: float) -> None:
        """Add to one of `METRICS`."""
        self._figures[name] += value

    def add_predictions(self, model: Model, predictions: Sequence[Prediction]) -> None:
        """Count predictions, events, and what was missing in their records."""
        kinds = {field.name: field.kind for field in model.artifact.schema.fields}
        missing = Counter(kinds[name] for prediction in predictions for name in prediction.imputed)
        self.notes["records"] = len(predictions)
        event = model.artifact.labels.event
        self.add("Predictions", len(predictions))
        self.add("Events", sum(prediction.outcome == event for prediction in predictions))
        self.add("ImputedValues", missing["number"])
        self.add("MissingCategories", missing["category"])

    def add_rejected(self, error: InvalidRecords) -> None:
        """Count rejected records, and note what kinds of error they have."""
        self.add("RejectedRecords", error.rows)
        self.notes |= {"rejected": error.rows, "errors": error.total, "codes": sorted({e.code for e in error.errors})}

    def write(self, model: Model | None, **fields: Any) -> None:
        """Write the log line, and the figures as one EMF line: by service and, with a model, by its version too."""
        logger.info("request", extra=fields | self.notes)
        if not self._figures:
            return
        for name, value in self._figures.items():
            metrics.add_metric(name=name, unit=METRICS[name], value=value)
        if model is not None:
            metrics.add_dimensions(service=SERVICE, model_version=model.version)
        metrics.flush_metrics()


def log_error(error: BaseException, **fields: Any) -> None:
    """One line about an error on our side.

    The reason in full for a model that could not be loaded, as it comes from the store and the file; of an
    unforeseen error only type and place, as its message may quote a customer.
    """
    if isinstance(error, ModelUnavailable):
        logger.error("model unavailable", extra={"error": type(error).__name__, "reason": str(error), **fields})
        return
    frames = [f"{_short(f.filename)}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    logger.error("unforeseen error", extra={"error": type(error).__name__, "frames": frames, **fields})


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
