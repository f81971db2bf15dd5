"""The first sheet of an Excel workbook (xlsx) as a CSV that every reader knows.

A row of the sheet is a line of the CSV, as long as no cell has a line break. Numbers are what the workbook stores,
whole ones without decimals; dates and times are ISO 8601; true and false are so spelt.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import BinaryIO

import polars as pl

from phat.batch.dialects.assumptions import SOME, assumed, listed, suspected_rows
from phat.batch.dialects.decimals import READ_AS_COMMAS, Numbers, Tally, check_commas, named
from phat.batch.dialects.errors import Unclear
from phat.batch.dialects.kinds import foreign_archive
from phat.batch.dialects.sheet_xml import Marks, read_marks
from phat.storage.errors import EnginePanic, panics_caught
from phat.storage.files import Place

_EXACT = 2.0**53
_ROWS = 20_000
Value = int | float | str | bool | time | date | datetime | timedelta


def write_workbook(place: Place, target: BinaryIO, decimal: str | None) -> tuple[list[str], bool]:
    """Write the first visible sheet of a workbook, and say in notices what was assumed; Unclear if it is no table.

    A `decimal` comma is one of numbers that are texts; the second item says whether there were some.
    """
    data = io.BytesIO(place.read(0, place.size))
    if (reason := foreign_archive(data)) is not None:
        raise Unclear(reason)
    name, others, left, rows = _sheet(data)
    above, header = _skipped(rows)
    names = _check_header(header, name, others)
    marks = read_marks(data, name)
    out = io.TextIOWrapper(target, "utf-8", newline="", write_through=True)
    out.write("\n" * above)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    texts = _Texts(names, decimal)
    filled = [False] * len(names)
    while some := list(islice(rows, _ROWS)):
        for cells in texts.plain(some):
            filled = [known or cell != "" for known, cell in zip(filled, cells, strict=True)]
            writer.writerow(cells)
    out.detach()
    notices = [*_notices(name, others, [""] * left + names, [False] * left + filled, marks), *texts.notices()]
    return notices, texts.decimal_comma


class _Texts:
    """The cells of a sheet as texts, those that are numbers with a decimal comma written plainly, if that was said."""

    def __init__(self, names: Sequence[str], decimal: str | None) -> None:
        self._names = [name or f"{place} (without a name)" for place, name in enumerate(names, 1)]
        self._decimal = decimal
        self._tallies: dict[str, Tally] = {}
        self._some: list[list[str]] = []

    def plain(self, rows: Sequence[Sequence[Value]]) -> Iterator[list[str]]:
        """The same rows as texts."""
        written = [[_text(value) for value in row] for row in rows]
        if self._decimal != ",":
            self._some = self._some or [_only_texts(row) for row in rows[:SOME]]
            yield from written
            return
        columns = zip(*map(_only_texts, rows), strict=True)
        numbers = Numbers(pl.DataFrame([pl.Series(str(at), cells, pl.String) for at, cells in enumerate(columns)]))
        numbers.tally(self._tallies, self._names)
        for cells, plain in zip(written, numbers.written_plainly().iter_rows(), strict=True):
            yield [text or cell for text, cell in zip(plain, cells, strict=True)]

    @property
    def decimal_comma(self) -> bool:
        """Whether some text is a number that a decimal comma changes."""
        return bool(named(self._tallies, READ_AS_COMMAS))

    def notices(self) -> list[str]:
        """What was assumed of numbers that are texts."""
        if self._decimal is None:
            return suspected_rows(self._names, self._some)
        check_commas(self._tallies)
        return [*assumed(self._tallies, self._decimal, said=True)]


def _only_texts(row: Sequence[Value]) -> list[str]:
    return [value if isinstance(value, str) else "" for value in row]


def _sheet(data: BinaryIO) -> tuple[str, list[str], int, Iterator[list[Value]]]:
    """The name of the first visible sheet, those of the others, how many columns on its left are empty, its rows."""
    try:
        from python_calamine import (  # noqa: PLC0415  # who has no workbooks needs no reader of them
            CalamineError,
            CalamineWorkbook,
            SheetTypeEnum,
            SheetVisibleEnum,
        )
    except ImportError:
        raise Unclear(
            "reading Excel workbooks (xlsx) needs the package python-calamine; install phat[training]"
        ) from None
    data.seek(0)
    try:
        with panics_caught():
            workbook = CalamineWorkbook.from_filelike(data)
            sheets = [
                sheet.name for sheet in workbook.sheets_metadata
                if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
            ]  # fmt: skip
            if not sheets:
                raise Unclear("the Excel workbook has no visible sheet")
            sheet = workbook.get_sheet_by_name(sheets[0])
            return sheets[0], sheets[1:], (sheet.start or (0, 0))[1], iter(sheet.iter_rows())
    except (CalamineError, EnginePanic, OSError, ValueError) as error:
        raise Unclear(f"the Excel workbook cannot be read: {str(error)[:200]}") from None


def _skipped(rows: Iterator[list[Value]]) -> tuple[int, list[Value]]:
    """How many empty rows stand above the first with values, and that row; an empty one if there is none."""
    return next(((above, row) for above, row in enumerate(rows) if any(value != "" for value in row)), (0, []))


def _check_header(header: Sequence[Value], sheet: str, others: Sequence[str]) -> list[str]:
    """The names of the first row; Unclear if it can be no header."""
    names = [_text(value).strip() for value in header]
    if not any(names):
        more = f"; the others are {', '.join(others)}" if others else ""
        raise Unclear(f"the first sheet of the workbook, {sheet}, is empty{more}")
    if len(names) > 2 and sum(map(bool, names)) == 1:
        raise Unclear(
            f"the first row of sheet {sheet} has one cell ('{''.join(names)[:40]}') above {len(names)} columns; "
            "expected the header row there: delete titles above it"
        )
    return names


def _notices(
    sheet: str, others: Sequence[str], names: Sequence[str], filled: Iterable[bool], marks: Marks
) -> Iterator[str]:
    if others:
        yield f"sheet {sheet} is read, and {', '.join(others)} {'are' if len(others) > 1 else 'is'} not"
    unnamed = [str(place) for place, (name, some) in enumerate(zip(names, filled, strict=True), 1) if some and not name]
    if unnamed:
        yield f"columns without a name in the first row are left out: number {', '.join(unnamed)} of the sheet"
    if marks.errors:
        shown = ", ".join(f"{text} {count} times" for text, count in marks.errors.items())
        yield f"cells that show an error are missing values: {shown}, the first in {marks.first_error}"
    if percents := [names[place] for place in marks.percents if place < len(names) and names[place]]:
        yield f"{listed(percents)}: shown as percent, and read as stored: 12 % is 0.12, which a CSV would have as 12"


def _text(value: Value) -> str:
    """A cell as it stands in a CSV."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _duration(value: timedelta) -> str:
    """Hours, minutes and seconds, as a sheet shows them."""
    seconds = value.total_seconds()
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{'-' * (seconds < 0)}{hours}:{minutes:02}:{rest:06.3f}".removesuffix(".000")
