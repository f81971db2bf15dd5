"""Whether a fit's coefficients mean anything: convergence, and outcomes that the columns separate."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

UNEXPLAINED = 1000.0
"""Standard errors of so many times what a column's values explain are those of coefficients without an estimate."""

_SHOWN = 5


def converged(results: Any) -> bool | None:
    """Whether statsmodels says that its optimisation of a binary model converged; None if it does not say."""
    results = getattr(results, "_results", results)
    if getattr(results, "constraints", None) is not None:  # its outer fit is one step of no length
        results = getattr(results, "results_constrained", None)
        results = getattr(results, "_results", results)
    retvals = getattr(results, "mle_retvals", None)
    says = retvals.get("converged") if isinstance(retvals, dict) else getattr(results, "converged", None)
    return None if says is None else bool(says)


def unexplained(errors: Vector, exog: Matrix, target: Vector) -> Vector:
    """How many times larger each standard error (k) is than what the columns (n by k) alone explain.

    That is the standard error at coefficients of 0, where every row has the variance of the events' share: it accounts
    for a column's scale, for rare levels and rare events, and for columns that are nearly collinear. Rows lose their
    weight, and standard errors leave it far behind, as coefficients run away. Infinity where it is 0.
    """
    size = np.sqrt((exog**2).sum(axis=0))
    size[size == 0] = 1.0
    inverse = np.linalg.pinv(np.linalg.qr(exog / size, mode="r"), rcond=len(exog) * np.finfo(float).eps)
    share = np.clip(target.mean(), 1 / (len(target) + 1), 1 - 1 / (len(target) + 1))
    alone = np.sqrt((inverse**2).sum(axis=1) / (share * (1 - share))) / size
    times: Vector = np.where(errors > 0, np.inf, 0.0)
    np.divide(errors, alone, out=times, where=alone > 0)
    return times


def on_right_sides(linear_predictor: Vector, target: Vector) -> bool:
    """Whether every event (1) has a positive linear predictor and every other row (0) a negative one.

    Then larger coefficients always fit better, and no largest likelihood exists (Albert and Anderson 1984).
    """
    return bool(set(np.unique(target)) <= {0.0, 1.0} and ((linear_predictor > 0) == (target == 1)).all())


def doubts(
    results: Any, columns: Sequence[str], errors: Vector, exog: Matrix | None, target: Vector | None
) -> list[str]:
    """What is to be known of a fit's coefficients before they are used, in sentences; none for a sound fit.

    `errors` are the standard errors (k). Without the columns' values (n by k) and the outcomes (n), standard errors are
    looked at as if every column had a scale of 1.
    """
    notices = []
    if converged(results) is False:
        notices.append("the fit did not converge: its coefficients are those of an unfinished optimisation")
    if exog is None or target is None:
        return notices + _too_large(columns, errors, errors, f"standard errors above {UNEXPLAINED:,.0f}")
    if on_right_sides(exog @ np.asarray(results.params), target):
        notices.append(
            "perfect separation: the columns tell the outcome of every row, so the coefficients have no finite estimate"
        )
    if blank := [name for name, empty in zip(columns, (exog == 0).all(axis=0).tolist(), strict=True) if empty]:
        notices.append(
            f"columns that are 0 in all rows of the fit, so that their coefficients mean nothing: {_listed(blank)}"
        )
    what = f"standard errors more than {UNEXPLAINED:,.0f} times what the columns' scale explains"
    return notices + _too_large(columns, errors, unexplained(errors, exog, target), what)


def _too_large(columns: Sequence[str], errors: Vector, times: Vector, what: str) -> list[str]:
    large = [f"{columns[index]} ({errors[index]:,.6g})" for index in np.argsort(-times) if times[index] > UNEXPLAINED]
    if not large:
        return []
    return [f"{what}: {_listed(large)}; a column that tells the outcome of its rows has no finite coefficient"]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
