"""Which raw record each row of a fit was made of: the few orders that data and fit can have in common."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.schema import MISSING_WORDS
from phat.preprocessing.spelling import fold

Rows = NDArray[np.intp]
_GAPS = frozenset(("", *MISSING_WORDS))


class Alignment(NamedTuple):
    """For each row of the fit the index of its raw record, and `by` what that was decided."""

    by: str
    rows: Rows


def alignments(
    size: int,
    labels: Sequence[Any] | None,
    index: Sequence[Hashable],
    cells: Mapping[str, Sequence[str]],
    complete: Sequence[bool],
) -> Iterator[Alignment]:
    """The alignments of a fit of `size` rows that are possible, the likeliest first; each is to be proven.

    `labels` is the index of the fit's rows, if it had one, and `index` that of the raw records; `cells` are the raw
    records' texts by column, and `complete` says which of them have no gap in the model's fields.
    """
    records = len(complete)
    if size == records:
        yield Alignment("by position", np.arange(records))
    if labels is not None:
        yield from _by_index(labels, index)
    if labels:
        yield from _by_columns(list(map(str, labels)), cells, records)
    for by, kept in (
        ("rows without gaps in the model's fields", lambda: complete),
        ("rows without any gap", lambda: _without_gaps(cells, records)),
    ):
        yield from _by_order(by, kept, size)


def _by_index(labels: Sequence[Any], index: Sequence[Hashable]) -> Iterator[Alignment]:
    """By the labels of the raw records, where they are all different and hold every label, of the same type."""
    places = {(type(label), label): row for row, label in enumerate(index)}
    keys = [(type(label), label) for label in labels]
    if len(places) == len(index) and all(key in places for key in keys):
        yield Alignment("by the fit's index", np.array([places[key] for key in keys], dtype=np.intp))


def _by_columns(labels: Sequence[str], cells: Mapping[str, Sequence[str]], records: int) -> Iterator[Alignment]:
    """By a column whose cells are all different and hold every label, such as a customer's number."""
    for name, texts in cells.items():
        if labels[0] in texts:
            by_text = {text: row for row, text in enumerate(texts)}
            if len(by_text) == records and all(label in by_text for label in labels):
                yield Alignment(f"by column {name}", np.array([by_text[label] for label in labels], dtype=np.intp))


def _by_order(by: str, kept: Callable[[], Sequence[bool]], size: int) -> Iterator[Alignment]:
    rows = np.flatnonzero(np.array(kept(), dtype=bool))
    if len(rows) == size:
        yield Alignment(f"by position among the {by}", rows)


def _without_gaps(cells: Mapping[str, Sequence[str]], records: int) -> Sequence[bool]:
    kept = [True] * records
    for texts in cells.values():
        kept = [keep and fold(text) not in _GAPS for keep, text in zip(kept, texts, strict=True)]
    return kept
