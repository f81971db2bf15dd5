"""Expressions made into functions of a record's values, once at load; the standard library's arithmetic."""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping
from typing import Any

from phat.preprocessing.expressions import Expression, Piecewise

Values = Mapping[str, Any]
"""Of each field its value after the fill: a number (NaN for a gap), or a level (None for a gap)."""

Function = Callable[[Values], Any]

NAN = math.nan


class Undefined(ValueError):
    """An expression has no value there: outside a spline's bounds, a level that no table has, or a log of 0.

    `expected` says what would have one, None where only the arithmetic tells.
    """

    def __init__(self, expected: str | None = None) -> None:
        super().__init__(expected)
        self.expected = expected


def function(expression: Expression) -> Function:
    """A function of a record's values that computes a checked expression, in 64-bit floats.

    It raises Undefined, ValueError, OverflowError or ZeroDivisionError where the expression has no value.
    """
    if not isinstance(expression, tuple):
        constant = float(expression) if isinstance(expression, int) else expression
        return lambda _: constant
    operation, *operands = expression
    if operation in _MAKERS:
        return _MAKERS[operation](*operands)
    return _COMPOSED[operation](*map(function, operands))


def lookup(of: Expression, table: Mapping[Any, Any]) -> Function:
    """What a table has for the value of an expression; a gap without an entry is the gap of all its values."""
    value_of, known = function(of), dict(table)
    gap = known.pop(None, None)
    width = next((len(value) for value in known.values() if isinstance(value, tuple)), None)
    if gap is None:
        gap = NAN if width is None else (NAN,) * width

    def look_up(values: Values) -> Any:
        key = value_of(values)
        if key is None or key != key:  # noqa: PLR0124  # NaN
            return gap
        try:
            return known[key]
        except KeyError:
            raise Undefined(_one_of(list(known))) from None

    return look_up


def _one_of(keys: list[Any], shown: int = 8) -> str:
    more = f" and {len(keys) - shown} more" if len(keys) > shown else ""
    return f"one of {', '.join(key if isinstance(key, str) else f'{key:g}' for key in keys[:shown])}{more}"


def piecewise(of: Expression, pieces: Piecewise) -> Function:
    """The values of piecewise polynomials, a tuple; NaN in all of them for a gap."""
    value_of, breaks = function(of), [float(value) for value in pieces.breaks]
    low, high, last = breaks[0], breaks[-1], len(breaks) - 2
    inner = [tuple(tuple(reversed(polynomial)) for polynomial in piece) for piece in pieces.pieces]
    left, right = (
        None if side is None else tuple(tuple(reversed(polynomial)) for polynomial in side)
        for side in (pieces.left, pieces.right)
    )  # fmt: skip
    gap = (NAN,) * len(inner[0])
    expected = f"a number from {low:g} to {high:g}"

    def evaluate(values: Values) -> tuple[float, ...]:
        x = value_of(values)
        if x != x:  # noqa: PLR0124  # NaN
            return gap
        if x < low:
            piece, t = left, (x - low) / (breaks[1] - low)
        elif x > high:
            piece, t = right, (x - high) / (high - breaks[last])
        else:
            index = min(bisect_right(breaks, x) - 1, last)
            piece, t = inner[index], (x - breaks[index]) / (breaks[index + 1] - breaks[index])
        if piece is None:
            raise Undefined(expected)
        return tuple([_horner(polynomial, t) for polynomial in piece])

    return evaluate


def _horner(falling: tuple[float, ...], t: float) -> float:
    total = falling[0]
    for coefficient in falling[1:]:
        total = total * t + coefficient
    return total


def _field(name: str) -> Function:
    return lambda values: values[name]


def _pp(of: Expression, pieces: Piecewise) -> Function:
    evaluate = piecewise(of, pieces)
    return lambda values: evaluate(values)[0]


def _in(of: Expression, constants: tuple[Any, ...]) -> Function:
    value_of, known = function(of), frozenset(constants)
    return lambda values: 1.0 if value_of(values) in known else 0.0


def _missing(of: Expression) -> Function:
    value_of = function(of)
    return lambda values: 1.0 if _is_gap(value_of(values)) else 0.0


def _fill(of: Expression, number: float) -> Function:
    value_of, filled = function(of), float(number)

    def fill(values: Values) -> float:
        x: float = value_of(values)
        return filled if x != x else x  # noqa: PLR0124  # NaN

    return fill


def _is_gap(value: object) -> bool:
    return value is None or value != value  # noqa: PLR0124  # NaN


def _round(of: Expression, digits: int) -> Function:
    """Half to even, in numpy's way: scaled by a power of ten, rounded to a whole number, scaled back."""
    value_of, power = function(of), 10.0 ** abs(digits)

    def round_(values: Values) -> float:
        x = value_of(values)
        if x != x or math.isinf(x):  # noqa: PLR0124  # NaN
            return float(x)
        return float(round(x * power) / power if digits >= 0 else round(x / power) * power)

    return round_


def _power(base: Expression, exponent: Expression) -> Function:
    x, y = function(base), function(exponent)
    return _POWERS[exponent](x) if exponent in _POWERS else lambda values: math.pow(x(values), y(values))


def _square(x: Function) -> Function:
    def square(values: Values) -> float:
        number: float = x(values)
        return number * number

    return square


def _one(compute: Callable[[float], float]) -> Callable[[Function], Function]:
    return lambda operand: lambda values: compute(operand(values))


_POWERS: Mapping[Expression, Callable[[Function], Function]] = {
    2: _square, 0.5: _one(math.sqrt), -1: _one(lambda x: 1.0 / x)
}  # fmt: skip
"""Powers that numpy computes in another way than pow, with other bits."""


def _whole(compute: Callable[[float], int]) -> Callable[[Function], Function]:
    """A rounding to integers, which the standard library has for finite numbers alone."""

    def compose(operand: Function) -> Function:
        def apply(values: Values) -> float:
            x = operand(values)
            return float(compute(x)) if math.isfinite(x) else x

        return apply

    return compose


def _sign(x: float) -> float:
    return x if x != x else float((x > 0) - (x < 0))  # noqa: PLR0124  # NaN


def _extreme(better: Callable[[float, float], float]) -> Callable[..., Function]:
    def compose(*operands: Function) -> Function:
        def apply(values: Values) -> float:
            numbers = [operand(values) for operand in operands]
            result: float = numbers[0]
            for number in numbers[1:]:
                result = NAN if result != result or number != number else better(result, number)  # noqa: PLR0124  # NaN
            return result

        return apply

    return compose


def _wrap(x: Function, low: Function, high: Function) -> Function:
    def apply(values: Values) -> float:
        start = low(values)
        return float(start + (x(values) - start) % (high(values) - start))

    return apply


def _if(condition: Function, first: Function, second: Function) -> Function:
    def apply(values: Values) -> float:
        holds = condition(values)
        if holds != holds:  # noqa: PLR0124  # NaN
            return NAN
        return float(first(values) if holds else second(values))

    return apply


def _all(*operands: Function) -> Function:
    return lambda values: 1.0 if all(operand(values) for operand in operands) else 0.0


def _any(*operands: Function) -> Function:
    return lambda values: 1.0 if any(operand(values) for operand in operands) else 0.0


def _differs(a: Function, b: Function) -> Function:
    """Whether values differ; a gap differs from everything, a missing level too."""

    def apply(values: Values) -> float:
        left, right = a(values), b(values)
        return 1.0 if left is None or right is None or left != right else 0.0

    return apply


def _equals(a: Function, b: Function) -> Function:
    def apply(values: Values) -> float:
        left = a(values)
        return 1.0 if left is not None and left == b(values) else 0.0

    return apply


_COMPOSED: Mapping[str, Callable[..., Function]] = {
    "+": lambda a, b: lambda values: a(values) + b(values),
    "-": lambda a, b: lambda values: a(values) - b(values),
    "*": lambda a, b: lambda values: a(values) * b(values),
    "/": lambda a, b: lambda values: a(values) / b(values),
    "//": lambda a, b: lambda values: a(values) // b(values),
    "%": lambda a, b: lambda values: a(values) % b(values),
    "neg": _one(lambda x: -x), "abs": _one(abs), "sign": _one(_sign), "log": _one(math.log), "log1p": _one(math.log1p),
    "log2": _one(math.log2), "log10": _one(math.log10), "exp": _one(math.exp), "expm1": _one(math.expm1),
    "sqrt": _one(math.sqrt), "floor": _whole(math.floor), "ceil": _whole(math.ceil), "sin": _one(math.sin),
    "cos": _one(math.cos),
    "min": _extreme(min), "max": _extreme(max), "wrap": _wrap, "if": _if,
    "<": lambda a, b: lambda values: 1.0 if a(values) < b(values) else 0.0,
    "<=": lambda a, b: lambda values: 1.0 if a(values) <= b(values) else 0.0,
    ">": lambda a, b: lambda values: 1.0 if a(values) > b(values) else 0.0,
    ">=": lambda a, b: lambda values: 1.0 if a(values) >= b(values) else 0.0,
    "==": _equals, "!=": _differs,
    "and": _all, "or": _any, "not": _one(lambda x: 0.0 if x else 1.0),
}  # fmt: skip
"""Operations by the functions of their operands."""

_MAKERS: Mapping[str, Callable[..., Function]] = {
    "field": _field, "map": lambda of, table: lookup(of, dict(table)), "pp": _pp, "in": _in, "missing": _missing,
    "fill": _fill, "round": _round, "**": _power,
}  # fmt: skip
"""Operations whose operands are not all expressions."""
