"""A table of raw records as CSV: one meaning of header, row and blank line for whoever reads one."""

import csv
from collections.abc import Iterable, Iterator

from preprocessing.errors import MalformedTable

_MAX_CELL = 4 * 1024 * 1024
"""Longest cell in characters: a whole request's body."""


def read_table(lines: Iterable[str]) -> tuple[list[str], Iterator[list[str]]]:
    """The header and the rows of a CSV (RFC 4180), read as they are asked for; every row has the header's length.

    Names of columns are trimmed. Blank lines are skipped and not counted. MalformedTable says in which row, from 1
    (the header is not counted), something is wrong.
    """
    csv.field_size_limit(_MAX_CELL)
    rows = _rows(lines, -1)
    header = [name.strip() for name in next(rows, [])]
    _check_header(header)
    return header, _of_length(rows, len(header), 1)


def read_rows(lines: Iterable[str], length: int, before: int) -> Iterator[list[str]]:
    """The same rows from lines within a CSV, whose header has `length` cells, after `before` of its rows."""
    csv.field_size_limit(_MAX_CELL)
    return _of_length(_rows(lines, before), length, before + 1)


def _rows(lines: Iterable[str], number: int) -> Iterator[list[str]]:
    """Rows after `number` of them (the header is row 0) without blank lines.

    One empty cell was quoted and is a missing value, no blank line.
    """
    try:
        for row in csv.reader(lines, strict=True):
            if len(row) > 1 or row == [""] or (row and row[0].strip()):
                number += 1
                yield row
    except csv.Error:
        place = f"row {number + 1}" if number >= 0 else "the header"
        raise MalformedTable(f"the CSV is broken in {place}: quotes or line breaks are not as RFC 4180 says") from None


def _check_header(header: list[str]) -> None:
    if not header:
        raise MalformedTable("the CSV has no header row")
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        places = [str(index) for index, name in enumerate(header, 1) if name == twice]
        raise MalformedTable(f"the CSV header names one column twice, in columns {' and '.join(places[:2])}")


def _of_length(rows: Iterator[list[str]], length: int, first: int) -> Iterator[list[str]]:
    for number, row in enumerate(rows, first):
        if len(row) != length:
            raise MalformedTable(f"CSV row {number} has {len(row)} cells, the header has {length}")
        yield row
