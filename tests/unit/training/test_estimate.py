"""When a fit's coefficients have no finite estimate, and when single rows only look like it."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from phat.training.errors import FitError
from phat.training.estimate import ESTIMATORS, estimate
from phat.training.selection import dependent_columns

ROWS = 3_450
RANDOM = np.random.default_rng(1)
X = RANDOM.normal(size=ROWS)
Y = (RANDOM.random(ROWS) < 1 / (1 + np.exp(-X))).astype(float)
GROUP = RANDOM.integers(0, 3, ROWS)
ONE = np.ones(ROWS)

every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS)


def matrix(*columns: Any) -> NDArray[np.float64]:
    """Columns side by side, and a constant."""
    return np.column_stack([*columns, ONE]).astype(float)


@every_estimator
@pytest.mark.parametrize("size", [60.0, 1e3, 1e6])
def test_rows_far_out_are_no_separation(estimator: Any, size: float) -> None:
    """A converged fit with two rows far out, each on its right side, is a fit, however far out they are."""
    x, y = X.copy(), Y.copy()
    x[0], y[0], x[1], y[1] = size, 1.0, -size, 0.0
    columns = ["x", "const"]
    results = estimate(estimator, matrix(x), y, columns)
    assert np.abs(matrix(x) @ results.params).max() > 30


@every_estimator
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e9])
def test_scale_of_a_column_is_no_separation(estimator: Any, scale: float) -> None:
    """What counts is not how large a standard error is, but for which column: any scale is fitted."""
    assert estimate(estimator, matrix(scale * X), Y, ["x", "const"]).bse[0] > 0


@every_estimator
def test_reference_level_with_one_outcome(estimator: Any) -> None:
    """A reference level all of whose rows are events leaves no coefficient a finite estimate: it is refused."""
    y = np.where(GROUP == 0, 1.0, Y)
    with pytest.raises(FitError, match=r"quasi-separation: .*one .*two .*const"):
        estimate(estimator, matrix(GROUP == 1, GROUP == 2, X), y, ["one", "two", "x", "const"])


@every_estimator
def test_number_that_only_events_have(estimator: Any) -> None:
    """A number that is 0 but for some events is named: some of its rows are certain, whatever the link."""
    z = np.where(X > 2, RANDOM.uniform(1, 2, ROWS), 0.0)
    with pytest.raises(FitError, match="z alone does"):
        estimate(estimator, matrix(z, X), np.where(z > 0, 1.0, Y), ["z", "x", "const"])


@every_estimator
def test_two_columns_that_separate_together(estimator: Any) -> None:
    """Columns that separate the outcomes together, and none alone, are refused as perfect separation."""
    other = RANDOM.normal(size=ROWS)
    with pytest.raises(FitError, match="perfect separation"):
        estimate(estimator, matrix(X, other), (X + other > 0.3).astype(float), ["x", "other", "const"])


def test_values_that_statsmodels_cannot_take() -> None:
    """What statsmodels itself refuses is said in words."""
    huge = np.where(np.arange(ROWS) % 2, 1e200, -1e200) * X
    with pytest.raises(FitError):
        estimate("glm-cloglog", matrix(huge), Y, ["huge", "const"])


def makers(matrix: np.ndarray, columns: list[str]) -> dict[str, list[str]]:
    """The columns that others make up, with these."""
    return {name: made.names for name, made in dependent_columns(matrix, columns).items()}


def test_dependent_columns() -> None:
    """Columns that others make up are named with these, in any scale; the constant is not blamed."""
    dummies = [(level == GROUP) for level in range(3)]
    names = ["a", "b", "c", "x", "const"]
    assert makers(matrix(*dummies, X), names) == {"c": ["const", "a", "b"]}
    assert makers(matrix(X, 1e9 * X), ["x", "twice", "const"]) == {"twice": ["x"]}
    assert makers(matrix(X, 0 * X), ["x", "nothing", "const"]) == {"nothing": []}
    assert makers(matrix(X, 1.7e9 + 1e4 * X**2), ["x", "time", "const"]) == {}


@pytest.mark.parametrize(("noise", "nearly"), [(1e-2, False), (1e-4, True), (1e-7, True)])
def test_nearly_dependent_columns(noise: float, nearly: bool) -> None:
    """A column that others make up but for a thousandth is nearly dependent, far from 0 too."""
    other = 1e6 + X + noise * np.random.default_rng(2).normal(size=ROWS)
    found = dependent_columns(matrix(X, other), ["x", "other", "const"])
    assert [*found] == (["other"] if nearly else [])
    if nearly:
        assert found["other"].names == ["const", "x"]
        assert found["other"].part == pytest.approx(noise, rel=0.2)
