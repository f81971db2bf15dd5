"""The fit itself: screening, estimation with statsmodels, and what makes a fit useless."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationError, PerfectSeparationWarning

from model.training.config import Estimator
from model.training.design import Matrix
from model.training.errors import FitError

Target = NDArray[np.float64]

_Links = sm.families.links
ESTIMATORS: dict[Estimator, tuple[str, Callable[[Target, Matrix], Any]]] = {
    "logit": ("logit", sm.Logit),
    "probit": ("probit", sm.Probit),
    "glm-logit": ("logit", lambda y, x: sm.GLM(y, x, sm.families.Binomial(_Links.Logit()))),
    "glm-probit": ("probit", lambda y, x: sm.GLM(y, x, sm.families.Binomial(_Links.Probit()))),
    "glm-cloglog": ("cloglog", lambda y, x: sm.GLM(y, x, sm.families.Binomial(_Links.CLogLog()))),
}
"""The link, and how to make the statsmodels model, of each estimator."""

_ROWS_A_COLUMN = 10
"""Fewer events or other rows a column than this make coefficients unreliable (Peduzzi et al. 1996)."""
_SEPARATED = 30.0
"""A linear predictor of this size is a probability of 0 or 1 to 13 digits: only separated data say so."""


def screen(matrix: Matrix, target: Target, columns: Sequence[str], keep: int, *, constant: bool) -> list[str]:
    """The columns with the largest coefficients of an L1-penalised logistic regression, the largest first."""
    if len(columns) <= keep:
        return list(columns)
    model = LogisticRegression(l1_ratio=1.0, solver="liblinear", C=1.0, fit_intercept=constant, random_state=0)
    size = np.abs(model.fit(matrix, target).coef_[0])
    order = [index for index in np.argsort(-size, kind="stable")[:keep] if size[index] > 0]
    if not order:
        raise FitError("the L1 screen keeps no column: nothing in the data tells the event")
    return [columns[index] for index in order]


def check_rows(target: Target, columns: int) -> list[str]:
    """Refuse what is too little to fit on, and warn of what is little."""
    fewest = int(min(target.sum(), len(target) - target.sum()))
    if fewest <= columns:
        raise FitError(
            f"too few rows: {len(target)} rows with {fewest} of the rarer outcome cannot carry {columns} columns; "
            "get more rows or keep fewer columns (screen)"
        )
    if fewest < _ROWS_A_COLUMN * columns:
        return [f"only {fewest} rows of the rarer outcome for {columns} columns; {_ROWS_A_COLUMN} a column are advised"]
    return []


def estimate(estimator: Estimator, matrix: Matrix, target: Target, columns: Sequence[str]) -> Any:
    """Fit, unpenalised; FitError if the columns are collinear, separate the outcomes, or it does not converge."""
    _check_rank(matrix, columns)
    _check_levels(matrix, target, columns)
    with warnings.catch_warnings():
        warnings.simplefilter("error", PerfectSeparationWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)  # overflow on the way to infinity: told as separation below
        try:
            results = _fit(ESTIMATORS[estimator][1](target, matrix))
        except (PerfectSeparationError, PerfectSeparationWarning):
            raise FitError(_separation(matrix, target, columns)) from None
        except np.linalg.LinAlgError:
            raise FitError("the Hessian is singular: some columns say the same in the rows that count") from None
    _check_results(results, matrix, target, columns)
    return results


def _fit(model: Any) -> Any:
    return model.fit(maxiter=100) if isinstance(model, sm.GLM) else model.fit(maxiter=100, disp=0)


def _check_rank(matrix: Matrix, columns: Sequence[str]) -> None:
    if np.linalg.matrix_rank(matrix) == len(columns):
        return
    kept: list[int] = []
    dependent: list[str] = []
    for index, name in enumerate(columns):
        if np.linalg.matrix_rank(matrix[:, [*kept, index]]) > len(kept):
            kept.append(index)
        else:
            dependent.append(name)
    raise FitError(
        f"columns that others make up already: {', '.join(dependent)}; leave them out, or, if it is the constant with "
        "all levels of a category, choose a reference level"
    )


def _check_levels(matrix: Matrix, target: Target, columns: Sequence[str]) -> None:
    """Refuse levels whose rows all have one outcome: their coefficients have no finite estimate."""
    levels = [index for index in range(len(columns)) if _is_level(matrix[:, index])]
    if guilty := [columns[index] for index in levels if _separates(matrix[:, index], target)]:
        raise FitError(
            f"all rows of {', '.join(guilty)} have the same outcome, so the coefficient has no finite estimate; leave "
            "the column out (columns = [...] or a smaller screen), or merge the level with another in the data"
        )


def _is_level(column: NDArray[np.float64]) -> bool:
    return set(np.unique(column)) <= {0.0, 1.0}


def _check_results(results: Any, matrix: Matrix, target: Target, columns: Sequence[str]) -> None:
    converged = results.mle_retvals["converged"] if hasattr(results, "mle_retvals") else results.converged
    finite = np.isfinite(results.params).all() and np.isfinite(results.bse).all()
    if not finite or np.abs(matrix @ results.params).max() > _SEPARATED:
        raise FitError(_separation(matrix, target, columns))
    if not converged:
        raise FitError(
            "the fit did not converge in 100 steps; standardise the numbers, keep fewer columns, or look for a "
            "reference level all of whose rows have one outcome"
        )


def _separation(matrix: Matrix, target: Target, columns: Sequence[str]) -> str:
    guilty = [name for index, name in enumerate(columns) if _separates(matrix[:, index], target)]
    which = f" ({', '.join(guilty)} alone does)" if guilty else ""
    return (
        f"perfect separation: the columns tell the outcome without error{which}; look for a column that was known only "
        "after the outcome, or a level all of whose rows have one outcome"
    )


def _separates(column: NDArray[np.float64], target: Target) -> bool:
    events, others = column[target == 1], column[target == 0]
    if _is_level(column):
        return len(set(target[column == 1])) == 1
    return bool(events.min() >= others.max() or others.min() >= events.max())
