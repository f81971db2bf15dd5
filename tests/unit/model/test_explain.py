"""Why the model answers as it does, and how sure it is."""

import json
from math import exp, fsum, inf, isfinite, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.model.explain import Interval, ratio, standard_error, wald_interval
from phat.model.model import Model
from phat.model.student import quantile
from tests.unit.model.other import baseline, other_model


def test_quantiles_are_the_tables() -> None:
    """The quantiles are those of scipy's normal distribution, far into the tail."""
    from scipy.stats import norm

    for level in (1e-9, 0.5, 0.95, 0.999999, 1 - 2**-53):
        assert quantile(level, None) == pytest.approx(norm.isf((1 - level) / 2), rel=1e-12)


def test_average_record_is_that_of_the_baseline(model: Model) -> None:
    """Relative contributions and the average's linear predictor add up to the record's linear predictor."""
    baseline = model.artifact.baseline
    assert baseline is not None
    average = fsum(coefficient * baseline.columns[name] for name, coefficient in model.artifact.coefficients.items())
    assert model.explainer.average == pytest.approx(average, abs=1e-15)
    for golden in model.artifact.golden:
        found = model.explainer.contributions(model.predictor.predict_one(dict(golden.record)).values)
        assert fsum([average, *(each.relative or 0.0 for each in found)]) == pytest.approx(golden.linear_predictor)


def test_without_a_baseline_nothing_is_relative(artifact_bytes: bytes) -> None:
    """A model whose training data is not known says nothing about its average record."""
    plain = json.loads(artifact_bytes) | {"baseline": None}
    model = Model.from_bytes(json.dumps(plain).encode())
    assert model.explainer.average is None
    assert {
        each.relative for each in model.explainer.contributions(model.predictor.predict_one({"x12": 1}).values)
    } == {None}


def test_odds_ratios() -> None:
    """A difference of log-odds multiplies the odds by its exponential, as far as floats reach."""
    assert ratio(0.0) == 1.0
    assert ratio(-0.7) == exp(-0.7)
    assert ratio(1000.0) is None
    assert ratio(-1000.0) == 0.0


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


def test_interval_by_hand() -> None:
    """The interval is eta plus and minus z standard errors through the inverse link, with the error itself."""
    found = wald_interval(0.5, 0.25, 2.0, lambda eta: 10 * eta)
    assert (found.lower, found.upper, found.standard_error) == (0.0, 10.0, 0.25)
    assert found == Interval(0.0, 10.0, 0.25)


def test_standard_error_by_hand() -> None:
    """The standard error is the root of x' V x, zero columns left out, and never of a negative number."""
    covariance = ((4.0, 1.0, 9e9), (1.0, 9.0, 9e9), (9e9, 9e9, 9e9))
    assert standard_error([1.0, -2.0, 0.0], covariance) == sqrt(4 - 4 + 36)
    assert standard_error([0.0, 0.0, 0.0], covariance) == 0.0
    assert standard_error([1.0, -1.0], ((1.0, 1.0 + 1e-9), (1.0 + 1e-9, 1.0))) == 0.0
    assert standard_error([0.5], ((0.25,),)) == 0.25


def test_contributions_by_hand() -> None:
    """A field's contribution is coefficient times value over its columns; without a constant, that one is zero."""
    model = other_model()
    found = model.explainer.contributions(model.predictor.predict_one({"debt": 3.0, "region": "West"}).values)
    assert [(each.field, each.value, each.relative) for each in found] == [("debt", -1.5, None), ("region", 0.5, None)]
    assert (model.explainer.constant, model.explainer.average) == (0.0, None)


def test_contributions_relative_to_means_by_hand() -> None:
    """Relative to the column means of the training data, a contribution says how far a record is from the average."""
    means = {"region_west": 0.25, "debt": -1.0, "region_south": 0.5}
    model = other_model(baseline=baseline(means))
    found = model.explainer.contributions(model.predictor.predict_one({"debt": 3.0, "region": "West"}).values)
    assert [each.relative for each in found] == [-1.5 - 1.5, 0.5 - (0.125 + 1.0)]
    assert model.explainer.average == 1.5 + 0.125 + 1.0


def test_constant_is_its_coefficient() -> None:
    """The constant adds its coefficient, and with the fields' contributions makes the linear predictor."""
    names = {"const": 0.75, "debt": -1.5, "region_south": 2.0}
    model = other_model(coefficients=names, constant="const")
    assert model.explainer.constant == 0.75
    found = model.predictor.predict_one({"debt": 3.0, "region": "south"})
    parts = [each.value for each in model.explainer.contributions(found.values)]
    assert (parts, found.linear_predictor) == ([-1.5, 2.0], 1.25)
