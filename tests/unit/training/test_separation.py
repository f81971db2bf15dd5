"""Separation and convergence: what makes coefficients mean nothing, and what only looks like it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from phat.training import separation
from phat.training.separation import (
    converged,
    doubts,
    fewest_separating,
    on_right_sides,
    separating,
    unexplained,
)
from tests.unit.takeover.imports import quietly

RANDOM = np.random.default_rng(11)


def look(y: Any, x: Any, estimator: Any = sm.Logit, **options: Any) -> list[str]:
    """What is said of a fit of these columns, called x0, x1, ..."""
    if estimator is sm.Logit:
        results = quietly(sm.Logit(y, x).fit, disp=0, **options)
    else:
        results = quietly(sm.GLM(y, x, sm.families.Binomial(estimator)).fit, **options)
    names = [f"x{index}" for index in range(x.shape[1])]
    return doubts(results, names, np.asarray(results.bse), x, y)


def sound(rows: int, share: float, scale: float, effect: float) -> tuple[Any, Any]:
    """Outcomes of about this share that depend on a number of this scale."""
    x = RANDOM.normal(size=rows)
    eta = np.log(share / (1 - share)) + effect * x
    y = (RANDOM.random(rows) < 1 / (1 + np.exp(-eta))).astype(float)
    return y, np.column_stack([np.ones(rows), x * scale])


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 1e6])
@pytest.mark.parametrize("share", [0.002, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_sound_fits_have_no_doubts(scale: float, share: float, link: str) -> None:
    """Neither the scale of a number nor rare events are separation."""
    links = sm.families.links
    makes: dict[str, Any] = {"logit": links.Logit(), "probit": links.Probit(), "cloglog": links.CLogLog()}
    y, x = sound(5000, share, scale, 0.7)
    assert look(y, x, makes[link]) == []


def test_columns_that_are_nearly_collinear_are_not_separation() -> None:
    """A number next to its copy with a little noise, and a year with its square, have large errors, explained."""
    y, x = sound(2000, 0.3, 1.0, 1.0)
    x = np.column_stack([x, x[:, 1] + 1e-5 * RANDOM.normal(size=2000)])
    year = 2015 + RANDOM.normal(size=2000)
    for columns in (x, np.column_stack([np.ones(2000), year, year**2])):
        assert look(y, columns, sm.families.links.Logit()) == []


def test_a_row_far_out_is_not_separation() -> None:
    """Rows whose linear predictor is far above 30 do not make a fit separated."""
    y, x = sound(3000, 0.4, 1.0, 1.5)
    y[0] = 1.0
    for value in (40.0, 1e6):
        x[0, 1] = value
        assert look(y, x) == []


@pytest.mark.parametrize("estimator", [sm.Logit, sm.families.links.Logit(), sm.families.links.Probit()])
def test_a_rare_level_with_one_outcome_is_quasi_separation(estimator: Any) -> None:
    """A level all of whose rows are events is named; the other columns are not."""
    y, x = sound(1000, 0.3, 1.0, 1.0)
    level = (RANDOM.random(1000) < 0.02).astype(float)
    y[level == 1] = 1.0
    [*_, text] = look(y, np.column_stack([x, level]), estimator)
    assert text.startswith("quasi-separation: columns (standard errors) x2 (")
    assert "x1" not in text


def test_a_number_that_tells_the_outcome_beyond_a_value_is_quasi_separation() -> None:
    """Outcomes that go together with two columns' sum, but for rows on its border, are separated by both."""
    x = np.column_stack([np.ones(400), RANDOM.integers(-3, 4, (400, 2))])
    total = x[:, 1] + x[:, 2]
    y = np.where(total == 0, RANDOM.integers(0, 2, 400), total > 0).astype(float)
    [*_, text] = look(y, x, sm.families.links.Logit())
    assert text.startswith("quasi-separation: columns (standard errors) x1 (")
    assert "x2 (" in text
    assert separating(x, y) == [1, 2]
    assert separating(x, np.where(RANDOM.random(400) < 0.02, 1 - y, y)) == []
    assert separating(x, np.where(total > 0, 0.999, y)) == []


def test_all_rows_on_their_right_sides_are_perfect_separation() -> None:
    """A column that tells every outcome is perfect separation."""
    x = np.column_stack([np.ones(200), RANDOM.normal(size=200)])
    assert any("perfect separation" in text for text in look((x[:, 1] > 0.3).astype(float), x))


def test_sides() -> None:
    """Events lie above 0 and others below; a row on the border, or a share as outcome, is on no side."""
    assert on_right_sides(np.array([0.1, -0.1]), np.array([1.0, 0.0]))
    assert not on_right_sides(np.array([0.1, 0.1]), np.array([1.0, 0.0]))
    assert not on_right_sides(np.array([0.0, -0.1]), np.array([1.0, 0.0]))
    assert not on_right_sides(np.array([0.1, -0.1]), np.array([0.9, 0.0]))


@pytest.mark.parametrize(("extra", "names"), [(lambda x: 0 * x, "x2"), (lambda x: 3 - x, "x0, x1, x2")])
def test_columns_without_a_unique_coefficient_are_named(extra: Callable[[Any], Any], names: str) -> None:
    """A column that is 0 in all rows, and columns of which each is made up of the others, are named."""
    y, x = sound(300, 0.4, 1.0, 1.0)
    x = np.column_stack([x, extra(x[:, 1]), RANDOM.normal(size=300)])
    assert look(y, x, sm.families.links.Logit()) == [
        f"columns that are 0 or go together in the fit, so their coefficients are not unique: {names}"
    ]


def test_standard_errors_at_coefficients_of_zero_are_explained() -> None:
    """Where no column tells anything, standard errors are what the columns explain."""
    y, x = sound(4000, 0.5, 3.0, 0.0)
    results = sm.Logit(y, x).fit(disp=0)
    assert unexplained(np.asarray(results.bse), x, y) == pytest.approx([1, 1], rel=1e-2)


def test_without_data_standard_errors_count_alone() -> None:
    """Results that have lost their data are doubted for a standard error above 1,000."""
    y, x = sound(300, 0.4, 1.0, 1.0)
    results = sm.Logit(y, x).fit(disp=0)
    assert doubts(results, ["a", "b"], np.array([999.0, 0.1]), None, None) == []
    [text] = doubts(results, ["a", "b"], np.array([16709.0, 0.1]), None, None)
    assert text.startswith("likely quasi-separation: columns (standard errors) a (16,709) tell the outcome of some")


def test_what_takes_too_long_counts_by_standard_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where linear programming does not end in time, standard errors alone say what is likely."""
    monkeypatch.setattr(separation, "_SECONDS", 0)
    y, x = sound(1000, 0.3, 1.0, 1.0)
    level = (RANDOM.random(1000) < 0.02).astype(float)
    y[level == 1] = 1.0
    [text] = look(y, np.column_stack([x, level]), sm.families.links.Logit())
    assert text.startswith("likely quasi-separation: columns (standard errors) x2 (")


def test_convergence_is_what_statsmodels_says() -> None:
    """Logit, GLM by weighted least squares and by an optimiser, and constrained fits say it in their ways."""
    y, x = sound(300, 0.4, 1.0, 1.0)
    glm = sm.GLM(y, x, sm.families.Binomial())
    for results, expected in (
        (sm.Logit(y, x).fit(disp=0), True),
        (quietly(sm.Logit(y, x).fit, maxiter=1, disp=0), False),
        (glm.fit(), True),
        (quietly(glm.fit, maxiter=1), False),
        (quietly(glm.fit, method="bfgs", disp=0), True),
        (quietly(glm.fit_constrained, (np.array([[0.0, 1.0]]), [0.5])), True),
        (quietly(sm.Logit(y, x).fit_constrained, (np.array([[0.0, 1.0]]), [0.5]), disp=0), True),
        (object(), None),
    ):
        assert converged(results) is expected


def test_only_columns_without_which_nothing_is_separated_are_guilty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many columns along a direction that separates, the two whose difference tells the outcome are found."""
    random = np.random.default_rng(3)
    exog = np.column_stack([random.standard_normal((300, 6)), np.ones(300)])
    target = (random.random(300) < 0.4).astype(float)
    exog[:, 4] = exog[:, 1] + target * random.uniform(0.5, 1, 300)
    found = separating(exog, target)
    assert found is not None
    assert len(found) > 3
    assert fewest_separating(exog, target, [place for place in found if place != 6]) == [1, 4]
    monkeypatch.setattr(separation, "_FEW_CELLS", 100)
    assert fewest_separating(exog, target, [0, 1, 4]) == [0, 1, 4]
