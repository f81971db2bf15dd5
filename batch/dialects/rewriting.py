"""The text of a CSV, however its cells are separated and its numbers written, as the one that every reader knows.

Lines stay where they are: a line of the result is the same line of the file, so that what is wrong with it is found
there. Rows of a wrong length stay as they are, for whoever reads the result to refuse.
"""

import csv
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple

import polars as pl

from phat.batch.dialects.blocks import Whole, rows_of, written
from phat.batch.dialects.decimals import Numbers, Tallies, Tally, check_commas, decide, guessed
from phat.batch.dialects.separators import Separated

BLOCK = 8 * 1024 * 1024
"""Characters read at a time."""
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
        while block := text.read(BLOCK):
            target.write(block.encode())
    return Rewritten({})


def rewrite(opens: Opens, target: BinaryIO, separated: Separated, decimal: str | None) -> Rewritten:
    """Write a text with commas between cells and numbers in plain form; Unclear says what is wrong with it.

    Decimal commas are looked for where cells are separated by semicolons or tabs; a `decimal` mark that is said counts.
    """
    looked = decimal == "," or (decimal is None and separated.separator in ";\t")
    once = _Pass(separated, looked, decimal)
    once.run(opens, target)
    if not looked:
        return Rewritten({})
    if decimal == ",":
        check_commas(once.tallies)
        return Rewritten(once.tallies, decimal)
    mark = decide(once.tallies)
    if mark != once.mark:  # the first rows alone said something else
        target.seek(0)
        target.truncate()
        _Pass(separated, looked, mark).run(opens, target)
    return Rewritten(once.tallies, mark)


class _Pass:
    """One reading of the file; `mark` is the decimal mark by which it is written."""

    def __init__(self, separated: Separated, looked: bool, mark: str | None) -> None:
        self._separated, self._looked, self.mark = separated, looked, mark
        self.tallies: dict[str, Tally] = {}
        self._names: list[str] = []
        self._spaced = False
        self._lines = 0

    def run(self, opens: Opens, target: BinaryIO) -> None:
        """Write the whole file."""
        csv.field_size_limit(_LONGEST)
        with opens() as text:
            if self._separated.said:
                text.readline()
                target.write(b"\n")
                self._lines += 1
            self._write_header(text, target)
            while block := text.read(BLOCK):
                block += text.readline()
                target.write(self._rewritten(block, text))

    def _write_header(self, text: io.TextIOWrapper, target: BinaryIO) -> None:
        above = ""
        for line in iter(text.readline, ""):
            above += line
            if line.strip():
                self._spaced = bool(re.search(rf'(?:^|{re.escape(self._separated.separator)}) +"', line))
                break
        rows = [*rows_of(above, text, self._dialect(), self._lines)]
        target.write(written(rows))
        header = rows[-1] if rows else []
        self._names = [name.strip() or f"{place} (without a name)" for place, name in enumerate(header, 1)]
        self._lines += sum(1 + sum(cell.count("\n") for cell in row) for row in rows)

    def _rewritten(self, block: str, text: io.TextIOWrapper) -> bytes:
        if (quickly := self._quickly(Whole(block, self._separated.separator))) is not None:
            self._lines += block.count("\n")
            return quickly
        rows = [*rows_of(block, text, self._dialect(), self._lines)]
        self._lines += sum(1 + sum(cell.count("\n") for cell in row) for row in rows)
        return written(self._converted_rows(rows) if self._looked else rows)

    def _quickly(self, block: Whole) -> bytes | None:
        """A block rewritten as a whole; None if that cannot be done."""
        if self._spaced:
            return None
        if not (block.quoted or (block.signs if self._looked else block.commas)) and self._is_settled():
            return block.exchanged()
        frame = block.frame(len(self._names))
        return None if frame is None else self._converted(frame).write_csv(include_header=False).encode()

    def _is_settled(self) -> bool:
        """Whether cells without commas, points between thousands, and gaps can say nothing new."""
        return not self._looked or (self.mark == "." and any("point" in each.firsts for each in self.tallies.values()))

    def _converted_rows(self, rows: list[list[str]]) -> list[list[str]]:
        kept = [place for place, row in enumerate(rows) if row]
        if not kept or any(len(rows[place]) != len(self._names) for place in kept):
            return rows  # whoever reads them refuses those of another length
        cells = zip(*(rows[place] for place in kept), strict=True)
        columns = [pl.Series(str(place), each, pl.String) for place, each in enumerate(cells)]
        converted = self._converted(pl.DataFrame(columns))
        for place, row in zip(kept, converted.iter_rows(), strict=True):
            rows[place] = [*row]
        return rows

    def _converted(self, frame: pl.DataFrame) -> pl.DataFrame:
        if not self._looked:
            return frame
        numbers = Numbers(frame)
        numbers.tally(self.tallies, self._names)
        if self.mark is None:
            self.mark = guessed(self.tallies)
        return numbers.written_plainly() if self.mark == "," else frame

    def _dialect(self) -> dict[str, object]:
        return {"delimiter": self._separated.separator, "skipinitialspace": self._spaced}
