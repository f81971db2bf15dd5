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
        ("left", {"formula": "left ~ log(age)"}, FitError, "did you mean np.log?"),
        ("left", {"formula": "left ~ age + frame"}, FitError, "there is no column and no function frame"),
        ("left", {"formula": "left ~ age + left"}, ConfigError, "the target left is on its right side too"),
        ("left", {"formula": "left ~ years + I(2 * years)"}, FitError, "make up each other"),
        ("left", {"formula": "left ~ np.log(age - 18)"}, FitError, "np.log(age - 18) is -inf in"),
        ("left", {"formula": "left ~ age", "constant": False}, ConfigError, "constant: the formula says itself"),
        ("amount", {"kind": "ols", "event": "yes"}, ConfigError, "event: it is for two outcomes"),
        ("amount", {"kind": "ols", "cutoff": 0.3}, ConfigError, "cutoff: it is for two outcomes"),
        ("amount", {"kind": "ols", "estimator": "probit"}, ConfigError, "estimator: it is for two outcomes"),
        ("left", {"formula": "np.log(amount) ~ age"}, ConfigError, "must be the name of a column"),
        ("left", {"formula": "left ~ age + age.mean()"}, TrainingError, "age.mean"),
        ("amount", {"kind": "poisson"}, DataError, "values are none that --kind poisson predicts, the first in row 1"),
        ("visits", {"kind": "gamma"}, DataError, "expected numbers above 0"),
        ("left", {"kind": "multinomial"}, DataError, "two outcomes are fitted without --kind"),
        ("mode", {"kind": "ols"}, DataError, "values are no numbers, which --kind ols predicts, the first in row 1"),
        ("mode", {}, DataError, "--kind multinomial (classes)"),
        ("amount", {}, DataError, "--kind ols (amounts), gamma (amounts above 0)"),
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


def test_exposure_goes_with_a_formula() -> None:
    """Counts by exposure and a formula are statsmodels', with gaps in a column; the exposure is a required field."""
    data = DATA.assign(age=DATA["age"].where(DATA.index % 7 != 0))
    table = raw(data.assign(age=[("" if np.isnan(age) else str(int(age))) for age in data["age"]]))
    asked = config("visits", kind="poisson", exposure="years", formula="np.log(charge) + plan + age")
    found = fit_as_configured(table, asked)
    used = data.dropna()
    plain = quietly(
        lambda: smf.poisson("visits ~ np.log(charge) + plan + age", used, exposure=used["years"]).fit(disp=0)
    )
    assert found.artifact.coefficients == pytest.approx(dict(plain.params), rel=1e-9)
    model = Model.from_bytes(found.artifact.to_bytes())
    assert model.artifact.provenance.proof.records == len(used)
    record = {"charge": f"${used['charge'].iloc[0]:,.2f}", "plan": used["plan"].iloc[0], "years": "2"}
    answer = model.predictor.predict_one({**record, "age": float(used["age"].iloc[0])}).answer
    assert answer == pytest.approx(2 / used["years"].iloc[0] * plain.predict().iloc[0], rel=1e-9)
    with pytest.raises(ExceptionGroup):
        model.predictor.predict_one({**record, "age": 40, "years": ""})


def test_formula_columns_are_read_as_fields_are() -> None:
    """The configured kind and words for a gap hold in a formula; what cannot be read is refused, not left out."""
    texts = {name: [str(cell) for cell in cells] for name, cells in raw().columns.items()}
    texts["code"] = [str(row % 4) for row in range(ROWS)]
    fields = (FieldConfig("code", "category"), FieldConfig("age", "number", missing=("unknown",), fill="median"))
    asked = Config("left", fields, formula="code + age")
    texts["age"][:40] = ["unknown"] * 40
    found = fit_as_configured(Table.of(texts), asked)
    assert [name for name in found.artifact.columns if name.startswith("code")] == [f"code[T.{n}]" for n in (1, 2, 3)]
    assert any(notice.startswith("40 of 800 rows are left out") for notice in found.notices)
    assert any("field age: fill of the configuration has no effect" in notice for notice in found.notices)
    texts["age"][100] = "about 5"
    with pytest.raises(DataError, match="field age: 1 of 800 values cannot be read"):
        fit_as_configured(Table.of(texts), asked)


def test_levels_called_as_gaps_are() -> None:
    """A level NA that is common is served as the level that the formula's fit has, and reported."""
    texts = {name: [str(cell) for cell in cells] for name, cells in raw().columns.items()}
    texts["plan"] = ["NA" if plan == "pro" else plan for plan in texts["plan"]]
    found = fit_as_configured(Table.of(texts), Config("left", (FieldConfig("age", "number"),), formula="age + plan"))
    model = Model.from_bytes(found.artifact.to_bytes())
    served = [model.predictor.predict_one({"age": "40", "plan": plan}).answer for plan in ("NA", "basic")]
    expected = smf.logit("y ~ age + plan", DATA.assign(y=(DATA["left"] == "yes").astype(int))).fit(disp=0)
    rows = pd.DataFrame({"age": [40, 40], "plan": ["pro", "basic"]})
    assert served == pytest.approx(list(expected.predict(rows)), rel=1e-8)
    assert any("NA is a level" in notice for notice in found.notices)


@pytest.mark.parametrize(
    ("kind", "formula", "reason"),
    [
        ("binary", "age + group", "quasi-separation: columns"),
        ("poisson", "age + group", "those of group[T.never] run away"),
        ("multinomial", "age + group", "those of group[T.never] run away"),
        ("poisson", "", "those of group_never run away"),
    ],
)
def test_levels_without_an_outcome(kind: Any, formula: str, reason: str) -> None:
    """A level of many rows that never has an outcome has no coefficient: it is refused by name, not folded."""
    target = {"binary": "left", "poisson": "visits", "multinomial": "mode"}[kind]
    table, asked = _with_group(range(0, ROWS, 4), target)
    with pytest.raises(FitError) as caught:
        fit_as_configured(table, replace(asked, kind=kind, formula=formula))
    assert reason in str(caught.value)


@pytest.mark.parametrize(("kind", "target"), [("poisson", "visits"), ("multinomial", "mode")])
def test_few_rows_without_an_outcome(kind: Any, target: str) -> None:
    """A level of a few rows that by chance never has an outcome counts as the reference, which is reported."""
    table, asked = _with_group(range(5), target)
    found = fit_as_configured(table, replace(asked, kind=kind))
    assert any("never (5); it counts as the reference, many" in notice for notice in found.notices)


def _with_group(never: range, target: str) -> tuple[Table, Config]:
    """The records with a group some of whose rows never are events, counts or trains."""
    texts = {name: [str(cell) for cell in raw().columns[name]] for name in ("age", target)}
    texts["group"] = ["never" if row in never else ("many", "more")[row % 2] for row in range(ROWS)]
    for row in never:
        texts[target][row] = {"left": "no", "visits": "0", "mode": "car"}[target]
    fields = (FieldConfig("age", "number"), FieldConfig("group", "category", reference="many"))
    return Table.of(texts), Config(target, fields)


def test_a_copy_of_the_target_is_suspect() -> None:
    """A model that explains nearly everything says so, at the fit and in the evaluation."""
    table = Table.of({"twice": [str(2 * value) for value in DATA["amount"]], "amount": [*map(str, DATA["amount"])],
                      "age": [*map(str, DATA["age"])]})  # fmt: skip
    asked = Config("amount", (FieldConfig("twice", "number"), FieldConfig("age", "number")), kind="ols")
    found = fit_as_configured(table, asked)
    said = "is one of its fields made of the target?"
    assert sum(said in notice for notice in found.notices) == 1
    model = Model.from_bytes(found.artifact.to_bytes())
    assert any(said in doubt for doubt in evaluate_other(model, table, "amount").doubts)


def test_evaluation_refuses_values_that_such_a_model_has_not() -> None:
    """Amounts of 0 have no deviance of a gamma model: they are refused by row, not counted in."""
    model = fitted("cost", kind="gamma")
    table = raw(DATA.assign(cost=[0.0, *DATA["cost"][1:]]))
    with pytest.raises(DataError, match=r"target cost: 1 of 800 values are none that --kind gamma predicts, the first"):
        evaluate_other(model, table, "cost")
