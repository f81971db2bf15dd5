"""Inverse links in SQL."""

from collections.abc import Callable
from math import pi
from typing import NamedTuple

from sqlglot import exp

from phat.batch.sql_expressions import case, double, equal
from phat.batch.sql_functions import expm1, normal_cdf
from phat.model.links import parameter_of

_FLAT = 700.0
"""Beyond it the links that level off are at their ends, to 1e-304."""
_LARGEST_POWER = 709.0
"""What exp is taken of at most."""


class Inverse(NamedTuple):
    """The mean of a linear predictor, the condition under which there is one, and whether that hangs on its sign."""

    mean: exp.Expr
    defined: exp.Expr | None = None
    by_sign: bool = False


def bounded(link: str, eta: exp.Expr) -> exp.Expr:
    """A linear predictor of which `inverse_link` can be taken: of links that level off no farther than they do."""
    if link not in _LEVEL_OFF:
        return eta
    return exp.func("greatest", exp.func("least", eta, double(_FLAT)), double(-_FLAT))


def inverse_link(link: str, eta: exp.Column) -> Inverse:
    """The inverse of a link by its name, of a column that is `bounded`: it is named many times."""
    if link in _LEVEL_OFF:
        return Inverse(_LEVEL_OFF[link](eta))
    if link in _OTHER:
        return _OTHER[link](eta)
    kind, parameter = parameter_of(link)
    return _power(eta, 1.0 / parameter) if kind == "power" else _nbinom(eta, parameter)


def _logit(eta: exp.Expr) -> exp.Expr:
    more = exp.Add(this=double(1.0), expression=exp.Exp(this=exp.Neg(this=eta)))
    return exp.Div(this=double(1.0), expression=exp.paren(more))


def _cloglog(eta: exp.Expr) -> exp.Expr:
    """1 - exp(-exp(eta))."""
    return exp.Neg(this=exp.paren(expm1(exp.paren(exp.Neg(this=exp.Exp(this=eta))))))


def _loglog(eta: exp.Expr) -> exp.Expr:
    """exp(-exp(-eta))."""
    return exp.Exp(this=exp.Neg(this=exp.Exp(this=exp.Neg(this=eta))))


_LEVEL_OFF: dict[str, Callable[[exp.Expr], exp.Expr]] = {
    "logit": _logit,
    "probit": normal_cdf,
    "cloglog": _cloglog,
    "loglog": _loglog,
}


def _cauchy(eta: exp.Expr) -> Inverse:
    angle = exp.func("atan2", double(1.0), exp.Neg(this=eta))
    return Inverse(exp.Div(this=angle, expression=double(pi)))


def _possible(eta: exp.Expr) -> exp.Expr:
    return exp.LTE(this=eta.copy(), expression=double(_LARGEST_POWER))


def _not_zero(eta: exp.Expr) -> exp.Expr:
    return exp.NEQ(this=eta.copy(), expression=double(0.0))


def _positive(eta: exp.Expr) -> exp.Expr:
    return exp.GT(this=eta.copy(), expression=double(0.0))


def _one_over(value: exp.Expr) -> exp.Expr:
    return exp.Div(this=double(1.0), expression=value)


_OTHER: dict[str, Callable[[exp.Expr], Inverse]] = {
    "cauchy": _cauchy,
    "log": lambda eta: Inverse(exp.Exp(this=eta), _possible(eta)),
    "logc": lambda eta: Inverse(exp.Neg(this=exp.paren(expm1(eta))), _possible(eta)),
    "identity": Inverse,
    "inverse": lambda eta: Inverse(_one_over(eta), _not_zero(eta), True),
    "inverse_squared": lambda eta: Inverse(_one_over(exp.Sqrt(this=eta)), _positive(eta), True),
    "sqrt": lambda eta: Inverse(exp.Mul(this=eta, expression=eta.copy())),
}


def _power(eta: exp.Expr, exponent: float) -> Inverse:
    raised = exp.func("power", eta, double(exponent))
    if exponent.is_integer():  # of negative numbers too
        return Inverse(raised, _not_zero(eta) if exponent < 0 else None, exponent < 0)
    if exponent < 0:
        return Inverse(raised, _positive(eta), True)
    return Inverse(case((equal(eta.copy(), double(0.0)), double(0.0)), default=raised),
                   exp.GTE(this=eta.copy(), expression=double(0.0)), True)  # fmt: skip


def _nbinom(eta: exp.Expr, alpha: float) -> Inverse:
    rate = exp.Mul(this=double(alpha), expression=exp.paren(expm1(exp.paren(exp.Neg(this=eta)))))
    possible = exp.and_(_not_zero(eta), exp.GTE(this=eta.copy(), expression=double(-_LARGEST_POWER)))
    return Inverse(_one_over(exp.paren(rate)), possible, True)
