"""THE alignment: a cleaned record becomes values in model-column order, by name and never by position."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import TYPE_CHECKING

from phat.preprocessing.clean import Cleaned
from phat.preprocessing.errors import NumberOutOfRange, quote
from phat.preprocessing.schema import Schema
from phat.preprocessing.terms import Column, Factor, PlainLevels, Terms

if TYPE_CHECKING:
    from phat.preprocessing.products import Products


class Design:
    """What each field's value makes of a model's columns, in the order of the terms; a constant is 1.

    Plain columns are made without a call for each. SchemaError if the terms do not go with the schema.
    """

    def __init__(self, schema: Schema, terms: Terms) -> None:
        self.schema = schema
        self.columns = terms.names
        self._blank = {column.name: 0.0 if column.product else 1.0 for column in terms.columns}
        numbers, levels, others = terms.divide(schema)
        fills = {field.name: field.fill for field in schema.fields}
        self._numbers = [
            (column, name, fills[name], centre, scale) for name, (column, centre, scale) in numbers.items()
        ]
        self._levels = [(name, _columns_of(columns, fills[name])) for name, columns in levels.items()]
        self._products = self._general(terms, others) if others else None
        self.offset = None if terms.offset is None else self._make_offset(terms.offset)
        """What is added to the linear predictor of a cleaned record, if there is anything; raises as `by_name`."""

    def _general(self, terms: Terms, others: "list[Column]") -> "Products":
        from phat.preprocessing.products import Products  # noqa: PLC0415  # what plain models do without

        return Products(self.schema, terms, others)

    def _make_offset(self, offset: Factor) -> Callable[[Cleaned], float]:
        column = Column("offset", ((0, 0),))
        products = self._general(Terms((offset,), (column,)), [column])

        def make(cleaned: Cleaned) -> float:
            made: dict[str, float] = {}
            products.add(made, cleaned)
            return made["offset"]

        return make

    def by_name(self, cleaned: Cleaned) -> dict[str, float]:
        """Values of one record by column, in the order of `columns`: numbers imputed and scaled, levels as 0 and 1.

        Raises ExceptionGroup[RecordError]: NumberOutOfRange when a number leaves the range of 64-bit floats,
        OutOfDomain, UnknownLevel or MissingValue for a value of which a column's expression makes nothing.
        """
        values = self._blank.copy()
        total = 0.0  # finite, if all numbers are
        for column, name, fill, centre, scale in self._numbers:
            number = cleaned[name]
            scaled = ((fill if number is None else number) - centre) / scale  # type: ignore[operator]  # a number's field holds no text
            values[column] = scaled
            total += scaled
        for name, columns in self._levels:
            level = columns.get(cleaned[name])  # type: ignore[arg-type]  # a category's field holds no number
            if level is not None:
                values[level] = 1.0
        if not isfinite(total):
            self._refuse_out_of_range(values, cleaned)
        if self._products is not None:
            self._products.add(values, cleaned)
        return values

    def values(self, cleaned: Cleaned) -> list[float]:
        """The same without their names."""
        return list(self.by_name(cleaned).values())

    def _refuse_out_of_range(self, values: dict[str, float], cleaned: Cleaned) -> None:
        """Raise for the scaled numbers that are not finite; return if only their sum is not."""
        expected = "a number that stays within the range of 64-bit floats when it is scaled"
        errors = [
            NumberOutOfRange(quote(cleaned[name]), expected, field=name)
            for column, name, *_ in self._numbers
            if not isfinite(values[column])
        ]
        if errors:
            raise ExceptionGroup("bad record", errors)


def _columns_of(columns: PlainLevels, fill: float | str | None) -> Mapping[str | None, str]:
    """Column by level; None is a missing one that counts as a level."""
    by_level: dict[str | None, str] = dict(columns.items())
    if isinstance(fill, str) and fill in by_level:
        by_level[None] = by_level[fill]
    return by_level
