"""One look at a window of captured traffic: what moved, by how much, since when, in figures and in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson

from phat.model.model import Model
from phat.monitoring.captures import Traffic, Window
from phat.monitoring.drift import SCORE, FieldDrift, Limits, compare
from phat.monitoring.findings import field_findings, outcome_findings, refusal_findings
from phat.monitoring.labels import Labels
from phat.monitoring.outcomes import Outcomes, judge
from phat.monitoring.shadow import Shadow, compare_shadow
from phat.preprocessing.names import ID
from phat.training.judgement import percent

METRICS = (
    "MonitoredRecords", "FlaggedFields", "LargestPsi", "LargestMissingPsi", "ScorePsi", "RejectedShare",
    "LabelledRecords", "FlaggedColumns", "Auc", "Brier", "CalibrationSlope",
)  # fmt: skip
"""Names of all metrics; the last five are there when there are outcomes."""


@dataclass(frozen=True)
class Asked:
    """What is asked of a look: limits, labels to join, another model to score beside.

    `pin` says where the model is from, and `notices` what went wrong before; the report has both.
    """

    limits: Limits = field(default_factory=Limits)
    labels: Labels | None = None
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
    """Everything that one look found; `findings` are its sentences, none of them if nothing is flagged.

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
    outcomes: Outcomes | None
    shadow: Shadow | None
    findings: list[str]
    notices: list[str]
    coarse: bool

    def to_json(self) -> bytes:
        """All of it as JSON."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @property
    def metrics(self) -> dict[str, float]:
        """Figures for CloudWatch; those of outcomes are there when there are enough of them."""
        of_fields = [each for each in self.fields if each.name != SCORE]
        flagged = [each for each in self.fields if each.flagged or each.missing_flagged]
        found: dict[str, float] = {
            "MonitoredRecords": self.records,
            "FlaggedFields": len(flagged),
            "LargestPsi": max((each.psi for each in of_fields), default=0.0),
            "LargestMissingPsi": max((each.missing_psi for each in of_fields), default=0.0),
            "ScorePsi": next(each.psi for each in self.fields if each.name == SCORE),
            "RejectedShare": self.rejected_share,
        }
        if self.outcomes is not None:
            found["LabelledRecords"] = self.outcomes.labelled
            level = self.outcomes.level
            flagged_columns = sum(column.flagged for column in self.outcomes.columns)
            found["FlaggedColumns"] = flagged_columns or int(level is not None and level.flagged)
            if self.outcomes.figures is not None:
                figures = self.outcomes.figures
                found |= {"Auc": figures["auc"]["value"], "Brier": figures["brier"]}
                if "calibration_slope" in figures:
                    found["CalibrationSlope"] = figures["calibration_slope"]
        return found


def watch(model: Model, traffic: Traffic, window: Window, asked: Asked = Asked()) -> Monitoring:
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
        outcomes=outcomes,
        shadow=compare_shadow(shadow, traffic) if shadow is not None else None,
        findings=[
            *field_findings(fields, values, gaps, limits),
            *refusal_findings(traffic, limits),
            *outcome_findings(outcomes, model.artifact.constant),
        ],
        notices=[*asked.notices, *_notices(traffic, labels, outcomes)],
        coarse=traffic.coarse,
    )


def _days(model: Model, traffic: Traffic, limits: Limits) -> Iterator[Day]:
    for date, group in groupby(traffic.records, key=lambda record: record["time"].date().isoformat()):
        day = Traffic(records=list(group), coarse=traffic.coarse)
        enough = len(day.records) >= limits.fewest
        fields = compare(model.artifact, day, limits) if enough else []
        missing = {field.name: field.missing_psi for field in fields if field.name != SCORE}
        yield Day(date, len(day.records), {field.name: field.psi for field in fields}, missing)


def _notices(traffic: Traffic, labels: Labels | None, outcomes: Outcomes | None) -> Iterator[str]:
    """What was not looked at, or not as exactly as it seems."""
    yield from (f"left out: {unread}" for unread in traffic.unread)
    yield from (f"left out: {unread}" for unread in (labels.unread if labels is not None else ()))
    if len(traffic.shares) > 1:
        shares = ", ".join(percent(share) for share in sorted(traffic.shares))
        yield (
            f"the share that is captured changed within the window ({shares}): fields, score and rejections are "
            "weighted by it; outcomes, score tests and the other model are of the captured records as they are"
        )
    if outcomes is not None and ID in traffic.hashed and not outcomes.labelled:
        yield "ids are hashed in these captures, so no outcome could be joined to a record"
