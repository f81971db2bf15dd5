"""`fit` of other kinds and by formulas: coefficients and answers of plain statsmodels, served, and what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from phat.model.answer import Classes
from phat.model.model import Model
from phat.takeover.fitting import fit_as_configured
from phat.takeover.formula_fit import split_formula
from phat.training.config import Config, FieldConfig
from phat.training.data import Table
from phat.training.errors import ConfigError, DataError, FitError, TrainingError
from phat.training.infer import infer_config
from phat.training.other_evaluation import evaluate_other
from tests.unit.takeover.imports import quietly

ROWS = 800
RANDOM = np.random.default_rng(12)


def frame() -> pd.DataFrame:
    """Records of which amounts, counts, costs, classes and outcomes depend."""
    data = pd.DataFrame(
        {
            "age": RANDOM.integers(18, 80, ROWS),
            "charge": RANDOM.gamma(3, 500, ROWS).round(2),
            "plan": RANDOM.choice(["basic", "gold", "pro"], ROWS),
            "years": RANDOM.uniform(0.5, 5, ROWS).round(2),
        }
    )
    eta = 0.02 * (data.age - 50) + 0.4 * (data.plan == "gold")
    data["amount"] = (100 + 20 * eta + RANDOM.normal(0, 5, ROWS)).round(2)
    data["visits"] = RANDOM.poisson(np.exp(eta) * data.years)
    data["cost"] = (np.exp(eta + 3) * RANDOM.gamma(2, 0.5, ROWS)).round(3)
    utility = np.stack([np.zeros(ROWS), eta + 0.3, -eta], 1) + RANDOM.gumbel(size=(ROWS, 3))
    data["mode"] = np.array(["car", "bus", "train"])[utility.argmax(axis=1)]
    data["left"] = np.where(RANDOM.random(ROWS) < 1 / (1 + np.exp(-eta)), "yes", "no")
    return data


DATA = frame()
TARGETS = ("amount", "visits", "cost", "mode", "left")
FIELDS = ("age", "charge", "plan", "years")


def raw(data: pd.DataFrame = DATA) -> Table:
    """The records as a file spells them: amounts with a dollar sign and commas."""
    columns = {name: [str(value) for value in data[name]] for name in data.columns}
    columns["charge"] = [f"${value:,.2f}" for value in data["charge"]]
    return Table.of(columns)


def config(target: str, **more: Any) -> Config:
    """What is inferred for a target, the other targets left out."""
    inferred, _ = infer_config(raw(), target)
    return replace(inferred, drop=tuple(name for name in TARGETS if name != target), **more)


def fitted(target: str, **more: Any) -> Model:
    """The model of a target as it is served."""
    return Model.from_bytes(fit_as_configured(raw(), config(target, **more)).artifact.to_bytes())


def answers(model: Model, names: tuple[str, ...] = FIELDS) -> np.ndarray[Any, Any]:
    """The served answers to the raw records."""
    predictions = [model.predictor.predict_one(record) for record in raw().records(names)]
    return np.array([each.probabilities or (each.answer,) for each in predictions])


def columns() -> pd.DataFrame:
    """The columns of the fields, as a person makes them."""
    dummies = pd.get_dummies(DATA["plan"], dtype=float).drop(columns="basic")
    numbers = DATA[["age", "charge", "years"]].astype(float)
    return pd.concat([numbers, dummies], axis=1).assign(const=1.0)


PLAIN: dict[str, tuple[str, Any]] = {
    "ols": ("amount", lambda y, x: sm.OLS(y, x).fit()),
    "gamma": ("cost", lambda y, x: sm.GLM(y, x, sm.families.Gamma(sm.families.links.Log())).fit()),
    "poisson": ("visits", lambda y, x: sm.Poisson(y, x).fit(disp=0)),
    "multinomial": ("mode", lambda y, x: sm.MNLogit(y, x).fit(disp=0, maxiter=200)),
}


@pytest.mark.parametrize("kind", PLAIN)
def test_kinds_answer_as_plain_statsmodels(kind: Any) -> None:
    """Each kind, from raw records without definitions, answers what statsmodels does of columns made by hand."""
    target, plain = PLAIN[kind]
    model = fitted(target, kind=kind)
    expected = np.asarray(quietly(lambda: plain(DATA[target], columns())).predict()).reshape(ROWS, -1)
    assert np.abs(answers(model) / expected - 1).max() < 1e-5
    assert model.artifact.provenance.proof.records == ROWS
    assert model.artifact.provenance.config is not None
    assert f'kind = "{kind}"' in model.artifact.provenance.config


def test_exposure_is_a_required_field() -> None:
    """Counts by exposure are those of statsmodels; a record without it, or with 0, is refused, never taken for 1."""
    model = fitted("visits", kind="poisson", exposure="years")
    x = columns().drop(columns="years")
    expected = quietly(lambda: sm.Poisson(DATA["visits"], x, exposure=DATA["years"]).fit(disp=0)).predict()
    assert np.abs(answers(model)[:, 0] / np.asarray(expected) - 1).max() < 1e-5
    for years in ("", "0"):
        with pytest.raises(ExceptionGroup):
            model.predictor.predict_one({"age": 40, "charge": "5", "plan": "pro", "years": years})


FORMULAS: dict[str, tuple[str, str, Any]] = {
    "binary": ("left", "np.log(charge) + C(plan) * age", smf.logit),
    "ols": ("amount", "age + I(age ** 2) + plan", smf.ols),
    "poisson": ("visits", "bs(age, df=4) + plan", smf.poisson),
    "multinomial": ("mode", "age + plan", smf.mnlogit),
}


@pytest.mark.parametrize("kind", FORMULAS)
def test_formulas_answer_as_statsmodels(kind: Any) -> None:
    """A formula of raw records answers what statsmodels' formula interface does of numbers and levels made by hand."""
    target, terms, make = FORMULAS[kind]
    model = fitted(target, kind=kind, formula=f"{target} ~ {terms}")
    data = DATA.assign(
        left=(DATA["left"] == "yes").astype(int), mode=DATA["mode"].map({"bus": 0, "car": 1, "train": 2})
    )
    results = quietly(
        lambda: make(f"{target} ~ {terms}", data).fit(**({} if kind == "ols" else {"disp": 0, "maxiter": 200}))
    )
    expected = np.asarray(results.predict()).reshape(ROWS, -1)
    names = tuple(field.name for field in model.artifact.schema.fields)
    assert set(names) <= set(FIELDS)
    assert np.abs(answers(model, names) - expected).max() < 1e-8 * np.abs(expected).max()
    assert model.artifact.provenance.proof.kind == "rows"
    if isinstance(model.artifact.answer, Classes):
        assert model.artifact.answer.labels == ("bus", "car", "train")


def test_written_configuration_makes_the_same_fit(tmp_path: Path) -> None:
    """What is written down of a formula, and of a kind, makes the same model again."""
    for each in (config("left", formula="age + plan"), config("visits", kind="poisson", exposure="years")):
        found = fit_as_configured(raw(), each)
        path = tmp_path / "model.toml"
        path.write_text(found.config, encoding="utf-8")
        again = fit_as_configured(raw(), Config.from_toml(path))
        assert again.artifact.coefficients == found.artifact.coefficients
        assert again.artifact.schema == found.artifact.schema


@pytest.mark.parametrize(
    ("target", "more", "error", "reason"),
    [
        ("left", {"formula": "left ~ agee + plan"}, FitError, "no function agee; did you mean age?"),
        ("left", {"formula": "left ~ own(age)"}, FitError, "there is no column and no function own"),
        ("left", {"formula": "age ~ plan"}, ConfigError, "it predicts age, and the target is left"),
        ("left", {"formula": "left ~ age + "}, FitError, "formula"),
        ("left", {"formula": "np.log(amount) ~ age"}, ConfigError, "must be the name of a column"),
        ("left", {"formula": "left ~ age + age.mean()"}, TrainingError, "age.mean"),
        ("amount", {"kind": "poisson"}, DataError, "values are none that --kind poisson predicts, the first in row 1"),
        ("visits", {"kind": "gamma"}, DataError, "expected numbers above 0"),
        ("left", {"kind": "multinomial"}, DataError, "two outcomes are fitted without --kind"),
        ("mode", {"kind": "ols"}, DataError, "800 of 800 values cannot be read"),
        ("mode", {}, DataError, "fit --kind multinomial predicts classes"),
        ("amount", {}, DataError, "fit --kind ols predicts amounts"),
        ("amount", {"kind": "ols", "screen": 2}, ConfigError, "screen: it is for two outcomes"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted(target: str, more: dict[str, Any], error: type[Exception], reason: str) -> None:
    """Columns, functions and values that do not go with a formula or a kind are refused by name."""
    with pytest.raises(error) as caught:
        fit_as_configured(raw(), config(target, **more))
    assert reason in str(caught.value)


def test_sides_of_a_formula() -> None:
    """The target may stand on the left, quoted if its name is odd, or be left out."""
    assert split_formula("y ~ a + b") == ("y", "a + b")
    assert split_formula("Q('odd name') ~ a") == ("odd name", "a")
    assert split_formula("a + b") == (None, "a + b")
    with pytest.raises(ConfigError):
        split_formula("y ~ ")


def test_exposure_is_for_counts() -> None:
    """Only counts have an exposure, which is above 0 in every row."""
    with pytest.raises(ConfigError, match="exposure: a model of --kind ols has none"):
        Config(target="y", fields=(FieldConfig("x", "number"),), kind="ols", exposure="t")
    data = raw(DATA.assign(years=[0.0, *DATA["years"][1:]]))
    with pytest.raises(FitError, match=r"exposure years: row 1 has '0\.0'"):
        fit_as_configured(data, config("visits", kind="poisson", exposure="years"))


@pytest.mark.parametrize("kind", PLAIN)
def test_evaluation_of_other_kinds(kind: Any) -> None:
    """Evaluated on the rows of the fit, figures are those of the fit; rows without a value are counted."""
    target, _ = PLAIN[kind]
    model = fitted(target, kind=kind)
    found = evaluate_other(model, raw(), target)
    figures = model.artifact.provenance.fit
    assert {name: found.figures[name] for name in figures if name != "nobs"} == pytest.approx(
        {name: value for name, value in figures.items() if name != "nobs"}, rel=1e-9
    )
    assert found.rows == ROWS
    assert sum(each["records"] for each in found.tenths) in (0, ROWS)
    assert sum(sum(row.values()) for row in found.confusion.values()) in (0, ROWS)
    assert b"NaN" not in found.to_json()
    holed = Table.of({name: ["" if name == target and row < 3 else str(cell) for row, cell in enumerate(cells)]
                      for name, cells in raw().columns.items()})  # fmt: skip
    assert evaluate_other(model, holed, target).dropped[f"without a known {target}"] == 3
