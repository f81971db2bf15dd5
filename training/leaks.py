"""Columns that tell the outcome without error: what was known only after it, or the order of the file."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from phat.preprocessing.schema import NumberField
from phat.training.fields import Column

Vector = NDArray[np.float64]

_FEWEST = 10
"""Distinct values that a column must have to be one of the file's order."""


def leak(column: Column, target: Vector) -> str | None:
    """Why a field must not be used: it tells every outcome (n, 1 for an event), or follows the order of the rows."""
    if text := _gaps_tell(column, target):
        return text
    if isinstance(column.field, NumberField):
        return _number_tells(column.numbers(), target)
    return _levels_tell(column.values, target)


def _gaps_tell(column: Column, target: Vector) -> str | None:
    gaps = column.values.is_null().to_numpy()
    if not gaps.any() or gaps.all():
        return None
    for event, what in ((1.0, "event"), (0.0, "other outcome")):
        if (gaps == (target == event)).all():
            rows = int(gaps.sum())
            return f"it is missing exactly in the {rows} rows with the {what}: a leak of what was known only after it"
    return None


def _number_tells(values: Vector, target: Vector) -> str | None:
    known = ~np.isnan(values)
    if _is_sorted(target) and known.all() and _is_sorted(values) and len(np.unique(values)) >= _FEWEST:
        return "the file is sorted by the outcome, and its numbers go up or down with the rows: they number the rows"
    events, others = values[known & (target == 1)], values[known & (target == 0)]
    if not (known.all() and events.size and others.size):
        return None
    if events.min() > others.max() or others.min() > events.max():
        return "it alone tells the outcome of every row: a leak of what was known only after it"
    return None


def _is_sorted(values: Vector) -> bool:
    steps = np.diff(values)
    return bool((steps >= 0).all() or (steps <= 0).all())


def _levels_tell(values: pl.Series, target: Vector) -> str | None:
    if values.n_unique() < 2 or (min(target.sum(), len(target) - target.sum()) < 2):
        return None
    rates = outcomes_by_level(values, target)
    if (
        rates.height < len(target) / 2
        and rates.select((pl.col("events") == 0) | (pl.col("events") == pl.col("rows"))).to_series().all()
    ):
        return "its levels alone tell the outcome of every row: a leak of what was known only after it"
    return None


def outcomes_by_level(values: pl.Series, target: Vector) -> pl.DataFrame:
    """For each `level` of a column, null for its gaps, how many `rows` and `events` it has, in order of the levels."""
    table = pl.DataFrame({"level": values.cast(pl.String), "event": target})
    return table.group_by("level").agg(pl.len().alias("rows"), pl.col("event").sum().alias("events")).sort("level")
