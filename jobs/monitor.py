"""The look at the model that EventBridge Scheduler asks for: captured traffic against training data and outcomes.

The report, its figures and their metrics are of a window of MONITOR_HOURS that ends with the last full hour of which
all is delivered by the event's `time` (now, if it has none). `from` and `to` in the event name another one. What cannot
be read is named in log and report, and does not stop the look. Where there is nothing to look at, the answer and the
log say why, and the metric MonitoredRecords is 0: that is no failure.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError
from obstore.exceptions import PermissionDeniedError

from phat.jobs.live import live_pin
from phat.model.errors import ModelUnavailable, NotConfigured
from phat.model.model import Model
from phat.model.store import Pin, load
from phat.monitoring.captures import Traffic, Window, read
from phat.monitoring.drift import Limits
from phat.monitoring.errors import MonitoringError, NothingToMonitor, ShadowRefused
from phat.monitoring.labels import KnownOutcomes, read_labels
from phat.monitoring.monitor import Monitoring, MonitorOptions, monitor
from phat.monitoring.report import write_report
from phat.monitoring.shadow import check_shadow
from phat.storage.errors import FilesError, NoSuchFile, StoreUnavailable
from phat.storage.objects import S3
from phat.storage.writing import write_whole

CAPTURES = "captures/"
OUTCOMES = "outcomes/"
REPORTS = "reports/"
DELIVERY = timedelta(minutes=20)
"""How long a captured line may be on its way into the bucket: Firehose collects for 15 minutes at most."""
COUNTS = {"MonitoredRecords", "FlaggedFields", "LabelledRecords", "FlaggedColumns"}
"""Metrics that are counts; the others have no unit."""
_FORBIDDEN = 403

logger = Logger(location=None)


def lambda_handler(event: Mapping[str, Any], _: LambdaContext) -> dict[str, Any]:
    """Look, and write what was found; the answer says where, and the sentences."""
    window = asked_window(event, int(os.environ.get("MONITOR_HOURS", "24")))
    bucket = os.environ["CAPTURE_BUCKET"]
    try:
        pin = live_pin(os.environ["ENDPOINT_FUNCTION"])
    except NotConfigured as error:
        return _nothing(f"the endpoint serves no model: {error}")
    model = _model(pin)
    try:
        traffic = read(f"{S3}{bucket}/{CAPTURES}", window, model.version)
    except StoreUnavailable as error:
        if not _denied(error):
            raise
        return _nothing(f"the captures may not be read: {error}", model.version)
    try:
        monitoring = monitor(model, traffic, window, _options(pin, bucket, model))
    except NothingToMonitor as nothing:
        return _nothing(str(nothing), model.version, traffic)
    return _result(monitoring, bucket)


def _nothing(reason: str, version: str | None = None, traffic: Traffic | None = None) -> dict[str, Any]:
    """The answer where there is nothing to look at; what was rejected counts all the same."""
    traffic = Traffic() if traffic is None else traffic
    logger.warning("nothing to monitor", extra={"reason": reason, "model_version": version, "left_out": traffic.unread})
    figures = {"MonitoredRecords": float(len(traffic.records))}
    _count(figures | ({"RejectedShare": traffic.rejected / traffic.total} if traffic.rejected else {}), version)
    return {"status": "nothing", "reason": reason}


def _result(monitoring: Monitoring, bucket: str) -> dict[str, Any]:
    """Write what was found; the answer."""
    report = _write(monitoring, bucket)
    _count(monitoring.metrics, monitoring.version)
    answer = {
        "records": monitoring.records,
        "findings": monitoring.findings,
        "notices": monitoring.notices,
        "report": report,
    }
    logger.info("looked at the model", extra=answer | {"model_version": monitoring.version, "pin": monitoring.pin})
    return {"status": "looked", "model_version": monitoring.version, **answer}


def asked_window(event: Mapping[str, Any], hours: int) -> Window:
    """The window that an event asks for; ValueError, with got and expected, if it is wrong."""
    if not isinstance(event, Mapping):
        raise ValueError(f"event: got {_shown(event)}, expected an object with time, with from and to, or with nothing")
    if "from" in event or "to" in event:
        start, end = (_time(event, name) for name in ("from", "to"))
        if not start < end:
            raise ValueError(f"from {event['from']} is not before to {event['to']}")
        return Window(start, end)
    now = _time(event, "time") if "time" in event else datetime.now(UTC)
    try:
        end = (now - DELIVERY).replace(minute=0, second=0, microsecond=0)
        return Window(end - timedelta(hours=hours), end)
    except OverflowError:
        raise ValueError(f"event time: got {_shown(event['time'])}, expected one in this era") from None


def _time(event: Mapping[str, Any], name: str) -> datetime:
    """A time of the event, in UTC if it names no zone."""
    if name not in event:
        raise ValueError(f"event {name}: got nothing, expected a time, as from and to go together")
    try:
        time = datetime.fromisoformat(event[name])
    except (TypeError, ValueError):
        expected = "expected a time in ISO 8601, like 2026-11-25T12:00:00Z"
        raise ValueError(f"event {name}: got {_shown(event[name])}, {expected}") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _shown(value: object) -> str:
    return f"{value!r:.40}"


@lru_cache(maxsize=2)
def _model(pin: Pin) -> Model:
    return load(pin)


def _limits() -> Limits:
    return Limits(
        alpha=float(os.environ.get("MONITOR_ALPHA", Limits.alpha)),
        effect=float(os.environ.get("MONITOR_EFFECT", Limits.effect)),
        fewest=int(os.environ.get("MONITOR_FEWEST", Limits.fewest)),
    )


def _options(pin: Pin, bucket: str, model: Model) -> MonitorOptions:
    """How traffic is monitored, with a notice for each part that cannot be had."""
    notices: list[str] = []
    labels, shadow = None, None
    try:
        labels = _labels(f"{S3}{bucket}/{OUTCOMES}", model)
    except (FilesError, MonitoringError) as error:
        notices.append(f"the outcomes are left out: {error}")
    try:
        shadow = _shadow(pin.bucket, model)
    except (ModelUnavailable, ShadowRefused) as error:
        notices.append(f"the other model is left out: {error}")
    pinned = {name: value for name, value in pin._asdict().items() if value is not None}
    return MonitorOptions(_limits(), labels, shadow, pinned, notices)


def _labels(place: str, model: Model) -> KnownOutcomes | None:
    """What is known of outcomes, None if there are none yet."""
    try:
        return read_labels(place, model.artifact.answer)
    except NoSuchFile:
        return None


def _shadow(bucket: str, model: Model) -> Model | None:
    """The second model in the endpoint's bucket, if one is named; ShadowRefused if it answers something else."""
    key, sha256 = os.environ.get("SHADOW_KEY"), os.environ.get("SHADOW_SHA256")
    shadow = _model(Pin(bucket, key, sha256)) if key and sha256 else None
    if shadow is not None:
        check_shadow(model.artifact, shadow.artifact)
    return shadow


def _denied(error: StoreUnavailable) -> bool:
    """Whether the role may not do it, which is no matter of time."""
    cause = error.__cause__
    if isinstance(cause, ClientError):
        return bool(cause.response["ResponseMetadata"].get("HTTPStatusCode") == _FORBIDDEN)
    return isinstance(cause, PermissionDeniedError)


def _write(monitoring: Monitoring, bucket: str) -> str:
    """Write report and figures; the report's address."""
    folder = f"{S3}{bucket}/{REPORTS}{monitoring.start:%Y-%m-%dT%H}--{monitoring.end:%Y-%m-%dT%H}/{monitoring.version}"
    write_whole(f"{folder}/figures.json", monitoring.to_json())
    write_whole(f"{folder}/report.html", write_report(monitoring).encode())
    return f"{folder}/report.html"


def _count(figures: Mapping[str, float], version: str | None) -> None:
    """Metrics by service, and by service and model version where there is a model."""
    for dimensions in ({}, {"model_version": version}) if version is not None else ({},):
        metrics = Metrics()
        for name, value in dimensions.items():
            metrics.add_dimension(name, value)
        for name, figure in figures.items():
            metrics.add_metric(name, MetricUnit.Count if name in COUNTS else MetricUnit.NoUnit, figure)
        metrics.flush_metrics()
        metrics.clear_metrics()
