"""A model's coefficients with what their covariance says of them; standard library only, so that showing is fast."""

from collections.abc import Iterator
from math import erfc, exp, inf, log, sqrt
from sys import float_info
from typing import Any, NamedTuple

from phat.model.answer import Classes
from phat.model.artifact import Artifact
from phat.model.student import quantile, two_sided

LEVEL = 0.95

_LARGEST = log(float_info.max)


class Coefficient(NamedTuple):
    """A model column's coefficient, its standard error, Wald's z (or t) with its two-sided p, and the 95 % interval.

    Without a covariance there is the coefficient alone; z and p are None where the standard error is 0, as that of a
    constrained coefficient may be. The odds ratio and its interval are there for the logit link only, where exp of a
    coefficient is one. Where each class has coefficients, the column's name has the class behind it.
    """

    column: str
    coefficient: float
    standard_error: float | None = None
    lower: float | None = None
    upper: float | None = None
    z: float | None = None
    p: float | None = None
    odds_ratio: float | None = None
    odds_lower: float | None = None
    odds_upper: float | None = None

    def known(self) -> dict[str, Any]:
        """What there is of it, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}


def coefficients(artifact: Artifact) -> Iterator[Coefficient]:
    """The coefficients in the model's order, the constant's among them."""
    if artifact.covariance is None:
        yield from (Coefficient(name, value) for name, value in _alone(artifact))
        return
    freedom = artifact.degrees_of_freedom
    half = quantile(LEVEL, freedom)
    for index, (name, value) in enumerate(artifact.coefficients.items()):
        error = sqrt(artifact.covariance[index][index])
        lower, upper = value - half * error, value + half * error
        z = value / error if error else None
        p = None if z is None else erfc(abs(z) / sqrt(2)) if freedom is None else two_sided(z, freedom)
        odds = [ratio(each) for each in (value, lower, upper)] if artifact.link == "logit" else [None] * 3
        yield Coefficient(name, value, error, lower, upper, z, p, *odds)


def _alone(artifact: Artifact) -> Iterator[tuple[str, float]]:
    """Coefficients by column, or by column and class."""
    yield from artifact.coefficients.items()
    if isinstance(artifact.answer, Classes):
        for label, by_column in artifact.answer.coefficients.items():
            yield from ((f"{name} ({label})", value) for name, value in by_column.items())


def strongest(artifact: Artifact, count: int) -> list[Coefficient]:
    """The coefficients with the largest absolute z, the constant's not among them; none without a covariance."""
    others = [each for each in coefficients(artifact) if each.column != artifact.constant and each.z is not None]
    return sorted(others, key=lambda each: -abs(each.z or 0.0))[:count]


def ratio(value: float) -> float:
    """What a coefficient multiplies the odds or the mean by: its exponential, which may be beyond all floats."""
    return exp(value) if value < _LARGEST else inf
