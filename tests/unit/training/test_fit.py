"""Fitting: what comes out, and what is told when nothing can."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import statsmodels.formula.api as smf

from phat.model.model import Model
from phat.model.provenance import Proof
from phat.model.texts import Texts
from phat.preprocessing.schema import CategoryField
from phat.training.config import Config, FieldConfig
from phat.training.errors import ConfigError, DataError, FitError
from phat.training.fit import fit, prove
from phat.training.infer import infer_config
from tests.unit.training.tables import CONFIG, FIELDS, table

ROWS = 600


def test_same_coefficients_as_the_formula_interface() -> None:
    """Without standardising, coefficients are those of statsmodels' formula interface on the same data."""
    import pandas as pd

    data = table()
    plain = (*(replace(field, standardise=False, fill=40.0) for field in FIELDS[:2]), FIELDS[2])
    found = fit(data, replace(CONFIG, fields=plain)).artifact.coefficients
    frame = pd.DataFrame({name: list(cells) for name, cells in data.columns.items()})
    frame["age"] = frame["age"].astype(float).fillna(40.0)
    frame["debt"] = [(-1 if "(" in t else 1) * float(t.strip(" ($)")) for t in frame["debt"]]
    frame["region"] = frame["region"].str.lower()
    frame["y"] = frame["y"].astype(int)
    expected = smf.logit("y ~ age + debt + C(region)", frame).fit(disp=0, maxiter=100).params
    names = {"const": "Intercept", "age": "age", "debt": "debt", "region_South": "C(region)[T.south]"}
    for ours, theirs in names.items():
        assert found[ours] == pytest.approx(expected[theirs], abs=1e-8)


@pytest.mark.parametrize("estimator", ["logit", "probit", "glm-logit", "glm-probit", "glm-cloglog"])
@pytest.mark.parametrize("constant", [True, False])
def test_every_estimator_is_served(estimator: str, constant: bool) -> None:
    """Each estimator, with and without a constant, gives an artifact that the endpoint reads and scores."""
    config = replace(CONFIG, estimator=estimator, constant=constant)  # type: ignore[arg-type]  # of the parameter list
    model = Model.from_bytes(fit(table(), config).artifact.to_bytes())
    assert (model.artifact.constant is not None) == constant
    assert 0 < model.predictor.predict_one({"age": "50", "region": "WEST"}).answer < 1


def test_what_is_learned() -> None:
    """Fills, centres, scales and levels come from the data; the commonest spelling of a level stands."""
    data = table()
    config = replace(CONFIG, split=(1.0, 0.0, 0.0))
    artifact = fit(data, config).artifact
    age, _, region = artifact.schema.fields
    present = np.array([float(text) for text in data.columns["age"] if text != "nan"])
    assert age.fill == pytest.approx(present.mean(), rel=1e-12)
    filled = np.concatenate([present, np.full(ROWS - len(present), present.mean())])
    made = artifact.terms.divide(artifact.schema)[0]["age"]
    assert (made.centre, made.scale) == pytest.approx((filled.mean(), filled.std()), rel=1e-12)
    assert isinstance(region, CategoryField)
    assert (region.levels, region.reference) == (("north", "South", "west"), "north")


def test_learned_on_the_training_rows_only() -> None:
    """Rows outside the training split change neither fill nor scale."""
    config = replace(CONFIG, split=(0.5, 0.25, 0.25))
    rows = np.random.default_rng(config.seed).permutation(ROWS)
    cells = list(table().columns["age"])
    for row in rows[ROWS // 2 :]:
        cells[row] = "99"
    before, after = (fit(t, config).artifact for t in (table(), table(age=cells)))
    assert before.schema.fields[0] == after.schema.fields[0]
    assert before.terms.factors[0] == after.terms.factors[0]


def test_cutoff_is_a_quantile_or_a_number() -> None:
    """The cutoff is the quantile of phat that was asked for, or the number."""
    data = table()
    artifact = fit(data, replace(CONFIG, cutoff_quantile=0.9)).artifact
    rows = zip(*data.columns.values(), strict=True)
    names = list(data.columns)
    predictor = Model.from_bytes(artifact.to_bytes()).predictor
    phat = [predictor.predict_one(dict(zip(names, row, strict=True))).answer for row in rows]
    assert artifact.cutoff == pytest.approx(np.quantile(phat, 0.9), abs=1e-12)
    assert fit(data, replace(CONFIG, cutoff=0.3)).artifact.cutoff == 0.3


def test_screen_keeps_the_strongest() -> None:
    """Of many columns of noise and few that matter the screen keeps those that matter."""
    random = np.random.default_rng(1)
    noise: dict[str, Any] = {f"noise{i}": [f"{value:.4f}" for value in random.normal(size=ROWS)] for i in range(10)}
    config, _ = infer_config(table(**noise), "y")
    columns = fit(table(**noise), replace(config, screen=3, constant=True)).artifact.columns
    assert set(columns) == {"debt", "age", "region_west", "const"}


def test_baseline_describes_the_training_data() -> None:
    """The baseline has missing rates, shares that add up to one, and score bins that count every record."""
    baseline = fit(table(), CONFIG).artifact.baseline
    assert baseline is not None
    assert (baseline.source, baseline.records) == ("training data", ROWS)
    gaps = list(table().columns["age"]).count("nan")
    assert baseline.fields["age"].missing == pytest.approx(gaps / ROWS)
    assert sum(baseline.fields["age"].shares) == pytest.approx(1)
    assert sum(baseline.fields["region"].shares) == pytest.approx(1)
    assert sum(baseline.score.records) == ROWS
    assert baseline.score.events is not None
    assert sum(baseline.score.events) == list(table().columns["y"]).count("1")


def test_model_says_where_it_comes_from() -> None:
    """The file says what the model is of, on how many raw records it was proven, and the notices of its making."""
    region = [*table().columns["region"][:-1], "island"]
    config = replace(CONFIG, about="Who buys?", fields=(replace(FIELDS[0], label="age", unit="years"), *FIELDS[1:]))
    found = fit(table(region=region), replace(config, columns=("age", "region_west")))
    artifact = found.artifact
    assert artifact.texts == Texts("Who buys?", {"age": "age"}, {"age": "years"})
    assert artifact.provenance.proof == Proof("rows", "given data", ROWS)
    assert artifact.provenance.target == {"column": "y", "event": "1"}
    assert artifact.provenance.training_records == ROWS
    assert found.notices
    assert artifact.provenance.notices == tuple(found.notices)


def test_kinds_are_inferred() -> None:
    """Numbers in any spelling are numbers, few levels are a category, free text and gaps are left out and told."""
    texts = [f"record {i}" for i in range(ROWS)]
    config, notices = infer_config(table(free=texts, empty=[""] * ROWS), "y")
    assert {field.name: field.kind for field in config.fields} == {
        "age": "number", "debt": "number", "region": "category"
    }  # fmt: skip
    assert [notice.split()[1] for notice in notices] == ["free", "empty"]


def test_constant_columns_are_left_out() -> None:
    """A field that never changes is left out with a notice."""
    data = table(same=["7"] * ROWS, one=["only"] * ROWS)
    fields = (*FIELDS, FieldConfig("same", "number"), FieldConfig("one", "category"))
    found = fit(data, replace(CONFIG, fields=fields))
    assert {field.name for field in found.artifact.schema.fields} == {"age", "debt", "region"}
    assert "field same is left out: it never changes in the training rows" in found.notices
    assert "field one is left out: it has 1 level" in found.notices


def test_level_seen_once_is_told() -> None:
    """A level that stands in one row only is fitted, with a notice."""
    region = list(table().columns["region"])
    region[table().columns["y"].index("1")] = "island"
    copy = [*region]
    copy[-1] = "north"
    config = replace(CONFIG, columns=("age", "debt", "region_west"))
    assert any("level island stands in one row only" in text for text in fit(table(region=copy), config).notices)


def told(error: type[Exception], config: Config = CONFIG, rows: int = ROWS, **replaced: Any) -> str:
    """What is told when nothing can be fitted."""
    with pytest.raises(error) as caught:
        fit(table(rows, **replaced), config)
    return str(caught.value)


def test_targets_that_are_none() -> None:
    """A target that is missing, not binary, or never the event, is told with what to do."""
    y = list(table().columns["y"])
    assert "there is no column churn; the data have age, debt" in told(DataError, replace(CONFIG, target="churn"))
    assert "is missing in 1 rows, the first 5" in told(DataError, y=[*y[:4], "", *y[5:]])
    assert "is not binary: it has 3 values (0, 1, 2)" in told(DataError, y=["2", *y[1:]])
    assert "is not binary: it has 1 values (1)" in told(DataError, y=["1"] * ROWS)
    assert "say which is: --event good (or bad)" in told(DataError, y=["good" if text == "1" else "bad" for text in y])


def test_values_that_cannot_be_read() -> None:
    """Bad values of a field are counted and the first are shown with their rows."""
    age = list(table().columns["age"])
    text = told(DataError, age=["12,34", *age[1:9], "?", *age[10:]])
    assert "field age: 2 of 600 values cannot be read" in text
    assert "row 1, age: got '12,34', expected a number" in text
    assert "row 10, age: got '?'" in text


def test_separation_is_told() -> None:
    """A column that knows the outcome is named."""
    leak = [f"{int(text) + 0.001 * i:.4f}" if text == "1" else f"{-1 - 0.001 * i:.4f}"
            for i, text in enumerate(table().columns["y"])]  # fmt: skip
    text = told(FitError, replace(CONFIG, fields=(*FIELDS, FieldConfig("leak", "number"))), leak=leak)
    assert "perfect separation" in text
    assert "leak alone does" in text


def test_level_with_one_outcome_is_told() -> None:
    """A level all of whose rows have one outcome has no finite coefficient, and is named."""
    region = list(table().columns["region"])
    for row in [row for row, text in enumerate(table().columns["y"]) if text == "1"][:15]:
        region[row] = "yonder"
    assert "all rows of region_yonder have the same outcome" in told(FitError, region=region)


def test_fit_that_does_not_converge_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit that is stopped before it converges is refused with what to try."""
    from phat.training import estimate

    monkeypatch.setattr(estimate, "_fit", lambda model: model.fit(maxiter=1, disp=0))
    assert "did not converge" in told(FitError)


def test_collinear_columns_are_left_out() -> None:
    """A column that others make up is left out and named with these; the same predictions are left."""
    twice = [text if text == "nan" else str(2 * float(text)) for text in table().columns["age"]]
    found = fit(table(twice=twice), replace(CONFIG, fields=(*FIELDS, FieldConfig("twice", "number"))))
    assert "column twice is left out: it is a linear combination of age" in found.notices
    assert found.artifact.coefficients == fit(table(), CONFIG).artifact.coefficients


def test_collinear_columns_that_are_configured_are_told() -> None:
    """Columns that the configuration lists, and of which one is made up of others, are refused by name."""
    twice = [text if text == "nan" else str(2 * float(text)) for text in table().columns["age"]]
    config = replace(CONFIG, fields=(*FIELDS, FieldConfig("twice", "number")), columns=("age", "twice"))
    assert "columns that are linear combinations of others: twice" in told(FitError, config, twice=twice)


def test_too_few_rows_are_told() -> None:
    """Too few rows are refused, few rows are told."""
    assert "too few rows: 8 rows" in told(FitError, rows=8)
    assert "too few rows: 19 rows, expected 20 or more" in told(FitError, rows=19)
    assert any("rows of the rarer outcome for 5 columns" in text for text in fit(table(60), CONFIG).notices)


def test_unknown_columns_and_references() -> None:
    """A column or a reference that no field makes is told with those that there are."""
    assert "no field makes age2; possible are age" in told(ConfigError, replace(CONFIG, columns=("age2",)))
    fields = (*FIELDS[:2], replace(FIELDS[2], reference="mars"))
    assert "reference 'mars' is not a level; levels are north" in told(ConfigError, replace(CONFIG, fields=fields))


def test_proof_compares_every_record() -> None:
    """An artifact that scores one training record otherwise than statsmodels is not written."""
    data = table()
    artifact = fit(data, CONFIG).artifact
    predictor = Model.from_bytes(artifact.to_bytes()).predictor
    rows = zip(*data.columns.values(), strict=True)
    phat = np.array([predictor.predict_one(dict(zip(data.columns, row, strict=True))).answer for row in rows])
    prove(artifact, data, phat)
    phat[-1] += 1e-11
    with pytest.raises(FitError, match="row 600: the endpoint would answer"):
        prove(artifact, data, phat)
