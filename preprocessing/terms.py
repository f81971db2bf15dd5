"""What each model column is made of: a product of factors over the fields of a record, as plain data."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from phat.preprocessing.expressions import (
    NUMBER,
    TEXT,
    Expression,
    ExpressionError,
    Kinds,
    Piecewise,
    check_expression,
    check_table,
    fields_of,
    is_number,
    plain,
    thaw,
)
from phat.preprocessing.schema import CategoryField, Field, NumberField, Schema, SchemaError

Table = tuple[tuple[Any, tuple[float, ...]], ...]
"""The values (one or more) of each level or number; None is the key of a gap."""


class Factor(NamedTuple):
    """One or several values made of an expression: it alone, a table of it (any contrast), or splines of it."""

    of: Expression
    table: Table | None = None
    pieces: Piecewise | None = None

    @property
    def width(self) -> int:
        """How many values it has."""
        if self.table is not None:
            return len(self.table[0][1])
        return 1 if self.pieces is None else len(self.pieces.pieces[0])

    def check(self, kinds: Kinds) -> None:
        """ExpressionError if it means nothing."""
        kind = check_expression(self.of, kinds)
        if self.table is not None and self.pieces is None:
            check_table(self.table, kind)
            if {len(values) for _, values in self.table} != {self.width} or not self.width:
                raise ExpressionError("map: expected as many values, one or more, for each key")
            if not all(is_number(value) for _, values in self.table for value in values):
                raise ExpressionError("map: expected finite numbers")
        elif kind == TEXT or self.table is not None:
            raise ExpressionError("a level is no value of a column; expected a number, a map or pp")
        elif self.pieces is not None:
            self.pieces.check()

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        table = {} if self.table is None else {"map": [[key, list(values)] for key, values in self.table]}
        pieces = {} if self.pieces is None else {"pp": self.pieces.to_dict()}
        return {"of": plain(self.of), **table, **pieces}

    @classmethod
    def from_dict(cls, data: object) -> "Factor":
        """Read a factor; ExpressionError if its keys or their values are of another form."""
        if not isinstance(data, Mapping) or "of" not in data or not data.keys() <= {"of", "map", "pp"}:
            raise ExpressionError("expected an object with the key of, and map or pp if need be")
        return cls(
            thaw(data["of"]),
            _table(data["map"]) if "map" in data else None,
            Piecewise.from_dict(data["pp"]) if "pp" in data else None,
        )


def _table(data: object) -> Table:
    try:
        table = tuple((key, tuple(values)) for key, values in data)  # type: ignore[attr-defined]  # TypeError if it is no list
    except (TypeError, ValueError):
        raise ExpressionError("map: expected pairs of a key and a list of numbers") from None
    return table


class Column(NamedTuple):
    """A model column: its name, and the product of which factors' values, by their numbers from 0; of none it is 1."""

    name: str
    product: tuple[tuple[int, int], ...]


class PlainNumber(NamedTuple):
    """A field's one column, `(value - centre) / scale`."""

    column: str
    centre: float
    scale: float


PlainLevels = Mapping[str, str]
"""Of a category's levels those that have a column, which is 1 for the level and else 0."""


class NotPlain(ValueError):
    """Columns that are more than scaled numbers and 0 or 1 for levels; the message names the first."""


@dataclass(frozen=True, repr=False)
class Terms:
    """The columns of a model in the order of its coefficients, and the factors that they share.

    The `offset` of one value is added to the linear predictor as it is. SchemaError names a column or factor that is
    inconsistent; `check` compares them with a schema.
    """

    factors: tuple[Factor, ...]
    columns: tuple[Column, ...]
    offset: Factor | None = None

    def __post_init__(self) -> None:
        if self.offset is not None and self.offset.width != 1:
            raise SchemaError(f"offset: expected one value, got {self.offset.width}")
        if twice := [name for name, count in Counter(self.names).items() if count > 1]:
            raise SchemaError(f"column {min(twice)} is made twice")
        if len(constants := [column.name for column in self.columns if not column.product]) > 1:
            raise SchemaError(f"columns {' and '.join(constants)} are both constant")
        widths = [factor.width for factor in self.factors]
        for name, product in self.columns:
            if not all(0 <= factor < len(widths) and 0 <= value < widths[factor] for factor, value in product):
                raise SchemaError(f"column {name}: it names a factor, or a value of one, that is not there")
        if unused := set(range(len(widths))) - {factor for column in self.columns for factor, _ in column.product}:
            raise SchemaError(f"factor {min(unused) + 1} is in no column")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def constant(self) -> str | None:
        """The name of the column that is always 1, if there is one."""
        return next((column.name for column in self.columns if not column.product), None)

    def ordered(self, names: Iterable[str]) -> "Terms":
        """The same columns in another order."""
        by_name = {column.name: column for column in self.columns}
        return Terms(self.factors, tuple(by_name[name] for name in names), self.offset)

    def fields(self, column: Column) -> tuple[str, ...]:
        """Names of the fields that a column is made of, in the order of its factors."""
        return tuple(dict.fromkeys(name for factor, _ in column.product for name in fields_of(self.factors[factor].of)))

    @property
    def offset_fields(self) -> tuple[str, ...]:
        """Names of the fields that the offset is made of."""
        return () if self.offset is None else tuple(dict.fromkeys(fields_of(self.offset.of)))

    def by_field(self) -> dict[str, tuple[str, ...]]:
        """Names of the columns that each field alone makes."""
        made: dict[str, tuple[str, ...]] = {}
        for column in self.columns:
            if len(fields := self.fields(column)) == 1:
                made[fields[0]] = (*made.get(fields[0], ()), column.name)
        return made

    def check(self, schema: Schema) -> None:
        """SchemaError for an expression that means nothing, a level that no field has, or a field without a column."""
        kinds = {field.name: NUMBER if isinstance(field, NumberField) else TEXT for field in schema.fields}
        levels = {field.name: field.by_spelling for field in schema.fields if isinstance(field, CategoryField)}
        factors = {f"factor {number}": factor for number, factor in enumerate(self.factors, 1)}
        factors |= {} if self.offset is None else {"offset": self.offset}
        for place, factor in factors.items():
            try:
                factor.check(kinds)
            except ExpressionError as error:
                raise SchemaError(f"{place}: {error}") from None
            self._check_levels(place, factor, levels)
        used = {name for factor in factors.values() for name in fields_of(factor.of)}
        for column in self.columns:
            if column.name in kinds and self.fields(column) != (column.name,):
                raise SchemaError(f"column {column.name} has the name of a field that it is not made of")
        if idle := [field.name for field in schema.fields if field.name not in used]:
            raise SchemaError(f"field {idle[0]} makes no column of the model")

    @staticmethod
    def _check_levels(place: str, factor: Factor, levels: Mapping[str, Mapping[str, str]]) -> None:
        match factor.of:
            case ("field", str(name)) if factor.table is not None:
                keys = {key for key, _ in factor.table if isinstance(key, str)}
                if keys and (foreign := sorted(keys - levels[name].keys())):
                    raise SchemaError(f"{place}: {foreign[0]!r} is no level of field {name}")

    def plain(self, schema: Schema) -> dict[str, PlainNumber | PlainLevels]:
        """Of each field its one column, or its levels' columns, where the model has no others but the constant.

        NotPlain names a column of another kind.
        """
        numbers, levels, others = self.divide(schema)
        if self.offset is not None:
            raise NotPlain("it has an offset")
        if others:
            made = self.formula(others[0])
            raise NotPlain(f"column {others[0].name} is {made}, more than a scaled number or a level")
        return {**numbers, **levels}

    def divide(self, schema: Schema) -> tuple[dict[str, PlainNumber], dict[str, PlainLevels], list[Column]]:
        """The plain numbers and levels by field, and all other columns but the constant."""
        used = Counter(factor for column in self.columns for factor, _ in column.product)
        fields = {field.name: field for field in schema.fields}
        plain_numbers = [
            _plain_number(factor, fields) if used[place] == 1 else None for place, factor in enumerate(self.factors)
        ]
        plain_levels = [_plain_levels(factor, fields) for factor in self.factors]
        numbers: dict[str, PlainNumber] = {}
        levels: dict[str, dict[str, str]] = {}
        others: list[Column] = []
        for column in self.columns:
            (factor, value), single = column.product[0] if column.product else (0, 0), len(column.product) == 1
            if single and (number := plain_numbers[factor]) and number[0] not in numbers:
                numbers[number[0]] = PlainNumber(column.name, number[1], number[2])
            elif single and (level := plain_levels[factor][value]) and level[1] not in levels.get(level[0], ()):
                levels.setdefault(level[0], {})[level[1]] = column.name
            elif column.product:
                others.append(column)
        return numbers, dict(levels), others

    def formula(self, column: Column) -> str:
        """What a column is, as people write it."""
        return " * ".join(self._text_of(self.factors[factor]) for factor, _ in column.product) or "1"

    @property
    def offset_formula(self) -> str | None:
        """What the offset is, as people write it."""
        return None if self.offset is None else self._text_of(self.offset)

    @staticmethod
    def _text_of(factor: Factor) -> str:
        from phat.preprocessing.expression_text import text_of  # noqa: PLC0415  # what no request needs

        of, table, pieces = factor
        form = "{}" if pieces is None else "spline({})"
        return (form if table is None else "level({})").format(text_of(of))

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        columns = [{"name": name, "product": [list(pair) for pair in product]} for name, product in self.columns]
        offset = {} if self.offset is None else {"offset": self.offset.to_dict()}
        return {"factors": [factor.to_dict() for factor in self.factors], "columns": columns, **offset}

    @classmethod
    def from_dict(cls, factors: Sequence[object], columns: Sequence[object], offset: object = None) -> "Terms":
        """Read terms; SchemaError says which factor or column is wrong."""
        read = tuple(_factor(data, f"factor {number}") for number, data in enumerate(factors, 1))
        made = tuple(_column(data, number) for number, data in enumerate(columns, 1))
        return cls(read, made, None if offset is None else _factor(offset, "offset"))


def _factor(data: object, place: str) -> Factor:
    try:
        return Factor.from_dict(data)
    except ExpressionError as error:
        raise SchemaError(f"{place}: {error}") from None


def _column(data: object, number: int) -> Column:
    match data:
        case {"name": str(name), "product": list(product)} if len(data) == 2:  # type: ignore[arg-type]
            if all(isinstance(pair, list) and [*map(type, pair)] == [int, int] for pair in product):
                return Column(name, tuple((factor, value) for factor, value in product))
    raise SchemaError(f"column {number}: expected its name and its product, pairs of a factor and one of its values")


def _plain_number(factor: Factor, fields: Mapping[str, Field]) -> tuple[str, float, float] | None:
    """Field, centre and scale of a number as it is, or scaled."""
    if factor.table is not None or factor.pieces is not None:
        return None
    match factor.of:
        case ("field", name):
            number = name, 0.0, 1.0
        case ("/", ("-", ("field", name), float() | int() as centre), float() | int() as scale) if scale > 0:
            number = name, centre, scale
        case _:
            return None
    field = fields.get(number[0])
    return number if isinstance(field, NumberField) and field.gap != "as_fitted" else None


def _plain_levels(factor: Factor, fields: Mapping[str, Field]) -> list[tuple[str, str] | None]:
    """Of each value of a factor the field and level, if it is 1 for that level of a category and 0 for all others."""
    match factor.of:
        case ("field", name) if factor.table is not None:
            field = fields.get(name)
            if isinstance(field, CategoryField) and field.gap != "as_fitted" and len(factor.table) == len(field.levels):
                by_value: list[list[tuple[str, float]]] = [[] for _ in range(factor.width)]
                for level, values in factor.table:
                    for place, value in enumerate(values):
                        if value:
                            by_value[place].append((level, value))
                return [(name, ones[0][0]) if len(ones) == 1 and ones[0][1] == 1 else None for ones in by_value]
    return [None] * factor.width


def plain_columns(field: Field) -> dict[str, str | None]:
    """Names of the plain columns that a field can make, each with its level (None for a number)."""
    if isinstance(field, NumberField):
        return {field.name: None}
    return {f"{field.name}_{level}": level for level in field.levels}


def plain_terms(
    fields: Iterable[Field],
    columns: Sequence[str],
    constant: str | None = None,
    scaling: Mapping[str, tuple[float, float]] = MappingProxyType({}),
) -> Terms:
    """Terms of columns with plain names: a number has its field's name, level `l` of field `f` is `f_l`.

    `scaling` holds the centre and scale of numbers that have one. SchemaError names a column that no field makes, and
    a field that makes none.
    """
    if constant is not None and constant not in columns:
        raise SchemaError(f"the constant {constant} has no coefficient")
    factors: list[Factor] = []
    products: dict[str, tuple[tuple[int, int], ...]] = {} if constant is None else {constant: ()}
    for field in fields:
        made = [name for name in plain_columns(field) if name in columns]
        if constant in made:
            raise SchemaError(f"column {constant} is both the constant and made by a field")
        if not made:
            raise SchemaError(f"field {field.name} makes no column of the model")
        if twice := [name for name in made if name in products]:
            raise SchemaError(f"column {twice[0]} is made twice")
        products |= {name: ((len(factors), value),) for value, name in enumerate(made)}
        factors.append(_plain_factor(field, made, scaling.get(field.name)))
    if unmade := [name for name in columns if name not in products]:
        raise SchemaError(f"column {unmade[0]} is made by no field")
    return Terms(tuple(factors), tuple(Column(name, products[name]) for name in columns))


def _plain_factor(field: Field, made: Sequence[str], scaling: tuple[float, float] | None) -> Factor:
    of = ("field", field.name)
    if isinstance(field, CategoryField):
        columns = plain_columns(field)
        rows = ((level, tuple(float(columns[name] == level) for name in made)) for level in field.levels)
        return Factor(of, tuple(rows))
    return Factor(of if scaling in (None, (0.0, 1.0)) else ("/", ("-", of, scaling[0]), scaling[1]))
