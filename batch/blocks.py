"""Blocks of a CSV file: the engine splits what is regular, and says what is not."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl
from polars.exceptions import PolarsError

from phat.batch.csv.integrity import (
    Marks,
    breaks_in_quotes,
    count_lines,
    cut_out,
    even,
    lines_of_rows,
    marks,
    mostly_blank,
    well_quoted,
)
from phat.batch.csv.split import blank_rows
from phat.batch.errors import Irregular, Unfinished
from phat.batch.records import Records
from phat.storage.errors import FileRefused

if TYPE_CHECKING:
    from phat.batch.csv.reader import CsvFile

LONGEST_CELL = 64 * 1024 * 1024


class Block:
    """Some rows of a CSV file: its bytes from an offset to an end, which may still prove to be within a cell."""

    def __init__(self, file: "CsvFile", offset: int, end: int, finished: bool = False) -> None:
        self.file, self.offset, self.end = file, offset, end
        self._finished = finished or end == file.end
        self.lines = 0

    def records(self) -> Records:
        """Its rows as the engine splits them; Irregular when it cannot be trusted with them, Unfinished if it is."""
        data = self.file.read(self.offset, self.end)
        signs = marks(data)
        if len(signs.quotes) % 2 and not self._finished:
            raise Unfinished
        self._check_text(data)
        regular = well_quoted(data, signs.quotes)
        if self.file.spanned and (not regular or breaks_in_quotes(data, signs.quotes)):
            raise FileRefused(
                f"{self.file.place.name}: it has quotes or line breaks within cells near byte {self.offset}, "
                "so it cannot be split; score it as a whole"
            )
        if not regular:
            raise Irregular(to_end=True)
        if self.file.spaced or len(self.file.header) < 2 or mostly_blank(data, signs):
            raise self._irregular(data)
        return self._split(data, signs)

    def _irregular(self, data: bytes) -> Irregular:
        self.lines = count_lines(data)
        return Irregular(to_end=False)

    def _check_text(self, data: bytes) -> None:
        if data.isascii():
            return
        try:
            data.decode()
        except UnicodeDecodeError as error:
            place = self.offset + error.start + 1
            raise FileRefused(f"{self.file.place.name}: not UTF-8 at byte {place}; save it as UTF-8") from None

    def _split(self, data: bytes, signs: Marks) -> Records:
        signs = signs.looked_inside(data)
        try:
            table, filled = self.file.split(data)
            if not even(data, signs, table.height, len(self.file.header), filled):
                raise self._irregular(data)
            blank = blank_rows(table)
            if len(blank):
                blank = blank.filter(self.file.split.blank(cut_out(data, signs.quotes, blank.to_numpy())))
        except PolarsError:
            raise self._irregular(data) from None
        self.lines = count_lines(data, signs, table.height)
        return Records(table, self._lines(data, signs, table.height)).without(blank)

    def _lines(self, data: bytes, signs: Marks, rows: int) -> pl.Series:
        if self.lines == rows:
            return pl.int_range(rows, eager=True)
        return pl.Series(lines_of_rows(data, signs.quotes)).head(rows)

    def finished(self) -> "Block":
        """The block up to a line break that is not in quotes."""
        file, end = self.file, self.end
        while end < file.end and end - self.offset < LONGEST_CELL and file.read(self.offset, end).count(b'"') % 2:
            end = min(file.next_row(2 * end - self.offset), file.end)
        # An odd quote out of place makes all that follows one cell: the block's check finds that out.
        return Block(file, self.offset, end, finished=True)

    def careful(self, before: int, line: int | None, to_end: bool) -> Iterator[Records]:
        """Its rows, or all from it on, as `preprocessing.tables` reads them."""
        return self.file.careful(self, before, line, to_end)
