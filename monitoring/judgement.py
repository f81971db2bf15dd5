"""What outcomes say of a model: the values that all kinds have, and the records that they are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.model.answer import Classes
from phat.model.artifact import Artifact
from phat.monitoring.lines import Record
from phat.monitoring.score_tests import ColumnChange, Columns, Scores, estimated_covariance
from phat.monitoring.statistics import Vector

LEVEL = "calibration in the large"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Figures of a model of one kind, a sentence that says them, and the doubts that they raise.

    `level` is the score test of a constant that is added to the linear predictor, or of the class that is farthest off,
    `level_sentence` what it says if it is flagged; `columns` are those of the columns, few of them if there are none.
    `bins` are of probabilities, `tenths` of means, `confusion` is of classes: counts by the class that happened and the
    one that was likeliest. `promised` are figures of the same records that rest on probabilities alone. `events` are
    None where there are none.
    """

    figures: dict[str, Any] | None = None
    sentence: str | None = None
    doubts: Sequence[str] = ()
    level: ColumnChange | None = None
    level_sentence: str | None = None
    columns: Sequence[ColumnChange] = ()
    bins: dict[str, Any] | None = None
    tenths: Sequence[Mapping[str, Any]] = ()
    confusion: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    promised: dict[str, float] | None = None
    events: int | None = None


class Labelled(NamedTuple):
    """Labelled records, their outcomes y (n), and which of them have all fields readable (n).

    Of those that have, x are the model columns, and `offset` is what the linear predictor has besides.
    """

    records: Sequence[Record]
    y: Vector
    complete: NDArray[np.bool_]
    x: NDArray[np.float64]
    offset: Vector

    @property
    def where(self) -> str:
        """Which records they are, for sentences."""
        return f"on {len(self.y)} records with an outcome"

    def linear_predictor(self, coefficients: Mapping[str, float]) -> Vector:
        """That of the records that have all fields readable."""
        return np.asarray(self.x @ np.array([*coefficients.values()]) + self.offset)


def columns_of(artifact: Artifact, labelled: Labelled, scores: Scores) -> Columns:
    """The model's columns of the labelled records, and how uncertain their coefficients are.

    Where the covariance is not kept, it is estimated from these records, for as many as the fit had.
    """
    if artifact.covariance is None:
        weight = scores.weight / scores.unit**2
        covariance = estimated_covariance(labelled.x, weight, artifact.baseline.records if artifact.baseline else 1)
    else:
        covariance = np.array(artifact.covariance)
    place = None if artifact.constant is None else artifact.columns.index(artifact.constant)
    level = place is not None or (isinstance(artifact.answer, Classes) and bool(artifact.answer.thresholds))
    return Columns(artifact.columns, labelled.x, covariance, level, place)
