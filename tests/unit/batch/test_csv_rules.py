"""A whole file's names, blank rows, gaps and lines mean what they mean in the API's CSV, wherever blocks end."""

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phat.batch.csv import reader as csv_files
from phat.batch.csv.reader import CsvFile
from phat.batch.errors import RecordsRefused
from phat.batch.finding import find
from phat.batch.score_files import ScoreOptions, Summary, score_files
from phat.model.model import Model
from phat.storage.errors import FileRefused
from tests.unit.batch.policies import policies_model
from tests.unit.batch.rows import read_errors, read_lines
from tests.unit.batch.test_csv_files import check

SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    str,
    str.upper,
    lambda name: f" {name}\t",
    lambda name: f"{name[:1]}\u200b{name[1:]}\ufeff",
    lambda name: unicodedata.normalize("NFD", name),
    lambda name: f'"{name}"',
    lambda name: f' "{name}"',
    lambda name: f'"{name}\n"',
)
EXTRAS = ("id", "Id", "other", "", "", " ", '""', "z", "x5_sunday", "town_none", "größe", "x12")
CELLS = (
    "", "", "", " ", '""', '"\t "', "\x1c", "\u3000", "1", "0.5", "$5", "?", "nan", "none", "true", "monday", "Zürich",
    "Zu\u0308rich", "1.0", "2", "basic", "yes", "A", "a", "funday", '"a, ""b"""', ' "1"', '"1\n"', "\u200b",
)  # fmt: skip


def texts(names: Sequence[str]) -> st.SearchStrategy[str]:
    """CSVs of some of the names, in odd spellings, with blank cells, rows and lines."""
    spelt = st.lists(st.sampled_from(names), min_size=1, unique=True).flatmap(
        lambda some: st.tuples(*(st.sampled_from(SPELLINGS).map(lambda spell, name=name: spell(name)) for name in some))  # type: ignore[misc]
    )
    extras = st.lists(st.sampled_from(EXTRAS), max_size=3)
    headers = st.tuples(spelt, extras).flatmap(lambda both: st.permutations([*both[0], *both[1]]))
    return headers.flatmap(
        lambda header: st.tuples(
            st.sampled_from(["", "", "\ufeff", "\n \n"]),
            st.just(",".join(header)),
            st.lists(rows(len(header)), max_size=8),
            st.sampled_from(["\n", "\n", "\r\n", "\r"]),
            st.booleans(),
        )
    ).map(lambda parts: parts[0] + parts[3].join([parts[1], *parts[2]]) + parts[3] * parts[4])


def rows(width: int) -> st.SearchStrategy[str]:
    """Rows of so many cells, blank ones among them, and seldom of another length."""
    cells = st.lists(st.sampled_from(CELLS), min_size=width, max_size=width).map(",".join)
    blank = st.sampled_from(["," * (width - 1), "", " ", ", ," + "," * width])
    return st.one_of(cells, cells, cells, blank, blank, st.just("1,2,3"))


blocks = st.sampled_from([1, 15, 40, 1000])


@pytest.mark.slow
def test_any_names_and_gaps(model: Model) -> None:
    """Names in odd spellings, blank cells, rows and header cells, and lines give what the API gives."""

    @settings(deadline=None, max_examples=300)
    @given(texts(("x12", "x44", "x5", "x31")), blocks)
    @example('"x12", "x5"\n1, monday\n2," monday"\n 3, "friday"\n', 15)
    @example('"x12", "x5", other\n1, funday, a\n2, monday, b\n', 1000)
    @example("x12,x5,,\n1,monday,,\n,,,\n2,monday,,\n,,,", 1000)
    @example("id,x12\na,\n,\nb,1\n", 1000)
    @example('other,x12\n"\n",\n" ",$\n"",\n"a\n\nb",$\n,?\n', 1000)
    @example("x12,X12 ,other\n1,2,3\n", 1000)
    @example("x12,x5_sunday\n1,1\n", 1000)
    @example(" x5_SUNDAY,X5\n1,monday\n", 1000)
    @example("x12;x5\n1;monday\n", 1000)
    @example("x12,x5\n,\n\n", 1000)
    def run(text: str, block: int) -> None:
        check(model, text.encode(), block)

    run()


@pytest.mark.slow
@pytest.mark.parametrize("required", [False, True])
def test_any_gaps_of_any_policy(required: bool) -> None:
    """Whatever a field says of gaps, unknown levels, missing words and booleans, a file is scored as its records."""
    model = policies_model(required)
    names = [field.name for field in model.artifact.schema.fields]

    @settings(deadline=None, max_examples=150)
    @given(texts(names), blocks)
    @example("size,größe,need,must\n1,,nan,\n,,,\n1,?,5,3\n", 1000)
    def run(text: str, block: int) -> None:
        check(model, text.encode(), block)

    run()


def scored(model: Model, folder: Path, text: str, keep: Sequence[str] = ()) -> tuple[pl.DataFrame, Summary]:
    """Answers to a CSV, bad records left out, and what the run did."""
    source, output = folder / "in.csv", folder / "out.parquet"
    source.write_bytes(text.encode())
    summary = score_files(model, find([str(source)]), str(output), ScoreOptions(tuple(keep), on_error="skip"))
    return pl.read_parquet(output), summary


def test_blank_rows_stay_with_the_engine(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of commas, and records without values, are told apart without reading a block row by row."""
    monkeypatch.setattr(CsvFile, "careful", lambda *_: pytest.fail("read row by row"))
    text = 'id,x12,x5,note\na,1,monday,\n,,,\n"", ,\x1c,\x85\nb,,"",\n,,," \n"\n,,,c\nd,2,friday,\n'
    answers, summary = scored(model, tmp_path, text, ["id"])
    assert answers["id"].to_list() == ["a", "d"]
    assert (summary.rows, summary.scored, summary.rejected, summary.skipped) == (4, 2, 2, 3)
    listed = tmp_path / "out.parquet.errors.csv"
    assert [error[:3] for error in read_errors(listed)] == [(2, "", "no_values"), (3, "", "no_values")]
    assert read_lines(listed) == [(2, 5), (3, 8)]


@pytest.mark.parametrize("block", [1, 30, 1000])
def test_lines_go_on_from_block_to_block(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """An error's line is that of its record's first byte, after line breaks in cells, blank rows and ragged blanks."""
    monkeypatch.setattr(csv_files, "BLOCK", block)
    monkeypatch.setattr(csv_files, "_CAREFUL", 2)
    text = '\n"x12\n",note\n1,"a\nb"\n,\n$,"c\n\nd"\n\n2,e\n$,f\n,,,\n3,g\n$,"h"\n'
    scored(model, tmp_path, text)
    assert read_lines(tmp_path / "out.parquet.errors.csv") == [(2, 7), (4, 12), (6, 15)]


def test_the_message_names_row_and_line(model: Model, tmp_path: Path) -> None:
    """Where no bad record is allowed, the message says row and line of the first."""
    source = tmp_path / "in.csv"
    source.write_text("x12,x5\n1,monday\n,\n\n$,monday\n")
    with pytest.raises(RecordsRefused, match=r"row 2, line 5, x12: got '\$', expected a number"):
        score_files(model, find([str(source)]), str(tmp_path / "out.csv"), ScoreOptions())


@pytest.mark.parametrize("start", [0, 20])
def test_parts_without_a_beginning_know_no_lines(model: Model, tmp_path: Path, start: int) -> None:
    """The first part of a split file knows its lines; one that begins in the middle lists errors without."""
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("x12,x5\n" + "$,monday\n" * 5)
    [place] = find([str(source)])
    score_files(model, [place], str(output), ScoreOptions(on_error="skip", span=(start, 30)))
    expected = {0: [(1, 2), (2, 3), (3, 4)], 20: [(1, None)]}
    assert read_lines(tmp_path / "out.csv.errors.csv") == expected[start]
    source.write_text("x12,x5\n" + "1,monday\n" * 4 + "1\n")
    with pytest.raises(FileRefused, match=r"CSV row 3 has 1 cells, the header has 2"):
        score_files(model, find([str(source)]), str(output), ScoreOptions(on_error="skip", span=(20, place.size)))


def test_parts_may_be_empty(model: Model, tmp_path: Path) -> None:
    """A part in which no row begins, or only blank ones, is scored; a whole file without rows is refused."""
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("x12,x5\n1,monday\n,\n,\n")
    for start in (16, 19):
        summary = score_files(model, find([str(source)]), str(output), ScoreOptions(span=(start, 20)))
        assert summary.rows == 0
    for text in ("x12,x5", "x12,x5\n", "x12,x5\n,\n\n"):
        source.write_text(text)
        with pytest.raises(FileRefused, match=r"in\.csv: the CSV has no records below its header 'x12,x5'$"):
            score_files(model, find([str(source)]), str(output), ScoreOptions())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("X12,x\u200b12\n1,2\n", r"x12: got 'X12' and 'x\u200b12', expected one key for this field"),
        ("x12,x5_sunday\n1,1\n", "x5: got 'x5_sunday', expected the raw field x5, of which this model column is made"),
        ("x12;x5\n1;2\n", "the CSV header 'x12;x5' names none of the model's fields (x12, x44, x53, x56, x58, x62, "
         "x91, x5, ...); cells are separated by commas here, not by semicolons"),
        ('[{"x12": 1}]\n', "it looks like JSON: whole files are CSV or Parquet"),
        ("x12\tx5\n", "cells are separated by commas here, not by tabs"),
    ],
)  # fmt: skip
def test_headers_that_are_refused(model: Model, tmp_path: Path, text: str, told: str) -> None:
    """What is wrong with a header is one error of the file, however many rows it has."""
    with pytest.raises(FileRefused) as refused:
        scored(model, tmp_path, text + "1,2\n" * 10)
    assert told in str(refused.value)


def test_columns_are_kept_by_their_own_name_or_their_meaning(model: Model, tmp_path: Path) -> None:
    """A kept column is found by its exact name, else as the field or the id that it is, its cells as they were."""
    text = "X12,ID,Note\n1.50,007,a\n"
    answers, _ = scored(model, tmp_path, text, ["X12", "x12", "id", "Note"])
    assert answers.row(0)[:4] == ("1.50", "1.50", "007", "a")
    assert answers.columns[:4] == ["X12", "x12", "id", "Note"]
    assert scored(model, tmp_path, text, ["x12"])[0]["x12"].to_list() == ["1.50"]
    with pytest.raises(FileRefused, match="there is no column note to keep"):
        scored(model, tmp_path, text, ["note"])


def test_ids_that_are_not_kept_may_be_two(model: Model, tmp_path: Path) -> None:
    """Two columns that may be the id are foreign, unless the id is to be kept."""
    text = "Id,ID,x12\n1,2,3\n"
    assert scored(model, tmp_path, text)[1].scored == 1
    with pytest.raises(FileRefused, match="id: got 'Id' and 'ID', expected one key for this field"):
        scored(model, tmp_path, text, ["id"])


def test_absent_fields_are_reported(model: Model, tmp_path: Path) -> None:
    """A field without a column is reported with what it counts as, and with a column like it that was ignored."""
    names = [field.name for field in model.artifact.schema.fields if field.name not in {"x5", "x44"}]
    _, summary = scored(model, tmp_path, ",".join([*names, "x-44"]) + "\n" + "1," * len(names) + "1\n")
    assert [notice.removeprefix(str(tmp_path)) for notice in summary.notices] == [
        "/in.csv has no column x44: it counts as missing, as 0.500565; the column 'x-44' was ignored",
        "/in.csv has no column x5: it counts as missing, with all its columns 0",
    ]


def test_absent_fields_without_gaps_refuse_the_file(tmp_path: Path) -> None:
    """A file without a column that the model cannot do without is refused once, not once for each record."""
    told = r"in\.csv: no column need \(the column 'needs' was ignored\), must: the model was fitted without gaps there"
    with pytest.raises(FileRefused, match=told):
        scored(policies_model(required=True), tmp_path, "flag,needs\ntrue,1\n")
