"""Whether the coefficients of a fit mean anything: what is refused, with the columns that it is about."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from phat.takeover.solved import Solved
from phat.training.coverage import dependent, listed
from phat.training.errors import FitError
from phat.training.separation import converged, doubts

Matrix = NDArray[np.float64]

_FAR = 10.0
"""A column that moves a log rate, or log odds, by so much between its lowest and highest value is suspect."""


def check_independent(matrix: Matrix, columns: Sequence[str]) -> None:
    """FitError for columns (n by k) of a formula that are 0 or make up each other."""
    if names := dependent(matrix, columns):
        raise FitError(
            f"formula: columns that are 0 or make up each other, so that they have no coefficients of their own: "
            f"{listed(names)}; leave one out (the constant with '- 1')"
        )


def check_sound(solved: Solved) -> None:
    """FitError for a fit whose coefficients mean nothing: unfinished, not finite, or of outcomes that are separated."""
    results, config = solved.results, solved.config
    names, exog = list(results.model.exog_names), np.asarray(results.model.exog)
    cure = "leave them out of the formula" if config.formula else "leave columns out (drop = [...])"
    parameters = np.asarray(results.params, dtype=float).reshape(len(names), -1)
    if not np.isfinite(parameters).all():
        raise FitError("coefficients are not finite: some columns say the same, or tell the outcome of some rows")
    if config.kind == "binary" and (signs := doubts(results, names, np.asarray(results.bse), exog, solved.target)):
        raise FitError(f"{'; '.join(signs)}; {cure}, or merge a level all of whose rows have one outcome")
    if converged(results) is False:
        moved = np.abs(parameters).max(axis=1) * np.ptp(exog, axis=0)
        far = [names[place] for place in np.argsort(-moved).tolist() if moved[place] > _FAR]
        which = f", and those of {listed(far)} run away: a level that never has one of the outcomes?" if far else ""
        raise FitError(f"the fit did not converge: its coefficients are of no use{which}; {cure}")
