"""A model ready to serve: an artifact, its version and its predictor, with golden records that score as published."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite, sqrt
from operator import mul

from phat.model.artifact import Artifact, checksum, version
from phat.model.errors import ArtifactError
from phat.model.explain import Explainer, standard_error
from phat.model.predict import Predictor

Figures = tuple[float, float, float]
"""Of an answer: phat, linear predictor, standard error of the latter."""

TOLERANCE = 1e-12
"""How far a golden figure may be off: absolute up to 1, relative beyond."""

_STEEPEST = 0.4
"""No inverse link of a binary model is steeper: 1 / sqrt(2 pi), the probit's."""


@dataclass(frozen=True)
class Model:
    """An artifact that was read, checked and made ready to score."""

    artifact: Artifact
    sha256: str
    predictor: Predictor

    @classmethod
    def from_bytes(cls, data: bytes) -> "Model":
        """Read and check a model; ArtifactError names the reason when it is refused."""
        artifact = Artifact.from_bytes(data)
        model = cls(artifact, checksum(data), Predictor(artifact))
        model.check_golden()
        return model

    @property
    def version(self) -> str:
        """First 12 digits of the file's checksum."""
        return version(self.sha256)

    @cached_property
    def explainer(self) -> Explainer:
        """What splits this model's linear predictors by field."""
        return Explainer(self.artifact)

    def check_golden(self) -> int:
        """Score the golden records through the serving path; ArtifactError names the first that is off.

        Returns how many were scored.
        """
        for row, golden in enumerate(self.artifact.golden, 1):
            try:
                prediction = self.predictor.predict_one(dict(golden.record))
            except ExceptionGroup as group:
                raise ArtifactError(f"golden record {row} is refused: {group.exceptions[0]}") from group
            error = standard_error(prediction.values, self.artifact.covariance)
            got = (prediction.phat, prediction.linear_predictor, error)
            expected = (golden.phat, golden.linear_predictor, golden.standard_error)
            if not all(map(agrees, got, expected)):
                self._check_figures(row, got, expected, prediction.values)
        return len(self.artifact.golden)

    def _check_figures(self, row: int, got: Figures, expected: Figures, values: Sequence[float]) -> None:
        """Refuse figures that differ by more than the rounding of their terms, which can be larger than their sum."""
        deviations = [sqrt(variances[index]) for index, variances in enumerate(self.artifact.covariance)]
        size = sum(map(abs, map(mul, values, self.artifact.coefficients.values())))
        deviation = sum(map(abs, map(mul, values, deviations)))
        _compare(row, "phat", got[0], expected[0], _within(got[0] - expected[0], _STEEPEST * size))
        _compare(row, "linear predictor", got[1], expected[1], _within(got[1] - expected[1], size))
        off = got[2] * got[2] - expected[2] * expected[2]
        _compare(row, "standard error", got[2], expected[2], _within(off, deviation * deviation))


def _within(off: float, size: float) -> bool:
    """Whether a deviation is within the rounding of terms of a finite size."""
    return isfinite(size) and abs(off) <= TOLERANCE * size


def agrees(got: float, expected: float) -> bool:
    """Whether a golden figure is met, within `TOLERANCE`; never for NaN."""
    return abs(got - expected) <= TOLERANCE * max(1.0, abs(expected))


def _compare(row: int, what: str, got: float, expected: float, rounded: bool) -> None:
    if not rounded and not agrees(got, expected):
        raise ArtifactError(f"golden record {row}: got {what} {got!r}, expected {expected!r}")
