"""What the training data looked like: the baseline that drift is measured against."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from phat.model.baseline import Baseline, ClassShares, FieldBaseline, ScoreBins
from phat.preprocessing.schema import CategoryField, Field, Schema

_BINS = 10
SCORE_BINS = 20
"""How many score bins there are, each with the same number of records."""

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def describe(
    values: Mapping[str, Sequence[float | str | None] | pl.Series],
    schema: Schema,
    means: Mapping[str, float],
    answers: Matrix,
    target: Vector | None,
) -> Baseline:
    """The baseline: per field a histogram or level shares and the missing rate, column means, and the answers.

    Shares are of the records that have a value; missing rates are of all records. Bins are closed on the left, the
    last on both sides. `values` are cleaned values by field name, `means` those of the model columns as the model
    saw them (see `column_means`). `answers` (records by 1, or by classes) are `phat`, means, or probabilities; without
    a target the bins of a score have no events.
    """
    fields = {field.name: _field(field, values[field.name]) for field in schema.fields}
    rows, width = answers.shape
    if width == 1:
        return Baseline("training data", rows, fields, means, score_bins(answers[:, 0], target))
    likeliest = np.bincount(answers.argmax(axis=1), minlength=width) / rows
    shares = ClassShares(tuple(answers.mean(axis=0).tolist()), tuple(likeliest.tolist()))
    return Baseline("training data", rows, fields, means, None, classes=shares)


def column_means(matrix: Matrix, columns: Sequence[str]) -> dict[str, float]:
    """Mean of each column of a design matrix (rows by columns), by name."""
    return dict(zip(columns, matrix.mean(axis=0).tolist(), strict=True))


def _field(field: Field, values: Sequence[float | str | None] | pl.Series) -> FieldBaseline:
    category = isinstance(field, CategoryField)
    column = values if isinstance(values, pl.Series) else pl.Series(values, dtype=pl.String if category else pl.Float64)
    present = column.drop_nulls()
    missing = 1 - len(present) / len(column)
    if isinstance(field, CategoryField):
        counts = dict(present.cast(pl.String).alias("level").value_counts().rows())
        shares = tuple(counts.get(level, 0) / max(len(present), 1) for level in field.levels)
        return FieldBaseline(missing, shares, levels=field.levels)
    edges = np.unique(np.quantile(present.to_numpy(), np.linspace(0, 1, _BINS + 1)))
    counts_in, _ = np.histogram(present.to_numpy(), edges)
    return FieldBaseline(missing, tuple((counts_in / len(present)).tolist()), tuple(edges.tolist()))


def score_bins(phat: Vector, target: Vector | None, bins: int = SCORE_BINS) -> ScoreBins:
    """Records, events and mean phat in bins of phat that hold about the same number each."""
    edges = np.unique(np.quantile(phat, np.linspace(0, 1, bins + 1)))
    place = np.clip(np.searchsorted(edges, phat, side="right") - 1, 0, max(len(edges) - 2, 0))
    size = max(len(edges) - 1, 1)
    records = np.bincount(place, minlength=size)
    means = np.bincount(place, weights=phat, minlength=size) / np.maximum(records, 1)
    events = None if target is None else np.bincount(place, weights=target, minlength=size).astype(int)
    return ScoreBins(
        tuple(edges.tolist()),
        tuple(records.tolist()),
        tuple(means.tolist()),
        None if events is None else tuple(events.tolist()),
    )
