"""Splines as piecewise polynomials, read off the values of the engine's own basis."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.expressions import Piecewise

Matrix = NDArray[np.float64]
Values = Callable[[NDArray[np.float64]], Matrix]


def read_pieces(values: Values, breaks: Sequence[float], degree: int, *, beyond: int | None = None) -> Piecewise:
    """The polynomials of a basis between increasing breaks.

    `values` gives the basis (n by m) at numbers (n) and is a polynomial of this degree in each piece. `beyond` is the
    degree of its continuation on both sides; None: there is none. Each polynomial is interpolated at degree + 1 points
    inside its piece, in the piece's own t from 0 to 1.
    """
    pieces = [_polynomials(values, low, high - low, degree, _nodes(degree)) for low, high in pairwise(breaks)]
    if beyond is None:
        return Piecewise(tuple(breaks), tuple(pieces))
    left = _polynomials(values, breaks[0], breaks[1] - breaks[0], beyond, -_nodes(beyond))
    right = _polynomials(values, breaks[-1], breaks[-1] - breaks[-2], beyond, _nodes(beyond))
    return Piecewise(tuple(breaks), tuple(pieces), left, right)


def _nodes(degree: int) -> NDArray[np.float64]:
    """Chebyshev's points of 0 to 1, which keep the interpolation exact."""
    return 0.5 - 0.5 * np.cos((np.arange(degree + 1) + 0.5) * np.pi / (degree + 1))


def _polynomials(
    values: Values, start: float, width: float, degree: int, nodes: NDArray[np.float64]
) -> tuple[tuple[float, ...], ...]:
    basis = np.asarray(values(start + nodes * width), dtype=float)
    powers = np.vander(nodes, degree + 1, increasing=True)
    coefficients: Any = np.linalg.solve(powers, basis)
    return tuple(tuple(column.tolist()) for column in coefficients.T)
