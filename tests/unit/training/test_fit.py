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
from phat.training.fit import Fit, fit, prove
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


def test_screen_keeps_the_strongest() -> None:
    """Of many columns of noise and few that matter the screen keeps those that matter."""
    random = np.random.default_rng(1)
    noise: dict[str, Any] = {f"noise{i}": [f"{value:.4f}" for value in random.normal(size=2400)] for i in range(10)}
    fields = (*FIELDS[:2], replace(FIELDS[2], reference="north"), *(FieldConfig(name, "number") for name in noise))
    found = fit(table(2400, **noise), replace(CONFIG, fields=fields, screen=3))
    assert set(found.artifact.columns) == {"debt", "age", "region_west", "const"}
    assert any("left out by the screen: region_South, noise0" in text for text in found.notices)
    assert any("they ignore that the screen chose them" in text for text in found.notices)


def test_no_screen_without_need() -> None:
    """As long as there are ten events a column all columns are the model's; then the strongest, which is reported."""
    random = np.random.default_rng(1)
    noise: dict[str, Any] = {f"noise{i}": [f"{value:.4f}" for value in random.normal(size=ROWS)] for i in range(30)}
    config, _ = infer_config(table(**noise), "y")
    events = table().columns["y"].count("1")
    rarer = min(events, ROWS - events)
    found = fit(table(**noise), config)
    assert len(found.artifact.columns) == rarer // 10 + 1 < 34
    assert any(f"{rarer} rows of the rarer outcome carry {rarer // 10} columns" in text for text in found.notices)
    assert len(fit(table(), CONFIG).artifact.columns) == 5


def test_baseline_describes_the_training_data() -> None:
    """The baseline has missing rates, shares that add up to one, and score bins that count every record."""
    baseline = fit(table(), CONFIG).artifact.baseline
    assert baseline is not None
    assert (baseline.source, baseline.records) == ("training data", ROWS)
    gaps = list(table().columns["age"]).count("nan")
    assert baseline.fields["age"].missing == pytest.approx(gaps / ROWS)
    assert sum(baseline.fields["age"].shares) == pytest.approx(1)
    assert sum(baseline.fields["region"].shares) == pytest.approx(1)
    assert baseline.score is not None
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


def test_levels_that_cannot_be_estimated_are_folded() -> None:
    """Levels of one row or one outcome count together as one, or as the reference; the same when served; reported."""
    region, y = list(table().columns["region"]), table().columns["y"]
    events = [row for row, text in enumerate(y) if text == "1"]
    others = [row for row, text in enumerate(y) if text == "0"]
    for row in events[:8]:
        region[row] = "yonder"
    config = replace(CONFIG, fields=(*FIELDS[:2], replace(FIELDS[2], reference="west")))
    found = fit(table(region=region), config)
    assert (
        "field region: all rows of yonder (8) have the same outcome; it counts as the reference, west" in found.notices
    )
    answers = by_region(found, "yonder", "west")
    assert answers["yonder"] == answers["west"]
    region[others[0]] = "island"
    found = fit(table(region=region), config)
    assert any("level island in one row only; all rows of yonder (8) have" in text for text in found.notices)
    answers = by_region(found, "yonder", "island", "elsewhere", "west")
    assert answers["yonder"] == answers["island"] == answers["elsewhere"] != answers["west"]
    assert "strict: field region" in told(FitError, replace(CONFIG, strict=True), region=region)


def by_region(found: Fit, *names: str) -> dict[str, float]:
    """The served answers to one record in several regions."""
    predictor = Model.from_bytes(found.artifact.to_bytes()).predictor
    return {name: predictor.predict_one({"age": 1, "debt": 1, "region": name}).answer for name in names}


def told(error: type[Exception], config: Config = CONFIG, rows: int = ROWS, **replaced: Any) -> str:
    """What is told when nothing can be fitted."""
    with pytest.raises(error) as caught:
        fit(table(rows, **replaced), config)
    return str(caught.value)


def test_targets_that_are_none() -> None:
    """A target that is missing, not binary, or never the event, is told with what to do."""
    y = list(table().columns["y"])
    assert "there is no column churn; the data have age, debt" in told(DataError, replace(CONFIG, target="churn"))
    found = fit(table(y=[*y[:4], "", *y[5:]]), CONFIG)
    assert "1 of 600 rows are left out, the first row 5: target y is missing there" in found.notices
    assert found.artifact.provenance.proof == Proof("rows", "given data", ROWS - 1, 1)
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


def leaky(name: str) -> list[str]:
    """A column that knows the outcome."""
    y = table().columns["y"]
    return {
        "number": [f"{1 + 0.001 * i:.4f}" if text == "1" else f"{-1 - 0.001 * i:.4f}" for i, text in enumerate(y)],
        "level": [f"{'won' if text == '1' else 'lost'} {i % 3}" for i, text in enumerate(y)],
        "gap": ["" if text == "0" else str(i % 7) for i, text in enumerate(y)],
    }[name]


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("number", "number", "it alone tells the outcome of every row"),
        ("level", "category", "its levels alone tell the outcome of every row"),
        ("gap", "number", "it is missing exactly in the"),
    ],
)
def test_leaks_are_left_out(name: str, kind: Any, reason: str) -> None:
    """A field that knows the outcome is left out by name, and the model is the one without it; strict refuses."""
    config = replace(CONFIG, fields=(*FIELDS, FieldConfig("leak", kind)))
    found = fit(table(leak=leaky(name)), config)
    assert any(text.startswith(f"field leak is left out: {reason}") for text in found.notices)
    assert found.artifact.coefficients == fit(table(), CONFIG).artifact.coefficients
    assert f"strict: field leak is left out: {reason}" in told(FitError, replace(config, strict=True), leak=leaky(name))


def test_separation_by_several_columns_is_repaired() -> None:
    """Of columns that only together tell the outcome of some rows one is left out by name."""
    y = table().columns["y"]
    left = [row for row in range(ROWS) if row % 3 == 0]
    right = [row for row in range(ROWS) if row % 3 == 1]
    a = ["1" if row in left or (row in right and y[row] == "1") else "0" for row in range(ROWS)]
    b = ["1" if row in right or (row in left and y[row] == "0") else "0" for row in range(ROWS)]
    config = replace(CONFIG, fields=(*FIELDS, FieldConfig("a", "number"), FieldConfig("b", "number")))
    found = fit(table(a=a, b=b), config)
    assert any(
        "is left out: together with" in text and "tells the outcome of some rows" in text for text in found.notices
    )
    assert len(found.artifact.columns) == 6
    assert "quasi-separation" in told(FitError, replace(config, strict=True), a=a, b=b)


def test_column_that_alone_tells_some_rows_is_the_one_left_out() -> None:
    """Where a number above 0 is never without an event, it alone is left out, with the rows that it tells."""
    y = table().columns["y"]
    spent = [str(row % 9 + 1) if text == "1" and row % 7 else "0" for row, text in enumerate(y)]
    config = replace(CONFIG, fields=(*FIELDS, FieldConfig("spent", "number")))
    found = fit(table(spent=spent), config)
    left_out = [text for text in found.notices if "is left out" in text]
    told_rows = sum(text != "0" for text in spent)
    assert left_out == [
        f"column spent is left out: it alone tells the outcome of {told_rows:,} of {ROWS:,} rows without error"
    ]
    without = fit(table(), CONFIG).artifact.coefficients
    assert dict(found.artifact.coefficients) == pytest.approx(dict(without), rel=1e-9)


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


def test_collinear_columns_are_refused_if_strict() -> None:
    """Where a strict configuration has columns that others make up, they are refused by name."""
    twice = [text if text == "nan" else str(2 * float(text)) for text in table().columns["age"]]
    config = replace(CONFIG, fields=(*FIELDS, FieldConfig("twice", "number")), columns=("age", "twice"))
    refusal = "strict: column twice is left out: it is a linear combination of age"
    assert refusal in told(FitError, replace(config, strict=True), twice=twice)
    assert refusal.removeprefix("strict: ") in fit(table(twice=twice), config).notices


def test_too_few_rows_are_told() -> None:
    """Too few rows are refused, few rows are told."""
    assert "too few rows: 8 rows" in told(FitError, rows=8)
    assert "too few rows: 19 rows, expected 20 or more" in told(FitError, rows=19)
    assert any("rows of the rarer outcome carry" in text for text in fit(table(60), CONFIG).notices)
    asked = fit(table(60), replace(CONFIG, screen=9)).notices
    assert any("rows of the rarer outcome for 4 columns" in text for text in asked)


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


def test_columns_of_one_outcome_do_not_fill_the_screen() -> None:
    """Columns one of whose values has rows of one outcome go before the screen, which then keeps others; reported."""
    y = table().columns["y"]
    random = np.random.default_rng(2)
    flags: dict[str, Any] = {
        f"flag{i}": ["1" if text == "1" and random.random() < 0.3 else "0" for text in y] for i in range(4)
    }
    fields = (*FIELDS, *(FieldConfig(name, "number") for name in flags))
    found = fit(table(**flags), replace(CONFIG, fields=fields, screen=3))
    assert {"age", "debt"} < set(found.artifact.columns)
    assert any("column flag0 is left out: all" in text and "larger of its two values" in text for text in found.notices)
    only = replace(CONFIG, fields=tuple(FieldConfig(name, "number") for name in flags))
    assert "no column is left: column flag0 is left out" in told(FitError, only, **flags)


def test_perfect_separation_by_two_columns_is_repaired() -> None:
    """Two numbers whose difference tells every outcome: one of them is left out by name, and the rest is fitted."""
    y = np.array([text == "1" for text in table().columns["y"]])
    random = np.random.default_rng(4)
    a = random.normal(size=ROWS)
    b = a + np.where(y, 1, -1) * random.uniform(0.5, 1, ROWS)
    columns: dict[str, Any] = {"a": [f"{each:.6f}" for each in a], "b": [f"{each:.6f}" for each in b]}
    config = replace(CONFIG, fields=(*FIELDS, FieldConfig("a", "number"), FieldConfig("b", "number")))
    found = fit(table(**columns), config)
    assert any("is left out: together with" in text for text in found.notices)
    assert len({"a", "b"} & set(found.artifact.columns)) == 1
    assert "perfect separation" in told(FitError, replace(config, strict=True), **columns)
