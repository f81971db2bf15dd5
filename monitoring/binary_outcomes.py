"""Outcomes of a model of two outcomes: its probabilities against what happened."""

from typing import Any

import numpy as np
from scipy import stats

from phat.model.artifact import Artifact
from phat.model.coarse import Steps
from phat.model.percent import percent
from phat.monitoring.drift import Limits
from phat.monitoring.judgement import LEVEL, Judgement, Labelled, columns_of
from phat.monitoring.score_tests import (
    ColumnChange,
    Scores,
    binary_scores,
    column_changes,
    level_change,
)
from phat.monitoring.statistics import Vector
from phat.training.baseline import score_bins
from phat.training.judgement import CLIP, Figures, auc_interval, measure

FEWEST = 20
"""Events, and others, below which no figure is given."""
_QUARTER = 0.25
_TENTHS = 10


def judge(artifact: Artifact, labelled: Labelled, coarse: bool, limits: Limits) -> Judgement:
    """Judge probabilities; with `coarse` they stand in steps."""
    y, p = labelled.y, np.array([record["phat"] for record in labelled.records])
    events = int(y.sum())
    if not _enough(y):
        return Judgement(events=events)
    measured = measure(y, p)
    level = level_change(Scores(y - p, np.maximum(p * (1 - p), CLIP), known=True), LEVEL, limits)
    how = "low" if level.z > 0 else "high"
    rates = f"predicts {percent(measured.mean_phat)}, happened {percent(measured.event_rate)}"
    return Judgement(
        figures=_figures(measured, y, p),
        sentence=measured.sentence(labelled.where),
        doubts=list(measured.doubts(labelled.where)),
        level=level,
        level_sentence=f"{labelled.where} the probabilities are too {how}: the model {rates}",
        columns=_columns(artifact, labelled, p[labelled.complete], limits),
        bins=_bins(artifact, y, p, coarse),
        promised=None if coarse else expected_figures(p, artifact.cutoff),
        events=events,
    )


def _enough(y: Vector) -> bool:
    events = int(y.sum())
    return min(events, len(y) - events) >= FEWEST


def _figures(figures: Figures, y: Vector, p: Vector) -> dict[str, Any]:
    """The judgement's figures, the AUC with its interval, and how many times more events the best quarter has."""
    auc = auc_interval(figures.auc, int(y.sum()), len(y) - int(y.sum()))
    return figures.known() | {"auc": auc, "lift_of_top_quarter": _lift(y, p)}


def _lift(y: Vector, p: Vector) -> float:
    """Event rate of the best quarter over that of all; scores at its edge that are alike count in part."""
    size = max(1, round(_QUARTER * len(p)))
    edge = np.sort(p)[-size]
    above, at = p > edge, p == edge
    return float((y[above].sum() + (size - above.sum()) * y[at].mean()) / size / y.mean())


def _bins(artifact: Artifact, y: Vector, p: Vector, coarse: bool) -> dict[str, Any]:
    """Records, events and mean phat by tenth of the scores, or by the steps in which they were captured."""
    if not coarse:
        return score_bins(p, y, _TENTHS).to_dict()
    edges = np.array(Steps(artifact.baseline).bins.edges)
    _, place = np.unique(np.searchsorted(edges[1:-1], p, side="right"), return_inverse=True)
    records, means, events = np.bincount(place), np.bincount(place, p), np.bincount(place, y)
    return {"records": records.tolist(), "mean_phat": (means / records).tolist(), "events": events.astype(int).tolist()}


def _columns(artifact: Artifact, labelled: Labelled, p: Vector, limits: Limits) -> list[ColumnChange]:
    y = labelled.y[labelled.complete]
    if not _enough(y):
        return []
    scores = binary_scores(artifact.link, y, p, labelled.linear_predictor(artifact.coefficients))
    return list(column_changes(columns_of(artifact, labelled, scores), scores, limits))


def expected_figures(phat: Vector, cutoff: float) -> dict[str, float]:
    """How good probabilities (n) are if they are right, without any outcome; they must not be all 0 or all 1.

    Each record is an event with the probability phat: Brier score and log loss are then means over its two outcomes,
    the AUC is the share of pairs of an event and another record that are in order, by the probabilities of both;
    precision and recall are at the cutoff. The errors are standard errors of what would be observed.
    """
    events, others = float(phat.sum()), float((1 - phat).sum())
    called = phat >= cutoff
    inner = np.clip(phat, CLIP, 1 - CLIP)
    auc = _expected_auc(phat)
    named = {
        "auc": auc,
        "brier": float(np.mean(phat * (1 - phat))),
        "log_loss": float(-np.mean(inner * np.log(inner) + (1 - inner) * np.log1p(-inner))),
        "event_rate": events / len(phat),
        "called": float(called.mean()),
        "recall": float(phat[called].sum() / events),
        "brier_error": float(np.sqrt(np.sum((1 - 2 * phat) ** 2 * phat * (1 - phat))) / len(phat)),
        "auc_error": _auc_error(auc, events, others),
    }
    return named | ({"precision": float(phat[called].mean())} if called.any() else {})


def _expected_auc(phat: Vector) -> float:
    """Sum of p (1 - q) over pairs in which p is above q, ties by half, over that of all pairs of two records."""
    order = np.argsort(phat, kind="stable")
    p = phat[order]
    _, starts, counts = np.unique(p, return_index=True, return_counts=True)
    below = np.concatenate([[0.0], np.cumsum(1 - p)])
    own = np.repeat(starts, counts)
    lower, alike = below[own], below[own + np.repeat(counts, counts)] - below[own]
    ahead = np.sum(p * (lower + (alike - (1 - p)) / 2))
    pairs = p.sum() * (1 - p).sum() - np.sum(p * (1 - p))
    return float(ahead / pairs)


def _auc_error(auc: float, events: float, others: float) -> float:
    """Standard error of an observed AUC, by Hanley and McNeil (see `auc_interval`)."""
    bounds = auc_interval(auc, max(2, round(events)), max(2, round(others)))
    return float((bounds["upper"] - auc) / stats.norm.ppf(0.975)) if bounds["upper"] < 1 else 0.0
