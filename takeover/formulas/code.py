"""The Python code of a formula's factor, compiled to an expression.

Names are looked up where the formula's engine looked: a column of the data first, then the environment of the fit; what
they are is decided by the object, never by its spelling.
"""

import ast
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from phat.preprocessing.expressions import Expression
from phat.takeover.formulas.functions import BATCH, BATCH_METHODS, OTHERS, operation_of
from phat.training.errors import NotServable

Special = Callable[["Compiler", ast.Call], "Expression | Basis"]
"""What a call of the engine's own is, such as `C`, and of splines that learned from the data (`stateful`, by code)."""

Lookup = Callable[[str], Any]
"""The object that a name means in the environment of the fit; KeyError if it means none."""


class Basis(NamedTuple):
    """A spline's argument, and its values (n by m) at numbers (n)."""

    of: Expression
    values: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]
    transform: Any


_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.BitAnd: "and", ast.BitOr: "or",
}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


class Compiler:
    """Compiles the code of one factor; `fields` collects the columns of the data that it uses."""

    def __init__(
        self,
        columns: Mapping[str, Any],
        lookup: Lookup,
        special: Mapping[Any, Special],
        stateful: Mapping[str, Special],
    ) -> None:
        self._columns, self._lookup, self._special, self._stateful = columns, lookup, special, stateful
        self.fields: dict[str, None] = {}

    def compile(self, code: str) -> "Expression | Basis":
        """The expression, or the spline, of a factor's code; NotServable names what cannot be served."""
        return self._node(ast.parse(code.strip(), mode="eval").body)

    def scalar(self, node: ast.expr) -> Expression:
        """The expression of a part of the code; NotServable if it is a spline."""
        value = self._node(node)
        if isinstance(value, Basis):
            raise NotServable(f"{ast.unparse(node)}: a spline inside another expression is not served")
        return value

    def constant(self, node: ast.expr) -> Any:
        """The value of a part of the code that uses no column."""
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        if used := sorted(names & self._columns.keys()):
            raise NotServable(f"{ast.unparse(node)}: expected a constant, got the column {used[0]}")
        values = {name: self._object(ast.Name(name)) for name in names}
        return eval(compile(ast.Expression(node), "formula", "eval"), {}, values)  # noqa: S307  # the fit's own code ran it

    def field(self, name: str) -> Expression:
        """A column of the data as a field."""
        self.fields[name] = None
        return ("field", name)

    def _node(self, node: ast.expr) -> "Expression | Basis":
        if isinstance(node, ast.Name) and node.id in self._columns:
            return self.field(node.id)
        if isinstance(node, ast.Constant | ast.Name | ast.Attribute | ast.Subscript):
            return self._number(node, node.value if isinstance(node, ast.Constant) else self._object(node))
        if isinstance(node, ast.Call):
            return self._call(node)
        return self._operation(node)

    def _operation(self, node: ast.expr) -> Expression:
        match node:
            case ast.BinOp(op=operator) if type(operator) in _BINARY:
                return (_BINARY[type(operator)], self.scalar(node.left), self.scalar(node.right))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return -value
            case ast.UnaryOp(op=operator):
                return self._unary(operator, self.scalar(node.operand))
            case ast.Compare():
                return self._comparison(node)
        raise self._refused(node, "is no operation that is served")

    @staticmethod
    def _unary(operator: ast.unaryop, operand: Expression) -> Expression:
        if isinstance(operator, ast.UAdd):
            return operand
        return ("neg" if isinstance(operator, ast.USub) else "not", operand)

    def _comparison(self, node: ast.Compare) -> Expression:
        if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARE:
            raise self._refused(node, "is no comparison of two values")
        return (_COMPARE[type(node.ops[0])], self.scalar(node.left), self.scalar(node.comparators[0]))

    def _object(self, node: ast.expr) -> Any:
        """The object that a name, or an attribute of a module, means in the environment."""
        try:
            if isinstance(node, ast.Name):
                return self._lookup(node.id)
            if isinstance(node, ast.Attribute):
                owner = self._object(node.value)
                return getattr(owner, node.attr)
            return self.constant(node)
        except (KeyError, AttributeError):
            raise self._refused(node, "is neither a column of the data nor known where the formula was") from None

    def _number(self, node: ast.expr, value: Any) -> Expression:
        if isinstance(value, bool | np.bool_ | int | float | np.integer | np.floating) and math.isfinite(value):
            return float(value) if isinstance(value, float | np.floating) else int(value)
        if isinstance(value, str):
            return value
        raise self._refused(node, f"is a {type(value).__name__}; expected a column of the data or a number")

    def _call(self, node: ast.Call) -> "Expression | Basis":
        called = node.func
        if stateful := self._stateful.get(ast.unparse(called)):
            return stateful(self, node)
        if isinstance(called, ast.Attribute) and self._uses_column(called.value):
            return self._method(node, called)
        function = self._object(called)
        special = self._special.get(function) if callable(function) else None
        return self._function(node, function) if special is None else special(self, node)

    def _uses_column(self, node: ast.expr) -> bool:
        return any(
            (isinstance(each, ast.Name) and each.id in self._columns)
            or (isinstance(each, ast.Call) and self._is_special(each.func))
            for each in ast.walk(node)
        )

    def _is_special(self, called: ast.expr) -> bool:
        if ast.unparse(called) in self._stateful:
            return True
        with suppress(NotServable, TypeError):
            return self._object(called) in self._special
        return False

    def _function(self, node: ast.Call, function: Any) -> Expression:
        if not self._uses_column(node):
            return self._number(node, self.constant(node))
        operation, operands = operation_of(function), [*node.args]
        if operation is not None and not node.keywords and len(operands) == operation[1]:
            return (operation[0], *(self.scalar(each) for each in operands))
        with suppress(TypeError):
            if maker := OTHERS.get(function):
                return maker(self, node)
        raise self._unknown(node, function)

    def _method(self, node: ast.Call, called: ast.Attribute) -> Expression:
        of, name = called.value, called.attr
        if name in ("clip", "isin", "round", "abs", "fillna", "isna", "isnull", "notna", "notnull", "astype", "pow"):
            return self._known_method(node, self.scalar(of), name)
        if name in BATCH_METHODS:
            raise self._refused(node, "is taken anew over the records of each request, so one record has no such value")
        raise self._refused(node, "is a method that is not served; make it a column of the data")

    def _known_method(self, node: ast.Call, of: Expression, name: str) -> Expression:
        keywords = {each.arg: each.value for each in node.keywords}
        if name == "clip":
            bounds = [*node.args, *([None] * (2 - len(node.args)))]
            low, high = (keywords.get(key, bound) for key, bound in zip(("lower", "upper"), bounds, strict=True))
            return self.clip(of, *(None if each is None else self.scalar(each) for each in (low, high)))
        if name == "round":
            return ("round", of, self.digits(node.args, node.keywords))
        if name == "astype":
            return self._cast(node, of)
        return self._plain_method(node, of, name)

    def _plain_method(self, node: ast.Call, of: Expression, name: str) -> Expression:
        missing = ("missing", of)
        match name:
            case "isin":
                return self._among_values(of, self.constant(node.args[0]))
            case "pow":
                return ("**", of, self.scalar(node.args[0]))
            case "fillna":
                return ("fill", of, self._number(node, self.constant(node.args[0])))
        return {"abs": ("abs", of), "isna": missing, "isnull": missing}.get(name, ("not", missing))

    def _cast(self, node: ast.Call, of: Expression) -> Expression:
        """A change of type that changes no value."""
        kind = ast.unparse(node.args[0]).strip("'\"") if node.args else ""
        if kind in ("float", "np.float64", "float64") or _is_truth(of):
            return of
        raise self._refused(node, "changes a type in a way that is not served; make it a column of the data")

    def clip(self, of: Expression, low: Expression | None, high: Expression | None = None) -> Expression:
        """A value kept between bounds, of which either may be none."""
        clipped = of if low is None else ("max", of, low)
        return clipped if high is None else ("min", clipped, high)

    def among(self, of: ast.expr, values: ast.expr) -> Expression:
        """Whether a value is one of constants."""
        return self._among_values(self.scalar(of), self.constant(values))

    def _among_values(self, of: Expression, values: Any) -> Expression:
        return ("in", of, tuple(value.item() if hasattr(value, "item") else value for value in values))

    def digits(self, args: list[ast.expr], keywords: list[ast.keyword]) -> int:
        """To how many decimals a call rounds."""
        given = [*args, *(each.value for each in keywords if each.arg in ("decimals", "ndigits"))]
        return int(self.constant(given[0])) if given else 0

    def _unknown(self, node: ast.Call, function: Any) -> NotServable:
        try:
            batch = function in BATCH
        except TypeError:
            batch = False
        if batch:
            return self._refused(
                node, "is taken anew over the records of each request, so one record has no such value"
            )
        module = getattr(function, "__module__", None) or "?"
        own = not module.startswith(("numpy", "pandas", "patsy", "formulaic", "scipy"))
        what = "is a function of your own" if own else f"is a function of {module.partition('.')[0]} that is not served"
        return self._refused(node, f"{what}; make it a column of the data")

    @staticmethod
    def _refused(node: ast.AST, reason: str) -> NotServable:
        return NotServable(f"the formula's {ast.unparse(node)} {reason}")


def _is_truth(expression: Expression) -> bool:
    truths = ("<", "<=", ">", ">=", "==", "!=", "in", "and", "or", "not", "missing")
    return isinstance(expression, tuple) and expression[0] in truths
