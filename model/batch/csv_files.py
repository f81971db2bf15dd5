"""CSV files in blocks of whole rows: the engine splits what is regular, `preprocessing.tables` decides on the rest."""

import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from itertools import islice

import polars as pl
from polars.exceptions import PolarsError

from model.batch.cells import Splitter, gapped
from model.batch.errors import FileRefused, Irregular, Unfinished
from model.batch.places import Place
from model.batch.streams import Lines, Stream
from model.batch.structure import Marks, breaks_in_quotes, even, marks, well_quoted
from preprocessing.errors import MalformedTable
from preprocessing.tables import Rows, read_table

BLOCK = 16 * 1024 * 1024
"""Bytes read at a time."""
_LONGEST_HEADER = 4 * 1024 * 1024
_LONGEST_CELL = 64 * 1024 * 1024
_SAMPLE = 1024 * 1024
"""Bytes whose rows tell which columns hold plain numbers."""
_CAREFUL = 5_000
"""Rows in a table of those that the engine did not split."""
_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"
_LONGEST_ROW = 4 * _LONGEST_CELL
_AROUND = 64 * 1024
"""Bytes in which the end of a row is looked for."""

Span = tuple[int, int]
"""First byte, and the byte after the last: the rows that begin between them."""


class CsvFile:
    """A CSV (UTF-8, comma, header row), of which the `wanted` columns are read; FileRefused says what is wrong.

    Those of `numbers` come as Float64 where the engine can read all their cells, else as text. An empty cell is null.
    A span takes the rows that begin within these bytes. Cells with line breaks are refused then, since from the
    middle of a file nobody can tell them from rows.
    """

    def __init__(
        self, place: Place, wanted: Collection[str], numbers: Collection[str] = (), span: Span | None = None
    ) -> None:
        self.place = place
        self.spanned = span is not None
        self.header, self._body = self._read_header()
        self.columns = [name for name in self.header if name in wanted]
        self.schema: dict[str, pl.DataType] = dict.fromkeys(self.columns, pl.String())
        self._start, self.end = self._body, place.size
        if span is not None:
            self._start, self.end = (self.next_row(offset) for offset in span)
        sample = self.read(self._start, min(self.next_row(self._start + _SAMPLE), self.end))
        self.split = Splitter(self.header, self.columns, [name for name in self.columns if name in numbers], sample)

    def blocks(self, start: int | None = None) -> Iterator["Block"]:
        """The file's blocks, in order, from the beginning or from where one begins."""
        offset = self._start if start is None else start
        while offset < self.end:
            block = Block(self, offset, min(self.next_row(offset + BLOCK), self.end))
            offset = block.end
            yield block

    def read(self, offset: int, end: int) -> bytes:
        """The bytes from an offset to an end; FileRefused if they are too many, or not there."""
        if end - offset > _LONGEST_ROW:
            raise FileRefused(f"{self.place.name}: a row has more than {_LONGEST_CELL} bytes")
        data = self.place.read(offset, end - offset)
        if len(data) < end - offset:
            raise FileRefused(f"{self.place.name}: it has become shorter than its {self.place.size} bytes")
        return data

    def _read_header(self) -> tuple[list[str], int]:
        """The header, and where the rows below it begin."""
        first = self.place.read(0, _LONGEST_HEADER)
        if first.startswith(_GZIP):
            raise FileRefused(f"{self.place.name}: it is compressed; unpack it first")
        lines = Lines(first, len(_BOM) if first.startswith(_BOM) else 0)
        with self.refusing():
            header, _ = read_table(lines)
        return header, lines.at

    def next_row(self, offset: int) -> int:
        """Where the first row that begins at or after an offset begins."""
        if offset <= self._body:
            return self._body
        at = offset - 1
        while at < self.place.size:
            data = self.read(at, min(at + _AROUND, self.place.size))
            if (found := data.find(b"\n")) >= 0:
                return at + found + 1
            at += len(data)
        return self.place.size

    def careful(self, block: "Block", before: int, to_end: bool) -> Iterator[pl.DataFrame]:
        """The rows of a block, or all from it on, as `preprocessing.tables` reads them; `before` rows stand before."""
        stream = Stream(self.place, block.offset, self.end if to_end else block.end)
        with self.refusing(), io.TextIOWrapper(io.BufferedReader(stream, BLOCK), "utf-8", newline="") as text:
            rows = iter(Rows(text, length=len(self.header), number=before))
            places = [self.header.index(name) for name in self.columns]
            while some := list(islice(rows, _CAREFUL)):
                cells = {name: [row[place] for row in some] for name, place in zip(self.columns, places, strict=True)}
                table = pl.DataFrame(cells, self.schema) if cells else pl.DataFrame(height=len(some))
                yield table.with_columns(gapped(pl.col(name)) for name in cells)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """What cannot be read as a table is a FileRefused that names the file."""
        try:
            yield
        except MalformedTable as error:
            raise FileRefused(f"{self.place.name}: {error}") from None
        except UnicodeDecodeError:
            raise FileRefused(f"{self.place.name}: not UTF-8; save it as UTF-8") from None


class Block:
    """Some rows of a CSV file: its bytes from an offset to an end, which may still prove to be within a cell."""

    def __init__(self, file: CsvFile, offset: int, end: int, finished: bool = False) -> None:
        self.file, self.offset, self.end = file, offset, end
        self._finished = finished or end == file.end

    def table(self) -> pl.DataFrame:
        """Its rows as the engine splits them; Irregular when it cannot be trusted with them, Unfinished if it is."""
        data = self.file.read(self.offset, self.end)
        found = marks(data)
        if len(found.quotes) % 2 and not self._finished:
            raise Unfinished
        self._check_text(data)
        regular = well_quoted(data, found.quotes)
        if self.file.spanned and (not regular or breaks_in_quotes(data, found.quotes)):
            raise FileRefused(
                f"{self.file.place.name}: it has quotes or line breaks within cells near byte {self.offset}, "
                "so it cannot be split; score it as a whole"
            )
        if not regular:
            raise Irregular(to_end=True)
        if len(self.file.header) < 2:
            raise Irregular(to_end=False)
        return self._split(data, found)

    def _check_text(self, data: bytes) -> None:
        if data.isascii():
            return
        try:
            data.decode()
        except UnicodeDecodeError as error:
            place = self.offset + error.start + 1
            raise FileRefused(f"{self.file.place.name}: not UTF-8 at byte {place}; save it as UTF-8") from None

    def _split(self, data: bytes, found: Marks) -> pl.DataFrame:
        try:
            table, filled = self.file.split(data)
        except PolarsError:
            raise Irregular(to_end=False) from None
        if not even(data, found, table.height, len(self.file.header), filled):
            raise Irregular(to_end=False)
        return table

    def finished(self) -> "Block":
        """The block up to a line break that is not in quotes."""
        file, end = self.file, self.end
        while end < file.end and end - self.offset < _LONGEST_CELL and file.read(self.offset, end).count(b'"') % 2:
            end = min(file.next_row(2 * end - self.offset), file.end)
        # An odd quote out of place makes all that follows one cell: the block's check finds that out.
        return Block(file, self.offset, end, finished=True)

    def careful(self, before: int, to_end: bool) -> Iterator[pl.DataFrame]:
        """Its rows, or all from it on, as `preprocessing.tables` reads them; `before` rows stand before."""
        return self.file.careful(self, before, to_end)
