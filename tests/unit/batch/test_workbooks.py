"""Excel workbooks: the first sheet as a CSV that every reader knows, and what it shows or hides."""

import sys
from pathlib import Path

import pytest

from phat.batch.dialects import sheet_xml
from phat.batch.dialects.opening import opened
from phat.batch.dialects.options import Dialect
from phat.storage.errors import FileRefused
from phat.storage.files import local_file
from tests.unit.batch.dialect_files import DATE, MOMENT, PERCENT, number, read, text, workbook

HEADER = text("A1", "x") + text("B1", "g")


def test_values_are_what_is_stored(tmp_path: Path) -> None:
    """Numbers are as stored, whole ones without decimals; dates are ISO 8601; texts are kept; booleans are spelt."""
    rows = [
        HEADER,
        number("A2", 1) + number("B2", 45292, DATE),
        number("A3", "0.1") + number("B3", 45292.5, MOMENT),
        number("A4", "-2.5E-3") + '<c r="B4" t="b"><v>1</v></c>',
        number("A5", "1E+300") + text("B5", " 007 "),
        number("A6", "12345678901") + text("B6", "a,&quot;b&quot;"),
    ]
    cells, notices = read(workbook(rows), tmp_path)
    assert cells == [
        ["x", "g"], ["1", "2024-01-01"], ["0.1", "2024-01-01 12:00:00"], ["-0.0025", "true"], ["1e+300", " 007 "],
        ["12345678901", 'a,"b"'],
    ]  # fmt: skip
    assert notices == []


def test_rows_of_the_sheet_are_lines(tmp_path: Path) -> None:
    """Empty rows above and within the table stay, and empty columns on its left are none of it."""
    path = tmp_path / "table.xlsx"
    path.write_bytes(workbook(["", "", text("C3", "x") + text("D3", "g"), number("C4", 1), "", number("C6", 2)]))
    with opened([local_file(path)], Dialect()) as [file]:
        lines = file.place.read(0, 1000).decode().splitlines()
    assert lines == ["", "", "x,g", "1,", ",", "2,"]


def test_other_sheets_are_reported(tmp_path: Path) -> None:
    """The first sheet that is visible is read; the others that are visible are named."""
    data = workbook([HEADER, number("A2", 1)], ["Old", "Data", "K&#246;ln &amp; Co", "Codes"], hidden=["Old"])
    cells, notices = read(data, tmp_path)
    assert cells == [["x", "g"], ["1", ""]]
    assert notices == ["sheet Data is read, and Köln & Co, Codes are not"]


def test_names_of_sheets_are_texts(tmp_path: Path) -> None:
    """A sheet whose name has signs that XML escapes is found."""
    assert read(workbook([HEADER, number("A2", 1)], ["K&#246;ln &amp; Co"]), tmp_path)[0] == [["x", "g"], ["1", ""]]


@pytest.mark.parametrize("block", [1, 300, 10**6])
def test_errors_are_missing_and_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Cells that show an error are missing values, counted by their kind, with the place of the first."""
    monkeypatch.setattr(sheet_xml, "_BLOCK", block)
    errors = [
        '<c r="A2" t="e"><v>#N/A</v></c>',
        '<c r="A3" s="0" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        '<x:c r="A4" t="e"><x:v>#N/A</x:v></x:c>',
    ]
    cells, notices = read(workbook([HEADER, *(error + text("B1", "a") for error in errors)]), tmp_path)
    assert [row[0] for row in cells[1:]] == ["", "", ""]
    assert notices == ["cells that show an error are missing values: #N/A 2 times, #DIV/0! 1 times, the first in A2"]


def test_percentages_are_reported(tmp_path: Path) -> None:
    """A column that is shown as percent is read as stored, which a CSV of the same table would not have: reported."""
    data = workbook([HEADER, number("A2", 0.125, PERCENT) + number("B2", 2)])
    cells, notices = read(data, tmp_path)
    assert cells[1] == ["0.125", "2"]
    assert notices == ["column x: shown as percent, and read as stored: 12 % is 0.12, which a CSV would have as 12"]


def test_columns_without_a_name_are_reported(tmp_path: Path) -> None:
    """Values below a blank or merged cell of the header are left out by every reader, and reported."""
    data = workbook([HEADER + '<c r="C1"/>' + text("D1", "y"), number("A2", 1) + number("C2", 2) + number("D2", 3)])
    assert read(data, tmp_path)[1] == ["columns without a name in the first row are left out: number 3 of the sheet"]


def test_text_with_decimal_commas(tmp_path: Path) -> None:
    """Numbers that are text with a decimal comma are reported, and read so if that is said; stored numbers stay."""
    data = workbook([HEADER, text("A2", "1.234,5") + number("B2", 1.5), text("A3", "0,25") + number("B3", 2)])
    assert "'1.234,5' is no number; if it is a decimal comma, say --decimal ," in read(data, tmp_path)[1][0]
    cells, notices = read(data, tmp_path, Dialect(decimal=","))
    assert cells[1:] == [["1234.5", "1.5"], ["0.25", "2"]]
    assert notices == ["numbers have a decimal comma: 1.234,5 is 1234.5, in column x"]


@pytest.mark.parametrize(
    ("rows", "cause"),
    [
        ([], "the first sheet of the workbook, Data, is empty"),
        ([text("A1", "Report 2024"), text("A2", "x") + text("B2", "g") + text("C2", "y")], "delete titles above it"),
        ([HEADER, '<c r="A2"><f>1+1</f><v></v></c>' + text("B2", "a")], "cell A2 of sheet Data has a formula without"),
        ([HEADER, '<c r="A2"><f>1+1</f></c>' + text("B2", "a")], "cell A2 of sheet Data has a formula without"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, rows: list[str], cause: str) -> None:
    """An empty sheet, a title above the header, and a formula that nobody has computed are refused by name."""
    with pytest.raises(FileRefused) as refused:
        read(workbook(rows), tmp_path)
    assert cause in str(refused.value)


def test_computed_formulas_are_values(tmp_path: Path) -> None:
    """A formula with a stored value is that value, also where it is an empty text."""
    rows = [HEADER, '<c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>""</f><v></v></c>']
    assert read(workbook(rows), tmp_path)[0][1] == ["2", ""]


def test_a_broken_workbook_is_refused(tmp_path: Path) -> None:
    """A workbook that is cut short, or whose sheet is no XML, is refused in words."""
    data = workbook([HEADER, number("A2", 1)])
    for broken in (data[: len(data) // 2], workbook([HEADER, "<c r='A2'><v>1</c"])):
        with pytest.raises(FileRefused, match=r"broken|cannot be read"):
            read(broken, tmp_path)


def test_the_reader_of_workbooks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package that reads workbooks is not installed, the refusal says which it is."""
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(FileRefused, match="needs the package python-calamine"):
        read(workbook([HEADER, number("A2", 1)]), tmp_path)
