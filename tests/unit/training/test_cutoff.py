"""Where the decision is cut: how many are called, what mistakes cost, and that no score ties with it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from phat.model.model import Model
from phat.training.config import Config, FieldConfig
from phat.training.costs import costs
from phat.training.cutoff import calling, choose_cutoff, near
from phat.training.errors import ConfigError
from phat.training.fit import fit
from tests.unit.training.tables import CONFIG, table

PLAIN = Config(target="y", fields=(FieldConfig("x", "number"),))
scores = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5 + 1e-16, 0.75, 1.0]), min_size=1, max_size=30).map(np.array)


@given(scores, st.floats(0, 1))
def test_the_share_that_is_called_is_the_nearest_that_is_possible(phat: NDArray[np.float64], share: float) -> None:
    """No other cutoff calls a share that is nearer to the wanted one, and no score between 0 and 1 ties with it."""
    cutoff = calling(phat, share)
    wanted = share * len(phat)
    possible = [int((phat >= edge).sum()) for edge in (0.0, 0.05, 0.2, 0.4, 0.6, 0.9, 1.1)]
    assert 0 <= cutoff <= 1
    assert abs((phat >= cutoff).sum() - wanted) == min(abs(count - wanted) for count in possible) or phat.max() == 1
    assert not [score for score in phat if 0 < score < 1 and abs(score - cutoff) < 1e-9]


@given(scores, st.floats(0.01, 0.99))
def test_a_cutoff_is_moved_without_a_change(phat: NDArray[np.float64], cutoff: float) -> None:
    """Moved between the scores around it, a cutoff calls the same rows, but for scores that differ by rounding."""
    moved = near(phat, cutoff)
    changed = (phat >= moved) != (phat >= cutoff)
    assert (np.abs(phat[changed] - cutoff) < 1e-9).all()


@given(scores)
def test_more_are_called_for_a_larger_share(phat: NDArray[np.float64]) -> None:
    """The cutoff never rises with the share."""
    cutoffs = [calling(phat, share) for share in np.linspace(0, 1, 11)]
    assert cutoffs == sorted(cutoffs, reverse=True)


def test_as_many_as_events_happen() -> None:
    """Without anything said the cutoff calls as many rows as are events; it is said in words, and served."""
    data = table()
    found = fit(data, CONFIG)
    events = data.columns["y"].count("1") / 600
    assert found.called == pytest.approx(events, abs=1 / 600)
    assert found.artifact.provenance.cutoff == "as many as events happen"
    assert found.artifact.cutoff == Model.from_bytes(found.artifact.to_bytes()).artifact.cutoff


@pytest.mark.parametrize(
    ("change", "called", "reason"),
    [
        ({"cutoff_share": 0.1}, 0.1, "10.0 % are to be called"),
        (
            {"cost_of_miss": 9.0, "cost_of_false_alarm": 1.0},
            None,
            "a miss costs 9 and a false alarm 1, so that calling",
        ),
        ({"cutoff": 0.3}, None, "as configured"),
    ],
)
def test_ways_to_choose(change: dict[str, Any], called: float | None, reason: str) -> None:
    """A share, costs or a number choose the cutoff; costs put it where a call begins to pay."""
    phat = np.random.default_rng(0).uniform(0, 1, 1000)
    chosen = choose_cutoff(phat, (phat > 0.5).astype(float), replace(PLAIN, **change))
    assert chosen.reason.startswith(reason)
    if called is not None:
        assert (phat >= chosen.value).mean() == called
    if "cost_of_miss" in change:
        assert chosen.value == pytest.approx(0.1, abs=0.005)
    if "cutoff" in change:
        assert chosen.value == 0.3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cutoff": 0.5, "cutoff_share": 0.1}, "got more than one"),
        ({"cutoff_share": 0.1, "cost_of_miss": 1.0, "cost_of_false_alarm": 1.0}, "got more than one"),
        ({"cost_of_miss": 1.0}, "got one of them"),
        ({"cost_of_miss": -1.0, "cost_of_false_alarm": 1.0}, "cost_of_miss: got -1.0"),
        ({"cutoff_share": 1.5}, "cutoff_share: got 1.5"),
    ],
)
def test_contradictions_are_refused(change: dict[str, Any], reason: str) -> None:
    """Two ways at once, half of the costs, and numbers that are none are refused by name."""
    with pytest.raises(ConfigError, match=reason):
        replace(PLAIN, **change)


@given(scores, st.integers(0, 2**31), st.floats(0.1, 10), st.floats(0.1, 10))
def test_the_best_cutoff_costs_least(phat: NDArray[np.float64], seed: int, miss: float, false_alarm: float) -> None:
    """No cutoff at all costs less than the best, and the figures of all and none are those of such cutoffs."""
    target = (np.random.default_rng(seed).random(len(phat)) < 0.5).astype(float)
    found = costs(target, phat, 0.5, miss, false_alarm)["a_record"]

    def cost(called: NDArray[np.bool_]) -> float:
        return float((miss * (~called & (target == 1)) + false_alarm * (called & (target == 0))).mean())

    edges = [*np.unique(phat), 2.0]
    assert found["best"] == pytest.approx(min(cost(phat >= edge) for edge in edges)) or phat.max() == 1
    assert found["all"] == pytest.approx(cost(phat >= 0))
    assert found["none"] == pytest.approx(cost(phat > 1))
    assert found["model"] == pytest.approx(cost(phat >= 0.5))
