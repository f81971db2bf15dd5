"""Why the model answers as it does, and how sure it is."""

import json
from math import exp, fsum, inf, isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.explain import normal_quantile, odds_ratio, standard_error
from model.loaded import Model


def test_quantiles_are_the_tables() -> None:
    """The quantiles are those of scipy's normal distribution, far into the tail."""
    from scipy.stats import norm

    for level in (1e-9, 0.5, 0.95, 0.999999, 1 - 2**-53):
        assert normal_quantile(level) == pytest.approx(norm.isf((1 - level) / 2), rel=1e-12)


def test_average_customer_is_that_of_the_baseline(model: Model) -> None:
    """Relative contributions and the average's linear predictor add up to the record's linear predictor."""
    means = (model.artifact.baseline or {})["columns"]
    average = fsum(coefficient * means[name] for name, coefficient in model.artifact.coefficients.items())
    assert model.explainer.average == pytest.approx(average, abs=1e-15)
    for golden in model.artifact.golden:
        found = model.explainer.contributions(model.predictor.predict_one(dict(golden.record)).values)
        assert fsum([average, *(each.relative or 0.0 for each in found)]) == pytest.approx(golden.linear_predictor)


def test_without_a_baseline_nothing_is_relative(artifact_bytes: bytes) -> None:
    """A model whose training data is not known says nothing about its average customer."""
    plain = json.loads(artifact_bytes) | {"baseline": None}
    model = Model.from_bytes(json.dumps(plain).encode())
    assert model.explainer.average is None
    assert {
        each.relative for each in model.explainer.contributions(model.predictor.predict_one({"x12": 1}).values)
    } == {None}


def test_odds_ratios() -> None:
    """A difference of log-odds multiplies the odds by its exponential, as far as floats reach."""
    assert odds_ratio(0.0) == 1.0
    assert odds_ratio(-0.7) == exp(-0.7)
    assert odds_ratio(1000.0) is None
    assert odds_ratio(-1000.0) == 0.0


@settings(deadline=None)
@given(st.lists(st.floats(-1e308, 1e308), min_size=3, max_size=3))
def test_standard_error_of_any_values(values: list[float]) -> None:
    """However large the values, the standard error is a number that is not negative, or infinite, never NaN."""
    covariance = ((2.0, -0.5, 0.1), (-0.5, 1.0, 0.3), (0.1, 0.3, 0.7))
    found = standard_error(values, covariance)
    assert found == inf or (isfinite(found) and found >= 0)


def test_large_values_keep_their_standard_error() -> None:
    """Where squares overflow, the standard error is scaled out of trouble."""
    assert standard_error([1e200], ((4.0,),)) == pytest.approx(2e200)
    assert standard_error([1e200, -1e200], ((1.0, 1.0), (1.0, 1.0))) == 0.0
