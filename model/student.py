"""Student's t distribution with the standard library, to about 3e-14.

Source: the regularised incomplete beta function by its continued fraction (NIST Digital Library of Mathematical
Functions, 8.17.22), gamma ratios by 5.11.13, the quantile's expansion by Abramowitz and Stegun, 26.7.5.
"""

from math import exp, lgamma, log, log1p, pi, sqrt

_LARGE = 10_000.0
"""Degrees of freedom above which the expansion is exact."""

_EPSILON, _TINY = 2.0**-53, 1e-300


def quantile(level: float, degrees_of_freedom: float | None) -> float:
    """The t for which the variable lies within -t and t with probability `level`, in (0, 1); None: a normal one's z."""
    from statistics import NormalDist  # noqa: PLC0415  # 5 ms that only intervals need

    z = -NormalDist().inv_cdf((1.0 - level) / 2.0)
    if degrees_of_freedom is None:
        return z
    start = _expansion(z, degrees_of_freedom)
    if degrees_of_freedom > _LARGE:
        return start
    return _solve(level, degrees_of_freedom, max(start, z))


def two_sided(t: float, degrees_of_freedom: float) -> float:
    """The probability that the variable is beyond -t or t."""
    return _probabilities(abs(t), degrees_of_freedom)[1] if t else 1.0


def _expansion(z: float, df: float) -> float:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + sum(term / df**power for power, term in enumerate(terms, 1))


def _solve(level: float, df: float, start: float) -> float:
    """Newton's method on logarithms, on which tails are nearly straight, for the smaller of both probabilities."""
    inner = level < 0.5
    target, u = log(level if inner else 1.0 - level), log(start)
    for _ in range(200):
        t = exp(u)
        probability = _probabilities(t, df)[0 if inner else 1]
        slope = 2.0 * t * _density(t, df) / probability
        step = (log(probability) - target) / (slope if inner else -slope)
        u -= max(-1.0, min(1.0, step))
        if abs(step) <= 4 * _EPSILON:
            break
    return exp(u)


def _density(t: float, df: float) -> float:
    return exp(_log_ratio(df / 2) - (df + 1) / 2 * log1p(t * t / df)) / sqrt(df * pi)


def _probabilities(t: float, df: float) -> tuple[float, float]:
    """Within -t and t, and beyond."""
    a, odds = df / 2, t * t / df
    log_x, log_y = -log1p(odds), log(odds) - log1p(odds)
    x, front = exp(log_x), exp(a * log_x + 0.5 * log_y + _log_ratio(a)) / sqrt(pi)
    if x < (a + 1) / (a + 2.5):
        tail = front / a * _fraction(x, a, 0.5)
        return 1.0 - tail, tail
    inner = front / 0.5 * _fraction(exp(log_y), 0.5, a)
    return inner, 1.0 - inner


def _log_ratio(a: float) -> float:
    """log(gamma(a + 1/2) / gamma(a))."""
    if a < 30:  # from where on four terms of the series are exact
        return lgamma(a + 0.5) - lgamma(a)
    return 0.5 * log(a) - 1 / (8 * a) + 1 / (192 * a**3) - 1 / (640 * a**5) + 17 / (14336 * a**7)


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d or _TINY)
    result = d
    for m in range(1, 500):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / ((1.0 + term * d) or _TINY)
            c = (1.0 + term / c) or _TINY
            result *= c * d
        if abs(c * d - 1.0) <= _EPSILON * 2:
            break
    return result
