"""One look at a window of captured traffic: what moved, by how much, since when, in figures and in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np
import orjson

from phat.model.answer import Binary
from phat.model.model import Model
from phat.model.percent import percent
from phat.monitoring.binary_outcomes import expected_figures
from phat.monitoring.captures import Traffic, Window
from phat.monitoring.consequences import consequences
from phat.monitoring.drift import SCORE, FieldDrift, Limits, compare
from phat.monitoring.findings import field_findings, outcome_findings, refusal_findings
from phat.monitoring.labels import KnownOutcomes
from phat.monitoring.outcomes import Outcomes, judge
from phat.monitoring.shadow import Shadow, compare_shadow
from phat.preprocessing.names import ID

_OF_OUTCOMES = {
    "Auc": "auc", "Brier": "brier", "CalibrationSlope": "calibration_slope", "Rmse": "rmse", "Mae": "mae",
    "DevianceExplained": "explained", "LogLoss": "log_loss", "Accuracy": "accuracy",
}  # fmt: skip
"""Metrics by the figures that they are of, where a model of this kind has them."""
METRICS = (
    "MonitoredRecords", "FlaggedFields", "LargestPsi", "LargestMissingPsi", "ScorePsi", "RejectedShare", "ExpectedAuc",
    "ExpectedBrier", "LabelledRecords", "FlaggedColumns", *_OF_OUTCOMES,
)  # fmt: skip
"""Names of all metrics. What was not tested has none, so that alarms keep their state: a look at too few records says
nothing of drift, nor one at too few outcomes of columns. The last are there when there are outcomes, those that the
kind of the model has: probabilities of two outcomes, means, or classes."""


@dataclass(frozen=True)
class MonitorOptions:
    """How traffic is monitored: limits, outcomes to join, another model to score as a shadow.

    `pin` says where the model is from, and `notices` what went wrong before; the report has both.
    """

    limits: Limits = field(default_factory=Limits)
    labels: KnownOutcomes | None = None
    shadow: Model | None = None
    pin: Mapping[str, str] = field(default_factory=dict)
    notices: Sequence[str] = ()


@dataclass(frozen=True)
class Day:
    """A day of the window: its records and, if they are enough, the index of each field: of values, and of gaps."""

    date: str
    records: int
    psi: dict[str, float]
    missing_psi: dict[str, float]


@dataclass(frozen=True)
class Monitoring:
    """The result of monitoring a window; `findings` are its sentences, none of them if nothing is flagged.

    `notices` say what it could not look at, and `pin` which file the model is. `share` is that of the scored records
    which were captured; with `coarse` these have their scores in steps.
    """

    model: str
    version: str
    pin: dict[str, str]
    start: datetime
    end: datetime
    records: int
    rejected: int
    rejected_share: float
    share: float | None
    other_versions: dict[str, int]
    repeated: int
    errors: list[dict[str, Any]]
    limits: Limits
    fields: list[FieldDrift]
    not_captured: list[str]
    days: list[Day]
    expected: dict[str, float] | None
    """How good the model is if its probabilities are right, of a model of two outcomes (`expected_figures`)."""
    outcomes: Outcomes | None
    shadow: Shadow | None
    findings: list[str]
    consequences: list[str]
    """Whether scores, decisions and accuracy have moved, in a sentence each."""
    notices: list[str]
    coarse: bool

    def to_json(self) -> bytes:
        """All of it as JSON."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @property
    def metrics(self) -> dict[str, float]:
        """Figures for CloudWatch, of what was tested."""
        figures: dict[str, float] = {"MonitoredRecords": self.records}
        flagged = sum(each.flagged or each.missing_flagged for each in self.fields)
        if flagged or all(each.tested for each in self.fields):
            figures["FlaggedFields"] = flagged
        if tested := [each for each in self.fields if each.tested and each.name != SCORE]:
            figures["LargestPsi"] = max(each.psi for each in tested)
            figures["LargestMissingPsi"] = max(each.missing_psi for each in tested)
        if (score := self.fields[-1]).tested:
            figures["ScorePsi"] = score.psi
        figures["RejectedShare"] = self.rejected_share
        if self.expected is not None:
            figures |= {"ExpectedAuc": self.expected["auc"], "ExpectedBrier": self.expected["brier"]}
        return figures | (_outcome_metrics(self.outcomes) if self.outcomes is not None else {})

    @property
    def conclusions(self) -> list[str]:
        """The findings, or that there are none, or that too little was captured to have any."""
        if self.findings:
            return self.findings
        if any(each.tested for each in self.fields):
            return ["no relevant drift"]
        return [f"too few records to judge: {self.records}, at least {self.limits.fewest} are needed"]


def _outcome_metrics(outcomes: Outcomes) -> dict[str, float]:
    metrics: dict[str, float] = {"LabelledRecords": outcomes.labelled}
    if outcomes.flagged is not None:
        metrics["FlaggedColumns"] = outcomes.flagged
    figures = outcomes.figures or {}
    for metric, name in _OF_OUTCOMES.items():
        if name in figures:
            metrics[metric] = figures[name]["value"] if isinstance(figures[name], dict) else figures[name]
    return metrics


def monitor(model: Model, traffic: Traffic, window: Window, asked: MonitorOptions = MonitorOptions()) -> Monitoring:
    """Look at the traffic of a window; NothingToWatch if there is none, or nothing to compare it with."""
    limits, labels, shadow = asked.limits, asked.labels, asked.shadow
    fields = compare(model.artifact, traffic, limits)
    days = list(_days(model, traffic, limits))
    outcomes = judge(model.artifact, traffic, labels, limits) if labels is not None else None
    values, gaps = [(day.date, day.psi) for day in days], [(day.date, day.missing_psi) for day in days]
    return Monitoring(
        model=model.artifact.name,
        version=model.version,
        pin=dict(asked.pin),
        start=window.start,
        end=window.end,
        records=len(traffic.records),
        rejected=traffic.rejected,
        rejected_share=traffic.rejected / traffic.total,
        share=len(traffic.records) / traffic.scored,
        other_versions=dict(traffic.other_versions),
        repeated=traffic.repeated,
        errors=traffic.counted_errors(),
        limits=limits,
        fields=fields,
        not_captured=sorted(model.artifact.schema.names - {field.name for field in fields}),
        days=days,
        expected=_expected(model, traffic, limits),
        outcomes=outcomes,
        shadow=compare_shadow(model.artifact, shadow, traffic) if shadow is not None else None,
        findings=[
            *field_findings(fields, values, gaps, limits),
            *refusal_findings(traffic, limits),
            *outcome_findings(outcomes, model.artifact.constant),
        ],
        consequences=[*consequences(model.artifact, traffic, fields[-1], outcomes, limits)],
        notices=[*asked.notices, *_notices(traffic, labels, fields, outcomes)],
        coarse=traffic.coarse,
    )


def _expected(model: Model, traffic: Traffic, limits: Limits) -> dict[str, float] | None:
    """Of the scores of a model of two outcomes, if they are enough, and to the last digit."""
    if not isinstance(model.artifact.answer, Binary) or traffic.coarse or len(traffic.records) < limits.fewest:
        return None
    phat = np.array([record["phat"] for record in traffic.records])
    return expected_figures(phat, model.artifact.cutoff) if 0 < phat.mean() < 1 else None


def _days(model: Model, traffic: Traffic, limits: Limits) -> Iterator[Day]:
    for date, group in groupby(traffic.records, key=lambda record: record["time"].date().isoformat()):
        day = Traffic(records=list(group), coarse=traffic.coarse)
        enough = len(day.records) >= limits.fewest
        fields = [each for each in compare(model.artifact, day, limits) if each.tested] if enough else []
        missing = {field.name: field.missing_psi for field in fields if field.name != SCORE}
        yield Day(date, len(day.records), {field.name: field.psi for field in fields}, missing)


def _notices(
    traffic: Traffic, labels: KnownOutcomes | None, fields: Sequence[FieldDrift], outcomes: Outcomes | None
) -> Iterator[str]:
    """What was not looked at, or not as exactly as it seems."""
    yield from (f"left out: {unread}" for unread in traffic.unread)
    yield from (f"left out: {unread}" for unread in (labels.unread if labels is not None else ()))
    if len(traffic.shares) > 1:
        shares = ", ".join(percent(share) for share in sorted(traffic.shares))
        yield (
            f"the share that is captured changed within the window ({shares}): fields, score and rejections are "
            "weighted by it; outcomes, score tests and the other model are of the captured records as they are"
        )
    if traffic.too_long:
        yield f"{traffic.too_long:,} records were not captured, as each was longer than a line may be"
    if len(traffic.hidden) > 1:
        hidden = " and ".join(sorted(map(_hidden, traffic.hidden)))
        yield f"what is left out or hashed changed within the window: {hidden}"
    rows = len(traffic.records)
    for drift in fields:
        if drift.unreadable:
            yield (
                f"{drift.name} has no readable value in {drift.unreadable:,} of {rows:,} records (left out, hashed or "
                f"odd): its figures are of the other {rows - drift.unreadable:,}"
                + ("" if drift.tested else ", too few to test")
            )
    if outcomes is not None and outcomes.columns and outcomes.complete < outcomes.labelled:
        yield (
            f"the score test of columns is of the {outcomes.complete:,} of {outcomes.labelled:,} labelled records that "
            "have all fields readable"
        )
    if outcomes is not None and ID in traffic.hashed and not outcomes.labelled:
        yield "ids are hashed in these captures, so no outcome could be joined to a record"


def _hidden(setting: tuple[tuple[str, ...], tuple[str, ...]]) -> str:
    """What a setting of captures leaves out and hashes, in words."""
    named = [f"{what} {', '.join(names)}" for what, names in zip(("left out", "hashed"), setting, strict=True) if names]
    return "; ".join(named) or "nothing"
