"""Which raw row each row of a fit was made of, by the numbers that both have, where no index tells."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from phat.takeover.recognition.raw_columns import RawColumn
from phat.training.alignment import Alignment

Matrix = NDArray[np.float64]
_FEWEST = 3
"""Different values that a column must have to tell rows apart."""


def by_content(names: Sequence[str], exog: Matrix, raws: Sequence[RawColumn]) -> Iterator[Alignment]:
    """Alignments by the columns of the fit (n by k) that hold the very numbers of raw columns (of more rows)."""
    pairs = [
        (place, raw) for place, name in enumerate(names) if (raw := _raw_of(name, exog[:, place], raws)) is not None
    ]
    if not pairs:
        return
    known = list(zip(*(raw.numbers.tolist() for _, raw in pairs if raw.numbers is not None), strict=True))
    keys = list(map(tuple, exog[:, [place for place, _ in pairs]].tolist()))
    places: defaultdict[tuple[float, ...], deque[int]] = defaultdict(deque)
    for row, key in enumerate(known):
        places[key].append(row)
    if any(len(places.get(key, ())) == 0 for key in keys):
        return
    which = ", ".join(raw.name for _, raw in pairs)
    if all(len(places[key]) == 1 for key in set(keys)):
        yield Alignment(f"by the numbers of {which}", np.array([places[key][0] for key in keys], dtype=np.intp))
        return
    if (rows := _in_order(keys, known)) is not None:
        yield Alignment(f"by the numbers of {which}, in order", rows)


def _raw_of(name: str, column: NDArray[np.float64], raws: Sequence[RawColumn]) -> RawColumn | None:
    """The raw column that has all values of a column, rather the one of its name."""
    values = set(column.tolist())
    if len(values) < _FEWEST:
        return None
    having = [raw for raw in raws if raw.numbers is not None and values <= set(raw.numbers.tolist())]
    return next((raw for raw in having if raw.name == name), having[0] if having else None)


def _in_order(keys: Sequence[tuple[float, ...]], known: Sequence[tuple[float, ...]]) -> NDArray[np.intp] | None:
    """The rows of the keys, each behind the one before it."""
    rows: list[int] = []
    row = 0
    for key in keys:
        while row < len(known) and known[row] != key:
            row += 1
        if row == len(known):
            return None
        rows.append(row)
        row += 1
    return np.array(rows, dtype=np.intp)
