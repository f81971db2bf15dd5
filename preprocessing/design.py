"""THE alignment: a cleaned record becomes values in model-column order, by name and never by position."""

from collections.abc import Sequence
from math import isfinite

from preprocessing.clean import Cleaned
from preprocessing.errors import NumberOutOfRange, quote
from preprocessing.schema import Field, Schema, SchemaError


class Design:
    """Where each field's value stands among a model's columns.

    `columns` are the model's column names in the order of its coefficients. A name that no field makes raises
    SchemaError, unless it is the `constant`, whose value is 1; so does a field that makes none of them.
    """

    def __init__(self, schema: Schema, columns: Sequence[str], constant: str | None = None) -> None:
        self.schema = schema
        self.columns = tuple(columns)
        self._place = {name: index for index, name in enumerate(self.columns)}
        self._blank = [0.0] * len(self.columns)
        if constant is not None:
            self._blank[self._constant_place(constant)] = 1.0
        self._check_names(constant)
        numbers = [field for field in schema.fields if field.kind == "number"]
        self._numbers = [(f.name, self._place[f.name], f.fill, f.centre, f.scale) for f in numbers]
        self._levels = [(f.name, self._level_places(f)) for f in schema.fields if f.kind == "category"]

    def _constant_place(self, constant: str) -> int:
        if constant not in self._place:
            raise SchemaError(f"the constant {constant} has no coefficient")
        return self._place[constant]

    def _check_names(self, constant: str | None) -> None:
        made = {column for field in self.schema.fields for column in field.columns()}
        if constant in made:
            raise SchemaError(f"column {constant} is both the constant and made by a field")
        for name in self.columns:
            if name not in made and name != constant:
                raise SchemaError(f"column {name} is made by no field")
        for field in self.schema.fields:
            if not self._place.keys() & field.columns().keys():
                raise SchemaError(f"field {field.name} makes no column of the model")

    def _level_places(self, field: Field) -> dict[str, int]:
        return {level: self._place[name] for name, level in field.columns().items() if level and name in self._place}

    def places(self, field: Field) -> tuple[int, ...]:
        """Where the model columns that a field makes stand among `columns`."""
        return tuple(self._place[name] for name in field.columns() if name in self._place)

    def values(self, cleaned: Cleaned) -> list[float]:
        """Values of one record in the order of `columns`, numbers imputed and scaled, levels as 0 and 1.

        Raises ExceptionGroup[NumberOutOfRange] when a scaled number leaves the range of 64-bit floats.
        """
        values = self._blank.copy()
        for name, place, fill, centre, scale in self._numbers:
            number = cleaned[name]
            values[place] = ((fill if number is None else number) - centre) / scale  # type: ignore[operator]  # a number's field holds no text
        for name, places in self._levels:
            index = places.get(cleaned[name])  # type: ignore[arg-type]  # a missing level has no place
            if index is not None:
                values[index] = 1.0
        if not isfinite(sum(values)):
            self._refuse_out_of_range(values, cleaned)
        return values

    def _refuse_out_of_range(self, values: list[float], cleaned: Cleaned) -> None:
        """Raise for the scaled numbers that are not finite; return if only their sum is not."""
        expected = "a number that stays within the range of 64-bit floats when it is scaled"
        errors = [
            NumberOutOfRange(quote(cleaned[name]), expected, field=name)
            for name, place, *_ in self._numbers
            if not isfinite(values[place])
        ]
        if errors:
            raise ExceptionGroup("bad record", errors)
