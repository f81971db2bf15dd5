"""Formulas of formulaic: compiled terms make the columns that formulaic makes of new records, or refuse the record."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.formula import options

import phat
from phat.preprocessing.schema import Schema
from phat.takeover.formulas.compile import compile_formula
from phat.training.errors import NotServable
from tests.unit.takeover.formulas.test_patsy import columns_of, frame, refused_codes

FORMULAS = [
    "a", "a + b", "0 + a + g", "a - 1", "g", "C(g)", "C(k)", "k + C(k)", "C(g, Treatment('south'))", "C(g, Sum)",
    "C(g, contr.sum)", "C(g, contr.treatment(base='west'))", "C(g, contr.helmert)", "C(g, Diff)", "C(g, Poly)",
    "C(k, Poly)", "C(k, Sum)", "C(g, levels=['west', 'north', 'south'])", "C(g, contr.helmert(reverse=False))",
    "a:b", "a*b", "a*g", "g*z", "g:z", "0 + g:z", "g:z - 1", "a:g", "a:C(k)", "C(g, Sum):C(k)", "g*z*a",
    "(a + b + g)**2", "a/g", "g/a", "flag", "flag:a", "C(flag)", "0 + flag", "a:flag:g", "2:a", "a:g + 3:b:g",
    "np.log(a)", "log(a)", "log10(a) + log2(a)", "exp(-a)", "np.log(a):g", "np.log1p(h)", "np.sqrt(h)", "np.abs(b)",
    "np.sign(b)", "np.sin(a) + np.cos(a)", "I(a**2)", "I(a**3) + I(a**2) + a", "I(a**-1)", "I(1/a)", "I(a*b)",
    "I(a-2)", "I((a > 4) * b)", "I(a % 2)", "I(a // 2)", "I(h / a)", "np.power(a, 2)", "I(a > 4)", "I(g == 'north')",
    "I((a > 4) & (b < 1))", "np.where(a > 4, 1, 0)", "np.where(a > 4, b, h)", "np.clip(a, 2, 6)", "a.clip(2, 6)",
    "np.minimum(a, 5)", "np.isin(k, [1, 2])", "g.isin(['north', 'west'])", "np.round(a, 1)", "np.floor(a)",
    "C(np.floor(a))", "a.fillna(2)", "I((a > 4).astype(int))", "Q('odd name')", "np.log(Q('odd name') + 1)",
    "center(a)", "standardize(a)", "scale(a)", "scale(a, ddof=0)", "scale(a, center=False)", "center(a):g",
    "standardize(np.log(a))", "bs(a, df=4)", "bs(a, df=5, degree=2)", "bs(a, df=4, include_intercept=True) - 1",
    "bs(a, knots=[3, 5])", "bs(a, df=4):g", "bs(a, df=3, degree=1)", "bs(a, df=4, lower_bound=0, upper_bound=10)",
    "bs(np.log(a), df=4)", "bs(a, df=4, extrapolation='clip')", "bs(a, df=4, extrapolation='extend')",
    "bs(a, df=4, extrapolation='zero')", "cr(a, df=4)", "cr(a, df=4, constraints='center')", "cc(h, df=4)",
    "cc(h, df=4, constraints='center')", "cr(a, df=3):g", "poly(a, 3)", "poly(a, degree=2)", "poly(a, 2, raw=True)",
    "poly(a, 2):g",
]  # fmt: skip


def fitted(formula: str, data: pd.DataFrame) -> Any:
    """The results of a fit, here by least squares: what is compared are the columns."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")  # some of these designs are singular
        patch.setattr(options, "formula_engine", "formulaic")
        return smf.ols(f"y ~ {formula}", data).fit()


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.filterwarnings("ignore")
def test_columns_are_formulaics(formula: str) -> None:
    """Of a thousand new records each column is formulaic's, to 1e-12 of its largest."""
    results = fitted(formula, frame(1))
    takeover = compile_formula(results)
    schema = Schema(takeover.fields)
    takeover.terms.check(schema)
    assert takeover.terms.names == tuple(results.model.exog_names)
    new = frame(2, 1000)
    if "extrapolation" not in formula:
        new["a"], new["h"] = new.a.clip(*results.model.data.frame.a.quantile([0, 1])), new.h.clip(0.6, 19.9)
    made = columns_of(takeover, schema, new)
    expected = np.asarray(results.model.data.model_spec.get_model_matrix(new), dtype=float)
    largest = np.abs(expected).max(axis=0)
    assert (np.abs(made - expected) <= 1e-12 * largest).all()


@pytest.mark.parametrize("formula", ["g", "C(k)", "a:g", "C(g, Sum)"])
@pytest.mark.filterwarnings("ignore")
def test_levels_never_seen_are_refused(formula: str) -> None:
    """A level that the fit has not seen is an error of its field, where formulaic takes the reference."""
    takeover = compile_formula(fitted(formula, frame(1)))
    assert refused_codes(takeover, {"a": 2, "g": "east", "k": 7}) == {"unknown_level"}


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        ("lag(a)", "lag(a) is a function of formulaic that is not served"),
        ("hashed(g, levels=3)", "is a function of formulaic that is not served"),
        ("I(a - a.mean())", "a.mean() is taken anew over the records of each request"),
        ("I(a * LIMIT)", "LIMIT is neither a column of the data nor known where the formula was"),
        ("np.tanh(a)", "np.tanh(a) is a function of numpy that is not served"),
    ],
)
def test_what_cannot_be_served(formula: str, reason: str) -> None:
    """What a record alone cannot give, and names that formulaic does not keep, are refused by name."""
    with pytest.raises(NotServable) as caught:
        compile_formula(fitted(formula, frame(1)))
    assert reason in str(caught.value)


LIMIT = 3.0


@pytest.mark.parametrize(
    "formula", ["y ~ np.log(a) * g", "y ~ bs(a, df=4, lower_bound=0, upper_bound=10) + flag", "y ~ poly(b, 2) + C(k)"]
)
@pytest.mark.filterwarnings("ignore")
def test_answers_are_statsmodels(formula: str) -> None:
    """Exported without definitions and data, new rows get statsmodels' probabilities."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(options, "formula_engine", "formulaic")
        results = smf.glm(formula, frame(1), family=sm.families.Binomial()).fit()
        new = frame(4, 500)
        expected = results.predict(new)
    answers = phat.export(results).predict(new)
    np.testing.assert_allclose(answers["phat"], expected, rtol=1e-12)
