"""From raw columns to the matrix a model is fitted on: what is learned, and the one alignment applied to it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from phat.batch.model_columns import model_columns
from phat.model.percent import percent
from phat.preprocessing.clean import Cleaned
from phat.preprocessing.schema import CategoryField, Field, NumberField, Schema
from phat.preprocessing.terms import Terms, plain_columns, plain_terms
from phat.training.config import Config
from phat.training.coverage import listed
from phat.training.data import Mask, Table
from phat.training.errors import DataError, FitError
from phat.training.fields import Column, gap_notice, read_column, settle
from phat.training.leaks import leak
from phat.training.naming import check_columns, exact_names, free_name
from phat.training.repair import fold_levels
from phat.training.responses import read_response
from phat.training.target import with_outcomes

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

_SHOWN = 12
"""Fields whose gaps have a notice each."""
_FIRST = 2_000
"""Records that are looked at for examples, besides the first of each level and gap."""


@dataclass(frozen=True)
class Dropped:
    """How much is left out: fields that are none, columns that the screen did not keep or that others make up."""

    fields: int = 0
    screened: int = 0
    dependent: int = 0


@dataclass(frozen=True)
class Prepared:
    """The rows that are fitted, their columns and outcomes, what was learned about the fields, and notices.

    `target` is 1 for an event, else 0, and `event` is how the data spell one; or it is a number, or the place of a
    class among `classes`. `training` and `test` say which rows are.
    `scaling` is the centre and scale of each number; `folded` are columns of levels that count as the reference;
    `chosen` are the columns that are to be fitted, the constant not among them.
    """

    table: Table
    columns: dict[str, Column]
    schema: Schema
    target: Vector
    event: str
    training: Mask
    test: Mask
    notices: tuple[str, ...]
    scaling: Mapping[str, tuple[float, float]]
    folded: frozenset[str] = frozenset()
    classes: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    dropped: Dropped = Dropped()

    @property
    def constant(self) -> str:
        """A name for the constant that no field's column has."""
        made = {column for field in self.schema.fields for column in plain_columns(field)}
        return free_name("const", made.__contains__)

    @property
    def values(self) -> pl.DataFrame:
        """The fields' cleaned values, one row a record."""
        return pl.DataFrame([self.columns[field.name].values.alias(field.name) for field in self.schema.fields])

    def examples(self) -> tuple[list[int], list[Cleaned]]:
        """Rows, by index, that together have every level and gap, and the first ones; and their cleaned records."""
        values = self.values
        rows = {*range(min(_FIRST, values.height))}
        for column in values:
            kinds = column.is_null() if column.dtype == pl.Float64 else column
            rows.update(kinds.alias("kind").to_frame().with_row_index("row").group_by("kind").agg(pl.min("row"))["row"])
        chosen = sorted(rows)
        return chosen, values[chosen].to_dicts()

    def terms(self, columns: Sequence[str], constant: str | None) -> Terms:
        """What these columns are made of; the fields that make one of them must be those of the schema."""
        return plain_terms(self.schema.fields, columns, constant, self.scaling)

    def matrix(self, columns: Sequence[str], constant: str | None) -> Matrix:
        """The columns' values, one row a record, made by the expressions that score whole files."""
        fields = [field for field in self.schema.fields if not plain_columns(field).keys().isdisjoint(columns)]
        made = plain_terms(fields, columns, constant, self.scaling).plain(Schema(tuple(fields)))
        places = {name: place for place, name in enumerate(columns)}
        matrix = np.ones((self.table.rows, len(columns)))
        for field in fields:
            values = self.columns[field.name].values.cast(_type_of(field)).alias(field.name).to_frame()
            for name, expression in model_columns(field, made[field.name]).items():
                matrix[:, places[name]] = values.select(expression.alias(name)).to_series().to_numpy()
        return matrix

    def candidates(self) -> list[str]:
        """Every column the fields can make, without those of the reference levels and of what counts as them."""
        return [
            name for field in self.schema.fields for name, level in plain_columns(field).items()
            if name not in self.folded and not (isinstance(field, CategoryField) and level == field.reference)
        ]  # fmt: skip

    def of(self, columns: Sequence[str], notices: Iterable[str] = ()) -> "Prepared":
        """With these columns alone: the fields that make one of them, the rows with a value in one of these fields."""
        fields = tuple(field for field in self.schema.fields if plain_columns(field).keys() & {*columns})
        named = {field.name: self.columns[field.name] for field in fields}
        kept = _with_values(named.values(), self.table.rows)
        return replace(
            self,
            schema=Schema(fields, exact_names(fields, self.table.frame.columns)),
            table=self.table.where(kept),
            columns={name: column.where(kept) for name, column in named.items()},
            target=self.target[kept],
            training=self.training[kept],
            test=self.test[kept],
            notices=(*self.notices, *notices, *_left_out(self.table, kept)),
            chosen=tuple(columns),
        )

    def gap_notices(self) -> Iterator[str]:
        """What the fields' missing values count as."""
        gapped = [field for field in self.schema.fields if self.columns[field.name].values.null_count()]
        for field in gapped[:_SHOWN]:
            cells = self.table.column(field.name)
            if text := gap_notice(self.columns[field.name], field, cells, self.chosen):
                yield text
        if more := gapped[_SHOWN:]:
            counts = [self.columns[field.name].values.null_count() for field in more]
            shares = f"from {percent(min(counts) / self.table.rows)} to {percent(max(counts) / self.table.rows)}"
            yield (
                f"{len(more)} more fields have missing values, {shares} of the rows; what they count as stands with "
                f"each field in the model (phat show): {', '.join(field.name for field in more)}"
            )
        numbers = [field for field in self.schema.fields if isinstance(field, NumberField) and not field.required]
        if whole := [field.name for field in numbers if not self.columns[field.name].values.null_count()]:
            yield (
                f"no value is missing of {listed(whole)}; when served, a missing one counts as the fill (fill = "
                '"refuse" in the configuration makes it an error)'
            )


def _type_of(field: Field) -> pl.DataType:
    return pl.Enum(field.levels) if isinstance(field, CategoryField) else pl.Float64()


def prepare(table: Table, config: Config) -> Prepared:
    """Clean the fields' columns, read the target, and learn fills, centres and scales on the training rows.

    Rows without a value in any field are left out with a notice, as is a field that never changes or that tells the
    outcome without error; levels that cannot be estimated are folded. Raises DataError, ConfigError, or FitError for
    what a strict configuration does not repair.
    """
    table, repairs = with_outcomes(table, config.target)
    columns = {each.name: read_column(table, each) for each in config.fields if each.name not in config.drop}
    kept = _with_values(columns.values(), table.rows)
    notices = _left_out(table, kept)
    table, columns = table.where(kept), {name: column.where(kept) for name, column in columns.items()}
    response = read_response(table, config)
    target = response.values
    binary = config.kind == "binary"
    training, test = _split(table.rows, config)
    fields: list[Field] = []
    scaling: dict[str, tuple[float, float]] = {}
    folded: set[str] = set()
    for name, column in columns.items():
        repaired = (leak(column, target) if binary else None) or fold_levels(column, target, config.kind)
        settled = repaired if isinstance(repaired, str) else settle(repaired.column, table, training)
        if isinstance(repaired, str) or isinstance(settled, str):
            text = f"field {name} is left out: {settled}"
            (repairs if isinstance(repaired, str) else notices).append(text)
            continue
        columns[name] = repaired.column
        repairs += repaired.notices
        folded.update(repaired.without)
        fields.append(settled.field)
        if settled.scaling is not None:
            scaling[name] = settled.scaling
        notices += column.levels.notices(name, table.rows)
    refuse_repairs(repairs, config)
    if not fields:
        raise DataError(f"no field is left: {'; '.join([*repairs, *notices])}")
    check_columns(fields)
    return Prepared(
        table, columns, Schema(tuple(fields)), target, response.event, training, test,
        (*notices, *repairs, *response.notices), scaling, frozenset(folded), response.classes,
        dropped=Dropped(fields=len(columns) - len(fields)),
    )  # fmt: skip


def refuse_repairs(repairs: Sequence[str], config: Config) -> None:
    """FitError if a strict configuration would have to be repaired."""
    if repairs and config.strict:
        raise FitError(f"strict: {'; '.join(repairs)}")


def _with_values(columns: Collection[Column], rows: int) -> Mask:
    """Which rows (n) have a value in one of the columns."""
    if not columns:
        return np.zeros(rows, dtype=bool)
    kept = np.zeros(rows, dtype=bool)
    for column in columns:
        kept |= column.values.is_not_null().to_numpy()
    return kept


def _left_out(table: Table, kept: Mask) -> list[str]:
    if kept.all():
        return []
    if not kept.any():
        raise DataError("no row has a value in one of the fields")
    return [
        f"{int((~kept).sum())} of {table.rows} rows are left out, the first row {table.number(int(kept.argmin()))}: "
        "all fields are missing there, and the endpoint refuses such a record"
    ]


def _split(rows: int, config: Config) -> tuple[Mask, Mask]:
    """Which rows are for training, and which for the test."""
    order = np.random.default_rng(config.seed).permutation(rows)
    training, test = np.zeros(rows, bool), np.zeros(rows, bool)
    training[order[: round(rows * config.split[0])]] = True
    test[order[rows - round(rows * config.split[2]) :]] = True
    return training, test
