"""`fit --formula`: the answers of statsmodels' formula interface to raw records, served, and what is refused."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from phat.model.answer import Classes
from phat.model.model import Model
from phat.takeover.fitting import fit_as_configured
from phat.takeover.formula_fit import split_formula
from phat.training.config import Config, FieldConfig
from phat.training.data import Table
from phat.training.errors import ConfigError, DataError, FitError, TrainingError
from tests.unit.takeover.imports import quietly
from tests.unit.takeover.kinds import DATA, FIELDS, ROWS, answers, config, fitted, raw

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
        ("left", {"formula": "np.log(amount) ~ age"}, ConfigError, "must be the name of a column"),
        ("left", {"formula": "left ~ age + age.mean()"}, TrainingError, "age.mean"),
    ],
)  # fmt: skip
def test_formulas_that_cannot_be_fitted(target: str, more: dict[str, Any], error: type[Exception], reason: str) -> None:
    """Columns, functions and values that do not go with a formula are refused by name."""
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
    assert answer == pytest.approx(2 / used["years"].iloc[0] * np.asarray(plain.predict())[0], rel=1e-9)
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
