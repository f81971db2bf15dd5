"""Outcomes of a model of classes: the probabilities of each against which happened."""

from collections.abc import Iterator
from dataclasses import replace
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from phat.model.answer import Classes
from phat.model.artifact import Artifact
from phat.model.percent import percent
from phat.monitoring.drift import Limits
from phat.monitoring.judgement import Judgement, Labelled, columns_of
from phat.monitoring.score_tests import ColumnChange, Scores, column_changes, ordered_scores
from phat.monitoring.statistics import holm
from phat.training.fairness import wilson
from phat.training.other_evaluation import confusion_of
from phat.training.other_figures import ClassFigures, measure_classes

FEWEST = 40
"""Records with an outcome below which no figure is given."""

Matrix = NDArray[np.float64]


def judge(artifact: Artifact, labelled: Labelled, coarse: bool, limits: Limits) -> Judgement:
    """Judge the probabilities of classes; with `coarse` the outcome alone is known, and its confusion."""
    classes = artifact.answer
    assert isinstance(classes, Classes)  # noqa: S101  # who calls knows the kind
    y = labelled.y.astype(int)
    if len(y) < FEWEST:
        return Judgement()
    places = {label: place for place, label in enumerate(classes.labels)}
    likeliest = np.array([places[record["outcome"]] for record in labelled.records])
    confusion = confusion_of(classes.labels, labelled.y, likeliest)
    if coarse:
        return Judgement(figures={"accuracy": _share(int((likeliest == y).sum()), len(y))}, confusion=confusion)
    p = np.array([record["probabilities"] for record in labelled.records])
    measured = measure_classes(labelled.y, p)
    levels = list(_levels(classes.labels, y, p, limits))
    farthest = max(levels, key=lambda each: abs(each.z))
    place = places[farthest.name]
    said = f"predicts {percent(float(p[:, place].mean()))}, happened {percent(float((y == place).mean()))}"
    return Judgement(
        figures=_figures(measured),
        sentence=measured.sentence(labelled.where),
        doubts=list(measured.doubts(labelled.where)),
        level=farthest,
        level_sentence=f"{labelled.where} the probabilities of {farthest.name} are off: the model {said}",
        columns=_columns(artifact, labelled, y[labelled.complete], p[labelled.complete], limits),
        confusion=confusion,
    )


def _figures(measured: ClassFigures) -> dict[str, Any]:
    return measured.known() | {"accuracy": _share(round(measured.accuracy * measured.records), measured.records)}


def _share(count: int, records: int) -> dict[str, float]:
    """A share of some records with its 95 % interval."""
    rate = wilson(count, records)
    assert rate is not None  # noqa: S101  # there are records
    return rate._asdict()


def _levels(labels: tuple[str, ...], y: NDArray[np.int_], p: Matrix, limits: Limits) -> Iterator[ColumnChange]:
    """Of each class whether it happened as often as was predicted: U = sum (y - p), of variance sum p (1 - p)."""
    happened = np.array([float((y == place).sum()) for place in range(len(labels))])
    z = (happened - p.sum(axis=0)) / np.sqrt(np.maximum((p * (1 - p)).sum(axis=0), 1e-12))
    adjusted = holm([float(value) for value in 2 * stats.norm.sf(np.abs(z))])
    for label, count, total, z_, chance in zip(labels, happened, p.sum(axis=0), z, adjusted, strict=True):
        change = log((count + 0.5) / (total + 0.5))
        yield ColumnChange(
            label, float(z_), chance, change, bool(chance < limits.alpha and abs(change) >= limits.coefficient)
        )


def _columns(
    artifact: Artifact, labelled: Labelled, y: NDArray[np.int_], p: Matrix, limits: Limits
) -> list[ColumnChange]:
    """Of ordered classes the columns of the one linear predictor; of others each column of each class but the first."""
    classes = artifact.answer
    if len(y) < FEWEST or not isinstance(classes, Classes):
        return []
    if classes.thresholds:
        eta = labelled.linear_predictor(artifact.coefficients)
        scores = ordered_scores(artifact.link, y, classes.thresholds, eta)
        return list(column_changes(columns_of(artifact, labelled, scores), scores, limits))
    changes: list[ColumnChange] = []
    for place, label in enumerate(classes.labels[1:], 1):
        scores = Scores((y == place) - p[:, place], p[:, place] * (1 - p[:, place]), known=True)
        columns = columns_of(artifact, labelled, scores)
        named = columns._replace(names=[f"{name} of {label}" for name in columns.names])
        changes += column_changes(named, scores, limits)
    return [_adjusted(each, len(classes.labels) - 1, limits) for each in changes]


def _adjusted(change: ColumnChange, tests: int, limits: Limits) -> ColumnChange:
    """A change whose p is adjusted for so many groups of tests, by Bonferroni's inequality."""
    p = min(1.0, tests * change.p)
    return replace(change, p=p, flagged=change.flagged and p < limits.alpha)
