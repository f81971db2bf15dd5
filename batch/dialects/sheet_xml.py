"""What the reader of workbooks passes over in silence, found in the XML of a sheet: errors, formulas, percentages."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from html import unescape
from posixpath import join, normpath
from typing import BinaryIO, NamedTuple

from phat.batch.dialects.errors import Unclear

_BLOCK = 4 * 1024 * 1024
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\b[^>]*>")
_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\b[^>]*>")
_LITERAL = re.compile(r'"[^"]*"|\\.')
_PERCENTS = frozenset((9, 10))
"""Formats that every workbook has: 0 % and 0.00 %."""
_CELL_END = re.compile(rb"</(?:\w+:)?c>|<(?:\w+:)?c\b[^>]*/>")
_ERROR = re.compile(rb'<(?:\w+:)?c\b([^>]*\bt="e"[^>]*)>.*?<(?:\w+:)?v>([^<]*)<', re.DOTALL)
_NO_VALUE = re.compile(
    rb"<(?:\w+:)?c\b((?:(?!\bt=\"str\")[^>])*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_PLACE = re.compile(rb'\br="([A-Z]+)([0-9]+)"')


class Marks(NamedTuple):
    """Of a sheet: how often each error is shown and where first, and columns, from 0, with cells shown as percent."""

    errors: Counter[str]
    first_error: str
    percents: list[int]


def read_marks(file: BinaryIO, sheet: str) -> Marks:
    """What the XML of a sheet says; Unclear if a formula has no value there, or the workbook is not as it should be."""
    errors: Counter[str] = Counter()
    first, columns = "", set[int]()
    try:
        with zipfile.ZipFile(file) as archive:
            percent = _percent_cell(archive)
            for block in _blocks(archive, _part(archive, sheet)):
                has_formulas = b"<f" in block or b":f" in block
                if has_formulas and (formula := _NO_VALUE.search(block)) is not None:
                    raise Unclear(
                        f"cell {_place(formula[1])} of sheet {sheet} has a formula without a stored value; open the "
                        "workbook in a spreadsheet and save it"
                    )
                for error in _ERROR.finditer(block):
                    errors[error[2].decode()] += 1
                    first = first or _place(error[1])
                if percent is not None:
                    columns |= {_column(cell[1]) for cell in percent.finditer(block)}
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise Unclear(f"the Excel workbook cannot be read: {error}") from None
    return Marks(errors, first, sorted(columns))


def _blocks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The XML of a sheet in pieces of whole cells."""
    rest = b""
    with archive.open(part) as file:
        while data := file.read(_BLOCK):
            rest += data
            end = max(rest.rfind(b"</c>"), rest.rfind(b":c>"))
            if end >= 0:
                end = rest.index(b">", end) + 1
                yield rest[:end]
                rest = rest[end:]
    yield rest


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Where in the archive the XML of a sheet is."""
    for match in _SHEET.finditer(archive.read("xl/workbook.xml")):
        if _attribute(match[0], "name") == sheet:
            relation = _attribute(match[0], r"\w+:id")
            for each in _RELATION.finditer(archive.read("xl/_rels/workbook.xml.rels")):
                if _attribute(each[0], "Id") == relation:
                    return normpath(join("/xl", _attribute(each[0], "Target"))).lstrip("/")
    raise KeyError(f"sheet {sheet} is not where a workbook has it")


def _percent_cell(archive: zipfile.ZipFile) -> re.Pattern[bytes] | None:
    """Pattern of a cell that is shown as percent; None if none can be."""
    if "xl/styles.xml" not in archive.namelist():
        return None
    xml = archive.read("xl/styles.xml")
    formats = {
        int(_attribute(each[0], "numFmtId") or 0): _attribute(each[0], "formatCode") for each in _FORMAT.finditer(xml)
    }
    percents = _PERCENTS | {number for number, code in formats.items() if "%" in _LITERAL.sub("", code)}
    styles = _STYLES.search(xml)
    ids = [int(_attribute(each[0], "numFmtId") or 0) for each in _STYLE.finditer(styles[0])] if styles else []
    wanted = [str(place) for place, number in enumerate(ids) if number in percents]
    if not wanted:
        return None
    cell = rf'<(?:\w+:)?c\b(?=[^>]*\bs="(?:{"|".join(wanted)})")[^>]*\br="([A-Z]+)[0-9]+"[^>]*[^/>]>'
    return re.compile(cell.encode())


def _attribute(tag: bytes, name: str) -> str:
    match = re.search(rf"""\s{name}=(?:"([^"]*)"|'([^']*)')""", tag.decode())
    return unescape(match[1] or match[2] or "") if match else ""


def _place(attributes: bytes) -> str:
    match = _PLACE.search(attributes)
    return (match[1] + match[2]).decode() if match else "(unknown)"


def _column(letters: bytes) -> int:
    """The number of a column, from 0, by its letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
