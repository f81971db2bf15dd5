"""Files as people have them: whatever a table is written in, its cells are those of the plain CSV."""

import csv
import gzip
import io
from pathlib import Path
from typing import Literal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phat.batch.dialects import rewriting
from phat.batch.dialects.opening import opened
from phat.batch.dialects.options import Dialect
from phat.preprocessing.clean import clean_number
from phat.storage.errors import FileRefused
from phat.storage.files import local_file
from tests.unit.batch.dialect_files import read

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
    rows=ROWS, separator=st.sampled_from(",;\t|"), encoding=st.sampled_from([*ENCODINGS]),
    decimal=st.sampled_from(",."), end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    packed=st.booleans(), said=st.booleans(), block=st.sampled_from([1, 50, 10**6]),
)  # fmt: skip
def test_cells_are_those_of_the_plain_csv(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], separator: str, encoding: str,
    decimal: str, quoting: Literal[0, 1, 2], end: str, packed: bool, said: bool, block: int,
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
    with pytest.raises(FileRefused, match="leave out --decimal"), opened([place], Dialect(decimal=",")):
        raise AssertionError("its texts would be read otherwise")


@pytest.mark.parametrize(("name", "sign"), [("tab", "\t"), ("\\t", "\t"), ("semicolon", ";"), ("|", "|")])
def test_a_separator_that_is_named(tmp_path: Path, name: str, sign: str) -> None:
    """A separator is named by its sign or its name, and counts also where another looks as good."""
    assert read(f"a{sign}b,c\n1{sign}2,3\n".encode(), tmp_path, Dialect(separator=name))[0][0] == ["a", "b,c"]


def test_lines_stay_where_they_are(tmp_path: Path) -> None:
    """A line of the file is the same line of what is read: below a named separator, blanks, and breaks."""
    data = b'sep=;\r\n\r\nx;g\r\n1,5;"a\r\nb;"\r\n\r\n2;c\r\n'
    path = tmp_path / "lines.csv"
    path.write_bytes(data)
    with opened([local_file(path)], Dialect()) as [file]:
        lines = file.place.read(0, 1000).replace(b"\r\n", b"\n").split(b"\n")
    assert lines == [b"", b"", b"x,g", b'1.5,"a', b'b;"', b"", b"2,c", b""]


def test_a_file_that_changes_is_refused(tmp_path: Path) -> None:
    """What becomes another file while or after it is converted is refused, under its own name."""
    path = tmp_path / "data.csv"
    path.write_bytes(b"x;g\n1,5;a\n")
    place = local_file(path)
    with opened([place], Dialect()) as [file]:
        assert (file.place.name, file.place.identity) == (str(path), place.identity)
        path.write_bytes(b"x;g\n1,5;a\n2;b\n")
        with pytest.raises(FileRefused, match="it has changed since it was found"):
            file.place.check()


@pytest.mark.parametrize("block", [5, 1000])
@pytest.mark.parametrize(("row", "length"), [("1", 1), ("1;2;3", 3)])
def test_ragged_rows_are_left_to_the_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, row: str, length: int
) -> None:
    """Rows of another length reach the reader, which refuses them by number."""
    monkeypatch.setattr(rewriting, "BLOCK", block)
    cells, _ = read(f"x;g\n1,5;a\n{row}\n2,5;b\n".encode(), tmp_path, Dialect(separator=";"))
    assert [len(each) for each in cells] == [2, 2, length, 2]


@pytest.mark.parametrize("block", [1, 1000])
def test_blanks_before_quotes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Where blanks stand before quoted names, those before cells are none of their text, as for the endpoint."""
    monkeypatch.setattr(rewriting, "BLOCK", block)
    cells, _ = read(b'"x"; "g"\n1,5; "a;b"\n 2; c\n', tmp_path)
    assert cells == [["x", "g"], ["1.5", "a;b"], ["2", "c"]]


def test_a_mark_within_the_file_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte-order mark at the head of a later row, as of files that were joined, stays a part of its cell."""
    monkeypatch.setattr(rewriting, "BLOCK", 1)
    cells, _ = read("x;g\n1,5;a\n\ufeff2,5;b\n".encode(), tmp_path)
    assert cells[2] == ["\ufeff2,5", "b"]


def test_the_line_of_what_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken row is refused by its line, after blocks that were read as a whole and ones that were not."""
    monkeypatch.setattr(rewriting, "BLOCK", 30)
    rows = "1,5;a\n" * 20 + '2;"a\nb"\n\n' * 10 + "1;c\n" * 20
    with pytest.raises(FileRefused, match="in the row that begins on line 72"):
        read(f'x;g\n{rows}3;"d"e\n'.encode(), tmp_path)
