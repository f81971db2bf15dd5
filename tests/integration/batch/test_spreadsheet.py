"""Cells of whole files: kept exactly, or made harmless for a spreadsheet."""

import csv
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from phat.model.answer import Binary, Labels
from phat.model.model import Model
from phat.preprocessing.spreadsheet import harmless
from tests.commands import failure, run

CELLS = [
    "=cmd()",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "-5",
    "-1e-05",
    "-$5.00 ",
    " a ",
    'a,"b"',
    "'=1",
    "a\nb",
    "\uff1d1",
    "01",
    "",
]


@pytest.fixture
def artifact(model: Model, tmp_path: Path) -> Path:
    """The reference model with labels that a spreadsheet would run."""
    path = tmp_path / "model.json"
    path.write_bytes(replace(model.artifact, answer=Binary(0.5, Labels("=event()", "-other"))).to_bytes())
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Records with such cells in columns of such names, one of them of numbers; the last record is bad."""
    path = tmp_path / "in.csv"
    with path.open("w", newline="") as file:
        rows = [[cell, cell, "-0.5", "monday"] for cell in CELLS]
        csv.writer(file).writerows([["id", "=id", "x12", "x5"], *rows, ["=bad", "=bad", "-1", "=funday"]])
    return path


def read(path: Path) -> list[list[str]]:
    """All cells of a CSV."""
    with path.open(newline="") as file:
        return list(csv.reader(file))


def score(artifact: Path, source: Path, output: Path, *words: str) -> list[list[str]]:
    """The cells of the answers with three columns kept, bad records left out."""
    options = ("--keep", "id,=id,x12", "--on-error", "skip", *words)
    run("score", source, "-o", output, "--model", artifact, *options)
    return read(output)


def test_cells_are_kept_exactly(artifact: Path, source: Path, tmp_path: Path) -> None:
    """Without the option each kept cell, name and label is as it was, so that keys join."""
    header, *rows = score(artifact, source, tmp_path / "out.csv")
    assert header[:3] == ["id", "=id", "x12"]
    assert [row[:3] for row in rows] == [[cell, cell, "-0.5"] for cell in CELLS]
    assert {row[3] for row in rows} <= {"=event()", "-other"}


def test_a_spreadsheet_runs_nothing(artifact: Path, source: Path, tmp_path: Path) -> None:
    """With --spreadsheet kept text, names and labels get an apostrophe where they would run; numbers never do."""
    exact = score(artifact, source, tmp_path / "exact.csv")
    shown = score(artifact, source, tmp_path / "shown.csv", "--spreadsheet")
    assert shown == [[harmless(cell) for cell in row] for row in exact]
    assert shown[0][1] == "'=id"
    assert [row[2] for row in shown[1:]] == ["-0.5"] * len(CELLS)
    assert {row[3] for row in shown[1:]} <= {"'=event()", "'-other"}
    assert "'=cmd()" in {row[0] for row in shown}


def test_typed_columns(artifact: Path, tmp_path: Path) -> None:
    """Numbers, dates and text in categories from Parquet are numbers, dates and harmless text in a CSV."""
    source = tmp_path / "in.parquet"
    table = pl.DataFrame({"id": ["=1"], "=id": ["-1"], "x12": [-0.5], "day": ["=x"], "amount": [-1e-7], "count": [-3]})
    table = table.with_columns(pl.col("day").cast(pl.Categorical), pl.col("id").cast(pl.Enum(["=1"])))
    table.write_parquet(source)
    run("score", source, "-o", tmp_path / "out.csv", "--model", artifact, "--spreadsheet",
        "--keep", "id,day,amount,count,=id")  # fmt: skip
    header, row = read(tmp_path / "out.csv")
    assert header[:5] == ["id", "day", "amount", "count", "'=id"]
    assert (row[:2], float(row[2]), row[3], row[4]) == (["'=1", "'=x"], -1e-7, "-3", "-1")


def test_the_list_of_errors(artifact: Path, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --spreadsheet nothing runs in the list of errors either, not even the name of a file."""
    monkeypatch.chdir(tmp_path)
    source.rename("=in.csv")
    Path("more.csv").write_text("x12\n1\n")
    for words, name in (((), "=in.csv"), (("--spreadsheet",), "'=in.csv")):
        options = ("--model", artifact, "--on-error", "skip", *words)
        run("score", "=in.csv", "more.csv", "-o", "out.csv", *options)
        assert [row[:4] for row in read(tmp_path / "out.csv.errors.csv")[1:]] == [[name, "15", "18", "x5"]]


def test_a_parquet_file_is_none(artifact: Path, source: Path, tmp_path: Path) -> None:
    """--spreadsheet is refused for Parquet, which no spreadsheet runs."""
    words = ("score", source, "-o", tmp_path / "out.parquet", "--model", artifact, "--spreadsheet")
    assert "expected a .csv" in failure(*words)
    assert not (tmp_path / "out.parquet").exists()


def test_two_names_that_become_one(artifact: Path, tmp_path: Path) -> None:
    """Columns whose names differ only by the apostrophe are refused rather than confused."""
    source = tmp_path / "in.csv"
    source.write_text("x12,=a,'=a\n1,2,3\n")
    words = ("score", source, "-o", tmp_path / "out.csv", "--model", artifact, "--keep", "=a,'=a")
    run(*words)
    assert "got '=a 2 times" in failure(*words, "--spreadsheet")
