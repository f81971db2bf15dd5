"""The monitor's pictures, each as SVG text: small multiples of then and now, days, calibration."""

import io
from collections.abc import Callable

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from phat.monitoring.drift import SCORE, FieldDrift
from phat.monitoring.monitor import Monitoring
from phat.training.plots import STYLE

THEN, NOW, ALARM = "#9aa5b1", "#1f5fa8", "#d9731a"
_COLUMNS = 3
_LONGEST = 8
"""Letters of a level's name below its bars."""


def draw(monitoring: Monitoring) -> dict[str, str]:
    """Every picture by name."""
    with mpl.rc_context(STYLE):
        pictures = {"fields": _fields(monitoring.fields)}
        if len(monitoring.days) > 1:
            pictures["days"] = _one(lambda axes: _days(axes, monitoring))
        if monitoring.outcomes is not None and monitoring.outcomes.bins is not None:
            pictures["calibration"] = _one(lambda axes: _calibration(axes, monitoring), width=4.6)
    return pictures


def _fields(fields: list[FieldDrift]) -> str:
    rows = -(-len(fields) // _COLUMNS)
    figure = Figure(figsize=(9.2, 2.1 * rows), layout="constrained")
    for axes, field in zip(figure.subplots(rows, _COLUMNS, squeeze=False).flat, fields, strict=False):
        _field(axes, field)
    for axes in figure.axes[len(fields) :]:
        axes.set_axis_off()
    return _svg(figure)


def _field(axes: Axes, field: FieldDrift) -> None:
    places = range(len(field.labels))
    off = field.flagged or field.missing_flagged
    axes.bar([place - 0.2 for place in places], field.base, 0.4, color=THEN, label="training")
    axes.bar([place + 0.2 for place in places], field.now, 0.4, color=ALARM if off else NOW, label="now")
    name = "score" if field.name == SCORE else field.name
    axes.set_title(f"{name}: PSI {field.psi:.2f}", loc="left", color=ALARM if off else "#1c2733", fontsize=9)
    axes.set_yticks([])
    axes.grid(visible=False)
    if field.ordered:
        axes.set_xticks([0, len(field.labels) - 1], ["low", "high"], fontsize=7)
    else:
        axes.set_xticks(list(places), [label[:_LONGEST] for label in field.labels], rotation=60, fontsize=6)


def _days(axes: Axes, monitoring: Monitoring) -> None:
    for field in monitoring.fields:
        if field.flagged or field.name == SCORE:
            _line(
                axes, f"{field.name}: values", [(day.date[5:], day.psi.get(field.name)) for day in monitoring.days], "-"
            )
        if field.missing_flagged:
            days = [(day.date[5:], day.missing_psi.get(field.name)) for day in monitoring.days]
            _line(axes, f"{field.name}: missing or not", days, ":")
    for mark in (0.1, 0.2):
        axes.axhline(mark, color=THEN, linestyle="--", linewidth=1)
    title = (
        "Population stability index by day: of values, and of missing against present; its usual marks are 0.1 and 0.2"
    )
    axes.set(title=title, ylim=(0, None))
    axes.title.set_fontsize(9)
    axes.tick_params(axis="x", rotation=60, labelsize=7)
    axes.legend(frameon=False, fontsize=8)


def _line(axes: Axes, label: str, days: list[tuple[str, float | None]], style: str) -> None:
    measured = [(date, psi) for date, psi in days if psi is not None]
    dates, indices = [date for date, _ in measured], [psi for _, psi in measured]
    axes.plot(dates, indices, linestyle=style, marker="o", markersize=3, label=label)


def _calibration(axes: Axes, monitoring: Monitoring) -> None:
    bins = (monitoring.outcomes.bins if monitoring.outcomes else None) or {}
    rates = [events / max(size, 1) for events, size in zip(bins["events"], bins["records"], strict=True)]
    axes.plot([0, 1], [0, 1], color=THEN, linestyle="--", label="perfect")
    axes.plot(bins["mean_phat"], rates, color=NOW, marker="o", label="the labelled records by score")
    axes.set(title="Calibration", xlabel="mean predicted probability", ylabel="observed event rate")
    axes.legend(frameon=False, loc="upper left")


def _one(paint: Callable[[Axes], None], width: float = 9.2, height: float = 3.2) -> str:
    figure = Figure(figsize=(width, height), layout="constrained")
    paint(figure.add_subplot())
    return _svg(figure)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
