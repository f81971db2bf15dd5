"""Expressions of model columns computed for many records at once, as `preprocessing.evaluate` does for one.

A gap is NaN. Where an operation has no value, or leaves the range of 64-bit floats, the record is `doubtful`: what it
gets is the row path's to say. Operations of numpy mean for gaps what those of Python do: comparisons are false, `!=`
is true, and a gap counts as true. Its logarithms and powers may differ from the standard library's by their last bit,
so those below an operation that jumps (a comparison, a rounding, a remainder, a table) are the standard library's.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.expressions import Expression, Piecewise

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Levels(NamedTuple):
    """Levels by their places among those that there are; a gap's is -1."""

    places: NDArray[np.intp]
    levels: tuple[str, ...]


Values = Mapping[str, Vector | Levels]
"""Of each field its values after the fill, one for each record."""


class Arrays:
    """Computes checked expressions of some records, one value a record; `doubtful` (one each) collects its doubts."""

    def __init__(self, values: Values, rows: int) -> None:
        self.rows = rows
        self.doubtful: Mask = np.zeros(rows, bool)
        self._values = values
        self._exact = False

    def numbers(self, expression: Expression) -> Vector:
        """An expression's numbers."""
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(self._compute(expression), float), self.rows)

    def lookup(self, of: Expression, table: Mapping[Any, tuple[float, ...]]) -> list[Vector]:
        """What a table has for the values of an expression, an array for each of a key's; None is the key of a gap."""
        known = {key: values for key, values in table.items() if key is not None}
        rows = np.array([*known.values()], float)
        gap = np.array([table[None]] if None in table else np.full((1, rows.shape[1]), np.nan))
        with np.errstate(all="ignore"):
            places = self._places(self._exactly(of), list(known))
        unknown = np.full((1, rows.shape[1]), np.nan)
        return list(np.concatenate([rows, unknown, gap]).T[:, places])

    def _places(self, values: Any, keys: Sequence[Any]) -> NDArray[np.intp]:
        """Where among the keys the values are: one place more stands for those of no key, two for gaps."""
        if isinstance(values, str):
            values = Levels(np.zeros(self.rows, np.intp), (values,))
        if isinstance(values, Levels):
            by_level = {key: place for place, key in enumerate(keys)}
            places = np.array([*(by_level.get(level, len(keys)) for level in values.levels), len(keys) + 1])
            places = places[values.places]
        else:
            numbers = np.broadcast_to(values, self.rows)
            order = np.argsort(np.array(keys, float))
            rising = np.array(keys, float)[order]
            nearest = np.minimum(np.searchsorted(rising, numbers), len(keys) - 1)
            places = np.where(rising[nearest] == numbers, order[nearest], len(keys) + np.isnan(numbers))
        self.doubtful |= places == len(keys)
        return np.asarray(places, np.intp)

    def piecewise(self, of: Expression, pieces: Piecewise) -> list[Vector]:
        """The values of piecewise polynomials, an array for each; beyond bounds without a continuation is a doubt."""
        with np.errstate(all="ignore"):
            x = np.broadcast_to(np.asarray(self._exactly(of), float), self.rows)
        breaks = np.array(pieces.breaks, float)
        last = len(breaks) - 2
        sides = [side for side in (pieces.left, pieces.right) if side is not None]
        nothing = tuple((np.nan,) for _ in pieces.pieces[0])
        polynomials = [*pieces.pieces, pieces.left or nothing, pieces.right or nothing]
        places = np.clip(np.searchsorted(breaks, x, side="right") - 1, 0, last)
        places = np.where(x < breaks[0], last + 1, np.where(x > breaks[-1], last + 2, places))
        starts = np.array([*breaks[:-1], breaks[0], breaks[-1]])
        widths = np.array([*np.diff(breaks), breaks[1] - breaks[0], breaks[-1] - breaks[last]])
        with np.errstate(all="ignore"):
            t = (x - starts[places]) / widths[places]
            made = [_polynomial([piece[value] for piece in polynomials], places, t) for value in range(len(nothing))]
        made = [np.where(np.isnan(x), np.nan, each) for each in made]  # constant pieces need no t
        if len(sides) < 2:
            self.doubtful |= ~np.isnan(x) & np.isnan(made[0])
        return made

    def _compute(self, expression: Expression) -> Any:
        """Numbers, one alone if it is the same for all records, or levels."""
        if not isinstance(expression, tuple):
            return expression if isinstance(expression, str) else np.float64(expression)
        operation, *operands = expression
        if operation in _SPECIAL:
            return _SPECIAL[operation](self, *operands)
        read = self._exactly if operation in _JUMPING else self._compute
        values = [read(operand) for operand in operands]
        if operation in _DIVIDING:
            self.doubtful |= values[1] == 0  # which Python refuses for a gap too
        return self._checked(self._function(operation), *values)

    def _function(self, operation: str) -> Callable[..., Any]:
        return _elementwise(_EXACT[operation]) if self._exact and operation in _EXACT else _USUAL[operation]

    def _exactly(self, expression: Expression) -> Any:
        """An expression to the row path's last bit."""
        before, self._exact = self._exact, True
        result = self._compute(expression)
        self._exact = before
        return result

    def _checked(self, compute: Callable[..., Any], *operands: Any) -> Any:
        """An operation's numbers; a doubt where they are not finite, though no operand is a gap."""
        result = compute(*operands)
        doubts = ~np.isfinite(result)
        if np.any(doubts):
            for operand in operands:
                doubts = doubts & ~np.isnan(operand)
            self.doubtful |= doubts
        return result

    def _field(self, name: str) -> Vector | Levels:
        return self._values[name]

    def _equals(self, a: Expression, b: Expression) -> Any:
        left, right = self._exactly(a), self._exactly(b)
        if isinstance(left, str) and isinstance(right, str):
            return float(left == right)
        if isinstance(left, str):
            left, right = right, left
        if not isinstance(left, Levels):
            return _indicator(left == right)
        here = self._places(right, left.levels) if isinstance(right, Levels) else _place(left.levels, right)
        return _indicator((left.places == here) & (left.places >= 0))

    def _differs(self, a: Expression, b: Expression) -> Any:
        return 1.0 - self._equals(a, b)

    def _in(self, of: Expression, constants: tuple[Any, ...]) -> Any:
        values = self._exactly(of)
        if isinstance(values, str):
            return float(values in constants)
        if isinstance(values, Levels):
            return _indicator(np.isin(values.places, [_place(values.levels, text) for text in constants]))
        return _indicator(np.isin(values, constants))

    def _missing(self, of: Expression) -> Any:
        values = self._compute(of)
        if isinstance(values, str):
            return 0.0
        return _indicator(values.places < 0 if isinstance(values, Levels) else np.isnan(values))

    def _fill(self, of: Expression, number: float) -> Any:
        values = self._compute(of)
        return np.where(np.isnan(values), float(number), values)

    def _round(self, of: Expression, digits: int) -> Any:
        power = 10.0 ** abs(digits)
        return self._checked(
            (lambda x: np.rint(x * power) / power) if digits >= 0 else (lambda x: np.rint(x / power) * power),
            self._exactly(of),
        )

    def _power(self, base: Expression, exponent: Expression) -> Any:
        if exponent in _POWERS:
            return self._checked(_POWERS[exponent], self._compute(base))
        return self._checked(self._function("**"), self._compute(base), self._compute(exponent))

    def _wrap(self, of: Expression, low: Expression, high: Expression) -> Any:
        x, start, end = (self._exactly(operand) for operand in (of, low, high))
        self.doubtful |= end - start == 0
        return self._checked(lambda x, low, high: low + np.mod(x - low, high - low), x, start, end)

    def _if(self, condition: Expression, first: Expression, second: Expression) -> Any:
        holds = np.broadcast_to(self._exactly(condition), self.rows)
        chosen, gap = holds != 0, np.isnan(holds)
        one, other = self._of(chosen & ~gap, first), self._of(~chosen, second)
        return np.where(gap, np.nan, np.where(chosen, one, other))

    def _of(self, records: Mask, expression: Expression) -> Any:
        """An expression that is asked of some records alone: doubts of the others are none."""
        before, self.doubtful = self.doubtful, np.zeros(self.rows, bool)
        result = self._compute(expression)
        self.doubtful = before | (self.doubtful & records)
        return result

    def _map(self, of: Expression, table: tuple[tuple[Any, float], ...]) -> Vector:
        return self.lookup(of, {key: (value,) for key, value in table})[0]

    def _pp(self, of: Expression, pieces: Piecewise) -> Vector:
        return self.piecewise(of, pieces)[0]


def _polynomial(pieces: Sequence[Sequence[float]], places: NDArray[np.intp], t: Vector) -> Vector:
    """Horner's method with each record's own coefficients, which rise by power."""
    powers = max(map(len, pieces))
    falling = np.array([[*piece, *[0.0] * (powers - len(piece))] for piece in pieces])[:, ::-1]
    total = falling[:, 0][places]
    for power in range(1, powers):
        total = total * t + falling[:, power][places]
    return total


def _place(levels: Sequence[str], text: str) -> int:
    """The place of a level; one that no record has, if it is none."""
    return levels.index(text) if text in levels else len(levels)


def _indicator(condition: Any) -> Any:
    return np.asarray(condition, float)


def _elementwise(compute: Callable[..., float]) -> Callable[..., Any]:
    """A function of the standard library for each record; NaN where it has no value."""

    def one(*operands: float) -> float:
        try:
            return compute(*operands)
        except (ArithmeticError, ValueError):
            return np.nan

    def apply(*operands: Any) -> Any:
        columns = np.broadcast_arrays(*operands)
        values = [one(*each) for each in zip(*(column.ravel().tolist() for column in columns), strict=True)]
        return np.array(values).reshape(columns[0].shape)

    return apply


def _extreme(better: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def apply(*operands: Any) -> Any:
        result = operands[0]
        for operand in operands[1:]:
            result = better(result, operand)
        return result

    return apply


def _all(*operands: Any) -> Any:
    return _indicator(np.logical_and.reduce(np.broadcast_arrays(*(operand != 0 for operand in operands))))


def _any(*operands: Any) -> Any:
    return _indicator(np.logical_or.reduce(np.broadcast_arrays(*(operand != 0 for operand in operands))))


_POWERS: Mapping[Expression, Callable[[Any], Any]] = {2: lambda x: x * x, 0.5: np.sqrt, -1: lambda x: 1.0 / x}
"""The powers that the row path computes in another way than pow."""

_USUAL: Mapping[str, Callable[..., Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.true_divide, "//": np.floor_divide, "%": np.mod,
    "neg": np.negative, "abs": np.abs, "sign": np.sign, "log": np.log, "log1p": np.log1p, "log2": np.log2,
    "log10": np.log10, "exp": np.exp, "expm1": np.expm1, "sqrt": np.sqrt, "floor": np.floor, "ceil": np.ceil,
    "sin": np.sin, "cos": np.cos, "min": _extreme(np.minimum), "max": _extreme(np.maximum),
    "**": np.power,
    "<": lambda a, b: _indicator(np.less(a, b)), "<=": lambda a, b: _indicator(np.less_equal(a, b)),
    ">": lambda a, b: _indicator(np.greater(a, b)), ">=": lambda a, b: _indicator(np.greater_equal(a, b)),
    "and": _all, "or": _any, "not": lambda x: _indicator(x == 0),
}  # fmt: skip
"""Operations by numbers alone."""

_JUMPING = ("//", "%", "sign", "floor", "ceil", "sin", "cos", "<", "<=", ">", ">=", "and", "or", "not")
"""Operations whose result may change by much when an operand's last bit does."""

_DIVIDING = ("/", "//", "%")

_EXACT: Mapping[str, Callable[..., float]] = {
    "log": math.log, "log1p": math.log1p, "log2": math.log2, "log10": math.log10, "exp": math.exp,
    "expm1": math.expm1, "sin": math.sin, "cos": math.cos, "**": math.pow,
}  # fmt: skip
"""Operations of which numpy's last bit may be another than the standard library's."""

_SPECIAL: Mapping[str, Callable[..., Any]] = {
    "field": Arrays._field, "==": Arrays._equals, "!=": Arrays._differs, "in": Arrays._in, "missing": Arrays._missing,
    "fill": Arrays._fill, "round": Arrays._round, "**": Arrays._power, "if": Arrays._if, "map": Arrays._map,
    "pp": Arrays._pp, "wrap": Arrays._wrap,
}  # fmt: skip
"""Operations whose operands are not all numbers, or that look at some records alone."""
