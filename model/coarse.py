"""Scores in steps: what captures keep of them where fields are hidden, so that these are not computed back from one.

A score is `phat` or a mean. With the model's file, the score to its last digit and all other fields, a hidden field's
value is the solution of one equation. A fifth of the training scores leaves several levels, or a wide range, that all
solve it.
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise, repeat

from phat.model.baseline import Baseline, ScoreBins

STEPS = 5
_EVEN = ScoreBins(tuple(step / STEPS for step in range(STEPS + 1)), (0,) * STEPS)
"""For a model without a baseline."""


class Steps:
    """Bins of a score, at most `STEPS` of them, and for each the mean of the training scores in it.

    Of probabilities without a baseline the steps are even.
    """

    def __init__(self, baseline: Baseline | None) -> None:
        self.bins = _EVEN if baseline is None or baseline.score is None else _merged(baseline.score)
        self._means = tuple(_means(self.bins))

    def mean(self, score: float) -> float:
        """What stands for a score: the mean of its bin; beyond the training's range the outermost counts."""
        edges = self.bins.edges
        return self._means[bisect_right(edges, score, 1, len(edges) - 1) - 1]


def _merged(score: ScoreBins) -> ScoreBins:
    """Neighbouring bins put together, about the same number into each."""
    size = len(score.records)
    if size <= STEPS:
        return score
    bounds = [round(step * size / STEPS) for step in range(STEPS + 1)]
    spans = [slice(*span) for span in pairwise(bounds)]
    records = tuple(sum(score.records[span]) for span in spans)
    edges = tuple(score.edges[bound] for bound in bounds)
    if score.mean_phat is None:
        return ScoreBins(edges, records)
    sums = [n * mean for n, mean in zip(score.records, score.mean_phat, strict=True)]
    return ScoreBins(edges, records, tuple(sum(sums[span]) / max(n, 1) for span, n in zip(spans, records, strict=True)))


def _means(bins: ScoreBins) -> Iterator[float]:
    """The mean of each bin; its middle where no score is known to lie in it."""
    spans = [*pairwise(bins.edges)] or [(bins.edges[0], bins.edges[0])]
    for (low, high), records, mean in zip(spans, bins.records, bins.mean_phat or repeat(None), strict=False):
        yield mean if records and mean is not None else (low + high) / 2
