"""Columns that are more than scaled numbers and levels: products of factors, each computed once for a record."""

from collections.abc import Collection, Iterable, Sequence
from math import isfinite, nan
from typing import Any

from phat.preprocessing.clean import Cleaned
from phat.preprocessing.errors import MissingValue, NumberOutOfRange, OutOfDomain, RecordError, UnknownLevel, quote
from phat.preprocessing.evaluate import Function, Undefined, function, lookup, piecewise
from phat.preprocessing.expression_text import text_of
from phat.preprocessing.expressions import Expression, fields_of
from phat.preprocessing.schema import NumberField, Schema
from phat.preprocessing.terms import Column, Factor, Table, Terms


class Products:
    """Some columns of a model's terms, made ready to compute."""

    def __init__(self, schema: Schema, terms: Terms, columns: Sequence[Column]) -> None:
        used = dict.fromkeys(factor for column in columns for factor, _ in column.product)
        place = {factor: number for number, factor in enumerate(used)}
        zero = {field.name for field in schema.fields if field.gap == "zero"}
        self._factors = [_Factor(terms.factors[factor], zero) for factor in used]
        self._columns = [
            (column.name, [(place[factor], value) for factor, value in column.product]) for column in columns
        ]
        fields = {name for factor in used for name in fields_of(terms.factors[factor].of)}
        self._gaps = [
            (field.name, nan if isinstance(field, NumberField) else None, field.fill)
            for field in schema.fields
            if field.name in fields
        ]

    def add(self, values: dict[str, float], cleaned: Cleaned) -> None:
        """Set the columns' values; ExceptionGroup[RecordError] with what a factor has no value for."""
        record: dict[str, float | str | None] = {}
        for name, gap, fill in self._gaps:
            value = cleaned[name]
            record[name] = value if value is not None else gap if fill is None else fill
        try:
            made = [factor.compute(record) for factor in self._factors]
        except (ArithmeticError, ValueError):
            self._refuse(cleaned, record)
        for column, product in self._columns:
            total = 1.0
            for factor, value in product:
                total *= made[factor][value]
            if not isfinite(total):
                self._refuse_column(column, product, made, cleaned)
            values[column] = total

    def _refuse(self, cleaned: Cleaned, record: Cleaned) -> None:
        """Raise for each factor that has no value."""
        errors: list[RecordError] = []
        for factor in self._factors:
            try:
                factor.compute(record)
            except (ArithmeticError, ValueError) as error:
                errors.append(factor.error(error, cleaned))
        raise ExceptionGroup("bad record", _distinct(errors))

    def _refuse_column(
        self, column: str, product: Sequence[tuple[int, int]], made: Sequence[Sequence[float]], cleaned: Cleaned
    ) -> None:
        """Raise for a column that is not finite: a gap that nothing fills, or a number beyond the floats."""
        fields = dict.fromkeys(name for factor, _ in product for name in self._factors[factor].fields)
        missing = [name for name in fields if cleaned[name] is None]
        if missing and any(made[factor][value] != made[factor][value] for factor, value in product):  # NaN
            expected = f"a value: column {column} has none without it"
            raise ExceptionGroup(
                "bad record", [MissingValue("a missing value", expected, field=name) for name in missing]
            )
        expected = f"numbers for which column {column} stays within the range of 64-bit floats"
        field = next(iter(fields), None)
        got = quote(cleaned[field]) if field is not None and len(fields) == 1 else f"numbers in {', '.join(fields)}"
        raise ExceptionGroup("bad record", [NumberOutOfRange(got, expected, field=field)])


def _distinct(errors: Iterable[RecordError]) -> list[RecordError]:
    """Each error once, though several factors have it."""
    return list({(error.field, error.code, error.detail): error for error in errors}.values())


class _Factor:
    """A factor made ready; `compute` gives its values, a tuple, and raises where it has none."""

    def __init__(self, factor: Factor, zero: set[str]) -> None:
        self.of = factor.of
        self.fields = tuple(dict.fromkeys(fields_of(factor.of)))
        self._compute, self._single = _function(factor, zero)

    def compute(self, record: Cleaned) -> Sequence[float]:
        made = self._compute(record)
        return (made,) if self._single else made

    def error(self, error: ArithmeticError | ValueError, cleaned: Cleaned) -> RecordError:
        """What is wrong with a record that this factor has no value for."""
        field = self.fields[0] if self.fields else None
        got = quote(cleaned[field]) if field and len(self.fields) == 1 else _named(self.fields, cleaned)
        if isinstance(error, Undefined) and error.expected is not None:
            expected = error.expected
            if isinstance(self.of, tuple) and self.of[0] != "field":
                expected = f"{text_of(self.of)} to be {expected}"
            kind = UnknownLevel if expected.startswith("one of") else OutOfDomain
            return kind(got, expected, field=field)
        return OutOfDomain(got, f"a value for which {text_of(self.of)} is a number", field=field)


def _named(fields: Iterable[str], cleaned: Cleaned) -> str:
    return ", ".join(f"{name} {quote(cleaned[name])}" for name in fields)


def _function(factor: Factor, zero: set[str]) -> tuple[Function, bool]:
    if factor.pieces is not None:
        return piecewise(factor.of, factor.pieces), False
    if factor.table is None:
        return function(factor.of), True
    return lookup(factor.of, complete_table(factor.of, factor.table, zero)), False


def complete_table(of: Expression, table: Table, zero: Collection[str]) -> dict[Any, tuple[float, ...]]:
    """A factor's table by key, None for gaps: where its field is one of `zero` a gap is no level, its values are 0."""
    complete = dict(table)
    if isinstance(of, tuple) and of[0] == "field" and of[1] in zero:
        complete.setdefault(None, (0.0,) * len(table[0][1]))
    return complete
