"""A model ready to serve: an artifact, its version and its predictor, with golden records that score as published."""

from dataclasses import dataclass
from functools import cached_property

from model.artifact import Artifact, checksum, version
from model.errors import ArtifactError
from model.explain import Explainer, standard_error
from model.predict import Predictor

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
            _compare(row, "phat", prediction.phat, golden.phat)
            _compare(row, "linear predictor", prediction.linear_predictor, golden.linear_predictor)
            _compare(row, "standard error", error, golden.standard_error)
        return len(self.artifact.golden)


def agrees(got: float, expected: float) -> bool:
    """Whether a golden figure is met, within `TOLERANCE`; never for NaN."""
    return abs(got - expected) <= TOLERANCE * max(1.0, abs(expected))


def _compare(row: int, what: str, got: float, expected: float) -> None:
    if not agrees(got, expected):
        raise ArtifactError(f"golden record {row}: got {what} {got!r}, expected {expected!r}")
