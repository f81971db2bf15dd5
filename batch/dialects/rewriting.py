"""The text of a CSV, however its cells are separated and its numbers written, as the one that every reader knows.

Lines stay where they are: a line of the result is the same line of the file, so that what is wrong with it is found
there. Rows of a wrong length stay as they are, for whoever reads the result to refuse.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import BinaryIO, NamedTuple

import polars as pl

from phat.batch.dialects.decimals import Tallies, Tally, check_commas, decide, written_plainly
from phat.batch.dialects.errors import Unclear
from phat.batch.dialects.separators import Separated

_ROWS = 20_000
_BLOCK = 1024 * 1024
_LONGEST = 4 * 1024 * 1024
"""Characters of a cell, as for every reader."""

Opens = Callable[[], AbstractContextManager[io.TextIOWrapper]]
"""Opens the text of the file, from its beginning."""


class Rewritten(NamedTuple):
    """What was found out of the numbers: tallies of columns, and the decimal mark, None if nobody looked for it."""

    tallies: Tallies
    decimal: str | None = None


def copy(opens: Opens, target: BinaryIO) -> Rewritten:
    """Copy a text as UTF-8."""
    with opens() as text:
        while block := text.read(_BLOCK):
            target.write(block.encode())
    return Rewritten({})


def rewrite(opens: Opens, target: BinaryIO, separated: Separated, decimal: str | None) -> Rewritten:
    """Write a text with commas between cells and numbers in plain form.

    Decimal commas are looked for where cells are separated by semicolons or tabs; a `decimal` mark that is said counts.
    Raises Unclear.
    """
    looked = decimal == "," or (decimal is None and separated.separator in ";\t")
    pass_ = _Pass(separated, looked, decimal)
    pass_.run(opens, target)
    if not looked:
        return Rewritten({})
    if decimal == ",":
        check_commas(pass_.tallies)
        return Rewritten(pass_.tallies, decimal)
    mark = decide(pass_.tallies)
    if mark != pass_.mark:  # the first rows alone said something else
        target.seek(0)
        target.truncate()
        again = _Pass(separated, looked, mark)
        again.run(opens, target)
    return Rewritten(pass_.tallies, mark)


class _Pass:
    """One reading of the file; `mark` is the decimal mark by which it is written."""

    def __init__(self, separated: Separated, looked: bool, mark: str | None) -> None:
        self._separated, self._looked, self.mark = separated, looked, mark
        self.tallies: dict[str, Tally] = {}
        self._header: list[str] | None = None

    def run(self, opens: Opens, target: BinaryIO) -> None:
        """Write the whole file."""
        csv.field_size_limit(_LONGEST)
        with opens() as text, io.TextIOWrapper(_Kept(target), "utf-8", newline="", write_through=True) as out:
            if self._separated.said:
                text.readline()
                out.write("\n")
            writer = csv.writer(out, lineterminator="\n")
            for rows in self._chunks(text):
                writer.writerows(self._converted(rows) if self._looked else rows)

    def _chunks(self, text: io.TextIOWrapper) -> Iterator[list[list[str]]]:
        spaced, lines = self._begun(text)
        reader = csv.reader(lines, delimiter=self._separated.separator, strict=True, skipinitialspace=spaced)
        try:
            while rows := list(islice(reader, _ROWS)):
                yield rows
        except csv.Error:
            line = reader.line_num + self._separated.said
            raise Unclear(
                f"the CSV is broken near line {line}: quotes or line breaks are not as RFC 4180 says"
            ) from None

    def _begun(self, text: io.TextIOWrapper) -> tuple[bool, Iterator[str]]:
        """Whether blanks stand before quotes, and all lines."""
        before = []
        for line in text:
            before.append(line)
            if line.strip():
                break
        blank = re.compile(rf'(?:^|{re.escape(self._separated.separator)}) +"')
        return bool(before and blank.search(before[-1])), _chain(before, text)

    def _converted(self, rows: list[list[str]]) -> list[list[str]]:
        start = 0
        if self._header is None:
            start = next((place + 1 for place, row in enumerate(rows) if "".join(row).strip()), len(rows))
            self._header = [name.strip() for name in rows[start - 1]] if start else []
            self._names = [name or f"{place} (without a name)" for place, name in enumerate(self._header, 1)]
        kept = [place for place in range(start, len(rows)) if rows[place]]
        if not kept or any(len(rows[place]) != len(self._header) for place in kept):
            return rows
        columns = [
            self._column(name, pl.Series(name, cells, pl.String))
            for name, cells in zip(self._names, zip(*(rows[place] for place in kept), strict=True), strict=True)
        ]
        if self.mark is None:
            self.mark = decide(self.tallies)
        if self.mark == ",":
            written = zip(*(written_plainly(cells).to_list() for cells in columns), strict=True)
            for place, row in zip(kept, written, strict=True):
                rows[place] = list(row)
        return rows

    def _column(self, name: str, cells: pl.Series) -> pl.Series:
        self.tallies.setdefault(name, Tally()).add(cells)
        return cells


def _chain(before: list[str], text: io.TextIOWrapper) -> Iterator[str]:
    yield from before
    yield from text


class _Kept(io.RawIOBase):
    """A file that stays open when what writes to it is closed."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target

    def writable(self) -> bool:
        """It is only written."""
        return True

    def write(self, data: "memoryview") -> int:  # type: ignore[override]  # what a TextIOWrapper hands it
        """Write all of it."""
        return self._target.write(data)
