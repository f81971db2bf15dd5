"""Formulas of patsy: compiled terms make the columns that patsy makes of new records, or refuse the record."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import patsy
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.formula import options

import phat
from phat.live import ExportNotice
from phat.preprocessing.clean import clean_record
from phat.preprocessing.design import Design
from phat.preprocessing.schema import Schema
from phat.takeover.formulas.compile import compile_formula
from phat.takeover.takeover import Takeover
from phat.training.errors import ConfigError, NotServable

ROWS = 400
LIMIT = 3.0


def frame(seed: int, rows: int = ROWS) -> pd.DataFrame:
    """Raw rows: numbers, texts, whole numbers, truth values, and names that are no identifiers."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "y": (random.random(rows) < 0.5).astype(int),
            "a": random.uniform(1, 9, rows).round(3),
            "b": random.normal(0, 2, rows).round(3),
            "h": random.uniform(0.5, 20, rows).round(2),
            "g": random.choice(["north", "south", "west"], rows),
            "k": random.integers(0, 4, rows),
            "z": random.choice(["u", "v"], rows),
            "flag": random.random(rows) < 0.4,
            "odd name": random.uniform(0, 1, rows).round(3),
        }
    )


FORMULAS = [
    "a", "a + b", "0 + a + g", "a - 1", "g", "C(g)", "C(k)", "k + C(k)", "C(g, Treatment('south'))", "C(g, Sum)",
    "C(g, Helmert)", "C(g, Diff)", "C(g, Poly)", "C(k, Poly)", "C(k, Sum)", "C(g, levels=['west', 'north', 'south'])",
    "a:b", "a*b", "a*g", "g*z", "g:z", "0 + g:z", "g:z - 1", "a:g", "a:C(k)", "C(g, Sum):C(k)", "g*z*a",
    "(a + b + g)**2",
    "a/g", "g/a", "flag", "flag:a", "C(flag)", "0 + flag", "a:flag:g",
    "np.log(a)", "np.log(a):g", "np.log1p(h)", "np.log10(a)", "np.log2(a)", "np.exp(-a)", "np.sqrt(h)", "np.abs(b)",
    "np.sign(b)", "np.sin(a) + np.cos(a)", "I(a**2)", "I(a**3) + I(a**2) + a", "I(a**-1)", "I(a**1.5)", "I(1/a)",
    "I(a*b)", "I(a+b)", "I(a-2)", "I(-a)", "I((a > 4) * b)", "I(a % 2)", "I(a // 2)", "I(h / a)", "np.power(a, 2)",
    "I(a > 4)", "I(a >= 4) + I(b != 0)", "I(g == 'north')", "I((a > 4) & (b < 1))", "I((a > 4) | (b < 1))",
    "I(~(a > 4))",
    "np.where(a > 4, 1, 0)", "np.where(a > 4, b, h)", "np.clip(a, 2, 6)", "a.clip(2, 6)", "a.clip(upper=5)",
    "np.minimum(a, 5)", "np.maximum(a, b)", "np.isin(k, [1, 2])", "g.isin(['north', 'west'])", "I(k.isin([0, 3]))",
    "np.round(a)", "np.round(a, 1)", "a.round(1)", "np.floor(a)", "np.ceil(h)", "C(np.floor(a))", "a.fillna(2)",
    "I(a > LIMIT)", "I(a * LIMIT)", "lg(a)", "I((a > 4).astype(int))", "Q('odd name')", "np.log(Q('odd name') + 1)",
    "center(a)", "standardize(a)", "scale(a)", "standardize(a, ddof=1)", "center(a):g", "standardize(np.log(a))",
    "bs(a, df=4)", "bs(a, df=5, degree=2)", "bs(a, df=4, include_intercept=True) - 1", "bs(a, knots=[3, 5])",
    "bs(a, df=4):g", "bs(a, df=3, degree=1)", "bs(a, df=4, lower_bound=0, upper_bound=10)", "bs(np.log(a), df=4)",
    "cr(a, df=4)", "cr(a, df=4, constraints='center')", "cc(h, df=4)", "cc(h, df=4, constraints='center')",
    "cr(a, df=3):g",
]  # fmt: skip
lg = np.log


def fitted(formula: str, data: pd.DataFrame) -> Any:
    """The results of a fit, here by least squares: what is compared are the columns."""
    options.formula_engine = "patsy"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some of these designs are singular
        return smf.ols(f"y ~ {formula}", data).fit()


def columns_of(takeover: Takeover, schema: Schema, rows: pd.DataFrame) -> Any:
    """What the terms make of raw rows (n by k)."""
    design = Design(schema, takeover.terms)
    return np.array([design.values(clean_record(row, schema)) for row in rows.astype(object).to_dict("records")])


def refused_codes(takeover: Takeover, record: dict[str, object]) -> set[str]:
    """The codes of what is wrong with a record."""
    schema = Schema(takeover.fields)
    with pytest.raises(ExceptionGroup) as caught:
        Design(schema, takeover.terms).values(clean_record(record, schema))
    return {error.code for error in caught.value.exceptions}  # type: ignore[union-attr]


@pytest.mark.parametrize("formula", FORMULAS)
def test_columns_are_patsys(formula: str) -> None:
    """Of a thousand new records each column is patsy's, to 1e-12 of its largest; out of bounds is refused alike."""
    results = fitted(formula, frame(1))
    takeover = compile_formula(results)
    schema = Schema(takeover.fields)
    takeover.terms.check(schema)
    assert takeover.terms.names == tuple(results.model.exog_names)
    new = frame(2, 1000)
    new["a"], new["h"] = new.a.clip(*results.model.data.frame.a.quantile([0, 1])), new.h.clip(0.6, 19.9)
    made = columns_of(takeover, schema, new)
    [expected] = patsy.build_design_matrices([results.model.data.model_spec], new)
    largest = np.abs(np.asarray(expected)).max(axis=0)
    assert (np.abs(made - np.asarray(expected)) <= 1e-12 * largest).all()


@pytest.mark.parametrize("formula", ["g", "C(k)", "a:g", "C(g, Sum)"])
def test_levels_never_seen_are_refused(formula: str) -> None:
    """A level that the fit has not seen is an error of its field, not the reference."""
    takeover = compile_formula(fitted(formula, frame(1)))
    assert refused_codes(takeover, {"a": 2, "g": "east", "k": 7}) == {"unknown_level"}


def test_unused_categories_are_refused() -> None:
    """A category of the data that no row has is no level."""
    data = frame(1)
    data["g"] = pd.Categorical(data.g, categories=["west", "north", "never", "south"])
    takeover = compile_formula(fitted("g", data))
    assert takeover.terms.names[1:] == ("g[T.north]", "g[T.never]", "g[T.south]")


def test_gaps_that_a_comparison_passes() -> None:
    """Where the fit's own rows had gaps that a comparison made false, they are served so."""
    data = frame(1)
    data.loc[data.index % 7 == 0, "a"] = np.nan
    takeover = compile_formula(fitted("np.where(a > 4, 1, 0) + b", data))
    schema = Schema(takeover.fields)
    assert schema.fields[0].gap == "as_fitted"
    values = Design(schema, takeover.terms).values(clean_record({"a": None, "b": 1}, schema))
    assert values == [1.0, 0.0, 1.0]


def test_dropped_rows_make_gaps_an_error() -> None:
    """Where the fit dropped the rows with gaps, a gap is an error."""
    data = frame(1)
    data.loc[3, "a"] = np.nan
    takeover = compile_formula(fitted("a + b", data))
    assert [field.gap for field in takeover.fields] == ["error", "error"]


def own(x: Any) -> Any:
    """A function of the notebook."""
    return x + 1


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("own(a)", "own(a) is a function of your own"),
        ("I(a - a.mean())", "a.mean() is taken anew over the records of each request"),
        ("I(a - np.mean(a))", "np.mean(a) is taken anew"),
        ("a.rank()", "a.rank() is taken anew"),
        ("g.str.len()", "is a method that is not served"),
        ("te(cr(a, df=3), cr(h, df=3))", "is not served"),
        ("np.tanh(a)", "is a function of numpy that is not served"),
    ],
)
def test_what_cannot_be_served(formula: str, reason: str) -> None:
    """What a record alone cannot give, and code of one's own, is refused by name, with the way round."""
    with pytest.raises(NotServable) as caught:
        compile_formula(fitted(formula, frame(1)))
    assert reason in str(caught.value)


def test_shadowed_names_are_what_they_are() -> None:
    """A variable called log is not the logarithm, and a column goes before a variable."""

    def log(x: Any) -> Any:
        return x * 2

    with pytest.raises(NotServable, match="function of your own"):
        compile_formula(smf.ols("y ~ log(a)", frame(1)).fit())


def test_an_outcome_that_is_no_number_is_reported() -> None:
    """Of an outcome of truth values or texts statsmodels takes the first column for the event, which is reported."""
    data = frame(1).assign(t=lambda d: np.where(d.y == 1, "yes", "no"))
    results = smf.glm("t ~ a", data, family=sm.families.Binomial()).fit()
    assert compile_formula(results).notices == (
        "the outcome has the columns t[no] and t[yes]: for statsmodels the event is the first, t[no]",
    )
    with pytest.warns(ExportNotice, match=r"the event is the first, t\[no\]"):
        model = phat.export(results)
    assert model.predict(data.head(9)).phat.to_numpy() == pytest.approx(
        results.predict(data.head(9)).to_numpy(), abs=1e-15
    )


def test_a_formula_without_fields() -> None:
    """A constant alone is no model of records."""
    with pytest.raises(NotServable, match="uses no column of the data"):
        compile_formula(fitted("1", frame(1)))


def test_names_that_no_field_can_have() -> None:
    """A column whose name no record's key can be is refused in words."""
    data = frame(1).rename(columns={"a": " a "})
    with pytest.raises(ConfigError, match="field ' a ': a name must be text without blanks around it; rename it"):
        phat.export(smf.logit("y ~ Q(' a ')", data).fit(disp=0))


def test_integers_that_overflow_are_not_exported() -> None:
    """Whole numbers whose cube left the integers of the fit are served otherwise than fitted, which the proof finds."""
    data = frame(1).assign(i=lambda d: d.k * 2_000_000)
    results = fitted("I(i**3) + a", data)
    takeover = compile_formula(results)
    design = Design(Schema(takeover.fields), takeover.terms)
    made = np.array([design.values({"i": float(i), "a": a}) for i, a in zip(data.i, data.a, strict=True)])
    assert not np.allclose(made, results.model.exog)


@pytest.mark.filterwarnings("ignore::phat.live.ExportNotice")
def test_what_is_said_of_a_formulas_fields() -> None:
    """Policies go on top of what the formula says; fields that it has not, and what contradicts it, are refused."""
    results = smf.logit("y ~ a", frame(1)).fit(disp=0)
    model = phat.export(results, fields={"a": {"fill": 2.5, "unit": "EUR"}})
    assert model.artifact.schema.fields[0].fill == 2.5
    assert model.artifact.texts.unit("a") == "EUR"
    with pytest.raises(ConfigError, match="fields: the fit has no field z; it has a"):
        phat.export(results, fields={"z": {}})
    with pytest.raises(ConfigError, match="field 'a': keys unknown: levels"):
        phat.export(results, fields={"a": {"levels": ["x"]}})
    with pytest.raises(ConfigError, match="leave them out"):
        phat.export(results, columns=["const", "a"])
