"""From raw columns to the matrix a model is fitted on: what is learned, and the one alignment applied to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.training.config import Config, FieldConfig
from model.training.data import Table, clean_column, find_levels
from model.training.errors import ConfigError, DataError
from preprocessing.clean import Cleaned
from preprocessing.design import Design
from preprocessing.schema import Field, Gap, Schema

CONSTANT = "const"

Matrix = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Prepared:
    """Fields with what was learned about them, their cleaned values, and notices for the data scientist."""

    schema: Schema
    values: dict[str, list[float | str | None]]
    notices: list[str]

    def cleaned(self, schema: Schema) -> Iterator[Cleaned]:
        """Cleaned records of the fields of a part of the schema."""
        names = [field.name for field in schema.fields]
        for row in zip(*(self.values[name] for name in names), strict=True):
            yield dict(zip(names, row, strict=True))

    def matrix(self, schema: Schema, columns: Sequence[str], constant: str | None) -> Matrix:
        """The columns' values, one row a record, made by the alignment that serves."""
        design = Design(schema, columns, constant)
        matrix = np.empty((len(self.values[schema.fields[0].name]), len(design.columns)))
        for row, cleaned in enumerate(self.cleaned(schema)):
            matrix[row] = design.values(cleaned)
        return matrix

    def columns(self) -> list[str]:
        """Every column the fields can make, without those of the reference levels."""
        return [
            name for field in self.schema.fields for name, level in field.columns().items()
            if level is None or level != field.reference
        ]  # fmt: skip

    def schema_of(self, columns: Sequence[str]) -> Schema:
        """The fields that make at least one of the columns."""
        wanted = set(columns)
        return Schema(tuple(field for field in self.schema.fields if wanted & field.columns().keys()))


def prepare(table: Table, config: Config, training: Rows) -> Prepared:
    """Clean the fields' columns and learn fills, centres and scales on the training rows.

    A field that never changes is left out with a notice. Raises DataError or ConfigError.
    """
    values: dict[str, list[float | str | None]] = {}
    fields: list[Field] = []
    notices: list[str] = []
    for wanted in config.fields:
        cells = table.column(wanted.name)
        raw = _raw_field(wanted, find_levels(cells) if wanted.kind == "category" else {}, notices)
        if raw is None:
            continue
        cleaned = clean_column(cells, raw)
        field = raw if raw.kind == "category" else _learn(raw, wanted, cleaned, training)
        if field is None:
            notices.append(f"field {wanted.name} is left out: it never changes in the training rows")
        else:
            fields.append(field)
            values[field.name] = cleaned
    if not fields:
        raise DataError("no field is left: none changes in the training rows")
    return Prepared(Schema(tuple(fields)), values, notices)


def _raw_field(wanted: FieldConfig, levels: dict[str, int], notices: list[str]) -> Field | None:
    required = wanted.fill == "refuse"
    if wanted.kind == "number":
        return Field(wanted.name, "number", None if required else 0.0)
    if len(levels) < 2:
        notices.append(f"field {wanted.name} is left out: it has {len(levels)} level")
        return None
    notices += [
        f"field {wanted.name}: level {level} stands in one row only; its coefficient means little"
        for level, count in levels.items() if count == 1
    ]  # fmt: skip
    reference = wanted.reference if wanted.reference is not None else next(iter(levels))
    if reference not in levels:
        raise ConfigError(
            f"field {wanted.name}: reference {reference!r} is not a level; levels are {', '.join(levels)}"
        )
    gap: Gap = "error" if required else "zero"
    return Field(wanted.name, "category", levels=tuple(levels), reference=reference, gap=gap)


def _learn(field: Field, wanted: FieldConfig, cleaned: list[float | str | None], training: Rows) -> Field | None:
    column = np.array([np.nan if value is None else value for value in cleaned], dtype=float)[training]
    present = column[~np.isnan(column)]
    if not present.size or present.min() == present.max():
        return None
    fill = _fill(wanted, present)
    filled = present if fill is None else np.where(np.isnan(column), fill, column)
    if not wanted.standardise:
        return replace(field, fill=fill)
    return replace(field, fill=fill, centre=float(filled.mean()), scale=float(filled.std()))


def _fill(wanted: FieldConfig, present: NDArray[np.float64]) -> float | None:
    """What a gap counts as, None if it is an error."""
    if not isinstance(wanted.fill, str):
        return float(wanted.fill)
    if wanted.fill == "refuse":
        return None
    return float(present.mean() if wanted.fill == "mean" else np.median(present))
