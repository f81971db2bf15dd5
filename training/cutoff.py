"""Where the decision is cut: how many are called, or what mistakes cost, and never at a score that a row has."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.model.percent import percent
from phat.training.config import Config

Vector = NDArray[np.float64]

_TIES = 1e-12
"""Scores that are no farther from each other are one: their last bits depend on how they were summed."""


class Cutoff(NamedTuple):
    """A cutoff between 0 and 1, and why it is there, in words."""

    value: float
    reason: str


def choose_cutoff(phat: Vector, target: Vector, config: Config) -> Cutoff:
    """The cutoff that a configuration asks for, of the scores (n) of the fit and their outcomes (n, 1 for an event).

    Without anything said as many are called as events happened.
    """
    if config.cutoff is not None:
        return Cutoff(config.cutoff, "as configured")
    if config.cost_of_miss is not None and config.cost_of_false_alarm is not None:
        share = config.cost_of_false_alarm / (config.cost_of_false_alarm + config.cost_of_miss)
        reason = f"a miss costs {config.cost_of_miss:g} and a false alarm {config.cost_of_false_alarm:g}"
        return Cutoff(near(phat, cutoff_of_costs(config.cost_of_miss, config.cost_of_false_alarm)),
                      f"{reason}, so that calling pays from {percent(share)} on")  # fmt: skip
    share = float(target.mean()) if config.cutoff_share is None else config.cutoff_share
    value = calling(phat, share)
    if abs((phat >= value).sum() - share * len(phat)) > 1:
        wanted = "happen" if config.cutoff_share is None else "are to be called"
        return Cutoff(value, f"as near to the {percent(share)} that {wanted} as rows with equal scores allow")
    reason = "as many as events happen" if config.cutoff_share is None else f"{percent(share)} are to be called"
    return Cutoff(value, reason)


def cutoff_of_costs(miss: float, false_alarm: float) -> float:
    """The probability from which calling costs less than not calling, if probabilities are right.

    Source: Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001, equation 2.
    """
    return false_alarm / (false_alarm + miss)


def calling(phat: Vector, share: float) -> float:
    """The cutoff that calls the share of the scores (n) that is nearest to this one; midway between two of them."""
    edges, called = _between(phat)
    return float(edges[int(np.argmin(np.abs(called - share * len(phat))))])


def near(phat: Vector, cutoff: float) -> float:
    """The cutoff midway between the scores (n) around this one, so that the same rows are called and none ties."""
    edges, called = _between(phat)
    wanted = int((phat >= cutoff).sum())
    return float(edges[int(np.argmin(np.abs(called - wanted)))])


def _between(phat: Vector) -> tuple[Vector, NDArray[np.int64]]:
    """Cutoffs midway between neighbouring scores, and how many scores each calls: from all to none."""
    ordered = np.sort(phat)
    steps = np.flatnonzero(np.diff(ordered) > _TIES)
    inner = (ordered[steps] + ordered[steps + 1]) / 2
    edges = np.concatenate([[ordered[0] / 2], inner, [(1 + ordered[-1]) / 2]])
    called = len(phat) - np.concatenate([[0], steps + 1, [len(phat)]])
    return edges, called
