"""Expressions of model columns in SQL, step by step: what a step needs twice is a column of the step before it.

A gap is NULL. Where an expression has no value, or leaves the range of 64-bit floats, the record has a reason and
whatever value: nothing is evaluated there that an engine may take for an error. A level is its place among its field's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import log
from sys import float_info
from typing import Any, NamedTuple

from sqlglot import exp

from phat.batch.sql_expressions import case, column, double, equal, is_null, named, whole
from phat.batch.sql_functions import expm1
from phat.preprocessing.errors import MissingValue, NumberOutOfRange, OutOfDomain, UnknownLevel
from phat.preprocessing.expressions import Expression, Piecewise, fields_of
from phat.preprocessing.products import complete_table
from phat.preprocessing.schema import CategoryField, Field, levels_of
from phat.preprocessing.terms import Column, Factor, Terms

_FRACTIONS_UP_TO = 2.0**52
"""Floats that are larger are whole numbers."""
_LARGEST_POWER = log(float_info.max)
"""What exp may be taken of."""


class Value(NamedTuple):
    """An expression, the step after which it can be worked out, and whether it is surely finite or NULL."""

    sql: exp.Expr
    step: int
    finite: bool = True

    def __call__(self) -> exp.Expr:
        """The expression, to be built into another."""
        return self.sql.copy()


class Reason(NamedTuple):
    """A condition under which a record is refused, and the reason."""

    condition: exp.Expr
    text: str


class SqlTerms:
    """Columns that are more than scaled numbers and levels, and the offset, as columns of a query.

    `columns` are by name; `steps` are what each step adds to the columns of the one before it, the first to the cleaned
    ones; `reasons` are why records have no such columns, the row path's first.
    """

    def __init__(self, fields: Sequence[Field], terms: Terms, columns: Sequence[Column]) -> None:
        self._fields = {field.name: field for field in fields}
        self._factors: dict[int, list[Value]] = {}
        self._asked: list[exp.Expr] = []
        self._field = ""
        self._known: dict[tuple[str, int], Value] = {}
        self.steps: list[list[exp.Expr]] = [[]]
        self.reasons: list[Reason] = []
        for name in _used(terms, columns):
            self._fill(self._fields[name])
        made = {each.name: self._product(terms, each) for each in columns}
        offset = None if terms.offset is None else self._named(self._values(terms.offset)[0])
        for each in columns:
            self._refuse_column(each.name, made[each.name], terms.fields(each))
        if offset is not None:
            self._refuse_column("offset", offset, terms.offset_fields)
        self.columns = {name: value.sql for name, value in made.items()}
        self.offset = None if offset is None else offset.sql

    def _fill(self, field: Field) -> None:
        """The field's value with its fill, if it has one."""
        value: exp.Expr = column(f"value {field.name}")
        if isinstance(field.fill, str):
            value = exp.func("coalesce", value, whole(levels_of(field).index(field.fill)))
        elif field.fill is not None:
            value = exp.func("coalesce", value, double(float(field.fill)))
        self.steps[0].append(named(value, f"field {field.name}"))

    def _product(self, terms: Terms, made: Column) -> Value:
        """A column's value."""
        (first, *others) = [self._factor(terms, factor)[value] for factor, value in made.product]
        result = first
        for other in others:
            result = _both(lambda a, b: exp.Mul(this=a, expression=b), result, other)
        return self._named(result)

    def _factor(self, terms: Terms, place: int) -> list[Value]:
        if place not in self._factors:
            self._factors[place] = [self._named(value) for value in self._values(terms.factors[place])]
        return self._factors[place]

    def _values(self, factor: Factor) -> list[Value]:
        self._field = next(fields_of(factor.of), "")
        if factor.pieces is not None:
            return self._piecewise(factor.of, factor.pieces)
        if factor.table is None:
            return [self._number(factor.of)]
        zero = {field.name for field in self._fields.values() if field.gap == "zero"}
        return self._lookup(factor.of, complete_table(factor.of, factor.table, zero))

    def _refuse_column(self, name: str, value: Value, fields: Sequence[str]) -> None:
        """A column without a value for a gap, or beyond the floats, is refused, as the row path does."""
        for field in fields:
            gap = exp.and_(is_null(value()), is_null(column(f"field {field}")))
            self.reasons.append(Reason(gap, f"{field}: {MissingValue.code}"))
        place = fields[0] if len(fields) == 1 else name
        self.reasons.append(Reason(_is_not_finite(value), f"{place}: {NumberOutOfRange.code}"))

    def _named(self, value: Value) -> Value:
        """The value as a column of the next step."""
        if isinstance(value.sql, exp.Column | exp.Cast | exp.Literal):
            return value
        key = value.sql.sql(), value.step
        if key not in self._known:
            while len(self.steps) <= value.step:
                self.steps.append([])
            name = f"made {len(self._known)}"
            self.steps[value.step].append(named(value(), name))
            self._known[key] = Value(column(name), value.step + 1, value.finite)
        return self._known[key]

    def _checked(self, expression: Expression) -> Value:
        """An expression's number as a column that is finite or NULL; records where it is neither are refused."""
        value = self._named(self._number(expression))
        if value.finite:
            return value
        self._refuse(_is_not_finite(value), OutOfDomain.code)
        return value._replace(finite=True)

    def _refuse(self, condition: exp.Expr, code: str) -> None:
        """Refuse records under a condition, of those of which the expression is asked."""
        asked = [each.copy() for each in self._asked]
        self.reasons.append(Reason(exp.and_(*asked, condition), f"{self._field or 'record'}: {code}"))

    def _defined(self, condition: exp.Expr, value: exp.Expr, step: int, finite: bool = True) -> Value:
        """A value where a condition, which is NULL for a gap, holds; records for which it does not are refused."""
        self._refuse(exp.not_(exp.paren(condition.copy())), OutOfDomain.code)
        return Value(case((condition, value)), step, finite)

    def _number(self, expression: Expression) -> Value:
        if not isinstance(expression, tuple):
            return Value(double(float(expression)), 0)
        operation, *operands = expression
        if operation in _SPECIAL:
            return _SPECIAL[operation](self, *operands)
        if operation in _PLAIN:
            make, finite = _PLAIN[operation]
            read = self._checked if finite else self._number
            values = [read(operand) for operand in operands]
            return Value(make(*(value() for value in values)), max(value.step for value in values), finite)
        condition, make, finite = _PARTIAL[operation]
        values = [self._checked(operand) for operand in operands]
        asked, made = (function(*(value() for value in values)) for function in (condition, make))
        return self._defined(asked, made, max(value.step for value in values), finite)

    def _of_field(self, name: str) -> Value:
        return Value(column(f"field {name}"), 1)

    def _condition(self, value: Value) -> exp.Expr:
        """Whether a number counts as true: a gap does."""
        return exp.func("coalesce", exp.NEQ(this=value(), expression=double(0.0)), exp.true())

    def _all(self, *operands: Expression) -> Value:
        return self._joined(operands, exp.and_, self._condition)

    def _any(self, *operands: Expression) -> Value:
        return self._joined(operands, exp.or_, lambda value: exp.not_(exp.paren(self._condition(value))))

    def _joined(
        self,
        operands: Sequence[Expression],
        join: Callable[..., exp.Expr],
        goes_on: Callable[[Value], exp.Expr],
    ) -> Value:
        """Whether all hold, or any; each is asked only where it is not known from those before it."""
        values: list[Value] = []
        for operand in operands:
            values.append(self._checked(operand))
            self._asked.append(goes_on(values[-1]))
        del self._asked[-len(operands) :]
        return Value(_indicator(join(*map(self._condition, values))), max(value.step for value in values))

    def _if(self, condition: Expression, first: Expression, second: Expression) -> Value:
        holds = self._checked(condition)
        chosen = exp.NEQ(this=holds(), expression=double(0.0))
        one = self._asked_where(chosen, first)
        other = self._asked_where(equal(holds(), double(0.0)), second)
        step = max(holds.step, one.step, other.step)
        return Value(
            case((is_null(holds()), exp.null()), (chosen.copy(), one()), default=other()),
            step,
            one.finite and other.finite,
        )

    def _asked_where(self, condition: exp.Expr, expression: Expression) -> Value:
        """An expression that is asked of some records alone."""
        self._asked.append(condition)
        value = self._number(expression)
        self._asked.pop()
        return value

    def _extreme(self, better: Callable[[exp.Expr, exp.Expr], exp.Expr], *operands: Expression) -> Value:
        values = [self._checked(operand) for operand in operands]
        result = values[0]
        for other in values[1:]:
            result = self._named(result)
            gap = exp.or_(is_null(result()), is_null(other()))
            chosen = case((gap, exp.null()), (better(other(), result()), other()), default=result())
            result = Value(chosen, max(result.step, other.step))
        return result

    def _power(self, base: Expression, exponent: Expression) -> Value:
        if exponent == 2:
            x = self._named(self._number(base))
            return Value(exp.Mul(this=x(), expression=x()), x.step, False)
        if exponent in (0.5, -1):
            return self._number(("sqrt", base) if exponent == 0.5 else ("/", 1.0, base))
        x, y = self._checked(base), self._checked(exponent)
        zero, one = double(0.0), double(1.0)
        always = exp.or_(equal(y(), zero), equal(x(), one))
        possible = exp.or_(
            exp.GT(this=x(), expression=zero.copy()),
            exp.and_(equal(x(), zero.copy()), exp.GT(this=y(), expression=zero.copy())),
            exp.and_(exp.LT(this=x(), expression=zero.copy()), equal(y(), exp.Floor(this=y()))),
        )
        self._refuse(
            exp.and_(exp.not_(exp.paren(always.copy())), exp.not_(exp.paren(possible.copy()))), OutOfDomain.code
        )
        power = exp.func("power", x(), y())
        return Value(case((always, one.copy()), (possible, power)), max(x.step, y.step), False)

    def _modulo(self, x: Value, y: Value) -> Value:
        """The remainder with the sign of the divisor; dialects give it that of the dividend."""
        some = exp.NEQ(this=y(), expression=double(0.0))
        rest = self._named(self._defined(some, exp.Mod(this=x(), expression=y()), max(x.step, y.step)))
        other_sign = exp.LT(this=exp.Mul(this=_sign(rest), expression=_sign(y)), expression=double(0.0))
        return Value(case((other_sign, exp.Add(this=rest(), expression=y())), default=rest()), max(rest.step, y.step))

    def _mod(self, a: Expression, b: Expression) -> Value:
        return self._modulo(self._checked(a), self._checked(b))

    def _floor_divide(self, a: Expression, b: Expression) -> Value:
        """As Python does: what is left without the remainder is divided, and rounded to the nearest whole number."""
        x, y = self._checked(a), self._checked(b)
        rest = self._named(self._modulo(x, y))
        whole_part = exp.paren(exp.Sub(this=x(), expression=rest()))
        some = exp.NEQ(this=y(), expression=double(0.0))
        ratio = self._named(Value(case((some, exp.Div(this=whole_part, expression=y()))), rest.step, False))
        down = self._named(_rounded(exp.Floor, ratio))
        above = exp.GT(this=exp.Sub(this=ratio(), expression=down()), expression=double(0.5))
        up = exp.Add(this=down(), expression=double(1.0))
        return Value(case((above, up), default=down()), down.step, False)

    def _wrap(self, of: Expression, low: Expression, high: Expression) -> Value:
        start = self._checked(low)
        rest = self._named(self._modulo(self._checked(("-", of, low)), self._checked(("-", high, low))))
        return Value(exp.Add(this=start(), expression=rest()), rest.step, False)

    def _floor(self, of: Expression) -> Value:
        return _rounded(exp.Floor, self._checked(of))

    def _ceil(self, of: Expression) -> Value:
        return _rounded(exp.Ceil, self._checked(of))

    def _round(self, of: Expression, digits: int) -> Value:
        """Half to even, in numpy's way."""
        power = 10.0 ** abs(digits)
        scaled = self._checked(("*" if digits >= 0 else "/", of, power))
        down = self._named(_rounded(exp.Floor, scaled))
        above = self._named(Value(exp.Sub(this=scaled(), expression=down()), down.step))
        half = self._named(Value(exp.Div(this=down(), expression=double(2.0)), down.step))
        even = self._named(Value(equal(half(), _rounded(exp.Floor, half)()), half.step))
        up = exp.GT(this=above(), expression=double(0.5))
        tie = exp.and_(equal(above(), double(0.5)), exp.not_(even()))
        nearest = case((exp.or_(up, tie), exp.Add(this=down(), expression=double(1.0))), default=down())
        back = exp.Div if digits >= 0 else exp.Mul
        return Value(back(this=exp.paren(nearest), expression=double(power)), max(above.step, even.step), False)

    def _log1p(self, of: Expression) -> Value:
        """Without loss of digits near 0; source: Goldberg, ACM Comput. Surv. 23 (1991), theorem 4 (Kahan's)."""
        x = self._checked(of)
        more = self._named(Value(exp.Add(this=double(1.0), expression=x()), x.step))
        exact = equal(more(), double(1.0))
        ratio = exp.Div(this=x(), expression=exp.paren(exp.Sub(this=more(), expression=double(1.0))))
        value = case((exact, x()), default=exp.Mul(this=exp.Ln(this=more()), expression=ratio))
        return self._defined(exp.GT(this=more(), expression=double(0.0)), value, more.step)

    def _expm1(self, of: Expression) -> Value:
        x = self._checked(of)
        possible = exp.LTE(this=x(), expression=double(_LARGEST_POWER))
        return self._defined(possible, expm1(x.sql), x.step)

    def _missing(self, of: Expression) -> Value:
        value = self._any_kind(of)
        return Value(_indicator(is_null(value())), value.step)

    def _filled(self, of: Expression, number: float) -> Value:
        value = self._checked(of)
        return Value(exp.func("coalesce", value(), double(float(number))), value.step)

    def _in(self, of: Expression, constants: Sequence[Any]) -> Value:
        value = self._any_kind(of)
        keys = [key for constant in constants if (key := self._key(of, constant)) is not None]
        return Value(_indicator(exp.In(this=value(), expressions=keys) if keys else exp.false()), value.step)

    def _equals(self, a: Expression, b: Expression) -> Value:
        one, other = self._compared(a, b)
        return Value(_indicator(equal(one(), other())), max(one.step, other.step))

    def _differs(self, a: Expression, b: Expression) -> Value:
        one, other = self._compared(a, b)
        same = case((equal(one(), other()), double(0.0)), default=double(1.0))
        return Value(same, max(one.step, other.step))

    def _compared(self, a: Expression, b: Expression) -> tuple[Value, Value]:
        """Both sides of a comparison; levels of two fields by their places in the first one."""
        if isinstance(a, str) and isinstance(b, str):
            return Value(double(float(a == b)), 0), Value(double(1.0), 0)
        if isinstance(a, str):
            a, b = b, a
        one = self._any_kind(a)
        if isinstance(b, str):
            return one, Value(self._key(a, b) or whole(len(self._levels(a))), 0)
        other = self._any_kind(b)
        if self._levels(a):
            own = [self._key(a, level) or whole(len(self._levels(a)) + 1) for level in self._levels(b)]
            places = case(*((equal(other(), whole(place)), each) for place, each in enumerate(own)))
            return one, Value(places, other.step)
        return one, other

    def _any_kind(self, of: Expression) -> Value:
        """A number, checked, or the place of a level."""
        return self._of_field(of[1]) if self._levels(of) else self._checked(of)

    def _levels(self, of: Expression) -> tuple[str, ...]:
        """The levels of an expression that is a category's field."""
        field = self._fields.get(of[1]) if isinstance(of, tuple) and of[0] == "field" else None
        return field.levels if isinstance(field, CategoryField) else ()

    def _key(self, of: Expression, constant: Any) -> exp.Expr | None:
        """What the value of an expression is compared with; None for a level that its field does not have."""
        if not isinstance(constant, str):
            return double(float(constant))
        levels = self._levels(of)
        return whole(levels.index(constant)) if constant in levels else None

    def _lookup(self, of: Expression, table: Mapping[Any, tuple[float, ...]]) -> list[Value]:
        if isinstance(of, str):
            return [Value(double(value), 0) for value in table[of]]
        value = self._any_kind(of)
        keys = [(self._key(of, key), numbers) for key, numbers in table.items() if key is not None]
        known = [(key, numbers) for key, numbers in keys if key is not None]
        outside = exp.not_(exp.In(this=value(), expressions=[key.copy() for key, _ in known]))
        self._refuse(outside, UnknownLevel.code)
        gap = table.get(None)
        return [
            Value(
                case(
                    *((equal(value(), key.copy()), double(numbers[place])) for key, numbers in known),
                    *([(is_null(value()), double(gap[place]))] if gap is not None else []),
                ),
                value.step,
            )
            for place in range(len(next(iter(table.values()))))
        ]

    def _map(self, of: Expression, table: Sequence[tuple[Any, float]]) -> Value:
        return self._lookup(of, {key: (number,) for key, number in table})[0]

    def _piecewise(self, of: Expression, pieces: Piecewise) -> list[Value]:
        x, breaks = self._checked(of), [float(each) for each in pieces.breaks]
        low, high = (exp.LT(this=x(), expression=double(breaks[0])), exp.GT(this=x(), expression=double(breaks[-1])))
        for side, beyond in ((pieces.left, low), (pieces.right, high)):
            if side is None:
                self._refuse(beyond.copy(), OutOfDomain.code)
        kinds = [*[exp.LT] * (len(breaks) - 2), exp.LTE]  # the last break belongs to the last piece
        spans = [
            (kind(this=x(), expression=double(end)), start, end - start)
            for kind, (start, end) in zip(kinds, pairwise(breaks), strict=True)
        ]
        # Below, within and above, in this order, each with where t is 0 and how long it is.
        where = [(low, breaks[0], breaks[1] - breaks[0]), *spans, (high, breaks[-1], breaks[-1] - breaks[-2])]
        t = self._named(Value(case(*((each.copy(), _moved(x, start, width)) for each, start, width in where)), x.step))
        polynomials = [pieces.left, *pieces.pieces, pieces.right]
        return [
            Value(
                case(
                    *(
                        (each.copy(), exp.null() if of_piece is None else _horner(of_piece[place], t))
                        for (each, *_), of_piece in zip(where, polynomials, strict=True)
                    )
                ),
                t.step,
                False,
            )
            for place in range(len(pieces.pieces[0]))
        ]

    def _pp(self, of: Expression, pieces: Piecewise) -> Value:
        return self._piecewise(of, pieces)[0]


def _used(terms: Terms, columns: Sequence[Column]) -> Iterator[str]:
    """Fields that some columns, or the offset, are made of."""
    yield from dict.fromkeys([*(name for each in columns for name in terms.fields(each)), *terms.offset_fields])


def _both(make: Callable[[exp.Expr, exp.Expr], exp.Expr], a: Value, b: Value) -> Value:
    return Value(make(exp.paren(a()), exp.paren(b())), max(a.step, b.step), False)


def _is_not_finite(value: Value) -> exp.Expr:
    """Whether a number is there and infinite, or none; NULL for a gap."""
    return exp.not_(exp.paren(exp.LTE(this=exp.Abs(this=value()), expression=double(float_info.max))))


def _indicator(condition: exp.Expr) -> exp.Expr:
    return case((condition, double(1.0)), default=double(0.0))


def _sign(value: Value) -> exp.Expr:
    zero = double(0.0)
    return case(
        (exp.GT(this=value(), expression=zero), double(1.0)),
        (exp.LT(this=value(), expression=zero.copy()), double(-1.0)),
        (equal(value(), zero.copy()), zero.copy()),
    )


def _rounded(function: type[exp.Floor | exp.Ceil], value: Value) -> Value:
    """A rounding, of numbers that have fractions: some dialects have it as an integer."""
    fractional = exp.LT(this=exp.Abs(this=value()), expression=double(_FRACTIONS_UP_TO))
    return Value(
        case((fractional, exp.cast(function(this=value()), "double")), default=value()), value.step, value.finite
    )


def _moved(x: Value, start: float, width: float) -> exp.Expr:
    return exp.Div(this=exp.paren(exp.Sub(this=x(), expression=double(start))), expression=double(width))


def _horner(rising: Sequence[float], t: Value) -> exp.Expr:
    total: exp.Expr = double(float(rising[-1]))
    for coefficient in reversed(rising[:-1]):
        product = exp.Mul(this=exp.paren(total), expression=t())
        total = exp.Add(this=product, expression=double(float(coefficient)))
    return total


def _arithmetic(kind: Any) -> Callable[[exp.Expr, exp.Expr], exp.Expr]:
    return lambda a, b: kind(this=exp.paren(a), expression=exp.paren(b))


def _comparison(kind: Any) -> Callable[[exp.Expr, exp.Expr], exp.Expr]:
    return lambda a, b: _indicator(kind(this=a, expression=b))


def _above(bound: float) -> Callable[[exp.Expr], exp.Expr]:
    return lambda x: exp.GT(this=x, expression=double(bound))


def _own(name: str) -> Callable[[exp.Expr], exp.Expr]:
    """A function by its own name: a ratio of logarithms would not be whole where these are."""
    return lambda x: exp.Anonymous(this=name, expressions=[x])


_PLAIN: Mapping[str, tuple[Callable[..., exp.Expr], bool]] = {
    "+": (_arithmetic(exp.Add), False), "-": (_arithmetic(exp.Sub), False), "*": (_arithmetic(exp.Mul), False),
    "neg": (lambda x: exp.Neg(this=exp.paren(x)), False), "abs": (lambda x: exp.Abs(this=x), False),
    "<": (_comparison(exp.LT), True), "<=": (_comparison(exp.LTE), True), ">": (_comparison(exp.GT), True),
    ">=": (_comparison(exp.GTE), True), "sign": (lambda x: _sign(Value(x, 0)), True),
    "sin": (lambda x: exp.func("sin", x), True), "cos": (lambda x: exp.func("cos", x), True),
    "not": (lambda x: _indicator(equal(x, double(0.0))), True),
}  # fmt: skip
"""Operations that have a value everywhere, and whether it is finite where those of the operands are."""

_PARTIAL: Mapping[str, tuple[Callable[..., exp.Expr], Callable[..., exp.Expr], bool]] = {
    "/": (lambda _, y: exp.NEQ(this=y, expression=double(0.0)), _arithmetic(exp.Div), False),
    "log": (_above(0.0), lambda x: exp.Ln(this=x), True), "log2": (_above(0.0), _own("LOG2"), True),
    "log10": (_above(0.0), _own("LOG10"), True),
    "sqrt": (lambda x: exp.GTE(this=x, expression=double(0.0)), lambda x: exp.Sqrt(this=x), True),
    "exp": (lambda x: exp.LTE(this=x, expression=double(_LARGEST_POWER)), lambda x: exp.Exp(this=x), True),
}  # fmt: skip
"""Operations by where they have a value, what it is, and whether it is finite there."""

_SPECIAL: Mapping[str, Callable[..., Value]] = {
    "field": SqlTerms._of_field, "and": SqlTerms._all, "or": SqlTerms._any, "if": SqlTerms._if,
    "min": lambda terms, *of: terms._extreme(lambda a, b: exp.LT(this=a, expression=b), *of),
    "max": lambda terms, *of: terms._extreme(lambda a, b: exp.GT(this=a, expression=b), *of),
    "**": SqlTerms._power, "%": SqlTerms._mod, "//": SqlTerms._floor_divide, "wrap": SqlTerms._wrap,
    "floor": SqlTerms._floor, "ceil": SqlTerms._ceil, "round": SqlTerms._round, "log1p": SqlTerms._log1p,
    "expm1": SqlTerms._expm1, "missing": SqlTerms._missing, "fill": SqlTerms._filled, "in": SqlTerms._in,
    "==": SqlTerms._equals, "!=": SqlTerms._differs, "map": SqlTerms._map, "pp": SqlTerms._pp,
}  # fmt: skip
"""Operations that use an operand more than once, or other things than numbers."""
