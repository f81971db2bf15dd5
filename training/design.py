"""From raw columns to the matrix a model is fitted on: what is learned, and the one alignment applied to it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.clean import Cleaned
from phat.preprocessing.design import Design
from phat.preprocessing.schema import CategoryField, Field, NumberField, Schema
from phat.preprocessing.terms import Terms, plain_columns, plain_terms
from phat.training.config import Config
from phat.training.coverage import listed
from phat.training.data import Table
from phat.training.errors import DataError
from phat.training.fields import Column, Mask, gap_notice, read_column, settle
from phat.training.naming import check_columns, exact_names, free_name
from phat.training.target import read_target

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Dropped:
    """How much is left out: fields that never change, columns that the screen did not keep or that others make up."""

    fields: int = 0
    screened: int = 0
    dependent: int = 0


@dataclass(frozen=True)
class Prepared:
    """The rows that are fitted, their columns and outcomes, what was learned about the fields, and notices.

    `target` is 1 for an event, else 0; `event` is how the data spell one; `training` and `test` say which rows are.
    `scaling` is the centre and scale of each number; `chosen` are the columns that are to be fitted, the constant not
    among them.
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
    chosen: tuple[str, ...] = ()
    dropped: Dropped = Dropped()

    @property
    def constant(self) -> str:
        """A name for the constant that no field's column has."""
        made = {column for field in self.schema.fields for column in plain_columns(field)}
        return free_name("const", made.__contains__)

    def cleaned(self) -> Iterator[Cleaned]:
        """The cleaned records."""
        names = [field.name for field in self.schema.fields]
        for row in zip(*(self.columns[name].values for name in names), strict=True):
            yield dict(zip(names, row, strict=True))

    def terms(self, columns: Sequence[str], constant: str | None) -> Terms:
        """What these columns are made of; the fields that make one of them must be those of the schema."""
        return plain_terms(self.schema.fields, columns, constant, self.scaling)

    def design(self, columns: Sequence[str], constant: str | None) -> Design:
        """What makes these columns of cleaned records."""
        made = [field for field in self.schema.fields if not plain_columns(field).keys().isdisjoint(columns)]
        return Design(Schema(tuple(made)), plain_terms(made, columns, constant, self.scaling))

    def matrix(self, columns: Sequence[str], constant: str | None) -> Matrix:
        """The columns' values, one row a record, made by the alignment that serves."""
        design = self.design(columns, constant)
        matrix = np.empty((self.table.rows, len(design.columns)))
        for row, cleaned in enumerate(self.cleaned()):
            matrix[row] = design.values(cleaned)
        return matrix

    def candidates(self) -> list[str]:
        """Every column the fields can make, without those of the reference levels."""
        return [
            name for field in self.schema.fields for name, level in plain_columns(field).items()
            if not isinstance(field, CategoryField) or level != field.reference
        ]  # fmt: skip

    def of(self, columns: Sequence[str], notices: Iterable[str] = ()) -> "Prepared":
        """With these columns alone: the fields that make one of them, the rows with a value in one of these fields."""
        fields = tuple(field for field in self.schema.fields if plain_columns(field).keys() & {*columns})
        named = {field.name: self.columns[field.name] for field in fields}
        kept = _with_values(named)
        return replace(
            self,
            schema=Schema(fields, exact_names(fields, self.table.columns)),
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
        for field in self.schema.fields:
            cells = self.table.columns[field.name]
            if text := gap_notice(self.columns[field.name], field, cells, self.chosen):
                yield text
        numbers = [field for field in self.schema.fields if isinstance(field, NumberField) and not field.required]
        if whole := [field.name for field in numbers if None not in self.columns[field.name].values]:
            yield (
                f"no value is missing of {listed(whole)}; when served, a missing one counts as the fill (fill = "
                '"refuse" in the configuration makes it an error)'
            )


def prepare(table: Table, config: Config) -> Prepared:
    """Clean the fields' columns, read the target, and learn fills, centres and scales on the training rows.

    Rows without a value in any field are left out with a notice, as is a field that never changes. Raises DataError or
    ConfigError.
    """
    table.column(config.target)
    columns = {each.name: read_column(table, each) for each in config.fields}
    kept = _with_values(columns)
    notices = _left_out(table, kept)
    table, columns = table.where(kept), {name: column.where(kept) for name, column in columns.items()}
    outcomes = read_target(table, config)
    training, test = _split(table.rows, config)
    fields: list[Field] = []
    scaling: dict[str, tuple[float, float]] = {}
    for name, column in columns.items():
        settled = settle(column, table, training)
        if isinstance(settled, str):
            notices.append(f"field {name} is left out: {settled}")
        else:
            fields.append(settled.field)
            if settled.scaling is not None:
                scaling[name] = settled.scaling
            notices += column.levels.notices(name, table.rows)
    if not fields:
        raise DataError("no field is left: none changes in the training rows")
    check_columns(fields)
    target = np.array(outcomes.events, dtype=float)
    notices.append(outcomes.notice(config.target))
    return Prepared(
        table, columns, Schema(tuple(fields)), target, outcomes.event, training, test, tuple(notices), scaling,
        dropped=Dropped(fields=len(columns) - len(fields)),
    )  # fmt: skip


def _with_values(columns: Mapping[str, Column]) -> list[bool]:
    """Which rows have a value in one of the columns."""
    rows = zip(*(column.values for column in columns.values()), strict=True)
    return [any(value is not None for value in row) for row in rows]


def _left_out(table: Table, kept: Sequence[bool]) -> list[str]:
    if all(kept):
        return []
    if not any(kept):
        raise DataError("no row has a value in one of the fields")
    return [
        f"{kept.count(False)} of {table.rows} rows are left out, the first row {table.number(kept.index(False))}: all "
        "fields are missing there, and the endpoint refuses such a record"
    ]


def _split(rows: int, config: Config) -> tuple[Mask, Mask]:
    """Which rows are for training, and which for the test."""
    order = np.random.default_rng(config.seed).permutation(rows)
    training, test = np.zeros(rows, bool), np.zeros(rows, bool)
    training[order[: round(rows * config.split[0])]] = True
    test[order[rows - round(rows * config.split[2]) :]] = True
    return training, test
