"""A table of raw records scored column by column, with the answers of the row path.

What the last bits of a sum decide, and what may be no number, goes the row path's way (see `phat.batch.answers`), so
that decisions and errors are the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from phat.batch.answers import make_answers
from phat.batch.columns import clean_columns
from phat.batch.csv.unread import Column
from phat.batch.error_tables import Line, error_line, error_lines, error_table, joined
from phat.batch.headers import Chooser
from phat.batch.intervals import Intervals
from phat.batch.linear_predictors import LinearPredictors
from phat.model.answer import Mean
from phat.model.model import Model
from phat.model.predict import Prediction
from phat.preprocessing.clean import clean_record
from phat.preprocessing.errors import MissingValue, RecordError
from phat.preprocessing.schema import kind_of

if TYPE_CHECKING:
    from phat.batch.arrays import Vector

OUTCOME = "business_outcome"


class Scored(NamedTuple):
    """What became of a table: the good rows' answers, the errors of the bad (rows count from 0), and counts.

    Rows that were `skipped` are none of the table's.
    """

    answers: pl.DataFrame
    errors: pl.DataFrame
    rows: int
    skipped: int = 0


class Scorer:
    """A model ready to score tables whose columns have the fields' names; other columns can be kept.

    With a `level`, bounds of the answer are added, and with `observations` those of a new observation, as API answers
    name them; NoInterval if the model has none. Of a table with `enough` errors only the rows down to that of the last
    of them are scored.
    """

    def __init__(
        self,
        model: Model,
        keep: Sequence[str] = (),
        level: float | None = None,
        enough: int | None = None,
        observations: bool = False,
    ) -> None:
        self.keep = tuple(keep)
        self._enough = enough
        self._model = model
        self._artifact = model.artifact
        self._fields = model.artifact.schema.fields
        self.fields = {field.name: kind_of(field) for field in self._fields}
        self.choose = Chooser(model.artifact.schema, self.keep)
        self._predictors = LinearPredictors(model.artifact)
        self._kind = make_answers(model.artifact, model.predictor.inverse_link, self._predictors.rounding)
        self.figures = model.artifact.answer.figures
        self._intervals = None if level is None else Intervals(model, self._predictors, level, observations)
        self._decides = not isinstance(model.artifact.answer, Mean)

    @property
    def added(self) -> dict[str, pl.DataType]:
        """The columns that an answer has besides the kept ones."""
        outcome: dict[str, pl.DataType] = {OUTCOME: pl.String()} if self._decides else {}
        bounds = () if self._intervals is None else self._intervals.names
        return outcome | dict.fromkeys((*self.figures, *bounds), pl.Float64())

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

    def offset(self, cleaned: Mapping[str, Column]) -> "Vector | None":
        """What the linear predictors of cleaned records have besides their columns, one value a record, if anything."""
        if self._artifact.terms.offset is None:
            return None
        made = self._predictors(pl.DataFrame([column.values for column in cleaned.values()])).made
        return None if made is None else made.offset

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
        whole = pl.DataFrame([*kept, *answers])
        if late.height:
            whole = whole.filter(_without(whole.height, late))
            late = late.with_columns(rows.gather(late["row"]).alias("row"))
        return Scored(whole, joined((errors, late)).sort("row", maintain_order=True), table.height)

    def _answers(self, values: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Decisions, figures and bounds of cleaned records, and the errors that the row path finds in them."""
        sums = self._predictors(values)
        answers = self._kind.figures(sums)
        uncertain = self._kind.uncertain(sums, answers)
        outcome = self._kind.outcome()
        if outcome is not None:
            answers = answers.with_columns(outcome.alias(OUTCOME))
        if self._intervals is not None:
            bounds, unsure = self._intervals(values, sums)
            answers, uncertain = answers.with_columns(bounds), uncertain | unsure
        return self._row_path(values, answers, uncertain.arg_true()) if uncertain.any() else (answers, joined(()))

    def _row_path(
        self, values: pl.DataFrame, answers: pl.DataFrame, rows: Iterable[int]
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The answers with those of some records from the row path; and the errors that it finds."""
        certain: dict[int, tuple[Any, ...]] = {}
        wrong: list[Line] = []
        for row in rows:
            if self._enough is not None and len(wrong) >= self._enough:
                break
            try:
                certain[row] = self._answer(self._model.predictor.predict_one(values.row(row, named=True)))
            except ExceptionGroup as group:
                wrong += [error_line(row, error) for error in group.exceptions if isinstance(error, RecordError)]
        columns = zip(self.added, zip(*certain.values(), strict=True), strict=True) if certain else ()
        changed = [
            answers[name].scatter([*certain], pl.Series(given, dtype=answers.schema[name])) for name, given in columns
        ]
        return answers.with_columns(changed), error_lines(wrong)

    def _answer(self, prediction: Prediction) -> tuple[Any, ...]:
        """The cells of a record's answer, in the order of `added`."""
        outcome = (prediction.outcome,) if self._decides else ()
        bounds = () if self._intervals is None else self._intervals.of(prediction)
        return *outcome, *(prediction.probabilities or (prediction.answer,)), *bounds

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
