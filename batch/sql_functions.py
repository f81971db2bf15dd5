"""Functions that dialects of SQL lack, written in their arithmetic."""

from collections.abc import Sequence

from sqlglot import exp

from phat.batch.sql_expressions import case, double


def expm1(x: exp.Expr) -> exp.Expr:
    """exp(x) - 1, by Taylor's series where the difference would lose digits, as dialects have no expm1."""
    series: exp.Expr = double(1.0)
    for divisor in range(_SERIES, 1, -1):
        part = exp.Mul(this=exp.paren(exp.Div(this=x.copy(), expression=double(float(divisor)))), expression=series)
        series = exp.paren(exp.Add(this=double(1.0), expression=part))
    small = exp.LT(this=exp.Abs(this=x.copy()), expression=double(_SMALL))
    large = exp.Sub(this=exp.Exp(this=x.copy()), expression=double(1.0))
    return case((small, exp.Mul(this=x.copy(), expression=series)), default=large)


_SMALL, _SERIES = 0.1, 10
"""Up to which size Taylor's series of exp(x) - 1 is used, and its terms: it is off by less than 1e-17 of itself."""


def normal_cdf(x: exp.Expr) -> exp.Expr:
    """The standard normal distribution function, 0.5 erfc(-x / sqrt(2)), off by a few units of the last place.

    Source: W. J. Cody, Rational Chebyshev approximations for the error function, Math. Comp. 23 (1969), 631-637.
    """
    root = double(0.5**0.5)
    y = exp.paren(exp.Mul(this=exp.Abs(this=x.copy()), expression=root))
    tail = exp.Mul(this=double(0.5), expression=case(
        (exp.LTE(this=y.copy(), expression=double(4.0)), _middle(y)), default=_far(y)
    ))  # fmt: skip
    centre = exp.Add(this=double(0.5), expression=exp.Mul(this=double(0.5), expression=_erf(
        exp.paren(exp.Mul(this=x.copy(), expression=root.copy()))
    )))  # fmt: skip
    return case(
        (exp.LTE(this=y.copy(), expression=double(0.46875)), centre),
        (exp.LT(this=x.copy(), expression=double(0.0)), tail),
        default=exp.Sub(this=double(1.0), expression=exp.paren(tail.copy())),
    )


def _erf(x: exp.Expr) -> exp.Expr:
    """The error function, of |x| up to 0.46875."""
    square = exp.paren(exp.Mul(this=x.copy(), expression=x.copy()))
    return exp.Mul(this=x.copy(), expression=_ratio(_A, _B, square))


def _middle(y: exp.Expr) -> exp.Expr:
    """1 - erf(y), of y from 0.46875 to 4."""
    return exp.Mul(this=_decay(y), expression=_ratio(_C, _D, y))


def _far(y: exp.Expr) -> exp.Expr:
    """1 - erf(y), of y from 4 on."""
    square = exp.paren(exp.Div(this=double(1.0), expression=exp.paren(exp.Mul(this=y.copy(), expression=y.copy()))))
    rest = exp.Mul(this=square, expression=_ratio(_P, _Q, square))
    inner = exp.Div(this=exp.paren(exp.Sub(this=double(_ROOT_OF_PI), expression=rest)), expression=y.copy())
    return exp.Mul(this=_decay(y), expression=exp.paren(inner))


def _decay(y: exp.Expr) -> exp.Expr:
    return exp.Exp(this=exp.Neg(this=exp.paren(exp.Mul(this=y.copy(), expression=y.copy()))))


def _ratio(numerator: Sequence[float], denominator: Sequence[float], x: exp.Expr) -> exp.Expr:
    """Two polynomials of x, their coefficients falling by power."""
    return exp.paren(
        exp.Div(this=exp.paren(_polynomial(numerator, x)), expression=exp.paren(_polynomial(denominator, x)))
    )


def _polynomial(falling: Sequence[float], x: exp.Expr) -> exp.Expr:
    total: exp.Expr = double(falling[0])
    for coefficient in falling[1:]:
        product = exp.Mul(this=exp.paren(total), expression=x.copy())
        total = exp.Add(this=product, expression=double(coefficient))
    return total


_ROOT_OF_PI = 5.6418958354775628695e-1
"""1 / sqrt(pi)."""
_A = (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3)
_B = (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3)
_C = (
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
    8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
)  # fmt: skip
_D = (
    1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
)  # fmt: skip
_P = (
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4,
)  # fmt: skip
_Q = (
    1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3,
)  # fmt: skip
"""Cody's coefficients, falling by power."""
