"""Raw records through the serving path, many at once."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.model.predict import Predictor
from phat.preprocessing.clean import Cleaned
from phat.preprocessing.errors import RecordError
from phat.training.errors import DataError

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

_SHOWN = 5


class Served(NamedTuple):
    """What the serving path makes of raw records (n): model columns (n by k, in coefficient order) and answers.

    `answers` (n by 1, or n by classes) are `phat`, means, or the classes' probabilities; `offset` (n) is 0 without one.

    A record that it refuses is NaN, cleaned to None, and in `refused` with the reasons.
    """

    values: Matrix
    linear_predictor: Vector
    offset: Vector
    answers: Matrix
    cleaned: Sequence[Cleaned | None]
    refused: Mapping[int, Sequence[RecordError]]


def serve(predictor: Predictor, records: Iterable[Mapping[str, object]]) -> Served:
    """Every record through cleaning, design and link, as the endpoint does it."""
    width, answers = len(predictor.columns), predictor.answers
    rows: list[list[float]] = []
    cleaned: list[Cleaned | None] = []
    refused: dict[int, Sequence[RecordError]] = {}
    for row, record in enumerate(records):
        try:
            prediction = predictor.predict_one(dict(record))
        except ExceptionGroup as group:
            refused[row] = [error for error in group.exceptions if isinstance(error, RecordError)]
            rows.append([float("nan")] * (width + 2 + answers))
            cleaned.append(None)
        else:
            figures = prediction.probabilities or (prediction.answer,)
            rows.append([*prediction.values, prediction.linear_predictor, prediction.offset, *figures])
            cleaned.append(prediction.cleaned)
    table = np.array(rows, dtype=float).reshape(len(rows), width + 2 + answers)
    return Served(table[:, :width], table[:, width], table[:, width + 1], table[:, width + 2 :], cleaned, refused)


def check_refused(refused: Mapping[int, Sequence[RecordError]]) -> None:
    """DataError with the first records that cannot be served, and how many there are, if there are any."""
    if refused:
        shown = [f"row {row + 1}, {error}" for row, errors in sorted(refused.items()) for error in errors][:_SHOWN]
        raise DataError(
            f"records that the model refuses: {len(refused)}; correct them, or how the fields are defined:\n  "
            + "\n  ".join(shown)
        )
