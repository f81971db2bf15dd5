"""Whether a fit's coefficients mean anything: convergence, and outcomes that the columns separate."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from phat.training.coverage import dependent, listed

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

UNEXPLAINED = 1000.0
"""Standard errors of so many times what a column's values explain are those of coefficients without an estimate."""

PERFECT = "perfect separation: the columns tell the outcome of every row"
NO_ESTIMATE = "so that coefficients have no finite estimate"
_SOME = 1e-6
"""What is smaller is 0 to the linear programming."""
_FEW_CELLS = 1_000_000
"""Rows times columns of data that are looked at once for each column."""
_BLOCK = 50_000
"""Rows that are looked at at a time."""
_SECONDS = 60
"""How long it may take."""


def one_outcome(matrix: Matrix, target: Vector) -> list[int]:
    """The places of the columns (of n by k) of two values one of which has rows with one outcome (n) alone."""
    low, high = matrix.min(axis=0), matrix.max(axis=0)
    two, rows, events = np.ones(len(low), bool), np.zeros(len(low)), np.zeros(len(low))
    for start in range(0, len(matrix), _BLOCK):
        block, outcomes = matrix[start : start + _BLOCK], target[start : start + _BLOCK]
        at_high = block == high
        two &= (at_high | (block == low)).all(axis=0)
        rows += at_high.sum(axis=0)
        events += outcomes @ at_high
    others, other_events = len(target) - rows, target.sum() - events
    poor = (events == 0) | (events == rows) | (other_events == 0) | (other_events == others)
    return np.flatnonzero(two & (low < high) & poor).tolist()


def uniform_rows(column: Vector, target: Vector) -> str | None:
    """In words, which rows of a column (n) of two values have one outcome alone; None if none have."""
    if not one_outcome(column[:, None], target):
        return None
    high = column == column.max()
    uniform = [rows for rows in (high, ~high) if len(np.unique(target[rows])) == 1]
    rows = min(uniform, key=np.count_nonzero)
    size = "larger" if rows is high else "smaller"
    return f"all {np.count_nonzero(rows):,} rows with the {size} of its two values have the same outcome"


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


def separating(exog: Matrix, target: Vector) -> list[int] | None:
    """The columns by which outcomes are separated: indices of those that a direction has along which no row loses.

    Along such a direction every event's linear predictor grows or stays and every other row's falls or stays, so that
    the likelihood has no largest value (Albert and Anderson 1984); it is found by linear programming (Konis 2007).
    Empty if there is none, None if it was not found out in time. Outcomes (n) between 0 and 1 are shares of both.
    """
    size = np.sqrt((exog**2).sum(axis=0))
    rows = exog / np.where(size > 0, size, 1.0)
    rows /= np.maximum(np.abs(rows).max(axis=1, keepdims=True), np.finfo(float).tiny)
    gains = np.concatenate([rows[target > 0], -rows[target < 1]])
    solution = linprog(
        -gains.sum(axis=0), A_ub=-gains, b_ub=np.zeros(len(gains)), bounds=(-1, 1), options={"time_limit": _SECONDS}
    )
    if solution.status != 0:
        return None
    if not (gains @ solution.x).max() > _SOME:
        return []
    return np.flatnonzero((np.abs(solution.x) > _SOME) & (size > 0)).tolist()


def fewest_separating(exog: Matrix, target: Vector, places: Sequence[int]) -> list[int]:
    """Of the columns (of n by k) that separate outcomes some without which the rest of them do not; all of large data.

    One after the other is taken out, for good if the others separate without it. Constants are always there.
    """
    if len(exog) * len(places) > _FEW_CELLS:
        return list(places)
    constant = [place for place in range(exog.shape[1]) if np.ptp(exog[:, place]) == 0]
    needed = list(places)
    for place in places:
        if place not in needed:
            continue
        rest = [*constant, *(other for other in needed if other != place)]
        if found := separating(exog[:, rest], target):
            needed = [rest[index] for index in found if rest[index] not in constant]
    return needed


def doubts_of_columns(results: Any, columns: Sequence[str], exog: Matrix | None) -> list[str]:
    """What is to be known of any fit: that it did not converge, or that its coefficients are not unique."""
    notices = []
    if converged(results) is False:
        notices.append("the fit did not converge: its coefficients are those of an unfinished optimisation")
    if exog is not None and (names := dependent(exog, columns)):
        notices.append(
            f"columns that are 0 or go together in the fit, so their coefficients are not unique: {listed(names)}"
        )
    return notices


def doubts(
    results: Any, columns: Sequence[str], errors: Vector, exog: Matrix | None, target: Vector | None
) -> list[str]:
    """What is to be known of a fit's coefficients before they are used, in sentences; none for a sound fit.

    `errors` are the standard errors (k). Without the columns' values (n by k) and the outcomes (n), standard errors are
    looked at as if every column had a scale of 1.
    """
    notices = doubts_of_columns(results, columns, exog)
    if exog is None or target is None:
        return notices + _separated("likely quasi-separation", _large(errors), columns, errors)
    if on_right_sides(exog @ np.asarray(results.params), target):
        return [*notices, f"{PERFECT}, {NO_ESTIMATE}"]
    guilty = guilty_columns(results, errors, exog, target)
    what = "quasi-separation" if guilty.sure else "likely quasi-separation"
    return notices + _separated(what, guilty.places, columns, errors)


class Guilty(NamedTuple):
    """The places of columns that tell the outcome of some rows without error, and whether that is proven."""

    places: list[int]
    sure: bool


def guilty_columns(results: Any, errors: Vector, exog: Matrix, target: Vector) -> Guilty:
    """The columns (of n by k) by which outcomes (n) are separated, as standard errors (k) or an unfinished fit tell."""
    suspects = _large(unexplained(errors, exog, target))
    places = separating(exog, target) if suspects or converged(results) is False else []
    return Guilty(suspects, False) if places is None else Guilty(places, True)


def _large(times: Vector) -> list[int]:
    return [index for index in np.argsort(-times).tolist() if times[index] > UNEXPLAINED]


def _separated(what: str, guilty: Sequence[int], columns: Sequence[str], errors: Vector) -> list[str]:
    if not guilty:
        return []
    shown = listed([f"{columns[index]} ({errors[index]:,.6g})" for index in guilty])
    return [f"{what}: columns (standard errors) {shown} tell the outcome of some rows, {NO_ESTIMATE}"]
