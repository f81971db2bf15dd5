"""The fit itself: estimation with statsmodels, and what makes a fit useless."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from statsmodels.tools.sm_exceptions import (
    ConvergenceWarning,
    HessianInversionWarning,
    PerfectSeparationError,
    PerfectSeparationWarning,
    SingularMatrixWarning,
)

from phat.model.validation import MIN_GOLDEN
from phat.training.config import Estimator
from phat.training.design import Matrix
from phat.training.errors import FitError
from phat.training.selection import dependent_columns
from phat.training.separation import doubts

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
_RIGHT_SIDE = "perfect separation: the columns tell the outcome of every row"


def check_rows(target: Target, columns: int) -> None:
    """Refuse what is too little to fit on."""
    if len(target) < MIN_GOLDEN:
        raise FitError(f"too few rows: {len(target)} rows, expected {MIN_GOLDEN} or more")
    if (fewest := _rarer(target)) <= columns:
        raise FitError(
            f"too few rows: {len(target)} rows with {fewest} of the rarer outcome cannot carry {columns} columns; "
            "get more rows or keep fewer columns (screen)"
        )


def few_rows(target: Target, columns: int) -> Iterator[str]:
    """A sentence if there is little to fit on."""
    if (fewest := _rarer(target)) < _ROWS_A_COLUMN * columns:
        yield f"only {fewest} rows of the rarer outcome for {columns} columns; {_ROWS_A_COLUMN} a column are advised"


def _rarer(target: Target) -> int:
    return int(min(target.sum(), len(target) - target.sum()))


def estimate(estimator: Estimator, matrix: Matrix, target: Target, columns: Sequence[str]) -> Any:
    """Fit, unpenalised; FitError if the columns are collinear, separate the outcomes, or it does not converge."""
    if dependent := dependent_columns(matrix, columns):
        raise FitError(f"columns that are linear combinations of others: {', '.join(dependent)}; leave them out")
    _check_levels(matrix, target, columns)
    with warnings.catch_warnings():
        for category in (ConvergenceWarning, HessianInversionWarning, RuntimeWarning):  # all reported below
            warnings.simplefilter("ignore", category)
        for category in (PerfectSeparationWarning, SingularMatrixWarning):
            warnings.simplefilter("error", category)
        try:
            results = _fit(ESTIMATORS[estimator][1](target, matrix))
            errors = np.asarray(results.bse)
        except (PerfectSeparationError, PerfectSeparationWarning):
            raise FitError(_refusal([_RIGHT_SIDE], matrix, target, columns)) from None
        except (ValueError, SingularMatrixWarning) as error:  # of weights or a covariance that cannot be
            raise FitError(
                f"statsmodels cannot fit this ({error}): some columns say the same in the rows that count, tell the "
                "outcome there without error, or hold values too large for it"
            ) from None
    if not (np.isfinite(results.params).all() and np.isfinite(errors).all()):
        raise FitError(_refusal(["coefficients or standard errors are not finite"], matrix, target, columns))
    if signs := doubts(results, columns, errors, matrix, target):
        raise FitError(_refusal(signs, matrix, target, columns))
    return results


def _fit(model: Any) -> Any:
    return model.fit(maxiter=100) if isinstance(model, sm.GLM) else model.fit(maxiter=100, disp=0)


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


def _refusal(signs: Sequence[str], matrix: Matrix, target: Target, columns: Sequence[str]) -> str:
    guilty = [name for index, name in enumerate(columns) if _separates(matrix[:, index], target)]
    which = f" ({', '.join(guilty)} alone does)" if guilty else ""
    return (
        f"{'; '.join(signs)}{which}; look for a column that was known only after the outcome, for a level (the "
        "reference too) all of whose rows have one outcome, or for numbers that are not standardised"
    )


def _separates(column: NDArray[np.float64], target: Target) -> bool:
    events, others = column[target == 1], column[target == 0]
    if _is_level(column):
        return len(set(target[column == 1])) == 1
    return bool(events.min() >= others.max() or others.min() >= events.max())
