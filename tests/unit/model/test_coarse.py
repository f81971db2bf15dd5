"""Scores in steps."""

import pytest

from phat.model.baseline import Baseline, ScoreBins
from phat.model.coarse import STEPS, Steps


def baseline(score: ScoreBins) -> Baseline:
    """A baseline of these scores alone."""
    return Baseline("made up", sum(score.records), {}, {}, score)


def test_bins_are_put_together() -> None:
    """Neighbouring bins make a step, whose mean is that of their records; beyond the ends the outermost counts."""
    edges = tuple(n / 100 for n in range(11))
    steps = Steps(baseline(ScoreBins(edges, (1, 3) * 5, tuple((n + 0.5) / 100 for n in range(10)))))
    assert steps.bins.edges == (0.0, 0.02, 0.04, 0.06, 0.08, 0.1)
    assert steps.bins.records == (4,) * STEPS
    assert steps.mean(0.0) == steps.mean(0.0199) == pytest.approx((0.005 + 3 * 0.015) / 4)
    assert steps.mean(0.02) == pytest.approx((0.025 + 3 * 0.035) / 4)
    assert steps.mean(0.9) == steps.mean(0.1) == pytest.approx((0.085 + 3 * 0.095) / 4)


@pytest.mark.parametrize(
    ("score", "phat", "mean"),
    [
        (None, 0.47, 0.5),
        (ScoreBins((0.2, 0.4, 0.8), (3, 0)), 0.3, 0.3),
        (ScoreBins((0.2, 0.4, 0.8), (3, 0), (0.25, 0.0)), 0.5, 0.6),
        (ScoreBins((0.3,), (7,)), 0.9, 0.3),
    ],
)
def test_where_little_is_known(score: ScoreBins | None, phat: float, mean: float) -> None:
    """Without a baseline steps are even; a step without a known mean stands for its middle; few bins stay."""
    assert Steps(None if score is None else baseline(score)).mean(phat) == pytest.approx(mean)
