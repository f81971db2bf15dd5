"""What a fit came to, whether by columns or by a formula, before it is judged and taken over."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.takeover.definitions import Definitions
from phat.takeover.fitted import Fitted
from phat.training.config import Config
from phat.training.data import Table
from phat.training.design import Dropped
from phat.training.errors import FitError

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

ITERATIONS = 200
"""Steps of an optimisation, at most."""


class Solved(NamedTuple):
    """Statsmodels' results, the rows of the table that they are of, and how to fit and predict some of these again.

    `target` are the values of these rows (n), `answers` statsmodels' own (n by 1, or by classes), `exposure` theirs
    (n). `again` takes the places of rows to fit on and of rows to predict.
    """

    results: Any
    definitions: Callable[[Fitted], Definitions]
    table: Table
    target: Vector
    answers: Matrix
    exposure: Vector | None
    again: Callable[[NDArray[np.intp], NDArray[np.intp]], Matrix]
    classes: tuple[str, ...]
    event: str
    config: Config
    dropped: Dropped
    notices: tuple[str, ...]


@contextmanager
def quietly(what: str) -> Iterator[None]:
    """Fit without warnings, as what they warn of is reported; FitError where statsmodels cannot fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            raise FitError(f"statsmodels cannot fit {what}: {str(error).partition(chr(10))[0]}") from None
