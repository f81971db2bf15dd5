"""Designs of formulaic's formulas as terms."""

import ast
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from formulaic.parser.types import Factor as FormulaicFactor
from formulaic.transforms import TRANSFORMS

from phat.preprocessing.expressions import Expression, Piecewise
from phat.preprocessing.terms import Column, Factor
from phat.takeover.formulas.code import Basis, Compiler, Special
from phat.takeover.formulas.engine import EngineDesign, Values, as_it_is, number, products, quoted, scalar, table
from phat.takeover.formulas.functions import MODULES
from phat.takeover.formulas.splines import read_pieces
from phat.training.errors import NotServable

_EXTRAPOLATED: Mapping[str, int | None] = {"raise": None, "na": None, "clip": 0, "zero": 0}
"""The degree of a spline's continuation by what the formula says of it; else it is continued as it is."""


class FormulaicDesign(EngineDesign):
    """The factors and columns of a `ModelSpec`."""

    def all_columns(self) -> Iterator[Column]:
        """The columns in the order of the fit."""
        states = {_text(key): state for key, state in self.design.transform_state.items()}
        self._special = {TRANSFORMS[name]: make(TRANSFORMS[name], states) for name, make in _STATEFUL.items()}
        self._special |= {TRANSFORMS["C"]: as_it_is, TRANSFORMS["I"]: as_it_is, TRANSFORMS["Q"]: quoted}
        for term in self.design.structure:
            names = iter(term.columns)
            for scoped in term.scoped_terms:
                values = [self._values(each) for each in scoped.factors]
                scale = [] if scoped.scale == 1 else [self.values(Factor(float(scoped.scale)))]
                yield from products(names, [*values, *scale])
            if (left := next(names, None)) is not None:
                raise NotServable(f"the formula's column {left} is coded in a way that is not served")

    def _values(self, scoped: Any) -> Values:
        """The values of a factor: of a category those of its coding here."""
        factor = scoped.factor.factor
        if factor.eval_method is FormulaicFactor.EvalMethod.LOOKUP:
            self.fields[factor.expr] = None
            made: Expression | Basis = ("field", factor.expr)
        else:
            made = self.compile(Compiler(self.data_columns, _look_up, self._special, {}), factor.expr)
        state = self.design.encoder_state[factor.expr][1]
        if "categories" in state:
            levels = list(state["categories"])
            matrix = state["contrasts"].contrasts.get_coding_matrix(levels, reduced_rank=scoped.reduced)
            return self.values(Factor(scalar(made, factor.expr), table(levels, matrix)))
        if isinstance(made, Basis):
            return self.values(Factor(made.of, pieces=made.transform))[1 if scoped.reduced else 0 :]
        return self.values(Factor(made))


def _look_up(name: str) -> Any:
    """What formulaic itself knows; it does not keep what was known where the formula was."""
    return TRANSFORMS[name] if name in TRANSFORMS else MODULES[name]


def _text(code: str) -> str:
    """A call's code as it is compared, however it was spaced and quoted."""
    return ast.unparse(ast.parse(code.strip(), mode="eval").body)


States = Mapping[str, Any]
"""What the stateful calls of a formula learned, by their code."""


class _Call:
    """A stateful call: its argument, its other arguments, and what it learned."""

    def __init__(self, function: Any, states: States, compiler: Compiler, node: ast.Call) -> None:
        self.of = compiler.scalar(node.args[0])
        self.rest = [compiler.constant(each) for each in node.args[1:]]
        self.named = {str(each.arg): compiler.constant(each.value) for each in node.keywords}
        self.state: dict[str, Any] = dict(states.get(ast.unparse(node), {}))
        self._function = function

    def values(self, numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The basis (n by m) at numbers (n)."""
        made = self._function(numbers, *self.rest, _state=dict(self.state), **self.named)
        made = getattr(made, "__wrapped__", made)
        columns = (
            [made[key] for key in made if not str(key).startswith("__")]
            if isinstance(made, dict)
            else [*np.asarray(made).T]
        )
        return np.column_stack([np.asarray(column, dtype=float) for column in columns])


def _scaled(function: Any, states: States) -> Special:
    def make(compiler: Compiler, node: ast.Call) -> Expression:
        call = _Call(function, states, compiler, node)
        centre, scale = call.state.get("center"), call.state.get("scale")
        centred = call.of if centre is None else ("-", call.of, number(centre))
        return centred if scale is None else ("/", centred, number(scale))

    return make


Breaks = Callable[[_Call], Sequence[float]]


def _spline(function: Any, states: States) -> Special:
    def make(compiler: Compiler, node: ast.Call) -> Basis:
        call = _Call(function, states, compiler, node)
        degree = int(call.named.get("degree", call.rest[2] if len(call.rest) > 2 else 3))  # its place
        beyond = _EXTRAPOLATED.get(str(call.named.get("extrapolation", "raise")), degree)
        breaks = np.unique(np.asarray(call.state["knots"], dtype=float)).tolist()
        return Basis(call.of, call.values, read_pieces(call.values, breaks, degree, beyond=beyond))

    return make


def _natural(function: Any, states: States) -> Special:
    def make(compiler: Compiler, node: ast.Call) -> Basis:
        call = _Call(function, states, compiler, node)
        breaks = np.asarray(call.state["knots"], dtype=float).tolist()
        if call.state.get("cyclic"):
            wrapped = ("wrap", call.of, breaks[0], breaks[-1])
            return Basis(wrapped, call.values, read_pieces(call.values, breaks, 3, beyond=3))
        beyond = _EXTRAPOLATED.get(str(call.named.get("extrapolation", "extend")), 1)
        return Basis(call.of, call.values, read_pieces(call.values, breaks, 3, beyond=beyond))

    return make


def _polynomial(function: Any, states: States) -> Special:
    def make(compiler: Compiler, node: ast.Call) -> Basis:
        call = _Call(function, states, compiler, node)
        degree = int(call.named.get("degree", call.rest[0] if call.rest else 1))
        centre, width = 0.0, 1.0
        if "alpha" in call.state:
            centre, norms = float(call.state["alpha"][0]), call.state["norms2"]
            width = math.sqrt(float(norms[1]) / float(norms[0]))
        pieces: Piecewise = read_pieces(call.values, [centre, centre + width], degree, beyond=degree)
        return Basis(call.of, call.values, pieces)

    return make


_STATEFUL: Mapping[str, Callable[[Any, States], Special]] = {
    "center": _scaled, "scale": _scaled, "standardize": _scaled, "bs": _spline, "cr": _natural, "cc": _natural,
    "poly": _polynomial,
}  # fmt: skip
"""What the calls are that learn from the data."""
