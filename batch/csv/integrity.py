"""Whether bytes are rows of a CSV that the engine reads as `preprocessing.tables` does, and where its rows end.

The engine splits rows and cells quickly, but lets pass what RFC 4180 forbids: rows that are too short or too long, and
quotes within cells. These checks look at a block of whole rows at once; what they do not vouch for is read by
`preprocessing.tables`, which decides.
"""

import os
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the threads that numpy starts for it take time by waiting

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]

_QUOTE, _COMMA, _LINE, _RETURN = b'",\n\r'
_SPARSE = 8
"""When less than this part of a block is quoted, visiting the quoted bytes beats a pass over all."""
_FEW = 64
"""In most files there are more commas than one in so many bytes."""
_PIECE = 256 * 1024
"""Bytes looked at at a time, so that what is found out of them stays in the processor's cache."""


def as_bytes(data: bytes) -> Bytes:
    """The bytes as an array, not copied."""
    return np.frombuffer(data, np.uint8)


class Marks(NamedTuple):
    """What stands in a block: where its quotes are (the even ones open, the odd ones close), and how many commas.

    `lines` are the line feeds of its pieces with few commas, where there might be more of them than of commas. `inside`
    are the bytes in quotes; None if nobody looked, or if there are so many that a pass over all is faster.
    """

    quotes: Places
    commas: int
    lines: int
    inside: Bytes | None = None

    def looked_inside(self, data: bytes) -> "Marks":
        """The same with the bytes in quotes of a well-quoted block."""
        few = _few(data, self.quotes)
        return self._replace(inside=as_bytes(data)[_inside(self.quotes)]) if few else self


def marks(data: bytes) -> Marks:
    """The marks of a block, found in one pass over it."""
    every = as_bytes(data)
    buffer = np.empty(_PIECE, np.bool_)
    packed, commas, lines = [np.empty(0, np.uint8)], 0, 0
    quoted = b'"' in data
    for at in range(0, len(data), _PIECE):
        piece = every[at : at + _PIECE]
        same = buffer[: len(piece)]
        if quoted:
            packed.append(np.packbits(np.equal(piece, _QUOTE, out=same)))
        few = int(np.count_nonzero(np.equal(piece, _COMMA, out=same)))
        commas += few
        if few * _FEW < len(piece):
            lines += int(np.count_nonzero(np.equal(piece, _LINE, out=same)))
    return Marks(_set_bits(np.concatenate(packed)), commas, lines)


def _set_bits(packed: Bytes) -> Places:
    """Where the bits are set: eight at a time are looked at, as most are not."""
    some = (packed != 0).nonzero()[0]
    bits = np.unpackbits(packed[some]).view(np.bool_).nonzero()[0]
    return np.asarray(some[bits >> 3] * 8 + (bits & 7))


def well_quoted(data: bytes, places: Places) -> bool:
    """Whether each cell is quoted from end to end or not at all, and each row ends with a line feed."""
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return False
    if len(places) % 2:
        return False
    if not len(places):
        return True
    every = as_bytes(data)
    opening, closing = places[::2], places[1::2]
    before = every[np.maximum(opening - 1, 0)]
    after = every[np.minimum(closing + 1, len(data) - 1)]
    opens = (opening == 0) | _among(before, _QUOTE, _COMMA, _LINE)
    closes = (closing == len(data) - 1) | _among(after, _QUOTE, _COMMA, _LINE, _RETURN)
    return bool(opens.all() and closes.all())


def _among(values: Bytes, *signs: int) -> NDArray[np.bool_]:
    matches: NDArray[np.bool_] = values == signs[0]
    for sign in signs[1:]:
        matches |= values == sign
    return matches


def mostly_blank(data: bytes, marks: Marks) -> bool:
    """Whether a block has more lines than commas, so that blank ones are among them: the engine makes rows of them."""
    return marks.lines > marks.commas < int(np.count_nonzero(_outside(data, marks.quotes, _LINE)))


def breaks_in_quotes(data: bytes, places: Places) -> bool:
    """Whether a cell holds a line break."""
    return bool(len(places)) and bool((as_bytes(data)[_inside(places)] == _LINE).any())


def even(data: bytes, marks: Marks, rows: int, columns: int, last_filled: bool) -> bool:
    """Whether each of these rows, counted by the engine, has this many cells (2 or more).

    `last_filled` says that the engine found a value in each row's last column, so that none is too short; the
    number of commas then tells that none is too long.
    """
    quotes = marks.quotes
    if last_filled and marks.inside is not None:
        return marks.commas - int(np.count_nonzero(marks.inside == _COMMA)) == rows * (columns - 1)
    commas = _outside(data, quotes, _COMMA)
    if np.count_nonzero(commas) != rows * (columns - 1):
        return False
    lines = np.flatnonzero(_outside(data, quotes, _LINE))
    if not data.endswith(b"\n"):
        lines = np.append(lines, len(data))
    places = np.flatnonzero(commas).reshape(rows, columns - 1)
    starts = np.concatenate(([-1], lines[:-1]))
    return len(lines) == rows and bool((places[:, 0] > starts).all() and (places[:, -1] < lines).all())


def _outside(data: bytes, places: Places, sign: int) -> NDArray[np.bool_]:
    """Where a sign stands in no quotes."""
    every = as_bytes(data)
    mask: NDArray[np.bool_] = every == sign
    if len(places):
        if _few(data, places):
            mask[_inside(places)] = False
        else:
            mask &= ~np.logical_xor.accumulate(every == _QUOTE)
    return mask


def _few(data: bytes, places: Places) -> bool:
    return bool((places[1::2] - places[::2]).sum() * _SPARSE < len(data))


def _inside(places: Places) -> NDArray[Any]:
    """Places of all bytes from an opening quote up to its closing one."""
    lengths = places[1::2] - places[::2]
    before = np.cumsum(lengths) - lengths
    return np.repeat(places[::2] - before, lengths) + np.arange(lengths.sum())


def count_lines(data: bytes, marks: Marks | None = None, rows: int = 0) -> int:
    """How many lines begin in a block; an even one has those of its rows and those that begin in its quotes."""
    if marks is not None and marks.inside is not None:
        return rows + int(np.count_nonzero(marks.inside == _LINE))
    return data.count(b"\n") + (not data.endswith(b"\n"))


def lines_of_rows(data: bytes, places: Places) -> Places:
    """The line, from 0, on which each row of a well-quoted block begins, and the next one that would follow."""
    return np.concatenate(([0], np.flatnonzero(_end_rows(_breaks(data), places)) + 1))


def cut_out(data: bytes, places: Places, rows: Places) -> bytes:
    """Only these rows of a well-quoted block."""
    breaks = _breaks(data)
    ends = np.append(breaks[_end_rows(breaks, places)] + 1, len(data))
    starts = np.concatenate(([0], ends))
    return b"".join(data[start:end] for start, end in zip(starts[rows].tolist(), ends[rows].tolist(), strict=True))


def _breaks(data: bytes) -> Places:
    return np.flatnonzero(as_bytes(data) == _LINE)


def _end_rows(breaks: Places, places: Places) -> NDArray[np.bool_]:
    """Which line breaks stand in no quotes."""
    return np.equal(np.searchsorted(places, breaks) % 2, 0)
