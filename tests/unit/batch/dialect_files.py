"""Files as people have them, written for tests, and what the conversion makes of them."""

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from phat.batch.dialects.opening import Opened, opened
from phat.batch.dialects.options import PLAIN, Dialect
from phat.storage.files import local_file

Grid = list[list[str]]

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": f'<Relationships><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/_rels/workbook.xml.rels": "<Relationships>{relations}</Relationships>",
    "xl/workbook.xml": f'<workbook xmlns:r="{_OFFICE}"><sheets>{{sheets}}</sheets></workbook>',
    "xl/styles.xml": '<styleSheet><numFmts count="1"><numFmt numFmtId="164" formatCode="0.0%"/></numFmts>'
    '<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="22"/>'
    "</cellXfs></styleSheet>",
}
DATE, PERCENT, MOMENT = 1, 2, 3
"""Styles of cells: a date, a percentage, a date with its time."""


def read(data: bytes, folder: Path, dialect: Dialect = PLAIN, name: str = "data.csv") -> tuple[Grid, list[str]]:
    """The cells of a file with these bytes as every reader gets them, and what was assumed."""
    path = folder / name
    path.write_bytes(data)
    with opened([local_file(path)], dialect) as [file]:
        return grid(file), file.notices


def grid(file: Opened) -> Grid:
    """The cells of what every reader gets, blank lines aside."""
    text = file.place.read(0, file.place.size).decode()
    return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]


def workbook(rows: Sequence[str], names: Sequence[str] = ("Data",), hidden: Sequence[str] = ()) -> bytes:
    """A workbook of sheets with these names, all of the same rows, each the XML of its cells."""
    lines = "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(rows, 1) if row)
    sheet = f"<worksheet><sheetData>{lines}</sheetData></worksheet>"
    places = [*enumerate(names, 1)]
    states = dict.fromkeys(hidden, ' state="hidden"')
    sheets = "".join(f'<sheet name="{name}"{states.get(name, "")} r:id="rId{place}"/>' for place, name in places)
    kind = f'Type="{_OFFICE}/worksheet"'
    relations = "".join(
        f'<Relationship Id="rId{place}" {kind} Target="worksheets/sheet{place}.xml"/>' for place, _ in places
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, xml in _PARTS.items():
            archive.writestr(part, xml.format(sheets=sheets, relations=relations))
        for place, _ in places:
            archive.writestr(f"xl/worksheets/sheet{place}.xml", sheet)
    return out.getvalue()


def text(place: str, value: str) -> str:
    """A cell of text."""
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def number(place: str, value: object, style: int = 0) -> str:
    """A cell of a number."""
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'
