"""The look at the model that EventBridge Scheduler asks for: captured traffic against training data and outcomes.

The report, its figures and their metrics are of the window that ends with the hour of the event's `time` (now, if it
has none) and is MONITOR_HOURS long. `from` and `to` in the event name another one.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from jobs.live import live_pin
from model.batch.errors import NoSuchFile
from model.batch.objects import S3
from model.batch.writing import write_whole
from model.loaded import Model
from model.store import Pin, load
from model.watch.captures import Window, read
from model.watch.drift import Limits
from model.watch.errors import NothingToWatch
from model.watch.monitor import Asked, Labels, Monitoring, watch
from model.watch.outcomes import read_labels
from model.watch.report import write_report

CAPTURES = "captures/"
OUTCOMES = "outcomes/"
REPORTS = "reports/"
SHARES = {"RejectedShare", "Auc", "Brier", "CalibrationSlope", "LargestPsi", "LargestMissingPsi", "ScorePsi"}
"""Metrics without a unit; the others are counts."""

logger = Logger(location=None)


def lambda_handler(event: Mapping[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Look, and write what was found; the answer says where, and the sentences."""
    window = asked_window(event, int(os.environ.get("MONITOR_HOURS", "24")))
    pin = live_pin(os.environ["ENDPOINT_FUNCTION"])
    model = _model(pin)
    bucket = os.environ["CAPTURE_BUCKET"]
    traffic = read(f"{S3}{bucket}/{CAPTURES}", window, model.version)
    asked = Asked(_limits(), _labels(f"{S3}{bucket}/{OUTCOMES}"), _shadow(pin.bucket))
    try:
        found = watch(model, traffic, window, asked)
    except NothingToWatch as nothing:
        logger.warning("nothing to watch", extra={"reason": str(nothing)})
        _count({"MonitoredRecords": len(traffic.records)}, model.version)
        return {"status": "nothing", "reason": str(nothing)}
    report = _write(found, bucket)
    _count(found.metrics, model.version)
    logger.info("looked at the model", extra={"records": found.records, "findings": found.findings, "report": report})
    return {"status": "looked", "records": found.records, "findings": found.findings, "report": report}


def asked_window(event: Mapping[str, Any], hours: int) -> Window:
    """The window that an event asks for; ValueError if it cannot be meant."""
    if "from" in event or "to" in event:
        start, end = (_time(event[name]) for name in ("from", "to"))
        if not start < end:
            raise ValueError(f"from {event['from']} is not before to {event['to']}")
        return Window(start, end)
    now = _time(event["time"]) if event.get("time") else datetime.now(UTC)
    end = now.replace(minute=0, second=0, microsecond=0)
    return Window(end - timedelta(hours=hours), end)


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@lru_cache(maxsize=2)
def _model(pin: Pin) -> Model:
    return load(pin)


def _limits() -> Limits:
    return Limits(
        alpha=float(os.environ.get("MONITOR_ALPHA", Limits.alpha)),
        effect=float(os.environ.get("MONITOR_EFFECT", Limits.effect)),
        fewest=int(os.environ.get("MONITOR_FEWEST", Limits.fewest)),
    )


def _labels(place: str) -> Labels | None:
    """What is known of outcomes, None if nobody has dropped any."""
    try:
        return read_labels(place)
    except NoSuchFile:
        return None


def _shadow(bucket: str) -> Model | None:
    """The second model in the endpoint's bucket, if one is named."""
    key, sha256 = os.environ.get("SHADOW_KEY"), os.environ.get("SHADOW_SHA256")
    return _model(Pin(bucket, key, sha256)) if key and sha256 else None


def _write(found: Monitoring, bucket: str) -> str:
    """Write report and figures; the report's address."""
    folder = f"{S3}{bucket}/{REPORTS}{found.start:%Y-%m-%dT%H}--{found.end:%Y-%m-%dT%H}/{found.version}"
    write_whole(f"{folder}/figures.json", found.to_json())
    write_whole(f"{folder}/report.html", write_report(found).encode())
    return f"{folder}/report.html"


def _count(figures: Mapping[str, float], version: str) -> None:
    """Metrics by service, and by service and model version."""
    for dimensions in ({}, {"model_version": version}):
        metrics = Metrics()
        for name, value in dimensions.items():
            metrics.add_dimension(name, value)
        for name, figure in figures.items():
            metrics.add_metric(name, MetricUnit.NoUnit if name in SHARES else MetricUnit.Count, figure)
        metrics.flush_metrics()
        metrics.clear_metrics()
