"""Columns of array fits, recognised in raw rows by their numbers."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import phat
from phat.live import ExportNotice
from phat.preprocessing.schema import CategoryField, NumberField
from phat.takeover.recognition.ambiguous import Ambiguous, merge
from phat.takeover.recognition.hypotheses import round_between
from phat.training.errors import NotServable

ROWS = 600


def frame(seed: int = 1, rows: int = ROWS) -> pd.DataFrame:
    """Raw rows with gaps in the income."""
    random = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "age": random.integers(18, 80, rows).astype(float),
            "income": random.lognormal(10, 0.5, rows).round(2),
            "region": random.choice(["north", "south", "west"], rows),
            "exposure": random.uniform(0.5, 2, rows).round(3),
            "smoker": random.choice(["Yes", "No"], rows),
            "flag": random.random(rows) < 0.4,
            "grade": random.integers(1, 5, rows),
            "note": random.choice(["a", "b", ""], rows),
        }
    )
    data.loc[::17, "income"] = np.nan
    data["note"] = data.note.replace("", None)
    return data


DATA = frame()
EVENT = (np.random.default_rng(2).random(ROWS) < 0.2 + DATA.age.to_numpy() / 160).astype(int)
INCOME = DATA.income.fillna(DATA.income.mean())
REGIONS = pd.get_dummies(DATA.region, drop_first=True, dtype=float)


def columns(**named: Any) -> pd.DataFrame:
    """The age and some columns, with a constant."""
    return pd.DataFrame({"const": 1.0, "age": DATA.age, **named})


def logit(exog: Any, event: Any = EVENT) -> Any:
    """A logit of columns."""
    return sm.Logit(event, exog).fit(disp=0)


FORMULAS: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "as they are": (columns, []),
    "scaled, ddof 1": (lambda: columns(e=(DATA.exposure - DATA.exposure.mean()) / DATA.exposure.std()), ["exposure"]),
    "scaled, ndarray": (
        lambda: columns(e=(DATA.exposure - DATA.exposure.mean()) / DATA.exposure.std(ddof=0)).to_numpy(), ["exposure"]
    ),
    "min-max": (lambda: columns(e=(DATA.exposure - DATA.exposure.min()) / np.ptp(DATA.exposure)), ["exposure"]),
    "in thousands": (lambda: columns(inc=INCOME / 1000), ["income"]),
    "imputed, logged": (lambda: columns(inc=np.log(INCOME)), ["log(income)"]),
    "imputed, scaled": (lambda: columns(inc=(INCOME - INCOME.mean()) / INCOME.std()), ["income"]),
    "logged, then filled": (lambda: columns(inc=np.log(DATA.income).fillna(0)), ["log(income)"]),
    "indicator of gaps": (lambda: columns(inc=INCOME, gap=DATA.income.isna() * 1.0), ["fill(income", "missing(inc"]),
    "dummies": (lambda: columns(**REGIONS.add_prefix("region_")), ["level(region)"]),
    "dummies without prefix": (lambda: columns(**REGIONS), ["level(region)"]),
    "not that level": (lambda: columns(other=(DATA.region != "north") * 1), ["level(region)"]),
    "an ordinal code": (lambda: columns(code=DATA.region.map({"west": 1, "north": 2, "south": 5})), ["level(region)"]),
    "a target encoding": (
        lambda: columns(code=DATA.region.map(pd.Series(EVENT).groupby(DATA.region).mean())), ["level(region)"]
    ),
    "Yes is 1": (lambda: columns(smoker=(DATA.smoker == "Yes") * 1), ["level(smoker)"]),
    "a truth value": (lambda: columns(flag=DATA.flag * 1), ["flag"]),
    "numbers as levels": (
        lambda: columns(**pd.get_dummies(DATA.grade, prefix="g", drop_first=True, dtype=float)), ["level(grade)"]
    ),
    "dummies of gaps": (lambda: columns(**pd.get_dummies(DATA.note, prefix="note", dtype=float)), ["level(note)"]),
    "square and product": (
        lambda: columns(square=DATA.age**2, product=DATA.age * DATA.grade), ["age ** 2", "age * grade"]
    ),
    "ratio": (lambda: columns(ratio=DATA.age / DATA.exposure), ["age / exposure"]),
    "scaled product": (
        lambda: columns(p=(DATA.age * DATA.grade - 100) / 50), ["(age * grade - 100) / 50"]
    ),
    "interaction of levels": (
        lambda: columns(**REGIONS, **REGIONS.mul(DATA.age, axis=0).add_suffix("_age")), ["age * level(region)"]
    ),
    "a threshold of whole numbers": (lambda: columns(high=(DATA.grade >= 3) * 1), ["level(grade)"]),
    "float32": (
        lambda: columns(e=((DATA.exposure - DATA.exposure.mean()) / DATA.exposure.std()).astype("float32")), ["expo"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.filterwarnings("ignore")
def test_columns_are_recognised_and_proven(name: str) -> None:
    """Each way to make a column is found, every row proves it, and no definition is given."""
    make, parts = FORMULAS[name]
    model = phat.export(logit(make()), data=DATA)
    artifact = model.artifact
    assert (artifact.provenance.proof.kind, artifact.provenance.proof.records) == ("rows", ROWS)
    formulas = [artifact.terms.formula(column) for column in artifact.terms.columns]
    assert all(any(part in formula for formula in formulas) for part in parts), formulas


def test_new_rows_are_answered_as_by_hand() -> None:
    """Records that the fit never saw get what statsmodels says of columns made by hand with what was learned."""
    exog = columns(inc=np.log(INCOME), **REGIONS)
    results, new = logit(exog), frame(3, 400)
    by_hand = pd.DataFrame({"const": 1.0, "age": new.age, "inc": np.log(new.income.fillna(DATA.income.mean()))})
    by_hand = by_hand.join(pd.get_dummies(new.region, dtype=float)[["south", "west"]])
    answers = phat.export(results, data=DATA).predict(new)
    np.testing.assert_allclose(answers["phat"], results.predict(by_hand), rtol=1e-13)


def test_gaps_are_policies_of_the_field() -> None:
    """A fill is read off the gaps; a dummy that gaps have none of is 0 for them; without gaps a field is required."""
    model = phat.export(logit(columns(inc=INCOME, **pd.get_dummies(DATA.note, prefix="note", dtype=float))), data=DATA)
    fields = {field.name: field for field in model.artifact.schema.fields}
    assert isinstance(fields["income"], NumberField)
    assert fields["income"].fill == pytest.approx(float(DATA.income.mean()), rel=1e-15)
    assert fields["note"] == CategoryField("note", ("a", "b"), gap="zero")
    assert fields["age"].required


def test_rows_are_aligned() -> None:
    """Rows that were dropped, drawn or lost their index are found by index or by their numbers."""
    exog = sm.add_constant(DATA[["age", "income"]])
    kept = exog.dropna()
    drawn = exog[["const", "age"]].sample(frac=0.6, random_state=1)
    cases = [
        (kept, EVENT[kept.index], "rows"),
        (kept.reset_index(drop=True), EVENT[kept.index], "rows"),
        (kept.to_numpy(), EVENT[kept.index], "rows"),
        (drawn, EVENT[drawn.index], "rows"),
    ]
    for rows, event, kind in cases:
        proof = phat.export(logit(rows, event), data=DATA).artifact.provenance.proof
        assert (proof.kind, proof.records, proof.dropped) == (kind, len(rows), ROWS - len(rows))


def test_offset_and_exposure() -> None:
    """They are looked for in the raw rows, become required fields, and are refused if nothing has them."""
    exog, claims = columns(), np.random.default_rng(3).poisson(DATA.exposure)
    results = sm.GLM(claims, exog, sm.families.Poisson(), exposure=DATA.exposure).fit()
    model = phat.export(results, data=DATA)
    assert model.artifact.terms.offset_formula == "log(exposure)"
    assert [field.name for field in model.artifact.schema.fields] == ["age", "exposure"]
    with pytest.raises(NotServable, match="no column of the data makes, neither as it is nor as its logarithm"):
        phat.export(results, data=DATA.drop(columns="exposure"))
    with pytest.raises(NotServable, match="give its data, the raw rows"):
        phat.export(results)
    constant = sm.GLM(claims, exog, sm.families.Poisson(), offset=np.ones(ROWS)).fit()
    with pytest.raises(NotServable, match="the offset is the same number in all rows"):
        phat.export(constant, data=DATA)


AMBIGUOUS: dict[str, tuple[Callable[[], Any], Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "twin fields": (lambda: columns(x=DATA.exposure), lambda d: d.assign(expo2=d.exposure), "column x has the same"),
    "a threshold": (lambda: columns(rich=(INCOME > 25000) * 1), lambda d: d, "threshold of income that lies from"),
    "a level that no row has": (
        lambda: columns(**REGIONS)[DATA.region != "west"].drop(columns="west"), lambda d: d,
        "field region has levels in the data that no row of the fit has (west)",
    ),
    "a column that never changes": (lambda: columns(odd=np.zeros(ROWS)), lambda d: d, "column odd is 0 in all rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", AMBIGUOUS)
@pytest.mark.filterwarnings("ignore")
def test_what_numbers_cannot_decide_is_asked(name: str) -> None:
    """Each question is there in words with the argument to paste, and pasted it answers the question."""
    make, change, question = AMBIGUOUS[name]
    exog = make()
    results = sm.OLS(EVENT[exog.index], exog).fit()
    with pytest.raises(Ambiguous) as caught:
        phat.export(results, data=change(DATA))
    assert question in str(caught.value)
    assert "fields={" in str(caught.value)
    fields = merge([choice.fields[0] for choice in caught.value.choices])
    first = str(caught.value).partition("fields=")[2].partition(" or fields=")[0].splitlines()[0]
    assert eval(first, {}) == caught.value.choices[0].fields[0]  # noqa: S307  # as a person would paste it
    assert phat.export(results, data=change(DATA), fields=fields).artifact.provenance.proof.kind == "rows"


def test_names_decide_between_twins() -> None:
    """Of two fields with the same numbers the one that has the column's name is meant."""
    model = phat.export(logit(columns()), data=DATA.assign(years=DATA.age))
    assert [field.name for field in model.artifact.schema.fields] == ["age"]


def test_what_is_not_found_is_named() -> None:
    """A column that nothing in the data makes is refused with its name and range; noise explains nothing."""
    noise = np.random.default_rng(9).normal(size=ROWS)
    with pytest.raises(
        NotServable, match=r"nothing in the data reproduces the columns z \(from -.* to .*\) of the fit"
    ):
        phat.export(logit(columns(z=noise)), data=DATA)


def test_a_constant_of_another_name_is_reported() -> None:
    """A column of ones that no field makes is the constant, and a notice says so."""
    with pytest.warns(ExportNotice, match="column bias is 1 in all rows"):
        model = phat.export(logit(DATA[["age"]].assign(bias=1.0)), data=DATA)
    assert model.artifact.constant == "bias"


def test_policies_on_top() -> None:
    """Labels, units, fills and policies may be given on top of what is recognised."""
    said: dict[str, dict[str, Any]] = {
        "age": {"label": "Age", "unit": "years", "fill": 40},
        "region": {"gap": "zero", "unknown": "missing"},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = phat.export(logit(columns(**REGIONS)), data=DATA, fields=said)
    by_name = {field.name: field for field in model.artifact.schema.fields}
    assert model.artifact.texts.label("age") == "Age"
    age, region = by_name["age"], by_name["region"]
    assert (age.fill, age.gap, region.gap) == (40.0, "fill", "zero")
    east, none = model.predict([{"age": 50, "region": "east"}, {"age": 50, "region": None}])
    assert east == none


def test_random_columns_explain_nothing() -> None:
    """Few rows and many fields do not make numbers fit by chance."""
    for rows in (25, 60, 200):
        random = np.random.default_rng(rows)
        data = pd.DataFrame(random.normal(size=(rows, 40)).round(2), columns=[f"f{place}" for place in range(40)])
        exog = sm.add_constant(pd.DataFrame({"a": random.normal(size=rows), "b": random.normal(size=rows)}))
        with pytest.raises(NotServable, match=r"columns a .*, b "):
            phat.export(sm.OLS(random.normal(size=rows), exog).fit(), data=data)


def test_round_thresholds() -> None:
    """Of an interval the number of the fewest digits is proposed."""
    assert [round_between(*pair) for pair in ((9.9, 10.13), (24979.72, 25013.07), (0.1, 0.13), (-3.2, -2.9))] == [
        10.0, 25000.0, 0.13, -3.0,
    ]  # fmt: skip
