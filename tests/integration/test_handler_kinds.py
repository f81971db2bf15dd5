"""Fits of every kind, family and link, exported without definitions, through the handler: statsmodels' answers."""

import csv
import io
import json
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.discrete.discrete_model import GeneralizedPoisson, NegativeBinomialP
from statsmodels.miscmodels.ordinal_model import OrderedModel

import phat
from phat.model.answer import Binary, Classes
from phat.model.model import Model
from phat.training.parity import check_parity
from tests.gateway import call, problem

Links, families = sm.families.links, sm.families
ROWS, NEW = 600, 1000
RAW = ["age", "income", "region", "exposure", "weight"]


def frame(seed: int, rows: int) -> pd.DataFrame:
    """Raw rows, and outcomes of all kinds that depend on them."""
    random = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "age": random.integers(18, 80, rows).astype(float),
            "income": random.lognormal(10, 0.4, rows).round(2),
            "region": random.choice(["north", "south", "west"], rows),
            "exposure": random.uniform(0.5, 2, rows).round(3),
            "weight": random.uniform(1, 3, rows).round(2),
        }
    )
    eta = 0.3 + 0.02 * data.age - 0.4 * (data.region == "south")
    latent = eta + random.logistic(0, 1, rows)
    return data.assign(
        amount=eta + random.normal(0, 0.5, rows),
        positive=random.gamma(4, np.exp(eta - 1) / 4) + 0.01,
        count=random.poisson(np.exp(eta - 1)),
        claims=random.poisson(np.exp(eta - 1) * data.exposure),
        event=(random.random(rows) < 1 / (1 + np.exp(1.2 - eta))).astype(int),
        travel=random.choice(["bus", "car", "train"], rows, p=[0.2, 0.5, 0.3]),
        rank=pd.cut(latent, [-np.inf, 0.5, 1.5, 2.5, np.inf], labels=["low", "mid", "high", "top"]),
    )


DATA = frame(1, ROWS)


def columns_of(data: pd.DataFrame) -> pd.DataFrame:
    """A constant, the age, and dummies of the region."""
    dummies = {f"region_{region}": (data.region == region).astype(float) for region in ("south", "west")}
    return pd.DataFrame({"const": 1.0, "age": data.age, **dummies}, index=data.index)


def logged_columns(data: pd.DataFrame) -> pd.DataFrame:
    """The same with the logarithm of the income."""
    return columns_of(data).assign(income=np.log(data.income))


def scaled_columns(data: pd.DataFrame) -> pd.DataFrame:
    """A constant, and two numbers standardised by the training data."""
    numbers = DATA[["age", "income"]]
    return ((data[["age", "income"]] - numbers.mean()) / numbers.std()).assign(const=1.0)


def age_alone(data: pd.DataFrame) -> pd.DataFrame:
    """A constant and the age."""
    return columns_of(data)[["const", "age"]]


def without_constant(data: pd.DataFrame) -> pd.DataFrame:
    """The age and the region."""
    return columns_of(data).drop(columns="const")


X = columns_of(DATA)
OTHER_COLUMNS = {
    "OLS": logged_columns, "OLS scaled": scaled_columns, "GLM inverse squared": age_alone,
    "OrderedModel logit": without_constant,
}  # fmt: skip
"""What the columns of array fits are, where they are not `columns_of`."""
OFFSETS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "GLM Poisson exposure": lambda data: np.log(data.exposure),
    "GLM Poisson offset": lambda data: np.log(data.exposure),
    "GLM Poisson both": lambda data: data.weight + np.log(data.exposure),
    "Poisson exposure": lambda data: np.log(data.exposure),
    "NegativeBinomialP exposure": lambda data: np.log(data.exposure),
    "Logit offset": lambda data: data.weight,
}
"""What is added to the linear predictor, by the fit."""


def glm(outcome: str, family: Any, **more: Any) -> Any:
    """A GLM of arrays."""
    return sm.GLM(DATA[outcome], X, family=family, **more).fit()


def formula_glm(formula: str, family: Any, **more: Any) -> Any:
    """A GLM by a formula."""
    return smf.glm(formula, DATA, family=family, **more).fit()


FITS: dict[str, Callable[[], Any]] = {
    "OLS": lambda: sm.OLS(DATA.amount, logged_columns(DATA)).fit(),
    "OLS scaled": lambda: sm.OLS(DATA.amount, scaled_columns(DATA)).fit(),
    "OLS formula": lambda: smf.ols("amount ~ age * region + np.log(income)", DATA).fit(),
    "OLS robust": lambda: smf.ols("amount ~ age + region", DATA).fit(cov_type="HC1"),
    "OLS robust, t": lambda: smf.ols("amount ~ age + region", DATA).fit(cov_type="HC3", use_t=True),
    "OLS spline": lambda: smf.ols("amount ~ bs(age, df=5, lower_bound=18, upper_bound=80) + region", DATA).fit(),
    "OLS no constant": lambda: smf.ols("amount ~ 0 + region + age", DATA).fit(),
    "OLS ridge": lambda: smf.ols("amount ~ age + region", DATA).fit_regularized(alpha=0.1, L1_wt=0.0),
    "WLS": lambda: sm.WLS(DATA.amount, X, weights=DATA.weight).fit(),
    "GLS": lambda: sm.GLS(DATA.amount, X, sigma=DATA.weight).fit(),
    "RLM": lambda: sm.RLM(DATA.amount, X).fit(),
    "QuantReg": lambda: smf.quantreg("amount ~ age + region", DATA).fit(q=0.8),
    "GLM Gaussian": lambda: glm("amount", families.Gaussian()),
    "GLM Gaussian log": lambda: glm("positive", families.Gaussian(Links.Log())),
    "GLM Poisson": lambda: glm("count", families.Poisson()),
    "GLM Poisson weighted": lambda: glm("count", families.Poisson(), freq_weights=DATA.weight),
    "GLM Poisson sqrt": lambda: glm("count", families.Poisson(Links.Sqrt())),
    "GLM Poisson identity": lambda: glm("count", families.Poisson(Links.Identity())),
    "GLM Poisson exposure": lambda: glm("claims", families.Poisson(), exposure=DATA.exposure),
    "GLM Poisson offset": lambda: formula_glm(
        "claims ~ age + region", families.Poisson(), offset=np.log(DATA.exposure)
    ),
    "GLM Poisson both": lambda: formula_glm(
        "claims ~ age + region", families.Poisson(), offset=DATA.weight, exposure=DATA.exposure
    ),
    "GLM Gamma": lambda: glm("positive", families.Gamma(Links.InversePower())),
    "GLM Gamma log": lambda: formula_glm("positive ~ age + region", families.Gamma(Links.Log())),
    "GLM Gamma identity": lambda: glm("positive", families.Gamma(Links.Identity())),
    "GLM inverse Gaussian": lambda: glm("positive", families.InverseGaussian(Links.Log())),
    "GLM inverse squared": lambda: sm.GLM(
        DATA.positive, age_alone(DATA), families.InverseGaussian(Links.InverseSquared())
    ).fit(),
    "GLM negative binomial": lambda: glm("count", families.NegativeBinomial(alpha=0.7)),
    "GLM Tweedie": lambda: glm("positive", families.Tweedie(Links.Log(), var_power=1.5)),
    "GLM Tweedie power": lambda: glm("positive", families.Tweedie(Links.Power(0.3), var_power=1.5)),
    "GLM elastic net": lambda: sm.GLM(DATA["count"], X, families.Poisson()).fit_regularized(alpha=0.01),
    "GLM constrained": lambda: sm.GLM(DATA["count"], X, families.Poisson()).fit_constrained("region_south = -0.4"),
    "GEE Poisson": lambda: smf.gee("count ~ age + income", "region", DATA, family=families.Poisson()).fit(),
    "GEE Binomial": lambda: smf.gee("event ~ age + income", "region", DATA, family=families.Binomial()).fit(),
    "Poisson": lambda: smf.poisson("count ~ age + region", DATA).fit(disp=0),
    "Poisson exposure": lambda: sm.Poisson(DATA.claims, X, exposure=DATA.exposure).fit(disp=0),
    "Poisson L1": lambda: sm.Poisson(DATA["count"], X).fit_regularized(alpha=1.0, disp=0),
    "NegativeBinomial": lambda: smf.negativebinomial("count ~ age + region", DATA).fit(disp=0),
    "NegativeBinomial nb1": lambda: sm.NegativeBinomial(DATA["count"], X, loglike_method="nb1").fit(disp=0),
    "NegativeBinomial geometric": lambda: sm.NegativeBinomial(DATA["count"], X, loglike_method="geometric").fit(disp=0),
    "NegativeBinomialP exposure": lambda: NegativeBinomialP(DATA.claims, X, exposure=DATA.exposure).fit(disp=0),
    "GeneralizedPoisson": lambda: GeneralizedPoisson(DATA["count"], X).fit(disp=0),
    "MixedLM": lambda: smf.mixedlm("amount ~ age + income", DATA, groups=DATA.region).fit(),
    "Logit": lambda: sm.Logit(DATA.event, X).fit(disp=0),
    "Logit L1": lambda: sm.Logit(DATA.event, X).fit_regularized(alpha=0.5, disp=0),
    "Logit without covariance": lambda: sm.Logit(DATA.event, X).fit(method="bfgs", disp=0, skip_hessian=True),
    "Logit clustered": lambda: smf.logit("event ~ age + region", DATA).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": np.arange(ROWS) % 50}
    ),
    "Logit offset": lambda: sm.Logit(DATA.event, X, offset=DATA.weight).fit(disp=0),
    "Probit": lambda: sm.Probit(DATA.event, X).fit(disp=0),
    "Binomial loglog": lambda: glm("event", families.Binomial(Links.LogLog())),
    "Binomial cauchy": lambda: glm("event", families.Binomial(Links.Cauchy())),
    "Binomial cloglog": lambda: glm("event", families.Binomial(Links.CLogLog())),
    "Binomial counts": lambda: smf.glm(
        "event + others ~ age + region", DATA.assign(others=2 - DATA.event), family=families.Binomial()
    ).fit(),
    "MNLogit": lambda: sm.MNLogit(DATA.travel, X).fit(disp=0),
    "MNLogit formula": lambda: smf.mnlogit(
        "code ~ bs(age, df=4) + region", DATA.assign(code=pd.Categorical(DATA.travel).codes)
    ).fit(disp=0),
    "OrderedModel logit": lambda: OrderedModel(DATA["rank"], without_constant(DATA), distr="logit").fit(
        disp=0, method="bfgs"
    ),
    "OrderedModel probit": lambda: OrderedModel.from_formula("rank ~ age + region", DATA, distr="probit").fit(
        disp=0, method="bfgs"
    ),
}


class Case(NamedTuple):
    """A fit, its model in the handler, and new raw rows with statsmodels' answers (n by 1, or by classes)."""

    results: Any
    model: Model
    new: pd.DataFrame
    answers: Any


@pytest.fixture(scope="module", params=FITS)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """One of the fits."""
    import handler

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = FITS[request.param]()
        data = phat.export(results, data=DATA[RAW], name="kinds")._data
        new = frame(2, NEW)[RAW]
        new["age"] = new.age.clip(DATA.age.min(), DATA.age.max())  # within the bounds of splines
        answers = predict(request.param, results, new).reshape(NEW, -1)
    model = check_parity(data)
    assert (model.artifact.provenance.proof.kind, model.artifact.provenance.proof.records) == ("rows", ROWS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler.serving, "loaded", model)
        yield Case(results, model, new, answers)


def predict(name: str, results: Any, new: pd.DataFrame) -> Any:
    """Statsmodels' own answers to new rows."""
    more = {"offset": np.asarray(OFFSETS[name](new))} if name in OFFSETS else {}
    if getattr(results.model.data, "model_spec", None) is not None:
        return np.asarray(results.predict(new, **more), dtype=float)
    columns = OTHER_COLUMNS.get(name, columns_of)(new)[
        [each for each in results.model.exog_names if each in DATA or each in X]
    ]
    if isinstance(results.model, NegativeBinomialP):  # whose results take the fit's own exposure
        return results.model.predict(np.asarray(results.params), columns.to_numpy(), exposure=0, **more)
    return np.asarray(results.predict(columns, **more), dtype=float)


def figures(prediction: dict[str, Any]) -> list[float]:
    """The figures of a prediction, whatever its kind."""
    probabilities = prediction.get("probabilities")
    if probabilities is not None:
        return [*probabilities.values()]
    return [prediction["phat"] if "phat" in prediction else prediction["prediction"]]


def test_answers_are_statsmodels(case: Case) -> None:
    """A thousand new raw records, as JSON and as CSV, get statsmodels' answers, and the same in both forms."""
    body = case.new.to_json(orient="records", double_precision=15).encode()
    answer = call("POST", "/predict", body, "application/json")
    assert answer.status == 200, answer.body
    predictions = json.loads(answer.body)["predictions"]
    got = np.array([figures(each) for each in predictions])
    size = np.maximum(1.0, np.abs(case.answers))
    assert (np.abs(got - case.answers) <= 1e-11 * size).all()
    text = call("POST", "/predict", case.new.to_csv(index=False).encode(), "text/csv", headers=[("Accept", "text/csv")])
    rows = list(csv.DictReader(io.StringIO(text.body)))
    names = case.model.artifact.answer.figures
    assert [[float(row[name]) for name in names] for row in rows] == got.tolist()
    if not isinstance(case.model.artifact.answer, Binary | Classes):
        assert all("business_outcome" not in each for each in predictions)
    if isinstance(case.model.artifact.answer, Classes):
        labels = case.model.artifact.answer.labels
        assert [each["business_outcome"] for each in predictions] == [labels[row.argmax()] for row in case.answers]


def test_intervals_are_statsmodels(case: Case) -> None:
    """Intervals, where statsmodels has some, are its own to 1e-9; where it has none they are refused in words."""
    artifact = case.model.artifact
    records = case.new.head(40)
    answer = call("POST", "/predict", records.to_json(orient="records").encode(), query=[("include", "interval")])
    if artifact.covariance is None or isinstance(artifact.answer, Classes):
        assert "include= takes variables, imputed" in problem(answer, 400)["detail"]
        return
    assert answer.status == 200, answer.body
    bounds = [each["interval"] for each in json.loads(answer.body)["predictions"]]
    expected = summary(case, records)
    if expected is None:
        return
    lower, upper, low_observed, high_observed = expected
    assert [each["lower"] for each in bounds] == pytest.approx(lower, rel=1e-9)
    assert [each["upper"] for each in bounds] == pytest.approx(upper, rel=1e-9)
    if artifact.scale is not None and low_observed is not None:
        answer = call(
            "POST", "/predict", records.to_json(orient="records").encode(), query=[("include", "prediction_interval")]
        )
        observed = [each["prediction_interval"] for each in json.loads(answer.body)["predictions"]]
        assert [each["lower"] for each in observed] == pytest.approx(low_observed, rel=1e-9)
        assert [each["upper"] for each in observed] == pytest.approx(high_observed, rel=1e-9)


def summary(case: Case, records: pd.DataFrame) -> Any:
    """Bounds of statsmodels' own, of the mean and of an observation; None where it gives none."""
    results, design = case.results, getattr(case.results.model.data, "model_spec", None)
    if case.model.artifact.terms.offset is not None or not hasattr(results, "get_prediction"):
        return None
    if isinstance(results.model, sm.RLM):
        return None
    columns = records if design is not None else columns_of(records)
    if design is None and {*columns} != {*results.model.exog_names} - {"alpha"}:
        return None
    columns = columns if design is not None else columns[[each for each in results.model.exog_names if each in columns]]
    linear = isinstance(results.model, sm.OLS | sm.WLS | sm.GLS | sm.QuantReg)
    table = results.get_prediction(columns, **({} if linear else {"which": "linear"})).summary_frame(alpha=0.05)
    if linear:
        normal = not isinstance(results.model, sm.QuantReg)
        observed = [table.obs_ci_lower.tolist(), table.obs_ci_upper.tolist()] if normal else [None, None]
        return table.mean_ci_lower.tolist(), table.mean_ci_upper.tolist(), *observed
    inverse = case.model.predictor.inverse_link
    low, high = (next(name for name in table if name.endswith(end)) for end in ("lower", "upper"))
    ends = [sorted((inverse(a), inverse(b))) for a, b in zip(table[low], table[high], strict=True)]
    return [end[0] for end in ends], [end[1] for end in ends], None, None


def test_contributions_add_up(case: Case) -> None:
    """Contributions with the constant are the linear predictor, the offset among them; not of several predictors."""
    records = case.new.head(20).to_json(orient="records").encode()
    answer = call("POST", "/predict", records, query=[("include", "contributions,variables")])
    if not case.model.artifact.coefficients:
        assert "include= takes variables, imputed (any" in problem(answer, 400)["detail"]
        return
    for each in json.loads(answer.body)["predictions"]:
        parts = each["contributions"]
        total = parts["constant"] + sum(part["contribution"] for part in parts["fields"])
        assert total == pytest.approx(parts["linear_predictor"], rel=1e-9, abs=1e-9)
        ratio = {"logit": "odds_ratio", "log": "mean_ratio"}.get(case.model.artifact.link)
        assert all((ratio in part) == (ratio is not None) for part in parts["fields"])


def test_what_is_served_says_what_it_is(case: Case) -> None:
    """Card, model, contract, page and health are those of the kind."""
    artifact = case.model.artifact
    assert call("GET", "/health").json()["status"] == "ok"
    shown = call("GET", "/model").json()
    assert shown["kind"] == artifact.answer.kind
    assert ("cutoff" in shown) == isinstance(artifact.answer, Binary)
    schema = call("GET", "/openapi.json").json()["components"]["schemas"]["Prediction"]
    [first] = call("POST", "/predict", case.new.head(1).to_json(orient="records").encode()).json()["predictions"]
    assert set(schema["required"]) <= first.keys() <= set(schema["properties"])
    assert call("GET", "/", headers=[("Accept", "text/html")]).status == 200
    assert phat.Model(artifact.to_bytes())._repr_html_()


def test_bad_records_are_refused_by_name(case: Case) -> None:
    """A level never seen, and gaps in required fields, are named; the others of the request are not answered alone."""
    artifact = case.model.artifact
    [record] = case.new.head(1).to_dict("records")
    names = artifact.schema.names
    if len(names) > 1:
        gap = call("POST", "/predict", [{**record, "age": None}])
        assert [(each["field"], each["code"]) for each in problem(gap, 422)["errors"]] == [("age", "missing_value")]
    if "region" in names:
        east = call("POST", "/predict", [{**record, "region": "east"}])
        assert [each["code"] for each in problem(east, 422)["errors"]] == ["unknown_level"]
    if artifact.terms.offset is not None:
        [field, *_] = artifact.terms.offset_fields
        none = call("POST", "/predict", [{**record, field: None}])
        assert [(each["field"], each["code"]) for each in problem(none, 422)["errors"]] == [(field, "missing_value")]
        if field == "exposure":
            zero = call("POST", "/predict", [{**record, field: 0}])
            assert [each["code"] for each in problem(zero, 422)["errors"]] == ["out_of_domain"]
