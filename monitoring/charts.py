"""The monitor's charts, described as `model/look/charts.js` draws them: fields then and now, days, calibration."""

from collections.abc import Sequence
from typing import Any

from phat.monitoring.drift import SCORE, FieldDrift
from phat.monitoring.monitor import Monitoring
from phat.training.charts import Chart, calibration, line, tenths_chart

MISSING = "missing"
_CALENDARS = (
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
)


def charts(monitoring: Monitoring) -> dict[str, Chart]:
    """Every chart by name: fields by theirs, with `field:` before it."""
    drawn = {f"field:{field.name}": _field(field) for field in monitoring.fields}
    if len(monitoring.days) > 1:
        drawn["days"] = _days(monitoring)
    outcomes = monitoring.outcomes
    if outcomes is not None and outcomes.bins is not None:
        drawn["calibration"] = calibration(outcomes.bins, "the labelled records by score")
    return drawn | (tenths_chart(outcomes.tenths) if outcomes is not None else {})


def shown(fields: Sequence[FieldDrift]) -> list[FieldDrift]:
    """Fields as they are shown: those that are flagged first, the farthest moved before the others, the score last."""

    def place(field: FieldDrift) -> tuple[bool, bool, float]:
        flagged = field.flagged or field.missing_flagged
        return not flagged, field.name == SCORE, -max(field.psi, field.missing_psi)

    return sorted(fields, key=place)


def shares(field: FieldDrift) -> list[tuple[str, float, float]]:
    """Each bin or level with its share of all records then and now, months and weekdays in their order, gaps last."""
    present = [
        (label, base * (1 - field.missing_base), now * (1 - field.missing_now))
        for label, base, now in zip(field.labels, field.base, field.now, strict=True)
    ]
    order = _calendar(field.labels)
    if order is not None and not field.ordered:
        present.sort(key=lambda each: order.index(each[0][:3].casefold()))
    gaps = [(MISSING, field.missing_base, field.missing_now)]
    return present + (gaps if field.name != SCORE and (field.missing_base or field.missing_now) else [])


def _calendar(labels: Sequence[str]) -> Sequence[str] | None:
    """The calendar that all labels are of."""
    short = {label[:3].casefold() for label in labels}
    return next((names for names in _CALENDARS if len(short) == len(labels) and short <= set(names)), None)


def _field(field: FieldDrift) -> Chart:
    parts = shares(field)
    off = field.flagged or field.missing_flagged
    name = "the score" if field.name == SCORE else field.name
    label, base, now = max(parts, key=lambda part: abs(part[2] - part[1]))
    gap = f", missing {field.missing_psi:.2f}" if field.missing_flagged else ""
    return {
        "title": f"{name}: PSI {field.psi:.2f}{gap}",
        "alt": f"{name}, then and now; most moved {label}: {100 * base:.1f} % then, {100 * now:.1f} % now",
        "x": {"names": [part[0] for part in parts]},
        "y": {"low": 0, "percent": True, "label": "share of the records"},
        "bars": [
            {"name": "training", "values": [part[1] for part in parts], "tone": "then"},
            {"name": "now", "values": [part[2] for part in parts], "tone": "alarm" if off else ""},
        ],
    }


def _days(monitoring: Monitoring) -> Chart:
    dates = [day.date for day in monitoring.days]
    drawn: list[dict[str, Any]] = []
    for field in monitoring.fields:
        if field.flagged or field.name == SCORE:
            tone = "" if field.name == SCORE else "alarm"
            points = [
                (place, day.psi[field.name]) for place, day in enumerate(monitoring.days) if field.name in day.psi
            ]
            drawn.append(line(f"{field.name}: values", points, tone=tone, dots=True))
        if field.missing_flagged:
            days = enumerate(monitoring.days)
            gaps = [(place, day.missing_psi[field.name]) for place, day in days if field.name in day.missing_psi]
            drawn.append(line(f"{field.name}: missing or not", gaps, tone="alarm", dots=True, dashed=True))
    largest = max((point[1] for each in drawn for point in each["points"]), default=0.0)
    return {
        "title": "Population stability index by day",
        "alt": f"Population stability index by day from {dates[0]} to {dates[-1]}, at most {largest:.2f}",
        "x": {"names": dates},
        "y": {"low": 0, "high": max(0.25, 1.1 * largest), "label": "0.1 is little, 0.2 is much"},
        "lines": drawn,
        "marks": [{"y": 0.1, "name": "0.1"}, {"y": 0.2, "name": "0.2"}],
    }
