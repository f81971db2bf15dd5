"""Random formulas and data, compared with statsmodels: for the gate a few, for `make stress` thousands."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import strategies as st
from statsmodels.formula import options

import phat
from phat.training.errors import NotServable
from tests.unit.takeover.formulas.test_patsy import frame

COMMON = (
    "a", "b", "h", "g", "k", "flag", "z", "C(k)", "C(g, Sum)", "C(g, Treatment('south'))", "C(k, Poly)",
    "C(g, Helmert)", "C(g, Diff)", "np.log(a)", "np.sqrt(h)", "np.log1p(h)", "np.exp(-a)", "np.abs(b)", "I(a**2)",
    "I(a * b)", "I(b > 0)", "I(g == 'north')", "np.where(a > 4, b, h)", "np.clip(b, -1, 1)", "np.minimum(a, h)",
    "np.round(b, 1)", "np.floor(h)", "C(np.floor(a / 3))", "center(a)", "standardize(h)",
    "bs(a, df=4, lower_bound=0, upper_bound=10)", "bs(h, df=5, degree=2, lower_bound=0, upper_bound=21)",
    "cr(a, df=4)", "cc(h, df=4)", "Q('odd name')", "np.isin(k, [1, 2])",
)  # fmt: skip
"""Factors that both engines read."""
OF_FORMULAIC = ("poly(a, 2)", "scale(b)", "log(h)", "C(g, contr.helmert)", "bs(b, df=4, extrapolation='clip')")
ENGINES = {"patsy": COMMON, "formulaic": (*COMMON, *OF_FORMULAIC)}

KINDS = ("ols", "logit", "poisson")


@st.composite
def formulas(draw: st.DrawFn, engine: str) -> str:
    """One to three terms of up to three factors, with or without a constant."""
    factors = st.sampled_from(ENGINES[engine])
    terms = st.lists(factors, min_size=1, max_size=3, unique=True).map(
        lambda each: draw(st.sampled_from([":", "*"])).join(each)
    )
    chosen = draw(st.lists(terms, min_size=1, max_size=3, unique=True))
    return " + ".join([*draw(st.sampled_from([[], ["0"]])), *chosen])


def check(engine: str, formula: str, kind: str, seed: int) -> bool:
    """Fit, export and compare on new rows; whether there was anything to compare.

    A formula that statsmodels itself cannot fit, or has no answers of, is none of ours.
    """
    data = frame(seed, 300).assign(
        count=lambda d: np.random.default_rng(seed).poisson(2, len(d)), flag=lambda d: d.flag
    )
    data["amount"] = np.random.default_rng(seed + 1).normal(size=len(data))
    new = frame(seed + 2, 200)
    new["a"], new["h"] = new.a.clip(data.a.min(), data.a.max()), new.h.clip(data.h.min(), data.h.max())
    new["b"] = new.b.clip(data.b.min(), data.b.max())
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setattr(options, "formula_engine", engine)
        try:
            results = _fit(kind, formula, data)
            expected = np.asarray(results.predict(new), dtype=float)
        except Exception:  # statsmodels and its engines raise what they happen to raise
            return False
        try:
            model = phat.export(results)
        except NotServable as refused:
            raise AssertionError(f"{engine}: {formula}: {refused}") from None
        answers = model.predict(new, on_error="nan").iloc[:, -1].to_numpy()
    inverse = model._scorer.predictor.inverse_link
    terms = np.abs(np.asarray(results.model.exog)) @ np.abs(np.asarray(results.params))
    off = 1e-11 * max(1.0, float(terms.max()))
    known = ~np.isnan(answers)
    assert known.mean() > 0.5 or not np.isfinite(expected).all(), (engine, formula)
    for got, right in zip(answers[known], expected[known], strict=True):
        assert abs(got - right) <= off * max(1.0, abs(right)), (engine, formula, got, right, inverse)
    return True


def _fit(kind: str, formula: str, data: pd.DataFrame) -> Any:
    match kind:
        case "ols":
            return smf.ols(f"amount ~ {formula}", data).fit()
        case "logit":
            return smf.glm(f"y ~ {formula}", data, family=sm.families.Binomial()).fit()
    return smf.glm(f"count ~ {formula}", data, family=sm.families.Poisson()).fit()
