"""Whether coefficients still fit: score tests by outcomes, the model's own linear predictor being an offset.

Source: Rao, Proc. Camb. Phil. Soc. 44 (1948), 50-57; with a variance that is not assumed, White, Econometrica 48
(1980), 817-838, and Wooldridge, Econometric Analysis of Cross Section and Panel Data, 2nd ed., 12.5.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from phat.model.links import inverse_link
from phat.monitoring.drift import Limits
from phat.monitoring.statistics import Vector, holm
from phat.training.judgement import CLIP

Matrix = NDArray[np.float64]

_STEP = 1e-6
"""Step of numerical derivatives, relative to max(1, |eta|)."""


@dataclass(frozen=True)
class ColumnChange:
    """The score test of one column: whether its coefficient still fits, the linear predictor being an offset.

    `change` is about how far the coefficient is off. It matters by `effect`: for a standard deviation of the column, or
    for 1 where that is more, and in standard deviations of the outcome where the linear predictor has its unit.
    """

    name: str
    z: float
    p: float
    change: float
    flagged: bool


@dataclass(frozen=True)
class Scores:
    """The parts of score tests: of each record its `residual` (n), the derivative of its log-likelihood by the linear
    predictor, its `weight` (n) in the information, and the `unit` of the linear predictor.

    `known` is whether the weights are the residuals' variances; else the residuals' own squares are.
    """

    residual: Vector
    weight: Vector
    known: bool
    unit: float = 1.0


class Columns(NamedTuple):
    """Model columns x (n by k) by `names`, and the covariance (k by k) of their coefficients.

    With a `level` the linear predictor has one of its own: the `constant`, by its place, or thresholds.
    """

    names: Sequence[str]
    x: Matrix
    covariance: Matrix
    level: bool
    constant: int | None = None

    def around(self, weight: Vector) -> Matrix:
        """The columns around their means, weighted, so that a change of the level is blamed on no other column."""
        if not self.level or weight.sum() <= 0:
            return self.x
        moved: Matrix = self.x - np.average(self.x, axis=0, weights=weight)
        if self.constant is not None:
            moved[:, self.constant] = self.x[:, self.constant]
        return moved


def column_changes(columns: Columns, scores: Scores, limits: Limits) -> Iterator[ColumnChange]:
    """Test each column, adjusted for their number.

    With c the columns around their means U = sum c r, I = sum c c' w and J = sum c x' w. The coefficients were
    estimated, with covariance C, so U varies by I + J C J', or by B + J C J' with B = sum c c' r^2 where the residuals'
    variance is not known.
    """
    x, moved = columns.x, columns.around(scores.weight)
    score = moved.T @ scores.residual
    weighted = moved * scores.weight[:, None]
    own = np.sum(weighted * moved, axis=0)
    meat = own if scores.known else np.sum((moved * scores.residual[:, None]) ** 2, axis=0)
    cross = weighted.T @ x
    spread = meat + np.einsum("ij,jk,ik->i", cross, columns.covariance, cross)
    used = (own > 0) & (spread > 0)
    z = np.where(used, score / np.sqrt(np.where(used, spread, 1.0)), 0.0)
    change = np.where(used, score / np.where(used, own, 1.0), 0.0)
    effect = np.abs(change) * np.maximum(1.0, x.std(axis=0)) / scores.unit
    adjusted = holm([float(value) for value in 2 * stats.norm.sf(np.abs(z))])
    for name, z_, p, change_, effect_ in zip(columns.names, z, adjusted, change, effect, strict=True):
        yield ColumnChange(name, float(z_), p, float(change_), bool(p < limits.alpha and effect_ >= limits.coefficient))


def estimated_covariance(x: Matrix, weight: Vector, records: int) -> Matrix:
    """What the covariance (k by k) was, about, of a fit of so many records like these (n by k), if it is not kept."""
    information = (x * weight[:, None]).T @ x * (records / max(len(x), 1))
    return np.asarray(np.linalg.pinv(information))


def level_change(scores: Scores, name: str, limits: Limits) -> ColumnChange:
    """Test a step of the linear predictor of all records."""
    score, information = float(scores.residual.sum()), float(scores.weight.sum())
    spread = information if scores.known else float(np.sum(scores.residual**2))
    z = score / np.sqrt(spread) if spread > 0 else 0.0
    change = score / information if information > 0 else 0.0
    p = float(2 * stats.norm.sf(abs(z)))
    flagged = p < limits.alpha and abs(change) / scores.unit >= limits.coefficient
    return ColumnChange(name, float(z), p, change, bool(flagged))


def binary_scores(link: str, y: Vector, phat: Vector, eta: Vector) -> Scores:
    """Of outcomes of 0 and 1, with g the derivative of the inverse link: r = (y - phat) g / v, w = g^2 / v."""
    slope, variance = slopes(link, eta), np.maximum(phat * (1 - phat), CLIP)
    return Scores((y - phat) * slope / variance, slope**2 / variance, known=True)


def mean_scores(link: str, y: Vector, mean: Vector, eta: Vector) -> Scores:
    """Of amounts and counts. The variance is not known: it counts as the mean for the log link, else as a constant.

    Where the linear predictor has a unit, that is the standard deviation of the outcomes around it.
    """
    slope = slopes(link, eta)
    if link == "log":
        return Scores(y - mean, np.maximum(mean, CLIP), known=False)
    working = np.where(np.abs(slope) > CLIP, (y - mean) / np.where(slope == 0, 1.0, slope), 0.0)
    unit = float(np.sqrt(np.mean(working**2)))
    return Scores(working, np.ones(len(y)), known=False, unit=unit if unit > 0 else 1.0)


def quantile_scores(quantile: float, y: Vector, predicted: Vector) -> Scores:
    """Of outcomes and their predicted quantiles: r = q - 1 below the prediction, q above; w is their density there.

    The density is the share of outcomes within a window around the predictions. Source: Koenker, Quantile Regression
    (2005), 3.3 and 3.4.
    """
    error = y - predicted
    spread = float(np.std(error)) or 1.0
    window = spread * max(len(y), 1) ** -0.2
    density = max(float(np.mean(np.abs(error) <= window)) / (2 * window), CLIP / spread)
    residual = np.where(error > 0, quantile, quantile - 1.0)
    return Scores(residual, np.full(len(y), density), known=False, unit=spread)


def ordered_scores(link: str, place: NDArray[np.intp], thresholds: Sequence[float], eta: Vector) -> Scores:
    """Of the places of ordered classes: r = (f(t below - eta) - f(t above - eta)) / p, the classes' own derivative."""
    inverse = inverse_link(link)
    assert inverse is not None  # noqa: S101  # the artifact was checked
    ends = np.array([-np.inf, *thresholds, np.inf])
    lower, upper = ends[place] - eta, ends[place + 1] - eta
    below, above = (_elementwise(inverse, each) for each in (lower, upper))
    density_below, density_above = (slopes(link, each) for each in (lower, upper))
    residual = (density_below - density_above) / np.maximum(above - below, CLIP)
    return Scores(residual, residual**2, known=False)


def slopes(link: str, eta: Vector) -> Vector:
    """Derivative of an inverse link at linear predictors; 0 at infinite ones."""
    finite = np.isfinite(eta)
    inner = np.where(finite, eta, 0.0)
    if link == "identity":
        return np.where(finite, 1.0, 0.0)
    if link == "log":
        return np.where(finite, np.exp(np.minimum(inner, 700.0)), 0.0)
    if link == "logit":
        share = stats.logistic.cdf(inner)
        return np.where(finite, share * (1 - share), 0.0)
    if link == "probit":
        return np.where(finite, stats.norm.pdf(inner), 0.0)
    inverse = inverse_link(link)
    assert inverse is not None  # noqa: S101  # as above
    step = _STEP * np.maximum(1.0, np.abs(inner))
    rise = _elementwise(inverse, inner + step) - _elementwise(inverse, inner - step)
    return np.where(finite & np.isfinite(rise), rise / (2 * step), 0.0)


def _elementwise(inverse: Callable[[float], float], eta: Vector) -> Vector:
    """An inverse link of each linear predictor; its ends at infinite ones."""
    return np.array([0.0 if value == -np.inf else 1.0 if value == np.inf else inverse(value) for value in eta.tolist()])
