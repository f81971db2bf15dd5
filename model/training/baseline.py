"""What the training data looked like: the baseline that drift is measured against."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.schema import Field, Schema

_BINS = 10
SCORE_BINS = 20
"""Score bins hold the same number of customers each: twentieths."""

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def describe(
    values: Mapping[str, Sequence[float | str | None]],
    schema: Schema,
    means: Mapping[str, float],
    phat: Vector,
    target: Vector | None,
) -> dict[str, Any]:
    """The baseline: per field a histogram or level shares and the missing rate, column means, and score bins.

    Shares are of the records that have a value; missing rates are of all records. Bins are closed on the left, the
    last on both sides. `values` are cleaned values by field name, `means` those of the model columns as the model
    saw them (see `column_means`); without a target the score bins have no events.
    """
    return {
        "source": "training data",
        "rows": len(phat),
        "fields": {field.name: _field(field, values[field.name]) for field in schema.fields},
        "columns": dict(means),
        "score": score_bins(phat, target),
    }


def column_means(matrix: Matrix, columns: Sequence[str]) -> dict[str, float]:
    """Mean of each column of a design matrix (rows by columns), by name."""
    return dict(zip(columns, matrix.mean(axis=0).tolist(), strict=True))


def _field(field: Field, values: Sequence[float | str | None]) -> dict[str, Any]:
    present = [value for value in values if value is not None]
    missing = 1 - len(present) / len(values)
    if field.kind == "category":
        counts = Counter(present)
        return {"missing": missing, "shares": {level: counts[level] / len(present) for level in field.levels}}
    edges = np.unique(np.quantile(np.array(present, dtype=float), np.linspace(0, 1, _BINS + 1)))
    counts_in, _ = np.histogram(np.array(present, dtype=float), edges)
    return {"missing": missing, "edges": edges.tolist(), "shares": (counts_in / len(present)).tolist()}


def score_bins(phat: Vector, target: Vector | None, bins: int = SCORE_BINS) -> dict[str, Any]:
    """Customers, events and mean phat in bins of phat that hold about the same number each."""
    edges = np.unique(np.quantile(phat, np.linspace(0, 1, bins + 1)))
    place = np.clip(np.searchsorted(edges, phat, side="right") - 1, 0, max(len(edges) - 2, 0))
    size = max(len(edges) - 1, 1)
    customers = np.bincount(place, minlength=size)
    found = {
        "edges": edges.tolist(),
        "customers": customers.tolist(),
        "mean_phat": (np.bincount(place, weights=phat, minlength=size) / np.maximum(customers, 1)).tolist(),
    }
    if target is not None:
        found["events"] = np.bincount(place, weights=target, minlength=size).astype(int).tolist()
    return found
