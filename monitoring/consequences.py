"""So what: whether the scores, the decisions and the accuracy have moved, in a sentence each."""

from collections.abc import Iterator
from math import sqrt

import numpy as np

from phat.model.answer import Binary
from phat.model.artifact import Artifact
from phat.model.percent import percent
from phat.monitoring.captures import Traffic
from phat.monitoring.drift import FieldDrift, Limits
from phat.monitoring.outcomes import Outcomes

_QUALITY = (("auc", "the AUC"), ("rmse", "the root mean squared error"), ("accuracy", "the share of right classes"))
"""The figure that says how good a model of a kind is; of these, the first that there is."""


_SHARE = 0.05
"""What the share of a decision may move: that of the training is known to a bin of its scores, about so wide."""
_FAR = 4.0
"""Standard errors beyond which a difference is none of chance."""


def consequences(
    artifact: Artifact, traffic: Traffic, score: FieldDrift, outcomes: Outcomes | None, limits: Limits
) -> Iterator[str]:
    """The three sentences; what cannot be known is said."""
    yield _scores(score, limits)
    if isinstance(artifact.answer, Binary):
        yield _decisions(artifact, traffic, limits)
    yield _accuracy(outcomes)


def _scores(score: FieldDrift, limits: Limits) -> str:
    if not score.tested:
        return f"scores: {_too_few(limits)}"
    means = (
        "" if score.mean_base is None else f", {score.mean_base:.4g} on average in training, {score.mean_now:.4g} now"
    )
    return f"scores: {'moved' if score.flagged else 'not moved'} (PSI {score.psi:.2f}{means})"


def _too_few(limits: Limits) -> str:
    return f"too few to judge (at least {limits.fewest} are needed)"


def _decisions(artifact: Artifact, traffic: Traffic, limits: Limits) -> str:
    answer = artifact.answer
    assert isinstance(answer, Binary)  # noqa: S101  # as the caller found
    if len(traffic.records) < limits.fewest:
        return f"decisions: {_too_few(limits)}"
    weights = np.array([1 / record["share"] for record in traffic.records])
    called = np.array([record["event"] for record in traffic.records])
    now, then = float(np.average(called, weights=weights)), _called_in_training(artifact, answer.cutoff)
    said = f"{percent(now)} are called {answer.labels.event} now"
    if then is None:
        return f"decisions: {said}; how many in training is not known"
    error = sqrt(then * (1 - then) * float((weights**2).sum())) / float(weights.sum())
    moved = abs(now - then) > max(_SHARE, _FAR * error)
    return f"decisions: {'moved' if moved else 'not moved'}; {said}, about {percent(then)} in training"


def _called_in_training(artifact: Artifact, cutoff: float) -> float | None:
    """The share of the training's scores from the cutoff up; within its bin they count as spread evenly."""
    score = artifact.baseline.score if artifact.baseline else None
    if score is None:
        return None
    below = np.concatenate([[0.0], np.cumsum(score.records)]) / sum(score.records)
    return 1.0 - float(np.interp(cutoff, score.edges, below))


def _accuracy(outcomes: Outcomes | None) -> str:
    figures = outcomes.figures if outcomes is not None else None
    if figures is None or outcomes is None:
        return "accuracy: not known without outcomes"
    name, words = next((pair for pair in _QUALITY if pair[0] in figures), ("", ""))
    if not name:
        return "accuracy: see the figures of outcomes"
    now = figures[name]
    said = f"{words} is {now['value']:.4g} (95 % interval {now['lower']:.4g} to {now['upper']:.4g})"
    then = outcomes.training.get(name)
    if then is None:
        return f"accuracy: {said}; that of training is not known"
    moved = "not moved" if now["lower"] <= then <= now["upper"] else "moved"
    return f"accuracy: {moved}; {said}, {then:.4g} in training"
