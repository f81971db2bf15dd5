"""Plain model columns of many records: scaled numbers, and levels as 0 and 1, by the engine's expressions."""

import polars as pl

from phat.preprocessing.schema import Field, levels_of
from phat.preprocessing.terms import PlainLevels, PlainNumber


def scaled(field: Field, number: PlainNumber) -> pl.Expr:
    """The column of a number."""
    value = pl.col(field.name)
    return ((value if field.fill is None else value.fill_null(field.fill)) - number.centre) / number.scale


def code(field: Field) -> pl.Expr:
    """The places of the levels among the field's, one more for a missing level that counts as none of them."""
    levels = levels_of(field)
    missing = levels.index(field.fill) if isinstance(field.fill, str) else len(levels)
    return pl.col(field.name).to_physical().cast(pl.Int64).fill_null(missing)


def model_columns(field: Field, made: PlainNumber | PlainLevels) -> dict[str, pl.Expr]:
    """The plain model columns of a field, as floats."""
    if isinstance(made, PlainNumber):
        return {made.column: scaled(field, made)}
    places = {level: place for place, level in enumerate(levels_of(field))}
    return {name: (code(field) == places[level]).cast(pl.Float64) for level, name in made.items()}
