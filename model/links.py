"""Inverse links: from a linear predictor to a mean.

Source: McCullagh and Nelder, Generalized Linear Models, 2nd ed., 2.2.3 and 4.3.1; Hilbe, Negative Binomial Regression,
2nd ed., 8.1, for `nbinom`.
"""

import re
from collections.abc import Callable
from math import atan2, erfc, exp, expm1, isfinite, nan, pi, sqrt

InverseLink = Callable[[float], float]


def logistic(eta: float) -> float:
    """Inverse of the logit link, 1 / (1 + exp(-eta)), written so that neither tail overflows or cancels."""
    if eta >= 0:
        return 1.0 / (1.0 + exp(-eta))
    small = exp(eta)
    return small / (1.0 + small)


def normal_cdf(eta: float) -> float:
    """Inverse of the probit link, the standard normal distribution function, by erfc for both tails."""
    return 0.5 * erfc(-eta / sqrt(2.0))


def complementary_log_log(eta: float) -> float:
    """Inverse of the complementary log-log link, 1 - exp(-exp(eta)), by expm1 for the lower tail."""
    return -expm1(-exp(eta)) if eta < 700.0 else 1.0


def _log_log(eta: float) -> float:
    """Inverse of the log-log link, exp(-exp(-eta))."""
    return exp(-exp(-eta)) if eta > -700.0 else 0.0


def _cauchy(eta: float) -> float:
    """Inverse of the Cauchy link, 1/2 + atan(eta) / pi, written so that the lower tail does not cancel."""
    return atan2(1.0, -eta) / pi


def _defined(compute: InverseLink, eta: float) -> float:
    """What a function gives, NaN where it gives no finite number."""
    try:
        value = compute(eta)
    except (ArithmeticError, ValueError):
        return nan
    return value if isinstance(value, float) and isfinite(value) else nan


INVERSE_LINKS: dict[str, InverseLink] = {
    "logit": logistic,
    "probit": normal_cdf,
    "cloglog": complementary_log_log,
    "loglog": _log_log,
    "cauchy": _cauchy,
    "log": lambda eta: _defined(exp, eta),
    "logc": lambda eta: _defined(lambda x: -expm1(x), eta),
    "identity": lambda eta: eta,
    "inverse": lambda eta: _defined(lambda x: 1.0 / x, eta),
    "inverse_squared": lambda eta: _defined(lambda x: 1.0 / sqrt(x), eta),
    "sqrt": lambda eta: _defined(lambda x: x * x, eta),
}
"""Inverse link by name; NaN where a mean would be no finite number."""

_PARAMETER = r"(power|nbinom)\((-?[0-9.]+(?:e[+-]?[0-9]+)?)\)"
"""Links with a parameter: eta = mean ** p, and eta = log(mean / (mean + 1 / alpha))."""


def inverse_link(link: str) -> InverseLink | None:
    """The inverse of a link by its name, such as `logit` or `power(0.3)`; None for a link that is not known."""
    if link in INVERSE_LINKS:
        return INVERSE_LINKS[link]
    kind, parameter = parameter_of(link)
    if not kind:
        return None
    if kind == "power":
        return lambda eta: _defined(lambda x: x ** (1.0 / parameter), eta)
    return lambda eta: _defined(lambda x: 1.0 / (parameter * expm1(-x)), eta)


def parameter_of(link: str) -> tuple[str, float]:
    """The kind of a link with a parameter, and the parameter; empty and NaN if it is none."""
    match = re.fullmatch(_PARAMETER, link)
    parameter = _defined(float, match[2]) if match else nan  # type: ignore[arg-type]  # the text of a number
    if match is None or not isfinite(parameter) or parameter == 0:
        return "", nan
    return match[1], parameter


def mean_within(inverse: InverseLink, eta: float, off: float, mean: float, rounding: float) -> bool:
    """Whether `mean` is what linear predictors within `off` of `eta` give, to `rounding`."""
    ends = [inverse(eta - off), inverse(eta + off)]
    return min(ends) - rounding <= mean <= max(ends) + rounding
