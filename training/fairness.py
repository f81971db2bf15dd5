"""How a model does by the groups of a column, which need not be one of its fields."""

from collections.abc import Iterator
from itertools import pairwise
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from phat.model.coefficients import LEVEL
from phat.model.percent import percent
from phat.model.student import quantile
from phat.preprocessing.schema import CategoryField
from phat.training.data import clean_column
from phat.training.errors import DataError
from phat.training.levels import read_levels
from phat.training.values import Values

Vector = NDArray[np.float64]

_MOST_GROUPS = 20
_BINS = 4
_FEW = 20
"""Records of a group below which its figures say little."""
_GAPS = "missing"
RATES = ("selection_rate", "true_positive_rate", "false_positive_rate")


class Rate(NamedTuple):
    """A share of some records with its 95 % interval; None where there are no records."""

    value: float
    lower: float
    upper: float


class Group(NamedTuple):
    """Of the records of a group: how many were events and were called, as shares, and what the model said.

    `true_positive_rate` is of the events, `false_positive_rate` of the others; None where there are none.
    """

    name: str
    records: int
    events: int
    event_rate: Rate
    mean_phat: float
    selection_rate: Rate
    true_positive_rate: Rate | None
    false_positive_rate: Rate | None


def by_group(column: str, cells: pl.Series, target: Vector, called: NDArray[np.bool_], phat: Vector) -> dict[str, Any]:
    """Figures by the groups that a column (n raw cells) makes of records: outcomes, decisions and phat (n).

    `differences` are the largest rate less the smallest, `ratios` the smallest over the largest, as fairlearn's
    MetricFrame has them, of the groups whose rate is known; `notices` say which groups are small. DataError for a
    column of too many groups.
    """
    groups = [_group(name, rows, target, called, phat) for name, rows in _groups(column, cells)]
    if len(groups) < 2:
        raise DataError(f"column {column} makes one group only: {groups[0].name if groups else 'no value'}")
    known = {name: [rate.value for each in groups if (rate := getattr(each, name)) is not None] for name in RATES}
    return {
        "column": column,
        "groups": [_plain(group) for group in groups],
        "differences": {name: max(rates) - min(rates) for name, rates in known.items() if rates},
        "ratios": {name: min(rates) / max(rates) for name, rates in known.items() if rates and max(rates) > 0},
        "notices": [
            f"group {group.name} of {column} has {group.records} records: its figures say little"
            for group in groups
            if group.records < _FEW
        ],
    }


def sentences(figures: dict[str, Any], label: str) -> Iterator[str]:
    """What the figures of a column's groups say."""
    yield f"by {figures['column']}:"
    for group in figures["groups"]:
        right, wrong = group["true_positive_rate"], group["false_positive_rate"]
        yield (
            f"  {group['name']}: {group['records']:,} records; {_shown(group['event_rate'])} were events, the model "
            f"says {percent(group['mean_phat'])}; it calls {_shown(group['selection_rate'])} {label}, "
            f"{_shown(right)} of the events and {_shown(wrong)} of the others"
        )
    shown = ", ".join(f"{name.replace('_', ' ')} {percent(value)}" for name, value in figures["differences"].items())
    yield f"  largest differences between groups: {shown}"


def by_group_of_others(column: str, cells: pl.Series, target: Vector, answers: NDArray[np.float64]) -> dict[str, Any]:
    """Figures by the groups that a column (n raw cells) makes, of means (n by 1) or of classes (n by classes).

    Of means: what was predicted and happened on average, the mean error with its 95 % interval, and the mean absolute
    error; of classes, whose places are the target (n): the share whose likeliest class happened, with its interval.
    """
    of_group = _mean_group if answers.shape[1] == 1 else _class_group
    groups = [
        {"name": name, "records": int(rows.sum()), **of_group(target[rows], answers[rows])}
        for name, rows in _groups(column, cells)
        if rows.any()
    ]
    if len(groups) < 2:
        raise DataError(f"column {column} makes one group only: {groups[0]['name'] if groups else 'no value'}")
    return {"column": column, "groups": groups}


def _mean_group(target: Vector, answers: NDArray[np.float64]) -> dict[str, Any]:
    error = target - answers[:, 0]
    half = quantile(LEVEL, None) * float(error.std(ddof=1)) / sqrt(len(error)) if len(error) > 1 else 0.0
    mean = float(error.mean())
    return {
        "predicted": float(answers[:, 0].mean()), "happened": float(target.mean()),
        "mean_error": Rate(mean, mean - half, mean + half)._asdict(), "mae": float(np.abs(error).mean()),
    }  # fmt: skip


def _class_group(target: Vector, answers: NDArray[np.float64]) -> dict[str, Any]:
    accuracy = wilson(int((answers.argmax(axis=1) == target).sum()), len(target))
    return {"accuracy": None if accuracy is None else accuracy._asdict()}


def sentences_of_others(figures: dict[str, Any]) -> Iterator[str]:
    """What the figures of a column's groups say, of means or of classes."""
    yield f"by {figures['column']}:"
    for group in figures["groups"]:
        few = "; few, so that this says little" if group["records"] < _FEW else ""
        if "accuracy" in group:
            yield f"  {group['name']}: {group['records']:,} records; {_shown(group['accuracy'])} as was likeliest{few}"
        else:
            error = group["mean_error"]
            yield (
                f"  {group['name']}: {group['records']:,} records; predicts {group['predicted']:.6g}, happened "
                f"{group['happened']:.6g} (off by {error['lower']:+.3g} to {error['upper']:+.3g}); mean absolute error "
                f"{group['mae']:.4g}{few}"
            )


def wilson(count: int, records: int) -> Rate | None:
    """A share with its 95 % interval by Wilson (JASA 22 (1927), 209-212)."""
    if not records:
        return None
    z, share = quantile(LEVEL, None), count / records
    centre = (share + z * z / (2 * records)) / (1 + z * z / records)
    half = z * sqrt(share * (1 - share) / records + z * z / (4 * records**2)) / (1 + z * z / records)
    return Rate(share, max(0.0, centre - half), min(1.0, centre + half))


def _shown(rate: dict[str, float] | None) -> str:
    if rate is None:
        return "none"
    return f"{percent(rate['value'])} ({percent(rate['lower'])} to {percent(rate['upper'])})"


def _plain(group: Group) -> dict[str, Any]:
    return {name: value._asdict() if isinstance(value, Rate) else value for name, value in group._asdict().items()}


def _group(name: str, rows: NDArray[np.bool_], target: Vector, called: NDArray[np.bool_], phat: Vector) -> Group:
    events = int(target[rows].sum())
    records, chosen = int(rows.sum()), called[rows]
    hits = int(chosen[target[rows] == 1].sum())
    event_rate, selection = wilson(events, records), wilson(int(chosen.sum()), records)
    if event_rate is None or selection is None:
        raise AssertionError("a group without records")
    return Group(
        name, records, events, event_rate, float(phat[rows].mean()), selection, wilson(hits, events),
        wilson(int(chosen.sum()) - hits, records - events),
    )  # fmt: skip


def _groups(column: str, cells: pl.Series) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Each group's name and rows (n): the levels, or the quarters of many numbers; and the gaps."""
    values = Values(cells)
    if values.distinct > _MOST_GROUPS and values.numbers == values.present:
        yield from _quarters(values.cleaned)
        return
    levels = read_levels(cells)
    if not levels.counts:
        raise DataError(f"column {column} has no values")
    if len(levels.counts) > _MOST_GROUPS:
        raise DataError(f"column {column} has {len(levels.counts)} levels, expected {_MOST_GROUPS} groups at most")
    field = CategoryField(column, tuple(levels.counts), gap="zero")
    cleaned = clean_column(cells, field).cast(pl.String)
    for level in field.levels:
        yield level, (cleaned == level).fill_null(value=False).to_numpy()
    yield from _gaps(cleaned)


def _quarters(numbers: pl.Series) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    edges = np.unique(np.quantile(numbers.drop_nulls().to_numpy(), np.linspace(0, 1, _BINS + 1)))
    place = np.clip(np.searchsorted(edges, numbers.to_numpy(), side="right") - 1, 0, len(edges) - 2)
    known = numbers.is_not_null().to_numpy()
    for index, (low, high) in enumerate(pairwise(edges)):
        last = index == len(edges) - 2
        yield f"{low:.6g} to {'' if last else 'below '}{high:.6g}", known & (place == index)
    yield from _gaps(numbers)


def _gaps(values: pl.Series) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    if values.null_count():
        yield _GAPS, values.is_null().to_numpy()
