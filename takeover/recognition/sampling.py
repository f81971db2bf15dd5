"""Some rows of columns, on which most hypotheses fall before all rows are looked at."""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_SAMPLE = 200
ALIKE = 1 - 1e-6
"""Above it a correlation on the sample makes a candidate."""


def sample(exog: Matrix) -> NDArray[np.intp]:
    """Rows to look at first: some, and those of each column's extremes."""
    random = np.random.default_rng(0)
    some = random.choice(len(exog), min(_SAMPLE, len(exog)), replace=False)
    return np.unique(np.concatenate([some, exog.argmin(axis=0), exog.argmax(axis=0)]))


def normal(rows: Matrix) -> Matrix:
    """Rows (m by n), each centred and of length 1, so that products are correlations."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).sum(axis=1, keepdims=True)))
