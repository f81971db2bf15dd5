"""`fit` of other kinds and by formulas: coefficients and answers of plain statsmodels, served, and what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from phat.model.model import Model
from phat.takeover.fitting import fit_as_configured
from phat.training.config import Config, FieldConfig
from phat.training.data import Table
from phat.training.errors import ConfigError, DataError, FitError
from phat.training.other_evaluation import evaluate_other
from tests.unit.takeover.imports import quietly
from tests.unit.takeover.kinds import DATA, ROWS, answers, config, fitted, raw


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
        ("amount", {"kind": "ols", "event": "yes"}, ConfigError, "event: it is for two outcomes"),
        ("amount", {"kind": "ols", "cutoff": 0.3}, ConfigError, "cutoff: it is for two outcomes"),
        ("amount", {"kind": "ols", "estimator": "probit"}, ConfigError, "estimator: it is for two outcomes"),
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
