"""Designs of patsy's formulas as terms."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import patsy.builtins
from patsy.mgcv_cubic_splines import CC, CR
from patsy.splines import BS
from patsy.state import Center, Standardize

from phat.preprocessing.expressions import Expression
from phat.preprocessing.terms import Column, Factor, Table
from phat.takeover.formulas.code import Basis, Compiler, Special
from phat.takeover.formulas.splines import read_pieces
from phat.training.errors import NotServable


class PatsyDesign:
    """The factors and columns of a `DesignInfo`; `fields` are the columns of the data that they use."""

    def __init__(self, design: Any, columns: Mapping[str, Any]) -> None:
        self._design, self._columns = design, columns
        self.fields: dict[str, None] = {}
        self.factors: list[Factor] = []
        self._places: dict[Factor, int] = {}
        self.columns = [*self._all_columns()]

    def _all_columns(self) -> Iterator[Column]:
        names = iter(self._design.column_names)
        for subterms in self._design.term_codings.values():
            for subterm in subterms:
                values = [self._values(factor, subterm.contrast_matrices.get(factor)) for factor in subterm.factors]
                for places in product(*reversed(values)):  # the leftmost factor runs fastest
                    yield Column(next(names), tuple(reversed(places)))

    def _values(self, factor: Any, contrast: Any) -> list[tuple[int, int]]:
        """The values of a factor, as columns name them: of a category those of its coding here."""
        info = self._design.factor_infos[factor]
        made = self._compile(info)
        if info.type == "categorical":
            made = Factor(_scalar(made, factor), _table(info.categories, contrast.matrix))
        elif isinstance(made, Basis):
            made = _spline(made, factor)
        else:
            made = Factor(made)
        return [(self._place(made), value) for value in range(made.width)]

    def _place(self, factor: Factor) -> int:
        if factor not in self._places:
            self._places[factor] = len(self.factors)
            self.factors.append(factor)
        return self._places[factor]

    def _compile(self, info: Any) -> Expression | Basis:
        state = info.state
        stateful = {f"{name}.transform": _transform(each) for name, each in state["transforms"].items()}
        compiler = Compiler(self._columns, _lookup(state["eval_env"]), _BUILT_IN, stateful)
        made = compiler.compile(state["eval_code"])
        self.fields |= compiler.fields
        return made


def _lookup(environment: Any) -> Any:
    namespace = environment.namespace

    def look_up(name: str) -> Any:
        return namespace[name]

    return look_up


def _scalar(made: Expression | Basis, factor: Any) -> Expression:
    if isinstance(made, Basis):
        raise NotServable(f"the formula's {factor.name()}: a spline as a category is not served")
    return made


def _table(categories: Sequence[Any], matrix: Any) -> Table:
    rows = np.asarray(matrix, dtype=float).tolist()
    return tuple((_key(level), tuple(row)) for level, row in zip(categories, rows, strict=True))


def _key(level: Any) -> Any:
    """A level as a table's key: text, or a number (of a truth value 0 or 1)."""
    value = level.item() if hasattr(level, "item") else level
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float | str):
        return value
    raise NotServable(f"the level {level!r} of the formula is a {type(level).__name__}; expected text or a number")


def _transform(transform: Any) -> Special:
    """What a stateful call of the engine is, by what it learned."""

    def make(compiler: Compiler, node: ast.Call) -> Expression | Basis:
        of = compiler.scalar(node.args[0])
        if isinstance(transform, Center):
            return ("-", of, _number(transform._sum / transform._count))  # where patsy keeps it
        if isinstance(transform, Standardize):
            return _standardised(transform, of, {each.arg: compiler.constant(each.value) for each in node.keywords})
        rest = [compiler.constant(each) for each in node.args[1:]]
        named = {str(each.arg): compiler.constant(each.value) for each in node.keywords}
        return Basis(of, lambda x: np.asarray(transform.transform(x, *rest, **named)), transform)

    return make


def _number(learned: Any) -> float:
    """A number that a transform learned, which patsy keeps as an array of long doubles."""
    return float(np.asarray(learned).item())


def _standardised(transform: Any, of: Expression, named: Mapping[str | None, Any]) -> Expression:
    """Patsy's `standardize` and `scale`: the mean and the deviation that it learned."""
    centred = ("-", of, _number(transform.current_mean)) if named.get("center", True) else of
    if not named.get("rescale", True):
        return centred
    freedom = transform.current_n - named.get("ddof", 0)
    return ("/", centred, _number(np.sqrt(transform.current_M2 / freedom)))


def _spline(basis: Basis, factor: Any) -> Factor:
    transform: Any = basis.transform
    if isinstance(transform, BS):
        breaks = np.unique(transform._all_knots).tolist()  # where patsy keeps it
        return Factor(basis.of, pieces=read_pieces(_matrix(basis), breaks, transform._degree))  # the same
    if isinstance(transform, CR | CC):
        breaks = np.asarray(transform._all_knots, dtype=float).tolist()  # the same
        if isinstance(transform, CC):
            return Factor(
                ("wrap", basis.of, breaks[0], breaks[-1]), pieces=read_pieces(_matrix(basis), breaks, 3, beyond=3)
            )
        return Factor(basis.of, pieces=read_pieces(_matrix(basis), breaks, 3, beyond=1))
    raise NotServable(f"the formula's {factor.name()} is a {type(transform).__name__}, which is not served")


def _matrix(basis: Basis) -> Any:
    return lambda x: np.asarray(basis.values(x), dtype=float).reshape(len(x), -1)


def _as_it_is(compiler: Compiler, node: ast.Call) -> Expression:
    return compiler.scalar(node.args[0])


def _quoted(compiler: Compiler, node: ast.Call) -> Expression:
    return compiler.field(compiler.constant(node.args[0]))


_BUILT_IN: Mapping[Any, Special] = {
    patsy.builtins.C: _as_it_is, patsy.builtins.I: _as_it_is, patsy.builtins.Q: _quoted
}  # fmt: skip
"""Patsy's own functions; a variable of the fit that has the name of one is none."""
