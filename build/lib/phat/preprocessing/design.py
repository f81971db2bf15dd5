"""THE alignment: a cleaned record becomes values in model-column order, by name and never by position."""

from collections.abc import Sequence
from math import isfinite

from phat.preprocessing.clean import Cleaned
from phat.preprocessing.errors import NumberOutOfRange, quote
from phat.preprocessing.schema import Field, Schema, SchemaError


class Design:
    """Which of a model's columns each field's value makes.

    `columns` are the model's column names in the order of its coefficients. A name that no field makes raises
    SchemaError, unless it is the `constant`, whose value is 1; so does a field that makes none of them.
    """

    def __init__(self, schema: Schema, columns: Sequence[str], constant: str | None = None) -> None:
        self.schema = schema
        self.columns = tuple(columns)
        self._blank = dict.fromkeys(self.columns, 0.0)
        if constant is not None:
            if constant not in self._blank:
                raise SchemaError(f"the constant {constant} has no coefficient")
            self._blank[constant] = 1.0
        self._check_names(constant)
        self._numbers = [(f.name, f.fill, f.centre, f.scale) for f in schema.fields if f.kind == "number"]
        self._levels = [(f.name, self._columns_of(f)) for f in schema.fields if f.kind == "category"]

    def _check_names(self, constant: str | None) -> None:
        made = {column for field in self.schema.fields for column in field.columns()}
        if constant in made:
            raise SchemaError(f"column {constant} is both the constant and made by a field")
        for name in self.columns:
            if name not in made and name != constant:
                raise SchemaError(f"column {name} is made by no field")
        for field in self.schema.fields:
            if not self._blank.keys() & field.columns().keys():
                raise SchemaError(f"field {field.name} makes no column of the model")

    def _columns_of(self, field: Field) -> dict[str | None, str]:
        """Column by level; None is a missing one that counts as a level."""
        by_level: dict[str | None, str] = {
            level: name for name, level in field.columns().items() if level and name in self._blank
        }
        if isinstance(field.fill, str) and field.fill in by_level:
            by_level[None] = by_level[field.fill]
        return by_level

    def by_name(self, cleaned: Cleaned) -> dict[str, float]:
        """Values of one record by column, in the order of `columns`: numbers imputed and scaled, levels as 0 and 1.

        Raises ExceptionGroup[NumberOutOfRange] when a scaled number leaves the range of 64-bit floats.
        """
        values = self._blank.copy()
        total = 0.0  # finite, if all numbers are
        for name, fill, centre, scale in self._numbers:  # a number's column has its field's name
            number = cleaned[name]
            scaled = ((fill if number is None else number) - centre) / scale  # type: ignore[operator]  # a number's field holds no text
            values[name] = scaled
            total += scaled
        for name, columns in self._levels:
            column = columns.get(cleaned[name])  # type: ignore[arg-type]  # a category's field holds no number
            if column is not None:
                values[column] = 1.0
        if not isfinite(total):
            self._refuse_out_of_range(values, cleaned)
        return values

    def values(self, cleaned: Cleaned) -> list[float]:
        """The same without their names."""
        return list(self.by_name(cleaned).values())

    def _refuse_out_of_range(self, values: dict[str, float], cleaned: Cleaned) -> None:
        """Raise for the scaled numbers that are not finite; return if only their sum is not."""
        expected = "a number that stays within the range of 64-bit floats when it is scaled"
        errors = [
            NumberOutOfRange(quote(cleaned[name]), expected, field=name)
            for name, *_ in self._numbers
            if not isfinite(values[name])
        ]
        if errors:
            raise ExceptionGroup("bad record", errors)
