"""Bounds of the answers to many records, by the formulas of `phat.model.explain`."""

from collections.abc import Iterator
from math import sqrt

import numpy as np
import polars as pl

from phat.batch.answers import inverse_of_columns
from phat.batch.errors import NoInterval
from phat.batch.linear_predictors import LinearPredictors, Sums
from phat.model.answer import Binary, Classes
from phat.model.artifact import Artifact
from phat.model.explain import PROBABILITY, REAL, observation_interval, standard_error, wald_interval
from phat.model.model import Model
from phat.model.predict import Prediction
from phat.model.student import quantile

INTERVAL = ("interval_lower", "interval_upper", "interval_standard_error")
OBSERVATIONS = ("prediction_interval_lower", "prediction_interval_upper")

_EXACT = 2e-10
"""How far a variance may be off, of itself: its root is then exact to 1e-10."""


class Intervals:
    """Bounds at a level: of the answer, and with `observations` of a new observation; NoInterval says what lacks."""

    def __init__(self, model: Model, predictors: LinearPredictors, level: float, observations: bool) -> None:
        artifact = model.artifact
        _check(artifact, observations)
        self._predictors = predictors
        self._inverse = model.predictor.inverse_link
        self._of_columns = inverse_of_columns(artifact.link, self._inverse)
        self._covariance = artifact.known_covariance
        self._matrix = np.array(self._covariance)
        self._deviations = np.sqrt(np.maximum(self._matrix.diagonal(), 0.0))
        self._quantile = quantile(level, artifact.degrees_of_freedom)
        self._range = PROBABILITY if isinstance(artifact.answer, Binary) else REAL
        self._scale = artifact.scale if observations else None
        self.names = INTERVAL if self._scale is None else (*INTERVAL, *OBSERVATIONS)

    def __call__(self, values: pl.DataFrame, sums: Sums) -> tuple[pl.DataFrame, pl.Series]:
        """The bounds of cleaned records, and those that the row path must give, as too many digits cancel."""
        x = self._predictors.matrix(values, sums.made)
        with np.errstate(all="ignore"):
            variance = np.einsum("ij,ij->i", x @ self._matrix, x)
            size = (np.abs(x) @ self._deviations) ** 2  # no smaller than the sum of the variance's terms' sizes
            certain = (size * (2 * x.shape[1] * np.finfo(float).eps) <= _EXACT * variance) & np.isfinite(variance)
            error = pl.Series(np.sqrt(np.maximum(variance, 0.0)))
        eta = sums.etas[0]
        one, other = (pl.lit(eta + sign * self._quantile * error) for sign in (-1.0, 1.0))
        ends = pl.select(self._of_columns(one).alias("one"), self._of_columns(other).alias("other"))
        bounds = [
            ends.select(pl.min_horizontal("one", "other").clip(*self._range)).to_series(),
            ends.select(pl.max_horizontal("one", "other").clip(*self._range)).to_series(),
            error,
            *self._of_observations(eta, error),
        ]
        gone = ends["one"].is_nan() | ends["other"].is_nan()
        named = pl.DataFrame([each.alias(name) for name, each in zip(self.names, bounds, strict=True)])
        return named.select(pl.when(pl.all().is_finite()).then(pl.all())), pl.Series(~certain & (size > 0)) | gone

    def _of_observations(self, eta: pl.Series, error: pl.Series) -> Iterator[pl.Series]:
        if self._scale is not None:
            half = self._quantile * pl.Series(np.hypot(error.to_numpy(), sqrt(self._scale)))
            yield from (eta - half, eta + half)

    def of(self, prediction: Prediction) -> tuple[float | None, ...]:
        """The row path's bounds."""
        eta = prediction.linear_predictor
        error = standard_error(prediction.values, self._covariance)
        bounds = list(wald_interval(eta, error, self._quantile, self._inverse, self._range))
        if self._scale is not None:
            bounds += observation_interval(eta, error, self._scale, self._quantile)
        return tuple(bound if np.isfinite(bound) else None for bound in bounds)


def _check(artifact: Artifact, observations: bool) -> None:
    """NoInterval if the model has not what is asked."""
    if isinstance(artifact.answer, Classes):
        raise NoInterval(f"model {artifact.name} has no interval: it answers classes")
    if artifact.covariance is None:
        raise NoInterval(f"model {artifact.name} has no interval: it has no covariance")
    if observations and artifact.scale is None:
        raise NoInterval(f"model {artifact.name} has no prediction_interval: its errors are not normal")
