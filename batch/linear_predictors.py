"""Linear predictors of many records: plain sums of terms, column by column.

What a field adds by its plain columns is one expression of the engine, a level's without a column of 0 and 1 for each.
"""

from collections.abc import Mapping
from functools import reduce
from operator import add
from sys import float_info
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from phat.batch.model_columns import code, model_columns, scaled
from phat.model.answer import equations
from phat.model.artifact import Artifact
from phat.preprocessing.schema import Field, levels_of
from phat.preprocessing.terms import PlainLevels, PlainNumber

if TYPE_CHECKING:
    from phat.batch.arrays import Vector
    from phat.batch.product_columns import Made, ProductColumns

_SIZE = "size"


class Sums(NamedTuple):
    """Linear predictors, one series for each; the sums of their terms' sizes, the largest of each record.

    `doubtful` are records that the row path must look at; None if none is. `made` are columns that are not plain.
    """

    etas: list[pl.Series]
    sizes: pl.Series
    doubtful: pl.Series | None
    made: "Made | None"


class LinearPredictors:
    """What makes a model's linear predictors of cleaned values: one, or one for each class but the first.

    A sum is off by less than `rounding` of the sum of its terms' sizes.
    """

    def __init__(self, artifact: Artifact) -> None:
        numbers, levels, others = artifact.terms.divide(artifact.schema)
        self._plain = [
            (field, made) for field in artifact.schema.fields for by_field in (numbers, levels)
            if (made := by_field.get(field.name)) is not None
        ]  # fmt: skip
        self._artifact = artifact
        self._coefficients = equations(artifact.answer, artifact.coefficients)
        self._products = _products(artifact) if others or artifact.terms.offset else None
        self._others = [column.name for column in others]
        self.rounding = (len(self._plain) + len(others) + 1) * float_info.epsilon
        self._terms = [
            _term(field, made, by_column).alias(f"{place} {number}")
            for place, by_column in enumerate(self._coefficients)
            for number, (field, made) in enumerate(self._plain)
        ]
        self._sums = [sums for place in range(len(self._coefficients)) for sums in self._plain_sums(place)]

    def _plain_sums(self, place: int) -> list[pl.Expr]:
        constant = self._artifact.constant
        start = pl.lit(0.0 if constant is None else self._coefficients[place][constant])
        terms = [pl.col(f"{place} {number}") for number in range(len(self._plain))]
        return [
            reduce(add, terms, start).alias(str(place)),
            reduce(add, (term.abs() for term in terms), start.abs()).alias(f"{_SIZE} {place}"),
        ]

    def __call__(self, values: pl.DataFrame) -> Sums:
        """The sums of cleaned values, a row a record."""
        if self._terms:
            sums = values.lazy().select(self._terms).select(self._sums).collect(engine="in-memory")
        else:
            sums = values.with_columns(self._sums).select(each.meta.output_name() for each in self._sums)
        made = None if self._products is None else self._products(values)
        if made is not None:
            sums = self._with(sums, made)
        etas = [sums[str(place)] for place in range(len(self._coefficients))]
        sizes = sums.select(pl.max_horizontal(f"{_SIZE} {place}" for place in range(len(etas)))).to_series()
        return Sums(etas, sizes, None if made is None else pl.Series(made.doubtful), made)

    def _with(self, sums: pl.DataFrame, made: "Made") -> pl.DataFrame:
        """The sums with the columns that are not plain, and the offset."""
        import numpy as np  # noqa: PLC0415  # 50 ms that plain models do without

        offset = np.zeros(sums.height) if made.offset is None else made.offset
        whole: list[pl.Series] = []
        for place, by_column in enumerate(self._coefficients):
            eta, size = offset.copy(), np.abs(offset)
            with np.errstate(all="ignore"):
                for name in self._others:
                    term = made.columns[name] * by_column[name]
                    eta += term
                    size += np.abs(term)
            whole += [sums[str(place)] + pl.Series(eta), sums[f"{_SIZE} {place}"] + pl.Series(size)]
        return sums.with_columns(whole)

    def matrix(self, values: pl.DataFrame, made: "Made | None") -> "Vector":
        """The model's columns in the order of the coefficients (rows by columns); `made` are those of the `Sums`."""
        import numpy as np  # noqa: PLC0415  # as above

        columns = {name: each for field, plain in self._plain for name, each in model_columns(field, plain).items()}
        plain = values.select(each.alias(name) for name, each in columns.items())
        known = {name: plain[name].to_numpy() for name in plain.columns} | (made.columns if made is not None else {})
        matrix = np.ones((values.height, len(self._artifact.columns)))
        for place, name in enumerate(self._artifact.columns):
            if name in known:
                matrix[:, place] = known[name]
        return matrix


def _products(artifact: Artifact) -> "ProductColumns":
    from phat.batch.product_columns import ProductColumns  # noqa: PLC0415  # numpy's 50 ms, that plain models do without

    return ProductColumns(artifact.schema, artifact.terms, artifact.terms.divide(artifact.schema)[2])


def _term(field: Field, made: PlainNumber | PlainLevels, coefficients: Mapping[str, float]) -> pl.Expr:
    """What a field's plain columns add to a linear predictor."""
    if isinstance(made, PlainNumber):
        return scaled(field, made) * coefficients[made.column]
    table = [coefficients[made[level]] if level in made else 0.0 for level in levels_of(field)]
    return pl.lit(pl.Series([*table, 0.0])).gather(code(field))
