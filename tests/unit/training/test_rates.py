"""With a constant the mean of a logit's phat is the event rate, however rare events or others are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.model.model import Model
from phat.training.config import Config, FieldConfig
from phat.training.data import Table
from phat.training.fit import fit

ROWS = 4_000
CONFIG = Config(target="y", fields=(FieldConfig("x", "number"),))


def drawn(rate: float, slope: float, seed: int) -> Table:
    """A table in which exactly this share of the rows are events, the more likely the larger x (Gumbel's trick)."""
    random = np.random.default_rng(seed)
    x = random.normal(size=ROWS)
    order = np.argsort(-(slope * x + random.gumbel(size=ROWS)))
    y = np.zeros(ROWS, int)
    y[order[: round(rate * ROWS)]] = 1
    return Table.of({"x": [f"{value:.4f}" for value in x], "y": [str(value) for value in y]})


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.floats(-3, 3), st.floats(-1, 1), st.integers(0, 1_000))
def test_mean_phat_is_the_event_rate(place: float, slope: float, seed: int) -> None:
    """From 0.1 % to 99.9 % events the mean served phat is the rate to 1e-6."""
    rate = 10**place / (1 + 10**place)
    table = drawn(rate, slope, seed)
    events = table.columns["y"].count("1")
    model = Model.from_bytes(fit(table, CONFIG).artifact.to_bytes())
    answers = model.predictor.predict([{"x": x} for x in table.columns["x"]])
    assert abs(np.mean([answer.answer for answer in answers]) - events / ROWS) < 1e-6
