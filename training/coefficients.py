"""A model's coefficients with what their covariance says of them; standard library only, so that showing is fast."""

from collections.abc import Iterator
from math import erfc, exp, inf, log, sqrt
from statistics import NormalDist
from sys import float_info
from typing import Any, NamedTuple

from phat.model.artifact import Artifact

LEVEL = 0.95
HALF = NormalDist().inv_cdf(0.5 + LEVEL / 2)
"""Standard errors on each side of an estimate that the interval of this level has."""

_LARGEST = log(float_info.max)


class Coefficient(NamedTuple):
    """A model column's coefficient, its standard error, Wald's z with its two-sided p, and the 95 % interval.

    z and p are None where the standard error is 0, as that of a constrained coefficient may be. The odds ratio and its
    interval are there for the logit link only, where exp of a coefficient is one.
    """

    column: str
    coefficient: float
    standard_error: float
    lower: float
    upper: float
    z: float | None
    p: float | None
    odds_ratio: float | None
    odds_lower: float | None
    odds_upper: float | None

    def known(self) -> dict[str, Any]:
        """What there is of it, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}


def coefficients(artifact: Artifact) -> Iterator[Coefficient]:
    """The coefficients in the model's order, the constant's among them."""
    for index, (name, value) in enumerate(artifact.coefficients.items()):
        error = sqrt(artifact.covariance[index][index])
        lower, upper = value - HALF * error, value + HALF * error
        z = value / error if error else None
        p = None if z is None else erfc(abs(z) / sqrt(2))
        odds = [_exp(each) for each in (value, lower, upper)] if artifact.link == "logit" else [None] * 3
        yield Coefficient(name, value, error, lower, upper, z, p, *odds)


def strongest(artifact: Artifact, count: int) -> list[Coefficient]:
    """The coefficients with the largest absolute z, the constant's not among them."""
    others = [each for each in coefficients(artifact) if each.column != artifact.constant]
    return sorted(others, key=lambda each: -abs(each.z or 0.0))[:count]


def _exp(value: float) -> float:
    return exp(value) if value < _LARGEST else inf
