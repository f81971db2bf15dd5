"""The column that is predicted, for every kind of model: outcomes, amounts, counts or classes."""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from phat.batch.columns import clean_columns
from phat.preprocessing.schema import CategoryField, NumberField
from phat.training.config import Config, ModelKind
from phat.training.coverage import listed
from phat.training.data import Table, clean_column
from phat.training.errors import DataError
from phat.training.levels import read_levels
from phat.training.target import read_target

Vector = NDArray[np.float64]

_CLASSES = (3, 20)
"""Fewest and most classes."""
_FEW = 10
"""Rows of a class below which its probabilities mean little."""


class Response(NamedTuple):
    """What is predicted of each row (n): 1 for an event, else 0; a number; or the place of its class among `classes`.

    `notices` say how the column was understood, `event` how the data spell one.
    """

    values: Vector
    notices: tuple[str, ...]
    event: str = ""
    classes: tuple[str, ...] = ()


def read_response(table: Table, config: Config) -> Response:
    """The target of a fit as its kind has it; DataError says what it has that such a model does not predict."""
    if config.kind == "binary":
        outcomes = read_target(table, config)
        return Response(np.array(outcomes.events, float), (outcomes.notice(config.target),), outcomes.event)
    cells = table.column(config.target)
    if config.kind == "multinomial":
        return _classes(cells, table, config.target)
    return _numbers(cells, table, config.target, config.kind)


def _numbers(cells: pl.Series, table: Table, target: str, kind: ModelKind) -> Response:
    values, errors = clean_columns(cells.alias(target).to_frame(), [NumberField(target, 0.0)])[target]
    if errors is not None and errors.height:
        row: int = errors["row"].sort()[0]
        raise DataError(
            f"target {target}: {errors.height} of {len(cells)} values are no numbers, which --kind {kind} predicts, "
            f"the first in row {table.number(row)}: got {cells[row]!r}; --kind binary predicts two outcomes, and "
            "multinomial classes"
        )
    _check_gaps(values, table, target)
    numbers = values.to_numpy()
    check_values(kind, numbers, table, target)
    if numbers.min() == numbers.max():
        raise DataError(f"target {target}: every value is {numbers[0]:g}, so that there is nothing to predict")
    text = f"target {target}: mean {numbers.mean():.6g}, from {numbers.min():.6g} to {numbers.max():.6g}"
    return Response(numbers, (text,))


def check_values(kind: ModelKind, numbers: Vector, table: Table, target: str) -> None:
    """DataError for values of a target (n) that such a model cannot predict, NaN aside."""
    expected = {
        "poisson": "whole numbers from 0 on, as a poisson model counts",
        "gamma": "numbers above 0, as a gamma model predicts amounts",
    }
    fits = {"poisson": (numbers >= 0) & (numbers == np.floor(numbers)), "gamma": numbers > 0}
    if kind not in fits or not (wrong := ~fits[kind] & ~np.isnan(numbers)).any():
        return
    row = int(np.flatnonzero(wrong)[0])
    raise DataError(
        f"target {target}: {int(wrong.sum())} of {len(numbers)} values are none that --kind {kind} predicts, "
        f"the first in row {table.number(row)}: got {table.column(target)[row]}, expected {expected[kind]}"
    )


def _classes(cells: pl.Series, table: Table, target: str) -> Response:
    levels = read_levels(cells)
    if not _CLASSES[0] <= len(levels.counts) <= _CLASSES[1]:
        shown = listed(list(levels.counts))
        raise DataError(
            f"target {target} has {len(levels.counts)} values ({shown}), expected {_CLASSES[0]} to {_CLASSES[1]} "
            "classes" + ("; two outcomes are fitted without --kind" if len(levels.counts) == 2 else "")
        )
    names = tuple(sorted(levels.counts))
    values = clean_column(cells, CategoryField(target, names, gap="zero"))
    _check_gaps(values, table, target)
    rows = ", ".join(f"{name} {levels.counts[name]}" for name in names)
    few = [name for name in names if levels.counts[name] < _FEW]
    notices = [f"target {target}: classes {rows}"]
    notices += [
        f"target {target}: classes in less than {_FEW} rows, whose probabilities mean little: {listed(few)}"
    ] * bool(few)
    return Response(values.to_physical().cast(pl.Float64).to_numpy(), tuple(notices), classes=names)


def _check_gaps(values: pl.Series, table: Table, target: str) -> None:
    if values.null_count():
        first = table.number(int(values.is_null().arg_true()[0]))
        raise DataError(f"target {target} is missing in {values.null_count()} rows, the first {first}; drop those rows")
