"""One look at a window of captured traffic: what moved, by how much, since when, in figures and in sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby, takewhile
from typing import Any

import orjson

from model.loaded import Model
from model.watch.captures import Record, Traffic, Window
from model.watch.drift import SCORE, FieldDrift, Limits, compare
from model.watch.outcomes import Outcomes, judge
from model.watch.shadow import Shadow, compare_shadow

METRICS = (
    "MonitoredRecords", "FlaggedFields", "LargestPsi", "LargestMissingPsi", "ScorePsi", "RejectedShare",
    "LabelledRecords", "FlaggedColumns", "Auc", "Brier", "CalibrationSlope",
)  # fmt: skip
"""Names of all metrics; the last five are there when there are outcomes."""

Labels = tuple[dict[str, float], int, int]


@dataclass(frozen=True)
class Asked:
    """What is asked of a look: limits, labels to join (`outcomes.read_labels`), another model to score beside."""

    limits: Limits = field(default_factory=Limits)
    labels: Labels | None = None
    shadow: Model | None = None


@dataclass(frozen=True)
class Day:
    """A day of the window: its records, and the index of each field on that day, for those that have enough."""

    date: str
    records: int
    psi: dict[str, float]


@dataclass(frozen=True)
class Monitoring:
    """Everything that one look found; `findings` are its sentences, none of them if nothing is flagged."""

    model: str
    version: str
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
            found["FlaggedColumns"] = sum(column.flagged for column in self.outcomes.columns)
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
    days = list(_days(model, traffic.records, limits))
    outcomes = judge(model.artifact, traffic.records, labels, limits) if labels is not None else None
    total = len(traffic.records) / max(next(iter(traffic.shares), 1.0), 1e-9) + traffic.rejected
    return Monitoring(
        model=model.artifact.name,
        version=model.version,
        start=window.start,
        end=window.end,
        records=len(traffic.records),
        rejected=traffic.rejected,
        rejected_share=traffic.rejected / max(total, 1.0),
        share=max(traffic.shares, default=None),
        other_versions=dict(traffic.other_versions),
        repeated=traffic.repeated,
        errors=[{"field": name, "code": code, "count": n} for (name, code), n in traffic.errors.most_common()],
        limits=limits,
        fields=fields,
        not_captured=sorted(model.artifact.schema.names - {field.name for field in fields}),
        days=days,
        outcomes=outcomes,
        shadow=compare_shadow(shadow, traffic.records) if shadow is not None else None,
        findings=[*_field_findings(fields, days, limits), *_outcome_findings(outcomes)],
    )


def _days(model: Model, records: Sequence[Record], limits: Limits) -> Iterator[Day]:
    for date, group in groupby(records, key=lambda record: record["time"].date().isoformat()):
        day = list(group)
        enough = len(day) >= limits.fewest
        found = compare(model.artifact, Traffic(records=day), limits) if enough else []
        yield Day(date, len(day), {field.name: max(field.psi, field.missing_psi) for field in found})


def _field_findings(fields: Sequence[FieldDrift], days: Sequence[Day], limits: Limits) -> Iterator[str]:
    flagged = [each for each in fields if each.flagged or each.missing_flagged]
    for each in sorted(flagged, key=lambda each: -max(each.psi, each.missing_psi)):
        told = []
        if each.flagged:
            told.append(f"has shifted{_direction(each)}: PSI {each.psi:.2f}")
        if each.missing_flagged:
            more = 100 * (each.missing_now - each.missing_base)
            told.append(f"{abs(more):.0f} % {'more' if more > 0 else 'fewer'} missing than in training")
        name = "the score" if each.name == SCORE else each.name
        yield f"{name} {'; '.join(told)}{_since(each.name, days, limits)}"


def _direction(drift: FieldDrift) -> str:
    """Where the values went: the level that lost or won most, or up or down."""
    differences = [now - base for base, now in zip(drift.base, drift.now, strict=True)]
    if " to " not in drift.labels[0]:
        most = max(range(len(differences)), key=lambda index: abs(differences[index]))
        return f" ({drift.labels[most]}: {100 * drift.base[most]:.0f} % then, {100 * drift.now[most]:.0f} % now)"
    moved = sum(index * difference for index, difference in enumerate(differences))
    return " (higher)" if moved > 0 else " (lower)"


def _since(name: str, days: Sequence[Day], limits: Limits) -> str:
    """The first of the last days on which it was off without a break."""
    measured = [day for day in days if name in day.psi]
    off = list(takewhile(lambda day: day.psi[name] >= limits.effect, reversed(measured)))
    return f", since {off[-1].date}" if off and len(off) < len(measured) else ""


def _outcome_findings(outcomes: Outcomes | None) -> Iterator[str]:
    if outcomes is None:
        return
    yield from outcomes.doubts
    for column in sorted(outcomes.columns, key=lambda column: -abs(column.z)):
        if column.flagged:
            off = f"{column.change:+.2f}"
            yield f"the outcome no longer follows {column.name} as in training: its coefficient is off by about {off}"
