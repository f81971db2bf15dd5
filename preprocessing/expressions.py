"""What a factor of a model column computes: expressions over fields, as plain data, checked and written as text.

An expression is a finite number, a level (text), or a tuple `(operation, *operands)`; `("field", name)` is the value of
a field after its fill. Operations and their operands are `OPERATIONS`.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from math import isfinite
from typing import Any, NamedTuple

Expression = Any
"""A number, a text or a tuple, as above."""

Kinds = Mapping[str, str]
"""Of each field, whether its value is a "number" or a level, a "text"."""

MAX_DEPTH = 32
MAX_NODES = 10_000

NUMBER, TEXT, ANY = "number", "text", "any"

_ONE = (
    "neg", "abs", "sign", "log", "log1p", "log2", "log10", "exp", "expm1", "sqrt", "floor", "ceil", "sin", "cos", "not"
)  # fmt: skip
_TWO = ("+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=")
_SAME = ("==", "!=")
"""Operations that compare levels as well as numbers."""


class ExpressionError(ValueError):
    """An expression that means nothing; the message says which part of it."""


OPERATIONS: Mapping[str, tuple[int, int | None]] = {
    **dict.fromkeys(_ONE, (1, 1)),
    **dict.fromkeys(_TWO, (2, 2)),
    **dict.fromkeys(("and", "or", "min", "max"), (2, None)),
    **dict.fromkeys(("wrap", "if"), (3, 3)),
}
"""Operations whose operands are numbers, with how many they take at least and at most (None: any number).

`field`, `round`, `in`, `missing`, `fill`, `map` and `pp` are operations besides.
"""


class Piecewise(NamedTuple):
    """Piecewise polynomials with common breaks b[0] < ... < b[n]: `pieces` (n) of values (m) of coefficients.

    In piece i the polynomial's variable is t = (x - b[i]) / (b[i+1] - b[i]), its first coefficient the constant; a
    break belongs to the piece on its right, the last one to the last piece. `left` and `right` (m each) continue them
    below and above, in the t of the first piece, and in (x - b[n]) / (b[n] - b[n-1]); None: there is no value there.
    """

    breaks: tuple[float, ...]
    pieces: tuple[tuple[tuple[float, ...], ...], ...]
    left: tuple[tuple[float, ...], ...] | None = None
    right: tuple[tuple[float, ...], ...] | None = None

    def check(self) -> int:
        """How many values it has; ExpressionError if it is inconsistent."""
        if len(self.breaks) < 2 or any(not low < high for low, high in pairwise(self.breaks)):
            raise ExpressionError("pp: expected two breaks or more, each above the one before it")
        if len(self.pieces) != len(self.breaks) - 1:
            raise ExpressionError(f"pp: {len(self.pieces)} pieces for {len(self.breaks)} breaks, expected one less")
        sides = [side for side in (self.left, self.right) if side is not None]
        values = {len(piece) for piece in (*self.pieces, *sides)}
        if len(values) != 1 or not all(polynomial for piece in (*self.pieces, *sides) for polynomial in piece):
            raise ExpressionError("pp: expected as many polynomials in each piece, each with a coefficient")
        numbers = [c for piece in (*self.pieces, *sides) for polynomial in piece for c in polynomial]
        if not all(map(is_number, (*self.breaks, *numbers))):
            raise ExpressionError("pp: expected finite numbers")
        return values.pop()

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        return {"breaks": self.breaks, "pieces": self.pieces, "left": self.left, "right": self.right}

    @classmethod
    def from_dict(cls, data: Any) -> "Piecewise":
        """Read piecewise polynomials; ExpressionError if the keys are not these, or hold no lists."""
        _check_keys(data)
        try:
            pieces = tuple(map(_polynomials, data["pieces"]))
            left, right = (None if data[side] is None else _polynomials(data[side]) for side in ("left", "right"))
            return cls(tuple(data["breaks"]), pieces, left, right)
        except TypeError:
            raise ExpressionError("pp: expected lists of numbers") from None


def _check_keys(data: Any) -> None:
    if not isinstance(data, Mapping) or data.keys() != {"breaks", "pieces", "left", "right"}:
        raise ExpressionError("pp: expected the keys breaks, pieces, left, right")


def _polynomials(data: Any) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, data))


def thaw(plain: Any, depth: int = 0) -> Expression:
    """An expression of plain data: lists become tuples, the data of `pp` a Piecewise."""
    if depth > 2 * MAX_DEPTH:
        raise ExpressionError(f"deeper than {MAX_DEPTH} operations")
    if isinstance(plain, list | tuple):
        return tuple(thaw(item, depth + 1) for item in plain)
    return _scalar_pieces(plain) if isinstance(plain, dict) else plain


def _scalar_pieces(plain: dict[str, Any]) -> Piecewise:
    """The pieces of one value, whose polynomials stand without a list around them."""
    _check_keys(plain)
    wrapped = {side: None if plain.get(side) is None else [plain[side]] for side in ("left", "right")}
    if not isinstance(plain["pieces"], list):
        raise ExpressionError("pp: expected lists of numbers")
    return Piecewise.from_dict({**plain, **wrapped, "pieces": [[piece] for piece in plain["pieces"]]})


def plain(expression: Expression) -> Any:
    """Plain data that `thaw` reads back."""
    if isinstance(expression, Piecewise):
        data = expression.to_dict()
        left, right = (None if data[side] is None else data[side][0] for side in ("left", "right"))
        return {**data, "pieces": [piece[0] for piece in expression.pieces], "left": left, "right": right}
    return [plain(item) for item in expression] if isinstance(expression, tuple) else expression


def fields_of(expression: Expression) -> Iterator[str]:
    """Names of the fields in an expression, each as often as it is there."""
    if isinstance(expression, tuple) and not isinstance(expression, Piecewise):
        if expression[0] == "field":
            yield expression[1]
        else:
            for operand in expression[1:]:
                yield from fields_of(operand)


def check_expression(expression: Expression, kinds: Kinds) -> str:
    """Whether an expression's value is a "number" or a "text"; ExpressionError for one that means nothing."""
    return _Check(kinds).kind(expression, 0)


class _Check:
    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.nodes = 0

    def kind(self, expression: Expression, depth: int) -> str:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise ExpressionError(f"more than {MAX_NODES} operations, or deeper than {MAX_DEPTH}")
        if isinstance(expression, str):
            return TEXT
        if is_number(expression):
            return NUMBER
        if not isinstance(expression, tuple) or not expression or not isinstance(expression[0], str):
            raise ExpressionError(f"{_short(expression)} is no finite number, text or operation")
        operation, *operands = expression
        if operation in _SPECIAL:
            return _SPECIAL[operation](self, operands, depth + 1)
        return self._usual(operation, operands, depth + 1)

    def _usual(self, operation: str, operands: list[Expression], depth: int) -> str:
        if operation not in OPERATIONS:
            raise ExpressionError(f"operation {operation!r} is unknown")
        least, most = OPERATIONS[operation]
        if len(operands) < least or (most is not None and len(operands) > most):
            raise ExpressionError(
                f"{operation}: {len(operands)} operands, expected {least}{'' if most else ' or more'}"
            )
        kinds = {self.kind(operand, depth) for operand in operands}
        if kinds != {NUMBER} and not (operation in _SAME and len(kinds) == 1):
            raise ExpressionError(f"{operation}: a level where a number is expected, or the other way round")
        return NUMBER

    def field(self, operands: list[Expression], _depth: int) -> str:
        if len(operands) != 1 or not isinstance(operands[0], str) or operands[0] not in self.kinds:
            raise ExpressionError(f"field {_short(operands)} is not in the schema")
        return self.kinds[operands[0]]

    def round(self, operands: list[Expression], depth: int) -> str:
        self._expect("round", len(operands) == 2 and type(operands[1]) is int and abs(operands[1]) <= 20, "an integer")
        return self._number("round", operands[0], depth)

    def among(self, operands: list[Expression], depth: int) -> str:
        self._expect("in", len(operands) == 2 and isinstance(operands[1], tuple) and bool(operands[1]), "a list")
        kinds = {TEXT if isinstance(item, str) else NUMBER for item in operands[1]}
        self._expect("in", kinds == {self.kind(operands[0], depth)}, "constants of the operand's kind")
        self._expect("in", all(isinstance(item, str) or is_number(item) for item in operands[1]), "constants")
        return NUMBER

    def missing(self, operands: list[Expression], depth: int) -> str:
        self._expect("missing", len(operands) == 1, "one operand")
        self.kind(operands[0], depth)
        return NUMBER

    def fill(self, operands: list[Expression], depth: int) -> str:
        self._expect("fill", len(operands) == 2 and is_number(operands[1]), "a number")
        return self._number("fill", operands[0], depth)

    def map(self, operands: list[Expression], depth: int) -> str:
        self._expect("map", len(operands) == 2 and isinstance(operands[1], tuple), "a table")
        kind = self.kind(operands[0], depth)
        check_table(operands[1], kind)
        self._expect("map", all(is_number(value) for _, value in operands[1]), "numbers")
        return NUMBER

    def pp(self, operands: list[Expression], depth: int) -> str:
        self._expect("pp", len(operands) == 2 and isinstance(operands[1], Piecewise), "pieces")
        self._expect("pp", operands[1].check() == 1, "one value")
        return self._number("pp", operands[0], depth)

    def _number(self, operation: str, operand: Expression, depth: int) -> str:
        self._expect(operation, self.kind(operand, depth) == NUMBER, "a number")
        return NUMBER

    @staticmethod
    def _expect(operation: str, right: bool, expected: str) -> None:
        if not right:
            raise ExpressionError(f"{operation}: expected {expected}")


_SPECIAL: Mapping[str, Callable[["_Check", list[Expression], int], str]] = {
    "field": _Check.field, "round": _Check.round, "in": _Check.among, "missing": _Check.missing, "fill": _Check.fill,
    "map": _Check.map, "pp": _Check.pp,
}  # fmt: skip


def check_table(table: tuple[Any, ...], kind: str) -> None:
    """Refuse a table whose items are no pairs, or whose keys are there twice or of another kind; a gap's is None."""
    if not table or not all(isinstance(item, tuple) and len(item) == 2 for item in table):
        raise ExpressionError("map: expected pairs of a key and what it means")
    keys = [key for key, _ in table if key is not None]
    if not keys or not all(isinstance(key, str) if kind == TEXT else is_number(key) for key in keys):
        raise ExpressionError(f"map: expected keys that are {'levels' if kind == TEXT else 'finite numbers'}")
    if len({key for key, _ in table}) < len(table):
        raise ExpressionError("map: a key is there twice")


def is_number(value: object) -> bool:
    """Whether a value is a finite number, and no truth value."""
    return type(value) in (int, float) and isfinite(value)  # type: ignore[arg-type]  # bool is neither


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
