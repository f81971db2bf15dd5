"""A Parquet file's columns are named, and its gaps mean, what they do in JSON; it has no lines and no blank rows."""

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.batch import parquet as parquet_files
from phat.batch.finding import find
from phat.batch.s3.file_spans import split_file
from phat.batch.score_files import ScoreOptions, Summary, score_files
from phat.model.model import Model
from phat.storage.errors import FileRefused
from tests.conftest import REFERENCE
from tests.unit.batch.policies import policies_model
from tests.unit.batch.rows import assert_same, read_errors, read_lines, score_rows

TEXTS = st.sampled_from([None, "", " ", "nan", "?", "1", "1.0", "$5", "none", "Zürich", "7", "yes", "A", "other", "z"])
CELLS: dict[Any, st.SearchStrategy[Any]] = {
    pl.String: TEXTS,
    pl.Categorical: TEXTS,
    pl.Float64: st.sampled_from([None, float("nan"), 1.0, 7.0, 0.5, -0.0, float("inf")]),
    pl.Int64: st.sampled_from([None, 1, 2, 7]),
    pl.Boolean: st.sampled_from([None, True, False]),
    pl.Null: st.none(),
}


def scored(model: Model, folder: Path, table: pl.DataFrame, wanted: ScoreOptions) -> tuple[pl.DataFrame, Summary]:
    """Answers to a table, and what the run did."""
    table.write_parquet(folder / "in.parquet")
    output = folder / "out.parquet"
    summary = score_files(model, find([str(folder / "in.parquet")]), str(output), wanted)
    return pl.read_parquet(output), summary


def tables(model: Model) -> st.SearchStrategy[pl.DataFrame]:
    """Tables with columns of any types, some of them the model's fields in odd spellings."""
    names = [field.name for field in model.artifact.schema.fields]
    columns = st.lists(
        st.tuples(st.sampled_from(names), st.sampled_from([*CELLS])), min_size=1, unique_by=lambda c: c[0]
    )
    spellings = st.sampled_from([str, str, str.title, "\ufeff{} ".format])

    def filled(chosen: list[tuple[str, Any]]) -> st.SearchStrategy[pl.DataFrame]:
        row = st.tuples(*(CELLS[dtype] for _, dtype in chosen))
        spelt = st.tuples(*(spellings.map(lambda spell, name=name: spell(name)) for name, _ in chosen))  # type: ignore[misc]
        return st.tuples(spelt, st.lists(row, max_size=7)).map(
            lambda both: pl.DataFrame(
                {
                    name: pl.Series([row[place] for row in both[1]], dtype=dtype)
                    for place, (name, (_, dtype)) in enumerate(zip(both[0], chosen, strict=True))
                }
            )
        )

    return columns.flatmap(filled)


@pytest.mark.slow
def test_any_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever types the columns have and however they are spelt, records are answered as JSON is."""
    model = policies_model(required=False)
    monkeypatch.setattr(parquet_files, "_ROWS", 2)

    @settings(deadline=None, max_examples=200)
    @given(tables(model))
    def run(table: pl.DataFrame) -> None:
        with tempfile.TemporaryDirectory() as name:
            answers, summary = scored(model, Path(name), table, ScoreOptions(on_error="skip"))
            errors = read_errors(Path(name) / "out.parquet.errors.csv")
            assert_same(model, answers, errors, score_rows(model, table.iter_rows(named=True)))
            assert (summary.rows, summary.skipped) == (table.height, 0)

    run()


def test_rows_without_values(model: Model, tmp_path: Path) -> None:
    """A record of nothing but nulls is an error, whether another column has a value or not; it has no line."""
    table = pl.DataFrame({"x12": [1.0, None, None], "id": ["a", "b", None]})
    answers, summary = scored(model, tmp_path, table, ScoreOptions(("id",), on_error="skip"))
    assert answers["id"].to_list() == ["a"]
    assert (summary.rows, summary.rejected, summary.skipped) == (3, 2, 0)
    listed = tmp_path / "out.parquet.errors.csv"
    assert [error[:3] for error in read_errors(listed)] == [(2, "", "no_values"), (3, "", "no_values")]
    assert read_lines(listed) == [(2, None), (3, None)]


def test_columns_by_their_meaning(model: Model, tmp_path: Path) -> None:
    """A kept column is found by its own name or as the field that it is, with its type; what is absent is reported."""
    table = pl.DataFrame({"X12 ": [1], "Id": [7], "x5": ["monday"]})
    answers, summary = scored(model, tmp_path, table, ScoreOptions(("X12 ", "id", "x12")))
    assert answers.rows()[0][:3] == (1, 7, 1)
    assert len(summary.notices) == len(model.artifact.schema.fields) - 2


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["a;b", "c"], r"its columns 'a;b,c' name none of the model's fields \(x12, .*, \.\.\.\)$"),
        (["X12", " x12"], "x12: got 'X12' and ' x12', expected one key for this field"),
        (["x12", "x5_sunday"], "x5: got 'x5_sunday', expected the raw field x5"),
    ],
)
def test_columns_that_are_refused(model: Model, tmp_path: Path, columns: list[str], told: str) -> None:
    """What is wrong with the columns' names is one error of the file."""
    table = pl.DataFrame({name: ["1", "1"] for name in columns})
    with pytest.raises(FileRefused, match=told):
        scored(model, tmp_path, table, ScoreOptions(on_error="skip"))


def test_a_table_may_be_empty(model: Model, tmp_path: Path) -> None:
    """A table without rows is a table: it has answers without rows, whole and as a part."""
    table = pl.DataFrame({"x12": pl.Series([], dtype=pl.Float64)})
    assert scored(model, tmp_path, table, ScoreOptions())[0].height == 0
    table = pl.DataFrame({"x12": [1.0, 2.0, 3.0]})
    scored(model, tmp_path, table, ScoreOptions())
    [place] = find([str(tmp_path / "in.parquet")])
    spans = split_file(place, place.size // 3)
    heights = [scored(model, tmp_path, table, ScoreOptions(span=span))[0].height for span in spans]
    assert sum(heights) == table.height
    assert len(spans) > 2


def test_a_file_on_which_the_engine_panics(model: Model, tmp_path: Path) -> None:
    """A file with a flipped byte, on which the engine panics, is refused by name as other broken ones are."""
    file = REFERENCE.parents[1] / "tests" / "cases" / "panic.parquet"
    with pytest.raises(FileRefused, match=r"panic\.parquet: broken after row 0: "):
        score_files(model, find([str(file)]), str(tmp_path / "out.csv"), ScoreOptions())
