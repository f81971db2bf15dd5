"""Blocks of whole lines of a CSV: what is regular is split by the engine, the rest row by row."""

import csv
import io
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from phat.batch.csv.integrity import even, marks, well_quoted
from phat.batch.dialects.decimals import GAPS
from phat.batch.dialects.errors import Unclear

_SIGNS = [
    re.compile(rf"{re.escape(sign)}[0-9]{{3}}{after}") for sign, after in ((".", "\\."), *((gap, "") for gap in GAPS))
]
"""What numbers with points between thousands, or with gaps, have."""


class Whole:
    """A block of whole lines."""

    def __init__(self, text: str, separator: str) -> None:
        self._text, self._separator = text, separator

    @cached_property
    def quoted(self) -> bool:
        """Whether some cell may be quoted, or line ends are mixed, so that rows need a closer look."""
        text = self._text
        return '"' in text or ("\r" in text and text.count("\r") != text.count("\r\n"))

    @cached_property
    def commas(self) -> bool:
        """Whether some cell has a comma."""
        return "," in self._text

    @cached_property
    def signs(self) -> bool:
        """Whether some cell may be a number with a comma, points between thousands, or gaps."""
        return self.commas or any(sign.search(self._text) for sign in _SIGNS)

    def exchanged(self) -> bytes:
        """The block with commas between cells, none of which has one."""
        return self._text.replace(self._separator, ",").encode()

    def frame(self, length: int) -> pl.DataFrame | None:
        """The cells as texts, an empty one as null; None if some row has another length, or a line is blank."""
        if length < 2:
            return None
        data = self._text.encode()
        schema = {str(place): pl.String() for place in range(length)}
        # As the engine's checks want it, with commas between cells; and none of the text's own.
        regular = data.translate(bytes.maketrans(f",{self._separator}".encode(), f"{self._separator},".encode()))
        found = marks(regular)
        if not well_quoted(regular, found.quotes):
            return None
        try:  # the engine takes a mark at the head for the file's own
            frame = pl.read_csv(BOM_UTF8 + data, has_header=False, schema=schema, separator=self._separator)
        except PolarsError:  # a row is too long
            return None
        return frame if even(regular, found, frame.height, length, last_filled=False) else None


def rows_of(block: str, more: io.TextIOBase, dialect: Mapping[str, Any], before: int = 0) -> Iterator[list[str]]:
    """The rows that begin in a block of lines, of which the last may go on in what follows; blank ones are empty.

    `before` lines stand before. Unclear says on which line the CSV is broken.
    """
    lines = [*io.StringIO(block, newline="")]
    reader = csv.reader(chain(lines, iter(more.readline, "")), strict=True, **dialect)
    begin = 1
    try:
        while reader.line_num < len(lines):
            begin = reader.line_num + 1
            yield next(reader)
    except csv.Error:
        raise Unclear(
            f"the CSV is broken in the row that begins on line {before + begin}: quotes or line breaks are not as RFC "
            "4180 says"
        ) from None


def written(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as lines with commas between cells."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()
