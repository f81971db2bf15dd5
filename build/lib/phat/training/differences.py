"""Where the columns that raw records make differ from those of a fit, in words."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from phat.training.alignment import Alignment

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Cells = NDArray[np.bool_]

_SHOWN = 5
_ALIKE = 1e-12
"""How well centre and scale must explain a column to be shown, relative to its largest."""
_DIGITS = (4, 8, 12, 17)
"""How many digits they are shown with: the fewest that explain it."""


def describe_differences(
    columns: Sequence[str], values: Matrix, exog: Matrix, differs: Cells, alignment: Alignment
) -> str:
    """The columns (k) in which cells differ (n by k): in how many rows, and the first of them.

    `values` and `exog` (n by k) are what the records make and what the fit was made of, row by row.
    """
    counts = differs.sum(axis=0)
    worst = [index for index in np.argsort(-counts, kind="stable") if counts[index]]
    lines = [
        f"column {columns[index]} differs in {counts[index]} of {len(differs)} rows; "
        + _example(values[:, index], exog[:, index], differs[:, index], alignment)
        for index in worst[:_SHOWN]
    ]
    if len(worst) > _SHOWN:
        lines.append(f"and {len(worst) - _SHOWN} columns more")
    return (
        f"the raw records do not make the columns that the fit was made of (rows aligned {alignment.by}):\n  "
        + "\n  ".join(lines)
    )


def _example(values: Vector, exog: Vector, differs: Cells, alignment: Alignment) -> str:
    first = int(np.flatnonzero(differs)[0])
    text = f"row {alignment.rows[first] + 1}: got {float(values[first])!r}, the fit has {float(exog[first])!r}"
    line = _line(values, exog)
    return text if line is None else f"{text}, which is (got - {line[0]!r}) / {line[1]!r} as in all rows"


def _line(values: Vector, exog: Vector) -> tuple[float, float] | None:
    """Centre and scale that make the fit's column of the values, if there are any, with few digits."""
    low, high = int(np.argmin(values)), int(np.argmax(values))  # NaN, if there is one, which no line explains
    if not values[high] > values[low] or exog[high] == exog[low]:
        return None
    scale = (values[high] - values[low]) / (exog[high] - exog[low])
    centre = values[low] - exog[low] * scale
    for digits in _DIGITS:
        rounded = float(f"{centre:.{digits}g}"), float(f"{scale:.{digits}g}")
        off = np.abs((values - rounded[0]) / rounded[1] - exog)
        if (off <= _ALIKE * np.abs(exog).max()).all():
            return rounded
    return None
