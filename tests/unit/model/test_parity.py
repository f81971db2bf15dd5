"""statsmodels is the judge: the same columns, the same numbers."""

from collections.abc import Callable
from functools import cache
from math import fsum
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from phat.model.explain import standard_error, wald_interval
from phat.model.model import Model
from phat.model.student import quantile
from tests.unit.model.fits import FITS, Fitted, fit

fitted = cache(fit)
INVERSE: dict[str, Callable[[Any], Any]] = {
    "logit": sm.families.links.Logit().inverse,
    "probit": sm.families.links.Probit().inverse,
    "cloglog": sm.families.links.CLogLog().inverse,
}
CASES = [(kind, constant) for kind in FITS for constant in (True, False)]


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Fitted:
    """Every kind of model that can be served, with and without a constant."""
    return fitted(*request.param)


@pytest.fixture
def served(case: Fitted) -> Model:
    """The model as the endpoint reads it; its golden records, statsmodels' own, have been scored."""
    return Model.from_bytes(case.artifact.to_bytes())


def test_columns_are_those_of_the_fit(case: Fitted, served: Model) -> None:
    """Raw records become the columns that statsmodels was fitted on, bit for bit."""
    found = np.array([one.values for one in served.predictor.predict(case.records)])
    assert np.array_equal(found, case.columns)


def test_phat_is_that_of_predict(case: Fitted, served: Model) -> None:
    """Phat equals results.predict to 1e-12."""
    found = np.array([one.answer for one in served.predictor.predict(case.records)])
    assert np.abs(found - case.results.predict(case.columns)).max() < 1e-12


def test_standard_error_is_that_of_get_prediction(case: Fitted, served: Model) -> None:
    """The standard error of the linear predictor equals statsmodels' own to 1e-9."""
    found = [
        standard_error(one.values, served.artifact.known_covariance) for one in served.predictor.predict(case.records)
    ]
    prediction = case.results.get_prediction(case.columns, which="linear")
    assert np.abs(found - prediction.se).max() < 1e-9


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999999])
def test_interval_is_that_of_get_prediction(case: Fitted, served: Model, level: float) -> None:
    """Bounds equal statsmodels' Wald bounds of the linear predictor, through its own inverse link, to 1e-9."""
    z, link = quantile(level, None), served.predictor.inverse_link
    predictions = served.predictor.predict(case.records)
    errors = [standard_error(one.values, served.artifact.known_covariance) for one in predictions]
    found = [wald_interval(one.linear_predictor, e, z, link)[:2] for one, e in zip(predictions, errors, strict=True)]
    bounds = case.results.get_prediction(case.columns, which="linear").conf_int(alpha=1 - level)
    expected = INVERSE[served.artifact.link](np.clip(bounds, -50, 50))
    assert np.abs(np.array(found) - expected).max() < 1e-9


def test_contributions_add_up(case: Fitted, served: Model) -> None:
    """Each field's contribution is its columns times statsmodels' coefficients; with the constant they are the sum."""
    places = {"age": [1], "debt": [3], "region": [0, 2]}
    for one, columns in zip(served.predictor.predict(case.records), case.columns, strict=True):
        found = served.explainer.contributions(one.values)
        for each in found:
            own = places[each.field]
            assert each.value == pytest.approx(columns[own] @ case.results.params[own], abs=1e-12)
            assert each.relative is None
        assert fsum([served.explainer.constant, *(each.value for each in found)]) == one.linear_predictor


@pytest.fixture(scope="module")
def logit(facts: dict[str, Any]) -> Any:
    """Statsmodels' Logit without a fit: its predict takes coefficients and columns."""
    return sm.Logit(np.array([0, 1] * 13), np.eye(26)[:, : len(facts["params"])])


def columns_of(model: Model, golden: list[dict[str, Any]]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """The reference model's columns of all golden records."""
    return np.array([one.values for one in model.predictor.predict([line["record"] for line in golden])])


def test_reference_model_scores_as_statsmodels(
    model: Model, golden: list[dict[str, Any]], facts: dict[str, Any], logit: Any
) -> None:
    """Statsmodels scores the golden records' columns as we do, to 1e-12."""
    expected = logit.predict(facts["params"], columns_of(model, golden))
    found = [model.predictor.predict_one(line["record"]).answer for line in golden]
    assert np.abs(found - expected).max() < 1e-12


def test_position_is_the_trap_that_names_avoid(
    model: Model, golden: list[dict[str, Any]], facts: dict[str, Any], logit: Any
) -> None:
    """Columns sorted by name make statsmodels answer 0.93 for 0.087, silently; here keys may come in any order."""
    import pandas as pd

    record = golden[0]["record"]
    named = pd.DataFrame(columns_of(model, golden[:1]), columns=list(model.artifact.columns))
    right = logit.predict(facts["params"], named)
    wrong = logit.predict(facts["params"], named[sorted(named.columns)])
    assert (round(float(right[0]), 3), round(float(wrong[0]), 2)) == (0.087, 0.93)
    for keys in (sorted(record), sorted(record, reverse=True), list(record)):
        found = model.predictor.predict_one({key: record[key] for key in keys})
        assert found.answer == pytest.approx(golden[0]["phat"], abs=1e-12)
