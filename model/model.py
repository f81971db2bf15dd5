"""A model ready to serve: an artifact, its version and its predictor, with golden records that score as published."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite, sqrt
from operator import mul

from phat.model.answer import Classes
from phat.model.artifact import Artifact, Golden, checksum, version
from phat.model.errors import ArtifactError
from phat.model.explain import Explainer, standard_error
from phat.model.links import mean_within
from phat.model.predict import Prediction, Predictor

TOLERANCE = 1e-12
"""How far a golden figure may be off: absolute up to 1, relative beyond."""


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
        model.check_examples()
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
            if wrong := self._difference(prediction, golden):
                what, got, expected = wrong
                raise ArtifactError(f"golden record {row}: got {what} {got!r}, expected {expected!r}")
        return len(self.artifact.golden)

    def check_examples(self) -> None:
        """Score the examples that the texts show; ArtifactError names the first that is refused."""
        for number, example in enumerate(self.artifact.texts.examples, 1):
            try:
                self.predictor.predict_one(dict(example))
            except ExceptionGroup as group:
                raise ArtifactError(f"texts.examples: example {number} is refused: {group.exceptions[0]}") from group

    def _difference(self, prediction: Prediction, golden: Golden) -> tuple[str, object, object] | None:
        """The first figure that differs by more than the rounding of its terms, which can be larger than their sum."""
        answer, eta, values = prediction.answer, prediction.linear_predictor, prediction.values
        if not all(map(agrees, prediction.probabilities, golden.probabilities)):
            return "probabilities", prediction.probabilities, golden.probabilities
        if golden.linear_predictor is None:
            return None if agrees(answer, golden.answer) else (self._figure, answer, golden.answer)
        if not (agrees(answer, golden.answer) and agrees(eta, golden.linear_predictor)):
            size = sum(map(abs, map(mul, values, self.artifact.coefficients.values())), abs(prediction.offset))
            off = TOLERANCE * size if isfinite(size) else 0.0
            if not agrees(answer, golden.answer) and not self._is_mean(eta, off, golden.answer):
                return self._figure, answer, golden.answer
            if not agrees(eta, golden.linear_predictor) and not abs(eta - golden.linear_predictor) <= off:
                return "linear predictor", eta, golden.linear_predictor
        return self._wrong_error(values, golden.standard_error)

    @property
    def _figure(self) -> str:
        """What the answer's figure is called."""
        return self.artifact.answer.figures[0]

    def _is_mean(self, eta: float, off: float, answer: float) -> bool:
        """Whether an answer is the mean of a linear predictor within `off`; of ordered classes one is not known."""
        return (
            off > 0
            and not isinstance(self.artifact.answer, Classes)
            and mean_within(self.predictor.inverse_link, eta, off, answer, TOLERANCE * abs(answer))
        )

    def _wrong_error(self, values: Sequence[float], expected: float | None) -> tuple[str, object, object] | None:
        covariance = self.artifact.covariance
        if covariance is None or expected is None:
            got = None if covariance is None else standard_error(values, covariance)
            return None if got is expected is None else ("standard error", got, expected)
        error = standard_error(values, covariance)
        if agrees(error, expected):
            return None
        deviation = sum(
            abs(value) * sqrt(variances[index])
            for index, (value, variances) in enumerate(zip(values, covariance, strict=True))
        )
        off = TOLERANCE * deviation * deviation if isfinite(deviation) else -inf
        return None if abs(error * error - expected * expected) <= off else ("standard error", error, expected)


def agrees(got: float, expected: float) -> bool:
    """Whether a golden figure is met, within `TOLERANCE`; never for NaN."""
    return abs(got - expected) <= TOLERANCE * max(1.0, abs(expected))
