"""Distances and tests agree with other libraries' figures, and with what can be worked out by hand."""

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from phat.monitoring.statistics import holm, homogeneity, jensen_shannon_distance, population_stability_index

counts = st.lists(st.integers(0, 500), min_size=3, max_size=3).map(lambda found: np.array(found, float) + 1)


def test_index_by_hand() -> None:
    """Two bins of a half each that become 0.6 and 0.4; an empty bin counts as one in ten thousand."""
    half = np.array([50.0, 50.0])
    expected = 0.1 * log(0.6 / 0.5) - 0.1 * log(0.4 / 0.5)
    assert population_stability_index(half, np.array([60.0, 40.0])) == pytest.approx(expected)
    emptied = 0.5 * log(2) + (1e-4 - 0.5) * log(2e-4)
    assert population_stability_index(half, np.array([10.0, 0.0])) == pytest.approx(emptied)


@given(counts, counts)
def test_distance(base: np.ndarray, now: np.ndarray) -> None:
    """The distance is by entropies what it is by scipy's own function."""
    p, q = base / base.sum(), now / now.sum()
    divergence = stats.entropy((p + q) / 2, base=2) - (stats.entropy(p, base=2) + stats.entropy(q, base=2)) / 2
    assert jensen_shannon_distance(base, now) == pytest.approx(sqrt(max(divergence, 0)), abs=1e-6)


@given(counts, counts)
def test_homogeneity(base: np.ndarray, now: np.ndarray) -> None:
    """The test is Pearson's, worked out from observed and expected counts."""
    table = np.array([base, now])
    expected = table.sum(1, keepdims=True) * table.sum(0, keepdims=True) / table.sum()
    statistic = ((table - expected) ** 2 / expected).sum()
    assert homogeneity(base, now) == pytest.approx(stats.chi2.sf(statistic, 2), abs=1e-9)


def test_homogeneity_of_nothing() -> None:
    """One bin, or no value, says nothing."""
    assert homogeneity(np.array([5.0]), np.array([7.0])) == 1.0
    assert homogeneity(np.array([5.0, 5.0]), np.array([0.0, 0.0])) == 1.0


@pytest.mark.slow  # 50 ms each in statsmodels
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm(p: list[float]) -> None:
    """The correction is the one of statsmodels."""
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1].tolist())
