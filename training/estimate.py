"""The fit itself: estimation with statsmodels, and what makes a fit useless."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

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
from phat.training.coverage import listed
from phat.training.design import Matrix
from phat.training.errors import FitError
from phat.training.selection import EVENTS_A_COLUMN
from phat.training.separation import (
    NO_ESTIMATE,
    PERFECT,
    doubts_of_columns,
    fewest_separating,
    guilty_columns,
    on_right_sides,
    one_outcome,
    separating,
    uniform_rows,
)

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

_ATTEMPTS = 30
"""Columns that are left out, one by one, until those that are left have estimates."""


class Separated(FitError):
    """Some columns, by their places, tell the outcome of some rows, so that coefficients have no finite estimate."""

    def __init__(self, message: str, places: Sequence[int]) -> None:
        super().__init__(message)
        self.places = tuple(places)


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
    if (fewest := _rarer(target)) < EVENTS_A_COLUMN * columns:
        yield f"only {fewest} rows of the rarer outcome for {columns} columns; {EVENTS_A_COLUMN} a column are advised"


def _rarer(target: Target) -> int:
    return int(min(target.sum(), len(target) - target.sum()))


class Estimate(NamedTuple):
    """Statsmodels' results, the places of the columns that they are of, and what was left out, in sentences."""

    results: Any
    places: list[int]
    repairs: list[str]


def estimate_repaired(
    estimator: Estimator, matrix: Matrix, target: Target, columns: Sequence[str], strict: bool
) -> Estimate:
    """Fit without the columns that tell the outcome of some rows, left out one by one, unless it is strict.

    Raises FitError as `estimate`.
    """
    places, repairs = [*range(len(columns))], list[str]()
    for _ in range(_ATTEMPTS):
        some = matrix if len(places) == len(columns) else matrix[:, places]
        names = [columns[place] for place in places]
        try:
            return Estimate(estimate(estimator, some, target, names), places, repairs)
        except Separated as error:
            guilty = [place for place in error.places if np.ptp(some[:, place])]
            if strict or not guilty:
                raise
            guilty = fewest_separating(some, target, guilty)
            worst = min(guilty, key=lambda place: (not _separates(some[:, place], target), _rows_of(some[:, place])))
            repairs.append(f"column {names[worst]} is left out: {_why(some[:, worst], target, names, worst, guilty)}")
            places = [place for index, place in enumerate(places) if index != worst]
            if len(guilty) == np.count_nonzero(np.ptp(some, axis=0)) == 1:
                raise FitError(f"no column is left: {'; '.join(repairs)}") from None
    raise FitError(f"{'; '.join(repairs)}; and still the columns tell the outcome of some rows")


def _rows_of(column: NDArray[np.float64]) -> int:
    """How many rows a level has, the rarer of two values; of a number all."""
    high = int(np.count_nonzero(column == column.max()))
    return min(high, len(column) - high) if _is_level(column) else len(column)


def _tied(column: NDArray[np.float64], target: Target) -> int:
    """How many rows have the one value of a number at which both outcomes are, on either side of which one is."""
    events, others = column[target == 1], column[target == 0]
    bound = others.max() if events.min() >= others.max() else events.max()
    return int(np.count_nonzero(column == bound)) if bound in events and bound in others else 0


def _why(column: NDArray[np.float64], target: Target, names: Sequence[str], worst: int, guilty: Sequence[int]) -> str:
    if text := uniform_rows(column, target):
        return text
    if _separates(column, target):
        told = len(column) - _tied(column, target)
        rows = "every row" if told == len(column) else f"{told:,} of {len(column):,} rows without error"
        return f"it alone tells the outcome of {rows}"
    others = [names[place] for place in guilty if place != worst]
    return f"together with {listed(others)} it tells the outcome of some rows without error"


def estimate(estimator: Estimator, matrix: Matrix, target: Target, columns: Sequence[str]) -> Any:
    """Fit, unpenalised; FitError if the columns separate the outcomes, or it does not converge.

    Columns that tell the outcome of some rows are Separated.
    """
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
            raise _perfect(matrix, target, columns) from None
        except (ValueError, SingularMatrixWarning) as error:  # of weights or a covariance that cannot be
            raise _unfit(error, matrix, target) from None
    if not (np.isfinite(results.params).all() and np.isfinite(errors).all()):
        raise FitError(_refusal(["coefficients or standard errors are not finite"], matrix, target, columns))
    if on_right_sides(matrix @ np.asarray(results.params), target):
        raise _perfect(matrix, target, columns)
    if guilty := guilty_columns(results, errors, matrix, target).places:
        raise Separated(_refusal([_some_rows(guilty, columns, errors)], matrix, target, columns), guilty)
    if signs := doubts_of_columns(results, columns, matrix):
        raise FitError(_refusal(signs, matrix, target, columns))
    return results


def _perfect(matrix: Matrix, target: Target, columns: Sequence[str]) -> FitError:
    """That the outcome of every row is told, by which columns together if that is known."""
    refusal = _refusal([PERFECT], matrix, target, columns)
    places = separating(matrix, target)
    return Separated(refusal, places) if places else FitError(refusal)


def _unfit(error: Exception, matrix: Matrix, target: Target) -> FitError:
    """Why statsmodels ended with an error: columns that separate the outcomes, if there are any."""
    if places := separating(matrix, target):
        return Separated(f"quasi-separation: some columns tell the outcome of some rows, {NO_ESTIMATE}", places)
    return FitError(
        f"statsmodels cannot fit this ({error}): some columns say the same in the rows that count, tell the outcome "
        "there without error, or hold values too large for it"
    )


def _some_rows(guilty: Sequence[int], columns: Sequence[str], errors: Target) -> str:
    shown = listed([f"{columns[index]} ({errors[index]:,.6g})" for index in guilty])
    return f"quasi-separation: columns (standard errors) {shown} tell the outcome of some rows, {NO_ESTIMATE}"


def estimable(matrix: Matrix, target: Target) -> list[int]:
    """The places of the columns (of n by k) that are not 0, no second constant, and no level with one outcome."""
    low, high = matrix.min(axis=0), matrix.max(axis=0)
    constant = np.flatnonzero(low == high)
    useless = {*one_outcome(matrix, target), *constant[low[constant] == 0].tolist(), *constant[1:].tolist()}
    return [place for place in range(matrix.shape[1]) if place not in useless]


def _fit(model: Any) -> Any:
    return model.fit(maxiter=100) if isinstance(model, sm.GLM) else model.fit(maxiter=100, disp=0)


def _check_levels(matrix: Matrix, target: Target, columns: Sequence[str]) -> None:
    """Refuse levels whose rows all have one outcome: their coefficients have no finite estimate."""
    if guilty := one_outcome(matrix, target):
        raise Separated(
            f"all rows of {', '.join(columns[index] for index in guilty)} have the same outcome, so the coefficient "
            f"has no finite estimate; leave it out (drop = [...]), or merge the level with another in the data; the "
            f"columns are {', '.join(columns)}",
            guilty,
        )


def _is_level(column: NDArray[np.float64]) -> bool:
    """Whether a column has two values, as that of a level has, scaled or not."""
    return bool(((column == column.min()) | (column == column.max())).all())


def _refusal(signs: Sequence[str], matrix: Matrix, target: Target, columns: Sequence[str]) -> str:
    guilty = [name for index, name in enumerate(columns) if _separates(matrix[:, index], target)]
    which = f" ({', '.join(guilty)} alone does)" if guilty else ""
    return (
        f"{'; '.join(signs)}{which}; look for a column that was known only after the outcome, for a level (the "
        "reference too) all of whose rows have one outcome, or for numbers that are not standardised"
    )


def _separates(column: NDArray[np.float64], target: Target) -> bool:
    """Whether a column alone tells the outcome: of each row, or in one of its two values."""
    events, others = column[target == 1], column[target == 0]
    if column.min() == column.max():
        return False
    if _is_level(column):
        return any(len(np.unique(target[column == value])) == 1 for value in (column.min(), column.max()))
    return bool(events.min() >= others.max() or others.min() >= events.max())
