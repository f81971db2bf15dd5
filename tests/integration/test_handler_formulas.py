"""Fits by formulas, exported without definitions, through the handler: statsmodels' answers to new raw records."""

import json
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.formula import options

import phat
from phat.model.model import Model
from tests.gateway import call, problem

BINOMIAL = sm.families.Binomial
FITS: dict[str, Any] = {
    "logit: log, category, interaction": lambda d: smf.logit("y ~ np.log(income) * C(region) + age", d),
    "logit: spline": lambda d: smf.logit("y ~ bs(age, df=4, lower_bound=18, upper_bound=80) + region", d),
    "logit: natural spline": lambda d: smf.logit("y ~ cr(age, df=4, constraints='center') + region", d),
    "logit: no constant": lambda d: smf.logit("y ~ 0 + region + age", d),
    "logit: contrasts": lambda d: smf.logit("y ~ C(region, Sum) + C(grade, Poly) + flag", d),
    "logit: standardised": lambda d: smf.logit("y ~ standardize(age) + center(income) + I(age > 40)", d),
    "logit: whole numbers as levels": lambda d: smf.logit("y ~ C(grade) : age", d),
    "probit": lambda d: smf.probit("y ~ np.sqrt(age) + region * flag", d),
    "glm: cloglog": lambda d: smf.glm(
        "y ~ I(age / 10) + I((age / 10)**2) + flag", d, family=BINOMIAL(sm.families.links.CLogLog())
    ),
    "glm: clipped, a condition, odd name": lambda d: smf.glm(
        "y ~ np.clip(age, 25, 60) + np.where(income > 3000, 1, 0) + Q('home value')", d, family=BINOMIAL()
    ),
}


def frame(seed: int, rows: int) -> pd.DataFrame:
    """Raw rows, and outcomes that depend on them."""
    random = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "income": random.lognormal(8, 0.7, rows).round(2),
            "age": random.uniform(18, 80, rows).round(1),
            "region": random.choice(["north", "south", "west"], rows),
            "grade": random.integers(1, 5, rows),
            "flag": random.random(rows) < 0.5,
            "home value": random.uniform(50, 900, rows).round(1),
        }
    )
    eta = 0.4 * np.log(data.income) - 3.5 + 0.02 * data.age * (data.region == "south") + 0.3 * data.flag
    return data.assign(y=(random.random(rows) < 1 / (1 + np.exp(-eta))).astype(int))


@pytest.fixture(scope="module", params=FITS)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Model]]:
    """A fit, and its model in the handler."""
    import handler

    options.formula_engine = "patsy"
    train = frame(1, 800)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = FITS[request.param](train)
        results = fit.fit(disp=0) if request.param.startswith(("logit", "probit")) else fit.fit()
        model = Model.from_bytes(phat.export(results, name="formula")._data)
    assert model.artifact.provenance.proof.kind == "rows"
    assert model.artifact.provenance.proof.records == len(train)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler.serving, "loaded", model)
        yield results, model


@pytest.mark.parametrize("form", ["json", "csv"])
def test_answers_are_statsmodels(served: tuple[Any, Model], form: str) -> None:
    """A thousand new raw records, as JSON and as CSV, get statsmodels' probabilities."""
    results, model = served
    new = frame(2, 1000).drop(columns="y")
    if form == "json":
        answer = call("POST", "/predict", new.to_json(orient="records").encode(), "application/json")
    else:
        answer = call("POST", "/predict", new.to_csv(index=False).encode(), "text/csv")
    assert answer.status == 200, answer.body
    phat_ = np.array([each["phat"] for each in json.loads(answer.body)["predictions"]])
    expected = np.asarray(results.predict(new))
    assert np.abs(phat_ - expected).max() <= 1e-12
    assert all(name in json.loads(answer.body)["predictions"][0]["variables"] for name in model.predictor.shown)


def test_intervals_and_contributions(served: tuple[Any, Model]) -> None:
    """Intervals are statsmodels', and contributions, also of fields together, add up to the linear predictor."""
    results, _ = served
    new = frame(3, 50).drop(columns="y")
    body = new.to_json(orient="records").encode()
    query = [("include", "interval,contributions")]
    answer = call("POST", "/predict", body, "application/json", query=query)
    assert answer.status == 200, answer.body
    linear = results.get_prediction(new, which="linear").summary_frame(alpha=0.05)
    lower = linear.iloc[:, [name.endswith("lower") for name in linear.columns]].to_numpy()[:, 0]
    for prediction, eta, low in zip(json.loads(answer.body)["predictions"], linear.iloc[:, 0], lower, strict=True):
        parts = prediction["contributions"]
        assert parts["linear_predictor"] == pytest.approx(eta, rel=1e-11, abs=1e-11)
        assert parts["constant"] + sum(each["contribution"] for each in parts["fields"]) == pytest.approx(eta, abs=1e-9)
        inverse = results.model.family.link.inverse if hasattr(results.model, "family") else results.model.cdf
        assert prediction["interval"]["lower"] == pytest.approx(float(inverse(low)), rel=1e-9)


def test_bad_records_are_refused_by_name(served: tuple[Any, Model]) -> None:
    """Levels never seen, and gaps in fields that the fit had none in, are named; nothing is half answered."""
    _, model = served
    record = frame(4, 1).drop(columns="y").astype(object).to_dict("records")[0]
    field = model.artifact.schema.fields[0].name
    gap = call("POST", "/predict", [{**record, "flag": True, field: None}])
    assert [(each["field"], each["code"]) for each in problem(gap, 422)["errors"]] == [(field, "missing_value")]
    if "region" in model.artifact.schema.names:
        east = call("POST", "/predict", [{**record, "flag": True, "region": "east"}])
        assert [each["code"] for each in problem(east, 422)["errors"]] == ["unknown_level"]
