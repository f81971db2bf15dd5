"""What was assumed of the numbers of a file, in sentences."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from phat.batch.dialects.decimals import READ_AS_COMMAS, Tallies, named, plainly
from phat.preprocessing.clean import clean_number, is_missing
from phat.preprocessing.errors import RecordError

_SHOWN = 5
_QUOTED = re.compile(r'"[^",\n]*[0-9]?,[0-9]+[^",\n]*"')
_EXCHANGED = str.maketrans(",.", ".,")
SOME = 1000
"""Rows by which columns are judged."""


def assumed(tallies: Tallies, mark: str, said: bool) -> Iterator[str]:
    """What was assumed where the decimal mark is this one, if somebody `said` so or not."""
    if mark == ",":
        yield from _with_commas(tallies, said)
    elif not said and not named(tallies, ["point"]):
        yield from _with_points(tallies)
    if columns := named(tallies, ["grouped"]):
        shown = tallies[columns[0]].firsts["grouped"]
        yield f"{listed(columns)}: '{shown}' is no number here: no blank or apostrophe may separate thousands"


def _with_commas(tallies: Tallies, said: bool) -> Iterator[str]:
    columns = named(tallies, READ_AS_COMMAS)
    if not columns:
        return
    firsts = (
        next((tallies[name].firsts[each] for name in columns if each in tallies[name].firsts), "")
        for each in READ_AS_COMMAS
    )
    shown = ", ".join(f"{text} is {plainly(text)}" for text in firsts if text)
    yield f"numbers have a decimal comma: {shown}, in {listed(columns)}"
    if not said and not named(tallies, ["comma"]):
        yield "each of these commas stands before three digits; if it separates thousands, say --decimal ."
    if left := named(tallies, ["point"]):
        shown = tallies[left[0]].firsts["point"]
        yield f"{listed(left)}: '{shown}' has no decimal comma, and is left as it is"


def _with_points(tallies: Tallies) -> Iterator[str]:
    if columns := named(tallies, ["either_point"]):
        shown = tallies[columns[0]].firsts["either_point"]
        yield (
            f"{listed(columns)}: each point stands before three digits, and is read as a decimal point ('{shown}'); if "
            "it separates thousands, say --decimal ,"
        )


def suspected(text: str, complete: bool) -> list[str]:
    """What of a table with commas between its cells, that begins so, may have decimal commas, and is read otherwise."""
    if not _QUOTED.search(text):
        return []
    header, *rows = _rows(text, complete) or [[]]
    return suspected_rows(header, [row for row in rows if len(row) == len(header)])


def suspected_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The same of a header and rows of texts."""
    columns = zip(*rows, strict=True)
    return [doubt for name, cells in zip(header, columns, strict=False) if (doubt := _doubt(name, cells))]


def _doubt(name: str, cells: Sequence[str]) -> str | None:
    """What is said of a column all of whose numbers may have a decimal comma."""
    known = [cell.strip() for cell in cells if not is_missing(cell)]
    commas = [cell for cell in known if "," in cell]
    if not commas or not all(_is_number(cell.translate(_EXCHANGED)) for cell in known):
        return None
    cure = "if it is a decimal comma, say --decimal ,"
    thousands = next((f"'{cell}' is {cell.replace(',', '')}" for cell in commas if _is_number(cell)), None)
    wrong = next((f"'{cell}' is no number" for cell in commas if not _is_number(cell)), None)
    if wrong is None and len(commas) < len(known):
        return None
    return f"column {name}: a comma separates thousands here: {', '.join(filter(None, (thousands, wrong)))}; {cure}"


def _is_number(text: str) -> bool:
    try:
        return clean_number(text) is not None
    except RecordError:
        return False


def _rows(text: str, complete: bool) -> list[list[str]]:
    """The first rows, without the last, which may be cut."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(row for row in islice(csv.reader(text.splitlines(keepends=True), strict=True), SOME) if row)
    return rows if complete else rows[:-1]


def listed(names: Sequence[str]) -> str:
    """Columns by name, the first of them if there are many."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"column{'s' * (len(names) > 1)} {', '.join(names[:_SHOWN])}{more}"
