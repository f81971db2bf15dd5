"""The time or size in which counts were made: a column that scales the mean, with a coefficient of 1."""

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.schema import NumberField
from phat.preprocessing.terms import Factor
from phat.takeover.takeover import Takeover
from phat.training.data import Table, clean_column
from phat.training.errors import FitError

Vector = NDArray[np.float64]


def read_exposure(table: Table, name: str | None) -> Vector | None:
    """The exposure of each row (n), None without a column of it; FitError unless all are above 0."""
    if name is None:
        return None
    cells = table.column(name)
    values = clean_column(cells, NumberField(name, 0.0)).to_numpy()
    if not (values > 0).all():
        row = int(np.flatnonzero(~(values > 0))[0])
        raise FitError(f"exposure {name}: row {row + 1} has {cells[row]!r}, expected a number above 0 in every row")
    return np.asarray(values)


def with_exposure(takeover: Takeover, name: str | None, table: Table) -> Takeover:
    """The same with the log of the exposure as its offset: a field that every record must have."""
    if name is None:
        return takeover
    return takeover.with_offset(Factor(("log", ("field", name))), table.frame.columns)
