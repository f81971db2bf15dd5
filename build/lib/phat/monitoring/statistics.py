"""How far two distributions are apart, and whether that could be chance.

Counts are of the same bins: numpy arrays of one length.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial.distance import jensenshannon

Vector = NDArray[np.float64]

FLOOR = 1e-4
"""Share that an empty bin counts as in the population stability index, which would be infinite."""


def population_stability_index(base: Vector, now: Vector) -> float:
    """Sum of (q - p) ln(q / p) over the bins' shares p then and q now.

    Source: Siddiqi, Credit Risk Scorecards (2006), p. 137; its usual marks are 0.1 and 0.2.
    """
    return float(sum(contributions(base / base.sum(), now / now.sum())))


def contributions(base: Sequence[float] | Vector, now: Sequence[float] | Vector) -> list[float]:
    """What each bin adds to the population stability index, from its shares then and now."""
    p, q = (np.maximum(np.asarray(shares), FLOOR) for shares in (base, now))
    return [float(part) for part in (q - p) * np.log(q / p)]


def jensen_shannon_distance(base: Vector, now: Vector) -> float:
    """Square root of the Jensen-Shannon divergence in bits, between 0 and 1 (Endres and Schindelin 2003)."""
    return float(jensenshannon(base, now, base=2))


def homogeneity(base: Vector, now: Vector) -> float:
    """The p of Pearson's chi-squared test that both samples come from one distribution; 1 if there is but one bin."""
    used = (base + now) > 0
    if used.sum() < 2 or not base.sum() or not now.sum():
        return 1.0
    return float(stats.chi2_contingency(np.array([base[used], now[used]]), correction=False).pvalue)


def holm(p: Sequence[float]) -> list[float]:
    """The p of many tests, adjusted so that the chance of any false rejection is bounded.

    Source: Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scand. J. Statist. 6 (1979), 65-70.
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values)
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in adjusted]
