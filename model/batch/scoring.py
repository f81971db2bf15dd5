"""A table of raw records scored column by column, with the answers of the row path.

The linear predictor is a plain sum here, where the row path's is correctly rounded. Rows in which that might matter go
the row path's way: those whose terms are so large that `phat` might be off by 1e-13, those that leave the range of
64-bit floats, and those within 1e-12 of the cutoff, so that no decision differs.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from model.batch.columns import Column, clean_columns, error_table, joined
from model.explain import normal_quantile, standard_error, wald_interval
from model.loaded import Model
from preprocessing.clean import clean_record
from preprocessing.errors import RecordError
from preprocessing.schema import Field

Vector = NDArray[np.float64]

OUTCOME, PHAT = "business_outcome", "phat"
INTERVAL = ("interval_lower", "interval_upper", "interval_standard_error")

_LARGEST_SUM = 100.0
"""Sum of the terms' sizes up to which a plain sum of a few dozen is off by less than 4e-13, so `phat` by 1e-13."""
_NEAR = 1e-12
"""How near to the cutoff `phat` may come before its last bits decide."""


class Scored(NamedTuple):
    """What became of a table: the good rows' answers, the errors of the bad (rows count from 0), and counts."""

    answers: pl.DataFrame
    errors: pl.DataFrame
    rows: int
    events: int


class Scorer:
    """A model ready to score tables whose columns have the fields' names; other columns can be kept.

    With a `level`, bounds of `phat` are added, as API answers name them.
    """

    def __init__(self, model: Model, keep: Sequence[str] = (), level: float | None = None) -> None:
        self.keep = tuple(keep)
        self._model = model
        self._artifact = model.artifact
        self._fields = model.artifact.schema.fields
        self.fields = {field.name: field.kind for field in self._fields}
        self._place = {name: place for place, name in enumerate(model.artifact.columns)}
        self._coefficients = np.array(list(model.artifact.coefficients.values()))
        self._covariance = np.array(model.artifact.covariance)
        self._inverse_link = _vectorised(model)
        self._quantile = None if level is None else normal_quantile(level)

    @property
    def added(self) -> dict[str, pl.DataType]:
        """The columns that an answer has besides the kept ones."""
        added: dict[str, pl.DataType] = {OUTCOME: pl.String(), PHAT: pl.Float64()}
        return added if self._quantile is None else added | dict.fromkeys(INTERVAL, pl.Float64())

    def clean(self, table: pl.DataFrame) -> dict[str, Column]:
        """Each field's column cleaned; a field without a column is missing in each row."""
        return clean_columns(table, self._fields)

    def __call__(self, table: pl.DataFrame) -> Scored:
        """Score a table of raw records; FileRefused if one of its columns cannot be read at all."""
        if self._artifact.schema.names.isdisjoint(table.columns):
            return self._nothing_known(table)
        cleaned = self.clean(table)
        answers = _Answers(self, {name: column.values for name, column in cleaned.items()}, table.height)
        errors = joined(column.errors for column in cleaned.values())
        bad = np.zeros(table.height, np.bool_)
        bad[errors["row"].to_numpy()] = True
        late = answers.finish(~bad)
        if late.height:
            errors = pl.concat([errors, late])
            bad[late["row"].to_numpy()] = True
        return self._scored(table, answers, errors, bad)

    def _scored(self, table: pl.DataFrame, answers: "_Answers", errors: pl.DataFrame, bad: NDArray[np.bool_]) -> Scored:
        event = answers.phat >= self._artifact.cutoff
        labels = self._artifact.labels
        outcome = pl.select(
            pl.when(pl.lit(pl.Series(event))).then(pl.lit(labels.event)).otherwise(pl.lit(labels.other)).alias(OUTCOME)
        )
        added = [pl.Series(PHAT, answers.phat), *map(pl.Series, INTERVAL, answers.interval)]
        whole = pl.DataFrame([*(table[name] for name in self.keep), outcome[OUTCOME], *added])
        if errors.height:
            whole = whole.filter(pl.Series(~bad))
            event = event[~bad]
        return Scored(whole, errors.sort("row", maintain_order=True), table.height, int(event.sum()))

    def _nothing_known(self, table: pl.DataFrame) -> Scored:
        """None of the model's fields is in the table, so no row can be scored."""
        try:
            clean_record({}, self._artifact.schema)
        except ExceptionGroup as group:
            error: Any = group.exceptions[0]
        errors = error_table(pl.int_range(table.height, eager=True), error)
        none = pl.Schema({name: table.schema[name] for name in self.keep} | self.added).to_frame()
        return Scored(none, errors, table.height, 0)


class _Answers:
    """`phat` and bounds of cleaned columns."""

    def __init__(self, scorer: Scorer, values: Mapping[str, pl.Series], rows: int) -> None:
        self._scorer = scorer
        self._values = values
        self._filled = pl.DataFrame(list(values.values())).select(map(_filled, scorer._fields))
        artifact = scorer._artifact
        constant = 0.0 if artifact.constant is None else artifact.coefficients[artifact.constant]
        self._eta = np.full(rows, constant)
        self._size = np.full(rows, abs(constant))
        with np.errstate(over="ignore", invalid="ignore"):
            for field in scorer._fields:
                self._add(field)
            self.phat = scorer._inverse_link(self._eta)
            self.interval = [] if scorer._quantile is None else self._bounds(scorer._quantile)

    def _add(self, field: Field) -> None:
        """Add the field's terms."""
        term = self._number(field) if field.kind == "number" else self._level(field)
        self._eta += term
        self._size += np.abs(term)

    def _scaled(self, field: Field) -> Vector:
        values = self._filled[field.name].to_numpy()
        return np.asarray((values - field.centre) / field.scale)

    def _codes(self, field: Field) -> NDArray[Any]:
        """The places of the levels among the field's, one more for a missing level."""
        return np.asarray(self._filled[field.name].to_numpy())

    def _number(self, field: Field) -> Vector:
        return np.asarray(self._scaled(field) * self._scorer._coefficients[self._scorer._place[field.name]])

    def _level(self, field: Field) -> Vector:
        coefficients = self._scorer._artifact.coefficients
        table = np.array([coefficients.get(column, 0.0) for column in field.columns()] + [0.0])
        return np.asarray(table[self._codes(field)])

    def _bounds(self, z: float) -> list[Vector]:
        """Bounds and standard errors, by the formulas of `model.explain`."""
        matrix = self._matrix()
        variance = np.einsum("ij,ij->i", matrix @ self._scorer._covariance, matrix)
        error = np.sqrt(np.maximum(variance, 0.0))
        link = self._scorer._inverse_link
        return [link(self._eta - z * error), link(self._eta + z * error), error]

    def _matrix(self) -> Vector:
        """The model columns, rows by k."""
        place = self._scorer._place
        matrix = np.zeros((len(self._eta), len(place)))
        if self._scorer._artifact.constant is not None:
            matrix[:, place[self._scorer._artifact.constant]] = 1.0
        for field in self._scorer._fields:
            if field.kind == "number":
                matrix[:, place[field.name]] = self._scaled(field)
                continue
            codes = self._codes(field)
            for code, column in enumerate(field.columns()):
                if column in place:
                    matrix[:, place[column]] = codes == code
        return matrix

    def finish(self, good: NDArray[np.bool_]) -> pl.DataFrame:
        """Let the row path answer the good rows whose last bits might matter; gives the errors that it finds."""
        certain = (self._size <= _LARGEST_SUM) & (np.abs(self.phat - self._scorer._artifact.cutoff) > _NEAR)
        found = [self._answer(row) for row in np.flatnonzero(good & ~certain).tolist()]
        return joined(found)

    def _answer(self, row: int) -> pl.DataFrame | None:
        """Let the row path answer one row; its errors."""
        record = {name: values[row] for name, values in self._values.items()}
        try:
            found = self._scorer._model.predictor.predict_one(record)
        except ExceptionGroup as group:
            errors = [error for error in group.exceptions if isinstance(error, RecordError)]
            return joined(error_table(pl.Series([row]), error) for error in errors)
        self.phat[row] = found.phat
        if self._scorer._quantile is not None:
            error = standard_error(found.values, self._scorer._artifact.covariance)
            link = self._scorer._model.predictor.inverse_link
            bounds = wald_interval(found.linear_predictor, error, self._scorer._quantile, link)
            for column, bound in zip(self.interval, bounds, strict=True):
                column[row] = bound
        return None


def _filled(field: Field) -> pl.Expr:
    """Numbers without gaps; levels as their places among the field's, one more for a missing one."""
    if field.kind == "number":
        return pl.col(field.name).fill_null(field.fill)
    return pl.col(field.name).to_physical().cast(pl.Int64).fill_null(len(field.levels))


def _vectorised(model: Model) -> Callable[[Vector], Vector]:
    """The inverse link of whole columns; the logit's, which most models have, without a call for each row."""
    if model.artifact.link == "logit":
        return _logistic
    one = model.predictor.inverse_link
    return lambda eta: np.array([one(value) for value in eta.tolist()], np.float64)


def _logistic(eta: Vector) -> Vector:
    """1 / (1 + exp(-eta)); where exp overflows the answer is 0, off by less than the smallest normal float."""
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-eta)))
