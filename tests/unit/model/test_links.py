"""The inverse links, at both tails, against scipy."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from phat.model.links import INVERSE_LINKS

etas = st.floats(-40, 40) | st.floats(-750, 750) | st.floats(allow_nan=False, allow_infinity=False)
JUDGES: dict[str, Callable[[float], float]] = {
    "logit": special.expit,
    "probit": special.ndtr,
    "cloglog": lambda eta: -np.expm1(-np.exp(min(eta, 700.0))),
}


@pytest.mark.parametrize("link", JUDGES)
@settings(deadline=None, max_examples=500)
@given(eta=etas)
def test_agrees_with_scipy(link: str, eta: float) -> None:
    """Relative to the probability itself, and so at the lower tail too, the answer is right to about 1e-13."""
    expected = float(JUDGES[link](eta))
    # erfc's argument is rounded: its relative error grows with the square of eta.
    tolerance = 4e-15 * max(1.0, eta * eta) if link == "probit" and -40 < eta < 0 else 1e-14
    assert INVERSE_LINKS[link](eta) == pytest.approx(
        expected, rel=tolerance, abs=1e-306
    )  # scipy flushes subnormals to zero


@pytest.mark.parametrize("link", JUDGES)
@settings(deadline=None, max_examples=300)
@given(first=etas, second=etas)
def test_rises_within_bounds(link: str, first: float, second: float) -> None:
    """A probability lies between 0 and 1 and never falls as the linear predictor rises."""
    low, high = (INVERSE_LINKS[link](eta) for eta in sorted((first, second)))
    assert 0 <= low <= high * (1 + 1e-13) <= 1 + 1e-13
    assert high <= 1


@pytest.mark.parametrize(
    ("link", "eta", "expected"),
    [
        ("logit", 0.0, 0.5),
        ("logit", -700.0, math.exp(-700.0)),
        ("logit", 40.0, 1.0),
        ("probit", 0.0, 0.5),
        ("probit", -10.0, 7.619853024160527e-24),  # Abramowitz and Stegun, table 26.2
        ("probit", 9.0, 1.0),
        ("cloglog", -40.0, 4.248354255291589e-18),  # exp(-40): the lower tail is the exponential
        ("cloglog", 0.0, 1 - math.exp(-1)),
        ("cloglog", 4.0, 1.0),
    ],
)
def test_known_values(link: str, eta: float, expected: float) -> None:
    """Known values come out, small ones with all their digits."""
    assert INVERSE_LINKS[link](eta) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("link", JUDGES)
def test_no_overflow(link: str) -> None:
    """The largest floats give 0 and 1, not an exception."""
    assert INVERSE_LINKS[link](-1.7e308) == 0.0
    assert INVERSE_LINKS[link](1.7e308) == 1.0
