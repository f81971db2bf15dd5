"""Any bytes that call themselves CSV are read as the API reads them, or refused as it does, however blocks fall."""

import re
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.batch import csv_files
from model.batch.csv_files import CsvFile
from model.batch.errors import FileRefused
from model.batch.finding import find
from model.batch.run import Wanted, score
from model.loaded import Model
from tests.unit.model.batch.rows import assert_same, read_errors, read_records, score_rows

HEADER = "id,x12,x5,other"

cells = st.one_of(
    st.sampled_from(["", "1", "0.5", " 7", "$6,882.34 ", "($5.00)", "monday", "Monday ", "nan", "12,34", "5\x00"]),
    st.text(alphabet='a1,"\n\r \u00e9\u2028', max_size=6),
)


def quoted(cell: str) -> str:
    """A cell as RFC 4180 quotes it."""
    escaped = cell.replace('"', '""')
    return f'"{escaped}"'


spelt = st.one_of(
    cells.map(lambda cell: quoted(cell) if set(cell) & set(',"\r\n') else cell),
    cells.map(quoted),
    cells,  # whatever is in it, as it is
)
rows = st.one_of(
    st.lists(spelt, min_size=4, max_size=4).map(",".join),
    st.lists(st.sampled_from(["", "1", '"2"', "monday"]), min_size=4, max_size=4).map(",".join),
    st.lists(spelt, max_size=6).map(",".join),
)
tables = st.tuples(
    st.sampled_from(["", "\ufeff", "\n"]),
    st.sampled_from([HEADER, '"id", x12 ,x5,other', "x12", "x12,x12", ""]),
    st.lists(rows, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
).map(lambda parts: parts[0] + parts[3].join([parts[1], *parts[2]]) + (parts[3] if parts[4] else ""))
regular = st.tuples(
    st.lists(st.lists(cells.map(lambda cell: cell if cell.isalnum() else quoted(cell)), min_size=4, max_size=4)),
    st.sampled_from(["\n", "\r\n"]),
).map(lambda parts: parts[1].join([HEADER, *(",".join(row) for row in parts[0])]))


def check(model: Model, data: bytes, block: int) -> None:
    """The column path's answers, errors and refusals are the row path's."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_files, "BLOCK", block)
        folder = Path(name)
        source = folder / "in.csv"
        source.write_bytes(data)
        output = folder / "out.parquet"
        try:
            records = read_records(source)
        except ValueError as wrong:
            expected = "not UTF-8" if isinstance(wrong, UnicodeDecodeError) else re.escape(str(wrong))
            with pytest.raises(FileRefused, match=expected):
                score(model, find([str(source)]), str(output), Wanted(on_error="skip"))
            assert sorted(path.name for path in folder.iterdir()) == ["in.csv"]
            return
        kept = ("id", "other") if records and "id" in records[0] else ()
        summary = score(model, find([str(source)]), str(output), Wanted(kept, on_error="skip"))
        answers = pl.read_parquet(output)
        errors = read_errors(folder / "out.parquet.errors.csv")
        expected_answers = score_rows(model, records)
        assert_same(answers, errors, expected_answers)
        assert summary.rows == len(records) == summary.scored + summary.rejected
        bad = {row for row, *_ in errors}
        for column in kept:
            wanted = [record[column] or None for row, record in enumerate(records, 1) if row not in bad]
            assert answers[column].to_list() == wanted


def test_any_csv(model: Model) -> None:
    """Arbitrary texts, right and wrong, give what the API gives."""

    @settings(deadline=None, max_examples=300)
    @given(tables, st.sampled_from([1, 20, 60, 1000]))
    @example("x12,x5\n1,monday\n2\r,monday\n", 1000)
    @example('x12,x5\n1,a"b\n2,c"d\n', 1000)
    @example("x12,x5\n1,monday,\n2,monday\n", 1000)
    @example("x12,x5\n1,monday\n2\n3,monday\n", 1000)
    @example("x12,x5\n1,\n,\n3,monday,\n2\n", 1000)
    @example("x12,other,x5\n1,a,monday\n2,a\n3,a,monday,\n", 1000)
    @example("x12,other,x5\n$1,a,monday\n2,a\n3,a,monday,\n", 1000)
    @example('x12,x5\n1,"a\n2,monday\n', 10)
    @example("x12,x5\n\n1,monday\n \n2,monday\n\n", 10)
    @example("x12,x5\r1,monday\r2,friday\r", 1000)
    @example("\n\rx12,x5\r\n1,monday\n", 1000)
    def run(text: str, block: int) -> None:
        check(model, text.encode(), block)

    run()


def test_well_quoted_csv(model: Model) -> None:
    """Line breaks, commas and quotes within quotes are read right, wherever a block ends."""

    @settings(deadline=None, max_examples=200)
    @given(regular, st.sampled_from([1, 20, 60, 1000]))
    def run(text: str, block: int) -> None:
        check(model, text.encode(), block)

    run()


def test_arbitrary_bytes(model: Model) -> None:
    """Bytes that are no UTF-8 are refused, whichever column they stand in."""

    @settings(deadline=None)
    @given(st.binary(max_size=40))
    @example(b"\xff")
    def run(tail: bytes) -> None:
        check(model, b"id,x12,x5,other\n1,2,monday,3\n4,5,," + tail + b"\n", 1000)

    run()


@pytest.mark.parametrize("size", [1, 7, 100])
def test_spans_meet(model: Model, tmp_path: Path, size: int) -> None:
    """Spans that cover a file score each of its rows once."""
    lines = [f"{row},{row / 7},monday,x" for row in range(60)]
    source = tmp_path / "in.csv"
    source.write_text("\n".join([HEADER, *lines]))
    [place] = find([str(source)])
    found: list[str] = []
    for start in range(0, place.size, size):
        file = CsvFile(place, {"id", "x12"}, span=(start, start + size))
        found += [name for block in file.blocks() for name in block.table()["id"]]
    assert found == [str(row) for row in range(60)]


def test_spans_refuse_line_breaks_in_cells(tmp_path: Path) -> None:
    """From the middle of a file nobody can tell rows from line breaks in cells, so they are refused."""
    source = tmp_path / "in.csv"
    source.write_text(HEADER + '\n1,2,monday,"a\nb"\n')
    [place] = find([str(source)])
    [block] = CsvFile(place, {"x12"}, span=(0, place.size)).blocks()
    with pytest.raises(FileRefused, match="cannot be split"):
        block.table()


def test_compressed_files_are_refused(tmp_path: Path) -> None:
    """A gzipped CSV is refused by name of the trouble."""
    source = tmp_path / "in.csv.gz"
    source.write_bytes(b"\x1f\x8b\x08\x00")
    with pytest.raises(FileRefused, match="compressed"):
        CsvFile(find([str(source)])[0], {"x12"})


def test_regular_blocks_are_the_engines(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is as RFC 4180 says is split by the engine, gaps in the last column and quoted cells included."""
    source = tmp_path / "in.csv"
    source.write_text(HEADER + '\n1,"$1,234.50 ",monday,\n2,3,friday,"a, ""b"" c"\n3,4,"",\n')

    def slow(*_: Any) -> Any:
        raise AssertionError("read row by row")

    monkeypatch.setattr(CsvFile, "careful", slow)
    summary = score(model, find([str(source)]), str(tmp_path / "out.csv"), Wanted(("id",)))
    assert summary.scored == 3
