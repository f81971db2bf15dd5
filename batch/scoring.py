"""A table of raw records scored column by column, with the answers of the row path.

The linear predictor is a plain sum here, where the row path's is correctly rounded. Rows in which that might matter go
the row path's way: those whose terms are so large that `phat` might be off by 1e-13, those that leave the range of
64-bit floats, and those within 1e-12 of the cutoff, so that no decision differs.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import add
from sys import float_info
from typing import Any, NamedTuple

import polars as pl

from phat.batch.columns import clean_columns
from phat.batch.csv.unread import Column
from phat.batch.error_tables import Line, error_line, error_lines, error_table, joined
from phat.batch.headers import Chooser
from phat.batch.plain import read_plain
from phat.model.explain import standard_error, wald_interval
from phat.model.model import Model
from phat.model.student import quantile
from phat.preprocessing.clean import clean_record
from phat.preprocessing.errors import MissingValue, RecordError
from phat.preprocessing.schema import Field, kind_of, levels_of
from phat.preprocessing.terms import PlainLevels, PlainNumber

OUTCOME, PHAT = "business_outcome", "phat"
INTERVAL = ("interval_lower", "interval_upper", "interval_standard_error")

_LARGEST_SUM = 100.0
"""Sum of the terms' sizes up to which a plain sum of a few dozen is off by less than 4e-13, so `phat` by 1e-13."""
_EXACT = 1e-13
"""How far `phat` may be off because of a plain sum."""
_NEAR = 1e-12
"""How near to the cutoff `phat` may come before its last bits decide."""
_ETA, _SIZE = "linear predictor", "sum of the terms' sizes"


class Scored(NamedTuple):
    """What became of a table: the good rows' answers, the errors of the bad (rows count from 0), and counts.

    Rows that were `skipped` are none of the table's.
    """

    answers: pl.DataFrame
    errors: pl.DataFrame
    rows: int
    events: int
    skipped: int = 0


class Scorer:
    """A model ready to score tables whose columns have the fields' names; other columns can be kept.

    With a `level`, bounds of `phat` are added, as API answers name them. Of a table with `enough` errors only the rows
    down to that of the last of them are scored.
    """

    def __init__(
        self, model: Model, keep: Sequence[str] = (), level: float | None = None, enough: int | None = None
    ) -> None:
        self.keep = tuple(keep)
        self._enough = enough
        self._model = model
        self._artifact = model.artifact
        self._fields = model.artifact.schema.fields
        self.fields = {field.name: kind_of(field) for field in self._fields}
        self.choose = Chooser(model.artifact.schema, self.keep)
        self._quantile = None if level is None else quantile(level, model.artifact.degrees_of_freedom)
        self._plain = read_plain(model.artifact, "scoring whole files")
        self._terms = [
            _term(field, self._plain[field.name], model.artifact.coefficients).alias(field.name)
            for field in self._fields
        ]
        constant = pl.lit(0.0 if model.artifact.constant is None else self._coefficient(model.artifact.constant))
        terms = [pl.col(field.name) for field in self._fields]
        self._rounding = len(terms) * float_info.epsilon
        self._sums = [
            reduce(add, terms, constant).alias(_ETA),
            reduce(add, (term.abs() for term in terms), constant.abs()).alias(_SIZE),
        ]

        event = pl.col(PHAT) >= self._artifact.cutoff
        labels = self._artifact.labels
        self._outcome = pl.when(event).then(pl.lit(labels.event)).otherwise(pl.lit(labels.other)).alias(OUTCOME)

    def _coefficient(self, column: str) -> float:
        return self._artifact.coefficients[column]

    @property
    def added(self) -> dict[str, pl.DataType]:
        """The columns that an answer has besides the kept ones."""
        added: dict[str, pl.DataType] = {OUTCOME: pl.String(), PHAT: pl.Float64()}
        return added if self._quantile is None else added | dict.fromkeys(INTERVAL, pl.Float64())

    def clean(self, table: pl.DataFrame) -> dict[str, Column]:
        """Each field's column cleaned; a field without a column is missing in each row."""
        return clean_columns(table, self._fields, self._enough)

    def __call__(self, table: pl.DataFrame) -> Scored:
        """Score a table of raw records; FileRefused if one of its columns cannot be read at all."""
        return self.score_cleaned(table, self.clean(table))

    def score_cleaned(self, table: pl.DataFrame, cleaned: Mapping[str, Column]) -> Scored:
        """Score a table whose fields' columns have been cleaned."""
        rows = min(len(column.values) for column in cleaned.values())
        values = pl.DataFrame([column.values.head(rows) for column in cleaned.values()])
        errors = joined(column.errors for column in cleaned.values())
        if rows < table.height:
            errors = errors.filter(pl.col("row") < rows)
        return self._scored(table.head(rows), values, self._without_values(values, errors))

    def _without_values(self, values: pl.DataFrame, errors: pl.DataFrame) -> pl.DataFrame:
        """The errors, of which a record whose fields are all missing has one alone."""
        if 0 in values.null_count().row(0):
            return errors
        missing = values.select(pl.all_horizontal(pl.all().is_null())).to_series()
        missing = missing.scatter(errors.filter(pl.col("code") != MissingValue.code)["row"], False)
        kept = errors.filter(~missing.gather(errors["row"]))
        return joined((kept, error_table(missing.arg_true(), self._refusal(dict.fromkeys(self.fields)))))

    def _scored(self, table: pl.DataFrame, values: pl.DataFrame, errors: pl.DataFrame) -> Scored:
        """The answers to those records, of a table and its cleaned values, that have no errors."""
        columns = [pl.int_range(table.height, dtype=pl.UInt32, eager=True), *(table[name] for name in self.keep)]
        if errors.height:
            good = _without(table.height, errors)
            columns, values = [column.filter(good) for column in columns], values.filter(good)
        rows, *kept = columns
        answers, late = self._answers(values)
        whole = pl.DataFrame([*kept, *answers.with_columns(self._outcome)])
        if late.height:
            whole = whole.filter(_without(whole.height, late))
            late = late.with_columns(rows.gather(late["row"]).alias("row"))
        events = int((whole[PHAT] >= self._artifact.cutoff).sum())
        errors = joined((errors, late)).sort("row", maintain_order=True)
        return Scored(whole, errors, table.height, events)

    def _answers(self, values: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """`phat` and bounds of cleaned records, and the errors that it finds in them."""
        phat = self._inverse_link(pl.col(_ETA)).alias(PHAT)
        sums = values.lazy().select(self._terms).select(self._sums).with_columns(phat).collect(engine="in-memory")
        answers = pl.DataFrame([sums[PHAT]])
        if self._quantile is not None:
            answers = answers.with_columns(self._bounds(values, sums[_ETA], self._quantile))
        uncertain = self._uncertain(sums)
        return self._row_path(values, answers, uncertain.arg_true()) if uncertain.any() else (answers, joined(()))

    def _uncertain(self, sums: pl.DataFrame) -> pl.Series:
        """Which answers the row path must give."""
        near = (sums[PHAT] - self._artifact.cutoff).abs() <= _NEAR
        large = ~(sums[_SIZE] <= _LARGEST_SUM)
        if self._quantile is not None or not large.any():
            return near | large
        rows = large.arg_true()
        eta, error = sums[_ETA].gather(rows), sums[_SIZE].gather(rows) * self._rounding
        lower, upper = (self._inverse_link(pl.lit(bound)) for bound in (eta - error, eta + error))
        return near | large.scatter(rows, pl.select(~(upper - lower <= _EXACT)).to_series())

    def _inverse_link(self, eta: pl.Expr) -> pl.Expr:
        """The inverse link of whole columns; the logit's, which most models have, without a call for each row.

        Where exp overflows the logit's is 0, off by less than the smallest normal float.
        """
        if self._artifact.link == "logit":
            return 1.0 / (1.0 + (-eta).exp())
        return eta.map_elements(self._model.predictor.inverse_link, pl.Float64)

    def _bounds(self, values: pl.DataFrame, eta: pl.Series, z: float) -> pl.DataFrame:
        """Bounds and standard errors, by the formulas of `model.explain`."""
        import numpy as np  # noqa: PLC0415  # 50 ms that only intervals need

        columns = {
            name: column
            for field in self._fields
            for name, column in model_columns(field, self._plain[field.name]).items()
        }
        if self._artifact.constant is not None:
            columns[self._artifact.constant] = pl.lit(1.0)
        matrix = values.select(columns[name].alias(name) for name in self._artifact.columns).to_numpy()
        with np.errstate(over="ignore", invalid="ignore"):
            variance = np.einsum("ij,ij->i", matrix @ np.array(self._artifact.known_covariance), matrix)
            error = pl.Series(np.sqrt(np.maximum(variance, 0.0)))
        lower, upper = (self._inverse_link(pl.lit(bound)) for bound in (eta - z * error, eta + z * error))
        return pl.select(lower.alias(INTERVAL[0]), upper.alias(INTERVAL[1]), error.alias(INTERVAL[2]))

    def _row_path(
        self, values: pl.DataFrame, answers: pl.DataFrame, rows: Iterable[int]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The answers with those of some rows from the row path; and the errors that it finds."""
        certain: dict[int, tuple[float, ...]] = {}
        wrong: list[Line] = []
        for row in rows:
            if self._enough is not None and len(wrong) >= self._enough:
                break
            try:
                certain[row] = self._answer(values.row(row, named=True))
            except ExceptionGroup as group:
                wrong += [error_line(row, error) for error in group.exceptions if isinstance(error, RecordError)]
        columns = zip(answers, zip(*certain.values(), strict=True), strict=True) if certain else ()
        changed = [column.scatter([*certain], numbers) for column, numbers in columns]
        return answers.with_columns(changed), error_lines(wrong)

    def _answer(self, record: Mapping[str, Any]) -> tuple[float, ...]:
        """The row path's `phat`, and bounds if they are wanted, for a cleaned record."""
        prediction = self._model.predictor.predict_one(record)
        if self._quantile is None:
            return (prediction.answer,)
        error = standard_error(prediction.values, self._artifact.known_covariance)
        link = self._model.predictor.inverse_link
        return prediction.answer, *wald_interval(prediction.linear_predictor, error, self._quantile, link)

    def _refusal(self, record: Mapping[str, None]) -> Any:
        """What the row path finds wrong with a record that has no values."""
        try:
            clean_record(record, self._artifact.schema)
        except ExceptionGroup as group:
            return group.exceptions[0]
        raise AssertionError("a record without values was cleaned")


def _without(rows: int, errors: pl.DataFrame) -> pl.Series:
    """Which of some rows have no errors."""
    return pl.repeat(True, rows, eager=True).scatter(errors["row"], False)


def _scaled(field: Field, number: PlainNumber) -> pl.Expr:
    value = pl.col(field.name)
    return ((value if field.fill is None else value.fill_null(field.fill)) - number.centre) / number.scale


def _code(field: Field) -> pl.Expr:
    """The places of the levels among the field's, one more for a missing level that counts as none of them."""
    levels = levels_of(field)
    missing = levels.index(field.fill) if isinstance(field.fill, str) else len(levels)
    return pl.col(field.name).to_physical().cast(pl.Int64).fill_null(missing)


def _term(field: Field, made: PlainNumber | PlainLevels, coefficients: Mapping[str, float]) -> pl.Expr:
    """What a field adds to the linear predictor."""
    if isinstance(made, PlainNumber):
        return _scaled(field, made) * coefficients[made.column]
    table = [coefficients[made[level]] if level in made else 0.0 for level in levels_of(field)]
    return pl.lit(pl.Series([*table, 0.0])).gather(_code(field))


def model_columns(field: Field, made: PlainNumber | PlainLevels) -> dict[str, pl.Expr]:
    """The model columns of a field, as floats."""
    if isinstance(made, PlainNumber):
        return {made.column: _scaled(field, made)}
    places = {level: place for place, level in enumerate(levels_of(field))}
    return {name: (_code(field) == places[level]).cast(pl.Float64) for level, name in made.items()}
