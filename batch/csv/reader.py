"""CSV files in blocks of whole rows: the engine splits what is regular, `preprocessing.tables` decides on the rest."""

import io
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import polars as pl

from phat.batch.blocks import LONGEST_CELL, Block
from phat.batch.csv.lines import Lines, Stream
from phat.batch.csv.split import Splitter, gapped
from phat.batch.dialects.kinds import unconverted
from phat.batch.headers import Choose
from phat.batch.records import Records
from phat.preprocessing.errors import MalformedTable
from phat.preprocessing.tables import Rows, no_known_name, no_rows, read_table
from phat.storage.errors import FileRefused
from phat.storage.files import Place

BLOCK = 16 * 1024 * 1024
"""Bytes read at a time."""
_LONGEST_HEADER = 4 * 1024 * 1024
_SAMPLE = 1024 * 1024
"""Bytes whose rows tell which columns hold plain numbers."""
_CAREFUL = 5_000
"""Rows in a table of those that the engine did not split."""
_JSON = "whole files are CSV or Parquet"
_LONGEST_ROW = 4 * LONGEST_CELL
_AROUND = 64 * 1024
"""Bytes in which the end of a row is looked for."""

Span = tuple[int, int]
"""First byte, and the byte after the last: the rows that begin between them."""


class CsvFile:
    """A CSV (UTF-8, comma, header row), of which the chosen columns are read; FileRefused says what is wrong.

    Numbers come as Float64 where the engine can read all their cells, else as text. An empty cell is null.
    A span takes the rows that begin within these bytes. Cells with line breaks are refused then, since from the
    middle of a file nobody can tell them from rows; nor can anybody tell its lines' numbers, so `first_line` is None.
    """

    def __init__(self, place: Place, choose: Choose, span: Span | None = None) -> None:
        self.place = place
        self.spanned = span is not None
        self.header, self.spaced, above = self._read_header()
        self._body = above.at
        names = [name for name in self.header if name]
        chosen = choose(place.name, names, lambda fields: no_known_name(self.header, fields, _JSON))
        self.absent = chosen.absent
        self._places = {name: self.header.index(key) for name, key in chosen.columns.items()}
        self.columns = list(self._places)
        self.schema: dict[str, pl.DataType] = dict.fromkeys(self.columns, pl.String())
        self._start, self.end = self._body, place.size
        if span is not None:
            self._start, self.end = (self.next_row(offset) for offset in span)
        self.first_line = above.taken + 1 if self._start == self._body else None
        sample = self.read(self._start, min(self.next_row(self._start + _SAMPLE), self.end))
        self.split = Splitter(len(self.header), self._places, chosen.numbers, sample)

    def blocks(self, start: int | None = None) -> Iterator[Block]:
        """The file's blocks, in order, from the beginning or from where one begins."""
        offset = self._start if start is None else start
        while offset < self.end:
            block = Block(self, offset, min(self.next_row(offset + BLOCK), self.end))
            offset = block.end
            yield block

    def read(self, offset: int, end: int) -> bytes:
        """The bytes from an offset to an end; FileRefused if they are too many, or not there."""
        if end - offset > _LONGEST_ROW:
            raise FileRefused(f"{self.place.name}: a row has more than {LONGEST_CELL} bytes")
        data = self.place.read(offset, end - offset)
        if len(data) < end - offset:
            raise FileRefused(f"{self.place.name}: it has become shorter than its {self.place.size} bytes")
        return data

    def check_rows(self, rows: int) -> None:
        """FileRefused if that is how many rows were read, and too few for a file."""
        if not rows and not self.spanned:
            raise FileRefused(f"{self.place.name}: {no_rows(self.header, _JSON)}")

    def _read_header(self) -> tuple[list[str], bool, Lines]:
        """The header, whether blanks before cells are none of their text, and the lines above the rows."""
        first = self.place.read(0, _LONGEST_HEADER)
        if (reason := unconverted(first)) is not None:
            raise FileRefused(f"{self.place.name}: {reason}")
        lines = Lines(first, len(BOM_UTF8) if first.startswith(BOM_UTF8) else 0)
        with self.refusing():
            header, rows = read_table(lines)
        return header, rows.spaced, lines

    def next_row(self, offset: int) -> int:
        """Where the first row that begins at or after an offset begins."""
        if offset <= self._body:
            return self._body
        at = offset - 1
        while at < self.place.size:
            data = self.read(at, min(at + _AROUND, self.place.size))
            if (end := data.find(b"\n")) >= 0:
                return at + end + 1
            at += len(data)
        return self.place.size

    def careful(self, block: Block, before: int, line: int | None, to_end: bool) -> Iterator[Records]:
        """The rows of a block, or all from it on, as `preprocessing.tables` reads them.

        `before` rows stand before; the first begins on this line.
        """
        stream = Stream(self.place, block.offset, self.end if to_end else block.end)
        with self.refusing(), io.TextIOWrapper(io.BufferedReader(stream, BLOCK), "utf-8", newline="") as text:
            rows = Rows(text, spaced=self.spaced, length=len(self.header), number=before, first=line)
            skipped, full = 0, True
            while full:
                some = [(row, rows.line) for row in islice(rows, _CAREFUL)]
                cells = {name: [row[place] for row, _ in some] for name, place in self._places.items()}
                table = pl.DataFrame(cells, self.schema).with_columns(gapped(pl.col(name)) for name in cells)
                lines = pl.Series([at - (line or 1) for _, at in some], dtype=pl.Int64)
                yield Records(table, lines, rows.skipped - skipped)
                skipped, full = rows.skipped, len(some) == _CAREFUL

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """What cannot be read as a table is a FileRefused that names the file."""
        try:
            yield
        except MalformedTable as error:
            raise FileRefused(f"{self.place.name}: {error}") from None
        except UnicodeDecodeError:
            raise FileRefused(f"{self.place.name}: not UTF-8; save it as UTF-8, or say --encoding latin-1") from None
