"""Cross-validation: the columns of a model fitted again on parts of the data, and judged on the others."""

import tomllib
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from phat.batch.columns import clean_columns
from phat.batch.linear_predictors import LinearPredictors
from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.training.errors import DataError, FitError
from phat.training.estimate import estimable, estimate
from phat.training.judgement import measure

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_OVER = ("auc", "log_loss", "brier", "mcfadden", "calibration_slope")
"""Figures of which mean and standard deviation over the folds are told."""


def cross_validate(
    model: Model, frame: pl.DataFrame, kept: NDArray[np.bool_], target: Vector, folds: int
) -> dict[str, Any]:
    """Figures of `folds` fits, each judged on the rows that it has not seen, and of all these answers together.

    `frame` has the raw records (n rows), of which those that are `kept` (n) are used; `target` are their outcomes. The
    columns, fills, centres and scales are the model's; the coefficients are estimated anew. Folds are drawn by a fixed
    seed and have the same share of events. DataError if it was not made by `phat fit`, or there are too few events.
    """
    estimator = _estimator(model.artifact)
    if (rarer := int(min(target.sum(), len(target) - target.sum()))) < folds or folds < 2:
        raise DataError(f"folds: got {folds}, expected from 2 up to the {rarer} records with the rarer outcome")
    matrix = columns_of(model, frame)[kept]
    names = list(model.artifact.columns)
    answers = np.full(len(target), np.nan)
    figures = []
    for rows, others in StratifiedKFold(folds, shuffle=True, random_state=0).split(matrix, target):
        places = estimable(matrix[rows], target[rows])
        try:
            results = estimate(estimator, matrix[rows][:, places], target[rows], [names[place] for place in places])
        except FitError as error:
            raise DataError(f"folds: one of {folds} parts cannot be fitted without the rest ({error})") from None
        answers[others] = results.predict(matrix[others][:, places])
        figures.append(measure(target[others], answers[others]))
    known = {name: [value for each in figures if (value := getattr(each, name)) is not None] for name in _OVER}
    return {
        "folds": folds,
        "pooled": measure(target, answers).known(),
        "mean": {name: float(np.mean(values)) for name, values in known.items() if values},
        "standard_deviation": {
            name: float(np.std(values, ddof=1)) for name, values in known.items() if len(values) > 1
        },
    }


def fold_sentence(figures: dict[str, Any]) -> str:
    """What cross-validation says."""
    mean, spread = figures["mean"], figures["standard_deviation"]
    shown = ", ".join(
        f"{name} {mean[key]:.3f} (standard deviation {spread.get(key, 0.0):.3f})"
        for key, name in (("auc", "AUC"), ("log_loss", "log loss"), ("calibration_slope", "calibration slope"))
        if key in mean
    )
    return (
        f"fitted anew on {figures['folds'] - 1} of {figures['folds']} parts and judged on the other, each "
        f"in turn: {shown}; the columns were not chosen anew"
    )


def columns_of(model: Model, frame: pl.DataFrame) -> Matrix:
    """The model columns (n by k) of raw records (n rows); those that are refused have any, or NaN."""
    cleaned = clean_columns(frame, model.artifact.schema.fields)
    values = pl.DataFrame([column.values.alias(name) for name, column in cleaned.items()])
    predictors = LinearPredictors(model.artifact)
    return predictors.matrix(values, predictors(values).made)


def _estimator(artifact: Artifact) -> Any:
    """By what the model was estimated, as `phat fit` writes it down."""
    if artifact.provenance.config is None:
        raise DataError(
            f"folds: model {artifact.name} was not made by phat fit, so that it is not known how to fit it again"
        )
    return tomllib.loads(artifact.provenance.config).get("estimator", "logit")
