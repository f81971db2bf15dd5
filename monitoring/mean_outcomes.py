"""Outcomes of a model of amounts or counts: its means against what happened."""

from typing import Any

import numpy as np

from phat.model.artifact import Artifact
from phat.model.coefficients import LEVEL as OF_INTERVALS
from phat.model.provenance import QUANTILE
from phat.model.student import quantile
from phat.monitoring.drift import Limits
from phat.monitoring.judgement import LEVEL, Judgement, Labelled, columns_of
from phat.monitoring.score_tests import (
    ColumnChange,
    Scores,
    column_changes,
    level_change,
    mean_scores,
    quantile_scores,
)
from phat.monitoring.statistics import Vector
from phat.training.other_evaluation import deviance_kind
from phat.training.other_figures import MeanFigures, measure_mean, measure_quantile, tenths

FEWEST = 40
"""Records with an outcome below which no figure is given."""


def judge(artifact: Artifact, labelled: Labelled, coarse: bool, limits: Limits) -> Judgement:
    """Judge means; with `coarse` they stand in steps, of which columns say nothing."""
    y, predicted = labelled.y, np.array([record["prediction"] for record in labelled.records])
    if len(y) < FEWEST:
        return Judgement()
    if QUANTILE in artifact.provenance.fit:
        return _judge_quantile(artifact, labelled, predicted, coarse, limits)
    kind = deviance_kind(artifact, y)
    measured = measure_mean(kind, y, predicted, _exposure(artifact, labelled))
    level = level_change(_level_scores(artifact, y, predicted), LEVEL, limits)
    how = "low" if level.z > 0 else "high"
    said = f"predicts {measured.mean_predicted:.6g} on average, happened {measured.mean:.6g}"
    return Judgement(
        figures=_figures(measured, y, predicted),
        sentence=measured.sentence(labelled.where),
        doubts=list(measured.doubts(labelled.where)),
        level=level,
        level_sentence=f"{labelled.where} the predictions are too {how}: the model {said}",
        columns=[] if coarse else _columns(artifact, labelled, predicted[labelled.complete], limits),
        tenths=tenths(y, predicted),
    )


def _judge_quantile(
    artifact: Artifact, labelled: Labelled, predicted: Vector, coarse: bool, limits: Limits
) -> Judgement:
    """Judge quantiles, which lie where the outcomes' share below them says, not at their mean."""
    share = artifact.provenance.fit[QUANTILE]
    measured = measure_quantile(share, labelled.y, predicted)
    columns: list[ColumnChange] = []
    if not coarse and labelled.complete.sum() >= FEWEST:
        scores = quantile_scores(share, labelled.y[labelled.complete], predicted[labelled.complete])
        columns = list(column_changes(columns_of(artifact, labelled, scores), scores, limits))
    return Judgement(
        figures=measured.known(),
        sentence=measured.sentence(labelled.where),
        doubts=list(measured.doubts(labelled.where)),
        level=level_change(quantile_scores(share, labelled.y, predicted), LEVEL, limits),
        columns=columns,
    )


def _exposure(artifact: Artifact, labelled: Labelled) -> Vector | None:
    """The exposure of rates, where all records have it readable."""
    known = artifact.link == "log" and labelled.complete.all() and labelled.offset.any()
    return np.exp(labelled.offset) if known else None


def _figures(measured: MeanFigures, y: Vector, predicted: Vector) -> dict[str, Any]:
    """The figures, errors with their intervals: of means of squared and absolute errors, by the normal distribution."""
    error = y - predicted
    z = quantile(OF_INTERVALS, None)
    squares, sizes = error**2, np.abs(error)
    of_squares, of_sizes = (z * each.std(ddof=1) / np.sqrt(len(y)) for each in (squares, sizes))
    rmse = {"value": measured.rmse, "lower": float(np.sqrt(max(0.0, squares.mean() - of_squares))),
            "upper": float(np.sqrt(squares.mean() + of_squares))}  # fmt: skip
    mae = {"value": measured.mae, "lower": float(max(0.0, measured.mae - of_sizes)),
           "upper": float(measured.mae + of_sizes)}  # fmt: skip
    return measured.known() | {"rmse": rmse, "mae": mae}


def _level_scores(artifact: Artifact, y: Vector, predicted: Vector) -> Scores:
    """Of a step of the mean's logarithm where the link has it, else of the mean itself."""
    if artifact.link == "log":
        return mean_scores("log", y, predicted, predicted)
    return mean_scores("identity", y, predicted, predicted)


def _columns(artifact: Artifact, labelled: Labelled, predicted: Vector, limits: Limits) -> list[ColumnChange]:
    y = labelled.y[labelled.complete]
    if len(y) < FEWEST:
        return []
    scores = mean_scores(artifact.link, y, predicted, labelled.linear_predictor(artifact.coefficients))
    return list(column_changes(columns_of(artifact, labelled, scores), scores, limits))
