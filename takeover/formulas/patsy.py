"""Designs of patsy's formulas as terms."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import patsy.builtins
from patsy.mgcv_cubic_splines import CC, CR
from patsy.splines import BS
from patsy.state import Center, Standardize

from phat.preprocessing.expressions import Expression
from phat.preprocessing.terms import Column, Factor
from phat.takeover.formulas.code import Basis, Compiler, Special
from phat.takeover.formulas.engine import (
    EngineDesign,
    Values,
    as_it_is,
    number,
    products,
    quoted,
    scalar,
    table,
)
from phat.takeover.formulas.functions import MODULES
from phat.takeover.formulas.splines import read_pieces
from phat.training.errors import NotServable


class PatsyDesign(EngineDesign):
    """The factors and columns of a `DesignInfo`."""

    def all_columns(self) -> Iterator[Column]:
        """The columns in the order of the fit."""
        names = iter(self.design.column_names)
        for subterms in self.design.term_codings.values():
            for subterm in subterms:
                values = [self._values(factor, subterm.contrast_matrices.get(factor)) for factor in subterm.factors]
                yield from products(names, values)

    def _values(self, factor: Any, contrast: Any) -> Values:
        """The values of a factor: of a category those of its coding here."""
        info = self.design.factor_infos[factor]
        made = self._compile(info)
        if info.type == "categorical":
            return self.values(Factor(scalar(made, factor.name()), table(info.categories, contrast.matrix)))
        return self.values(_spline(made, factor) if isinstance(made, Basis) else Factor(made))

    def _compile(self, info: Any) -> Expression | Basis:
        state = info.state
        stateful = {f"{name}.transform": _transform(each) for name, each in state["transforms"].items()}
        compiler = Compiler(self.data_columns, _lookup(state["eval_env"]), _BUILT_IN, stateful)
        return self.compile(compiler, state["eval_code"])


def _lookup(environment: Any) -> Any:
    namespace = environment.namespace

    def look_up(name: str) -> Any:
        try:
            return namespace[name]
        except KeyError:
            return MODULES[name]

    return look_up


def _transform(transform: Any) -> Special:
    """What a stateful call of the engine is, by what it learned."""

    def make(compiler: Compiler, node: ast.Call) -> Expression | Basis:
        of = compiler.scalar(node.args[0])
        if isinstance(transform, Center):
            return ("-", of, number(transform._sum / transform._count))  # where patsy keeps it
        if isinstance(transform, Standardize):
            return _standardised(transform, of, {each.arg: compiler.constant(each.value) for each in node.keywords})
        rest = [compiler.constant(each) for each in node.args[1:]]
        named = {str(each.arg): compiler.constant(each.value) for each in node.keywords}
        return Basis(of, lambda x: np.asarray(transform.transform(x, *rest, **named)), transform)

    return make


def _standardised(transform: Any, of: Expression, named: Mapping[str | None, Any]) -> Expression:
    """Patsy's `standardize` and `scale`: the mean and the deviation that it learned."""
    centred = ("-", of, number(transform.current_mean)) if named.get("center", True) else of
    if not named.get("rescale", True):
        return centred
    freedom = transform.current_n - named.get("ddof", 0)
    return ("/", centred, number(np.sqrt(transform.current_M2 / freedom)))


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


_BUILT_IN: Mapping[Any, Special] = {
    patsy.builtins.C: as_it_is, patsy.builtins.I: as_it_is, patsy.builtins.Q: quoted
}  # fmt: skip
"""Patsy's own functions; a variable of the fit that has the name of one is none."""
