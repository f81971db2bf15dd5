"""Files as people have them: whatever a table is written in, its cells are those of the plain CSV."""

import csv
import gzip
import io
import json
import pickle
import zipfile
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phat.batch.dialects import rewriting
from phat.batch.dialects.opening import opened
from phat.batch.dialects.options import Dialect
from phat.preprocessing.clean import clean_number
from phat.storage.errors import FileRefused, FilesError
from phat.storage.files import local_file
from tests.unit.batch.dialect_files import Grid, read

LATIN = st.text(st.sampled_from("ab ;,|\t\"'\nßé."), max_size=6)
NUMBERS = st.decimals(-(10**7), 10**7, places=2).map(lambda value: f"{value:,.2f}")
ROWS = st.lists(st.tuples(NUMBERS, LATIN, st.sampled_from(["", "7", "-12", "NA", "1.5"])), min_size=1, max_size=30)
ENCODINGS = {
    "utf-8": None,
    "utf-8-sig": None,
    "utf-16": None,
    "utf-32": None,
    "utf-16-le": 1,
    "latin-1": 1,
    "cp1252": 1,
}
"""What is known without being said, and what must be."""
EXCHANGED = str.maketrans(",.", ".,")


@given(
    rows=ROWS, separator=st.sampled_from(",;\t|"), encoding=st.sampled_from([*ENCODINGS]), decimal=st.sampled_from(",."),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]), end=st.sampled_from(["\n", "\r\n"]),
    packed=st.booleans(), said=st.booleans(), block=st.sampled_from([1, 50, 10**6]),
)  # fmt: skip
def test_cells_are_those_of_the_plain_csv(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], separator: str, encoding: str,
    decimal: str, quoting: int, end: str, packed: bool, said: bool, block: int,
) -> None:  # fmt: skip
    """A table in any dialect, in blocks of any size, has the plain table's cells, numbers with decimal commas plain."""
    header = ["x", "text", "n"]
    written = [
        [cell.translate(EXCHANGED) if decimal == "," and cell != text else cell for cell in (x, text, n)]
        for x, text, n in rows
    ]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end).writerows([header, *written])
    data = (f"sep={separator}{end}" * said + out.getvalue()).encode(encoding)
    dialect = Dialect(encoding if ENCODINGS[encoding] else None, decimal if separator in ",|" else None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rewriting, "BLOCK", block)
        cells, _ = read(gzip.compress(data) if packed else data, tmp_path_factory.mktemp("files"), dialect)
    commas = decimal == "," and (separator in ",|" or any("," in row[0] for row in written))
    plain = [[_plain(cell) if commas else cell for cell in row] for row in written]
    assert cells == [header, *plain]
    for (x, _, _), row in zip(rows, cells[1:], strict=True):
        assert clean_number(row[0]) == clean_number(x)


def _plain(cell: str) -> str:
    """A cell with its number, if it has a decimal comma, as Python writes it."""
    try:
        float(cell.replace(".", "").replace(",", "."))
    except ValueError:
        return cell
    return cell.replace(".", "").replace(",", ".")


@pytest.mark.parametrize(
    "data", [b"a,b\n1,2\n", b'\xef\xbb\xbfa,b\n"1,5",2\n', b"a\n1\n", b"a|b,c\n1,2\n", b"a,b\n1;2,3\n"]
)
def test_a_plain_file_is_read_where_it_is(tmp_path: Path, data: bytes) -> None:
    """UTF-8 with commas is neither copied nor changed, whatever else is in it."""
    path = tmp_path / "plain.csv"
    path.write_bytes(data)
    place = local_file(path)
    with opened([place], Dialect()) as [file]:
        assert file.place is place


def test_parquet_is_read_where_it_is(tmp_path: Path) -> None:
    """A Parquet file is neither copied nor changed, whatever its name says."""
    path = tmp_path / "table.csv"
    pl.DataFrame({"x": [1]}).write_parquet(path)
    place = local_file(path)
    with opened([place], Dialect("latin-1")) as [file]:
        assert file.place is place


@pytest.mark.parametrize(
    ("cells", "plain"),
    [
        (["1,5", "1.234", "x"], ["1.5", "1234", "x"]),
        (["1,288", "-0,962"], ["1.288", "-0.962"]),
        (["1,288", "2"], ["1.288", "2"]),
        (["1.288", "2"], ["1.288", "2"]),
        (["1.5", "1,288"], ["1.5", "1,288"]),
        (["1.234.567", "1"], ["1234567", "1"]),
        (["12,5 %", "(1.000,5)", "$ 3,5", "1,5e3"], ["12.5 %", "(1000.5)", "$ 3.5", "1.5e3"]),
        (["01.02.2024", "1,5"], ["01.02.2024", "1.5"]),
        (["1,2,3", "a,b"], ["1,2,3", "a,b"]),
        (["1 234,5", "1,5"], ["1 234,5", "1.5"]),
    ],
)
@pytest.mark.parametrize("separator", [";", "\t"])
def test_decimal_marks(tmp_path: Path, cells: list[str], plain: list[str], separator: str) -> None:
    """A comma is the decimal mark if some number has one and none speaks for a point, which then separates thousands."""
    lines = "".join(f"{cell}{separator}a\n" for cell in cells)
    found, _ = read(f"x{separator}g\n{lines}".encode(), tmp_path)
    assert [row[0] for row in found[1:]] == plain


@pytest.mark.parametrize(("one", "other"), [("1,5", "1.5"), ("1,5", "1,234.5"), ("1,234", "1.234"), ("0,123", "0.123")])
def test_both_decimal_marks_are_refused(tmp_path: Path, one: str, other: str) -> None:
    """A file with both kinds of numbers, also far apart, names them and the option; what is said decides."""
    filler = "1;a\n" * 50_000
    data = f"x;z\n{one};a\n{filler}2;{other}\n".encode()
    with pytest.raises(FileRefused) as refused:
        read(data, tmp_path)
    assert all(part in str(refused.value) for part in ("data.csv", f"x: '{one}'", f"z: '{other}'", "--decimal"))
    found, _ = read(data, tmp_path, Dialect(decimal="."))
    assert (found[1][0], found[-1][1]) == (one, other)
    found, notices = read(f"x;z\n{one};a\n2;1.5\n".encode(), tmp_path, Dialect(decimal=","))
    assert found[1:] == [[one.replace(",", "."), "a"], ["2", "1.5"]]
    assert "column z: '1.5' has no decimal comma, and is left as it is" in notices
    with pytest.raises(FileRefused, match="column x has both numbers with a decimal comma"):
        read(f"x;z\n{one};a\n1.5;a\n".encode(), tmp_path, Dialect(decimal=","))


def test_later_rows_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose first rows have no decimal comma, or only what may be thousands, is read as its last ones say."""
    monkeypatch.setattr(rewriting, "BLOCK", 20)
    early = "1.288;a\n" * 20
    assert read(f"x;g\n{early}1,5;a\n".encode(), tmp_path)[0][1:] == [["1288", "a"]] * 20 + [["1.5", "a"]]
    early = "1,288;a\n" * 20
    assert read(f"x;g\n{early}1.5;a\n".encode(), tmp_path)[0][1:] == [["1,288", "a"]] * 20 + [["1.5", "a"]]


@pytest.mark.parametrize(
    ("data", "notice"),
    [
        (b"x;g\n1.5;a\n", "cells are separated by semicolons"),
        (b"x\tg\n1.5\ta\n", "cells are separated by tabs"),
        (b"x;g\n1.234,5;a\n", "numbers have a decimal comma: 1.234,5 is 1234.5, in column x"),
        (b"x;g\n1,288;a\n", "each of these commas stands before three digits; if it separates thousands, say --decimal ."),
        (b"x;g\n1.288;a\n", "column x: each point stands before three digits"),
        (b"x;g\n1 234;a\n", "column x: '1 234' is no number here: no blank or apostrophe may separate thousands"),
        ("x;g\n1’234.5;a\n".encode(), "'1’234.5' is no number here"),
        (b'x,g\n"1,288",a\n"2,500",b\n', "column x: a comma separates thousands here: '1,288' is 1288; if it is a decimal"),
        (b'x,g\n"1,28",a\n"2,500",b\n', "'2,500' is 2500, '1,28' is no number; if it is a decimal comma, say --decimal ,"),
    ],
)  # fmt: skip
def test_what_was_assumed_is_reported(tmp_path: Path, data: bytes, notice: str) -> None:
    """What was assumed of a file, and what may be meant otherwise, is a notice."""
    assert any(notice in text for text in read(data, tmp_path)[1])


@pytest.mark.parametrize(
    "data", [b"x,g\n1.5,a\n", b'x,g\n"1,288",a\n950,b\n', b'x,g\n"Doe, J",a\n', b'x,g\n"1,288 m",a\n']
)
def test_nothing_is_reported_of_plain_files(tmp_path: Path, data: bytes) -> None:
    """Thousands next to smaller numbers, and commas in texts, are not doubted."""
    assert read(data, tmp_path)[1] == []


def _packed(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", data)
    return out.getvalue()


TABLE = b"x;g\n" + b"1,5;a\n" * 1000
REFUSED = {
    "empty": (b"", "it is empty"),
    "blank": (b" \n\n", "nothing but blanks"),
    "zip": (_packed(b"a,b\n"), "a zip archive of 1 file; unpack it first"),
    "broken zip": (_packed(b"a,b\n")[:40], "truncated or broken"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Office file"),
    "password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99) + "EncryptedPackage".encode("utf-16-le"), "a password"),
    "html": (b"\n<!DOCTYPE html>\n<html>", "it is a web page (HTML)"),
    "xml": (b"<?xml version='1.0'?><a/>", "it is XML"),
    "json": (b'[{"x": 1}]', "it looks like JSON"),
    "json lines": (b'{"x": 1}\n{"x": 2}\n', "it looks like JSON"),
    "pretty json": (json.dumps([{"x": 1}], indent=2).encode(), "it looks like JSON"),
    "pickle": (pickle.dumps({"x": 1}), "it is a pickle"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "it is a PDF"),
    "sqlite": (b"SQLite format 3\x00", "an SQLite database"),
    "zstd": (b"\x28\xb5\x2f\xfd....", "compressed with zstd"),
    "truncated gz": (gzip.compress(TABLE)[:-9], "compressed with gzip, and truncated"),
    "broken gz": (gzip.compress(TABLE)[:30] + bytes(50), "compressed with gzip, and broken"),
    "gz of zip": (gzip.compress(_packed(b"")), "it is an Excel workbook (xlsx) within gzip"),
    "odd utf-16": ("x;g\n1,5;a\n".encode("utf-16") + b"a", "it is not UTF-16 throughout"),
    "unmarked utf-16": ("x;g\n1,5;a\n".encode("utf-16-le"), "say --encoding utf-16-le"),
    "latin-1": ("größe;g\n1,5;a\n".encode("latin-1"), "say --encoding latin-1 if 'größe;g 1,5;a"),
    "late latin-1": (b"x;g\n" + b"1;a\n" * 50_000 + b"2;\xe4\n", "say --encoding latin-1"),
    "cp1252": ("x;g\n1;€\n".encode("cp1252"), "say --encoding cp1252"),
    "other sep": (b"sep=:\nx:g\n", "cells are separated by ':'"),
    "two separators": (b"a;b|c\n1;2|3\n", "may be separated by"),
    "title": (b"Report 2024\n\nx;g\n1,5;2\n", "its first line is 'Report 2024', and lines below have 2 cells"),
    "comment": (b"# of 2024\nx,g\n1,2\n", "delete what stands above the header row"),
    "binary": (b"\x00\x01\x02\xff", "it is no text"),
    "quotes": (b'x;g\n1;"a"b\n2;c\n', "broken in the row that begins on line 2"),
    "open quote": (b'x;g\n1;a\n2;"b\n', "broken in the row that begins on line 3"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_each_refusal_names_the_cause(tmp_path: Path, case: str) -> None:
    """What is no table, or not as it should be, is refused in one sentence with the file's name and the cause."""
    data, cause = REFUSED[case]
    with pytest.raises(FileRefused) as refused:
        read(data, tmp_path)
    assert str(refused.value).startswith(f"{tmp_path / 'data.csv'}: ")
    assert cause in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("data", "dialect", "message"),
    [
        (b"x,g\n1,\x80\n", Dialect("latin-1"), "say --encoding cp1252"),
        ("x,g\n1,a\n".encode("utf-16"), Dialect("latin-1"), "leave out --encoding"),
        (b"\xef\xbb\xbfx,g\n1,a\n", Dialect("cp1252"), "leave out --encoding"),
        (b"x,g\n1,\x81\n", Dialect("cp1252"), "byte 0x81 means nothing there"),
    ],
)
def test_a_wrong_encoding_is_refused(tmp_path: Path, data: bytes, dialect: Dialect, message: str) -> None:
    """An encoding that somebody names is refused where the bytes say that it is another."""
    with pytest.raises(FileRefused, match=message):
        read(data, tmp_path, dialect)


def test_utf8_named_otherwise_is_reported(tmp_path: Path) -> None:
    """A file that is UTF-8 as well as what was named is read as named, and that is reported."""
    cells, notices = read("x,g\n1,ä\n".encode(), tmp_path, Dialect("latin-1"))
    assert cells[1][1] == "Ã¤"
    assert any("it is UTF-8 as well" in text for text in notices)


@pytest.mark.parametrize(
    "wrong", [{"encoding": "klingon"}, {"encoding": "base64"}, {"decimal": "x"}, {"separator": "x"}]
)
def test_options_that_mean_nothing(wrong: dict[str, str]) -> None:
    """An encoding, decimal mark or separator that nobody knows is refused by name."""
    [(name, value)] = wrong.items()
    with pytest.raises(FilesError, match=f"{name}: got '{value}', expected"):
        Dialect(**wrong)


@pytest.mark.parametrize(("name", "sign"), [("tab", "\t"), ("\\t", "\t"), ("semicolon", ";"), ("|", "|")])
def test_a_separator_that_is_named(tmp_path: Path, name: str, sign: str) -> None:
    """A separator is named by its sign or its name, and counts also where another looks as good."""
    assert read(f"a{sign}b,c\n1{sign}2,3\n".encode(), tmp_path, Dialect(separator=name))[0][0] == ["a", "b,c"]


def test_lines_stay_where_they_are(tmp_path: Path) -> None:
    """A line of the file is the same line of what is read: below a line that names the separator, blanks, and breaks."""
    data = b'sep=;\r\n\r\nx;g\r\n1,5;"a\r\nb;"\r\n\r\n2;c\r\n'
    path = tmp_path / "lines.csv"
    path.write_bytes(data)
    with opened([local_file(path)], Dialect()) as [file]:
        lines = file.place.read(0, 1000).replace(b"\r\n", b"\n").split(b"\n")
    assert lines == [b"", b"", b"x,g", b'1.5,"a', b'b;"', b"", b"2,c", b""]


def test_a_file_that_changes_is_refused(tmp_path: Path) -> None:
    """What becomes another file while or after it is converted is refused, under its own name."""
    path = tmp_path / "data.csv"
    path.write_bytes(TABLE)
    place = local_file(path)
    with opened([place], Dialect()) as [file]:
        assert (file.place.name, file.place.identity) == (str(path), place.identity)
        path.write_bytes(TABLE + b"2;b\n")
        with pytest.raises(FileRefused, match="it has changed since it was found"):
            file.place.check()


def test_ragged_rows_are_left_to_the_reader() -> None:
    """Rows of another length reach the reader, which refuses them by number."""
    grids: list[Grid] = []
    for block, row in product([5, 1000], ["1", "1;2;3"]):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rewriting, "BLOCK", block)
            out = io.BytesIO()
            text = f"x;g\n1,5;a\n{row}\n2,5;b\n"
            rewriting.rewrite(
                lambda text=text: io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8", newline=""),
                out,
                rewriting.Separated(";"),
                ",",
            )  # type: ignore[misc]
            grids.append([line.split(",") for line in out.getvalue().decode().splitlines()])
    assert [len(grid[2]) for grid in grids] == [1, 3, 1, 3]
