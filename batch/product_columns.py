"""Columns of many records that are more than scaled numbers and levels: `preprocessing.products` in columnar form."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from phat.batch.arrays import Arrays, Levels, Mask, Vector
from phat.preprocessing.expressions import fields_of
from phat.preprocessing.products import complete_table
from phat.preprocessing.schema import Field, NumberField, Schema, levels_of
from phat.preprocessing.terms import Column, Factor, Terms


class Made(NamedTuple):
    """Columns by name and the offset, one value a record, and the records that the row path must look at."""

    columns: dict[str, Vector]
    offset: Vector | None
    doubtful: Mask


class ProductColumns:
    """Some columns of a model's terms, and their offset, made ready to compute."""

    def __init__(self, schema: Schema, terms: Terms, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._offset = terms.offset
        self._factors = {factor: terms.factors[factor] for column in columns for factor, _ in column.product}
        used = [*self._factors.values(), *([] if terms.offset is None else [terms.offset])]
        names = {name for factor in used for name in fields_of(factor.of)}
        self._fields = [field for field in schema.fields if field.name in names]
        self._zero = {field.name for field in schema.fields if field.gap == "zero"}

    def __call__(self, values: pl.DataFrame) -> Made:
        """The columns of cleaned values, a row a record."""
        arrays = Arrays({field.name: _array(values[field.name], field) for field in self._fields}, values.height)
        factors = {place: self._values(arrays, factor) for place, factor in self._factors.items()}
        columns: dict[str, Vector] = {}
        with np.errstate(all="ignore"):
            for name, ((first, value), *others) in self._columns:
                total = factors[first][value]
                for factor, each in others:
                    total = total * factors[factor][each]
                columns[name] = total
                arrays.doubtful |= ~np.isfinite(total)
        offset = None if self._offset is None else self._values(arrays, self._offset)[0]
        if offset is not None:
            arrays.doubtful |= ~np.isfinite(offset)
        return Made(columns, offset, arrays.doubtful)

    def _values(self, arrays: Arrays, factor: Factor) -> list[Vector]:
        if factor.pieces is not None:
            return arrays.piecewise(factor.of, factor.pieces)
        if factor.table is None:
            return [arrays.numbers(factor.of)]
        return arrays.lookup(factor.of, complete_table(factor.of, factor.table, self._zero))


def _array(values: pl.Series, field: Field) -> Vector | Levels:
    """A field's values after the fill."""
    if isinstance(field, NumberField):
        return values.fill_null(np.nan if field.fill is None else field.fill).to_numpy()
    levels = levels_of(field)
    gap = levels.index(field.fill) if isinstance(field.fill, str) else -1
    return Levels(values.to_physical().cast(pl.Int64).fill_null(gap).to_numpy(), levels)
