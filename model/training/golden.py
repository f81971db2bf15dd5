"""Which records become an artifact's golden records."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.artifact import Golden
from preprocessing.clean import Cleaned

Matrix = NDArray[np.float64]

AT_LEAST = 24


def choose_records(cleaned: Sequence[Cleaned], at_least: int = AT_LEAST) -> list[int]:
    """Indices of a few records that together meet every level, every number and every gap that the records have.

    Greedy: the record that adds most comes next, the first of equals, until nothing is added and there are `at_least`
    (or no more).
    """
    facets = {index: _facets(record) for index, record in enumerate(cleaned)}
    chosen: list[int] = []
    met: set[tuple[str, object]] = set()
    while facets:
        best = max(facets, key=lambda index: (len(facets[index] - met), -index))
        if facets[best] <= met and len(chosen) >= at_least:
            break
        chosen.append(best)
        met |= facets.pop(best)
    return chosen


def make_golden(records: Sequence[dict[str, object]], matrix: Matrix, results: Any) -> tuple[Golden, ...]:
    """Golden records whose figures are statsmodels' own: predict, and the linear predictor with its standard error.

    `matrix` holds the model columns of the records, one row each, in the order of the results' coefficients.
    """
    phat, eta = results.predict(matrix), matrix @ np.asarray(results.params)
    error = np.sqrt(np.einsum("ij,jk,ik->i", matrix, np.asarray(results.cov_params()), matrix))
    return tuple(
        Golden(record, float(p), float(e), float(s))
        for record, p, e, s in zip(records, np.asarray(phat), eta, error, strict=True)
    )


def _facets(cleaned: Cleaned) -> set[tuple[str, object]]:
    return {(name, "number" if isinstance(value, float) else value) for name, value in cleaned.items()}
