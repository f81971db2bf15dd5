"""What kinds raw columns are of, told by all their values and their name, and what is reported of it."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from phat.model.model import Model
from phat.preprocessing.schema import CategoryField
from phat.training.config import Config
from phat.training.data import Table
from phat.training.dates import with_dates
from phat.training.errors import DataError
from phat.training.fit import fit
from phat.training.infer import infer_config
from phat.training.naming import names_rows
from tests.unit.training.tables import table

ROWS = 600
RANDOM = np.random.default_rng(8)


def kind(name: str, cells: list[str] | pl.Series) -> tuple[str | None, str]:
    """The kind of a column of this name, None if it is left out, and what is reported of it."""
    column = cells if isinstance(cells, pl.Series) else pl.Series(cells, dtype=pl.String)
    frame = table(len(column)).frame.with_columns(column.alias(name))
    config, notices = infer_config(Table(frame), "y")
    kinds: dict[str, str | None] = {field.name: field.kind for field in config.fields}
    return kinds.get(name), "; ".join(text for text in notices if name in text)


def shuffled(start: int, step: int = 1) -> list[str]:
    """Different whole numbers in no order."""
    return [str(start + step * number) for number in RANDOM.permutation(ROWS)]


@pytest.mark.parametrize(
    ("name", "cells", "expected", "reported"),
    [
        ("n", [str(number) for number in range(7, 7 + ROWS)], None, "it numbers the rows"),
        ("n", [f"{number}.0" for number in range(ROWS, 0, -1)], None, "it numbers the rows"),
        ("PassengerId", shuffled(1000), None, "by its name it tells rows apart"),
        ("loan.id", shuffled(1000, 7), None, "by its name it tells rows apart"),
        ("key", [f"k{number}" for number in shuffled(0)], None, "by its name it tells rows apart"),
        ("paid", shuffled(1000), "number", "no whole number stands twice in paid: taken for a number"),
        ("weight", [f"{number}.5" for number in shuffled(0)], "number", ""),
        ("name", [f"Ms {number}" for number in shuffled(0)], None, "its texts are nearly all different: 600 in 600"),
        ("code", [f"{int(number) % 7:03d}" for number in shuffled(0)], "category", "codes such as 000, whose first 0"),
        ("zip", [f"{int(number):05d}" for number in shuffled(0)], None, "codes such as 00000, whose first 0"),
        ("grade", [str(int(number) % 4) for number in shuffled(0)], "number", "few different whole numbers stand in"),
        ("flag", [str(int(number) % 2) for number in shuffled(0)], "number", ""),
        ("day", [f"2024-{1 + int(number) % 12:02d}-05" for number in shuffled(0)], None, "it holds dates (2024-01-05)"),
        ("month", [f"2024-{1 + int(number) % 12:02d}" for number in shuffled(0)], None, "it holds dates (2024-01)"),
        ("at", [f"2024-01-05 {int(number) % 24:02d}:30:00" for number in shuffled(0)], None, "it holds dates"),
        ("us", [f"{1 + int(number) % 12}/5/2024" for number in shuffled(0)], None, "it holds dates (1/5/2024)"),
        ("late", ["1"] * 500 + ["high"] * 100, "category", ""),
    ],
)
def test_kinds(name: str, cells: list[str], expected: str | None, reported: str) -> None:
    """Each kind of column becomes a number, a category or is left out, and what may be wrong is reported."""
    assert kind(name, cells)[0] == expected
    assert reported in kind(name, cells)[1]
    assert bool(reported) == bool(kind(name, cells)[1])


@pytest.mark.parametrize(
    "name", ["id", "ID", "customer_id", "CustomerID", "row.names", "rownames", "index", "caseno", "X.number"]
)
def test_names_of_rows(name: str) -> None:
    """Names that people give to columns that tell rows apart."""
    assert names_rows(name)


@pytest.mark.parametrize("name", ["paid", "humidity", "numbers_sold", "idea", "x", "keyboard", "indexed"])
def test_other_names(name: str) -> None:
    """Names that only look like these."""
    assert not names_rows(name)


def test_typed_columns() -> None:
    """Values of a Parquet file have the kinds of the same values in a CSV: booleans are levels, floats numbers."""
    assert kind("flag", pl.Series([True, False, None] * 200))[0] == "category"
    assert kind("size", pl.Series([1.5, float("nan"), 2.0] * 200))[0] == "number"
    assert kind("day", pl.Series([date(2024, 1, 5)] * 600))[0] is None
    assert "it holds List(Int64)" in kind("list", pl.Series([[1, 2]] * 600))[1]
    assert kind("gap", pl.Series([None] * 600))[0] is None


def test_most_frequent_level_is_the_reference() -> None:
    """The other levels are compared with the most frequent one."""
    config, _ = infer_config(table(plan=["a"] * 100 + ["b"] * 350 + ["c"] * 150), "y")
    assert {field.name: field.reference for field in config.fields}["plan"] == "b"


def test_rare_levels_of_very_many_are_folded() -> None:
    """Beyond 100 levels the rarest count as one, in the fit as when served, as does a level of none of the data."""
    rows = 6_000
    codes = RANDOM.zipf(1.3, rows) % 3_000
    cells = [f"c{code}" for code in codes.tolist()]
    data = table(rows, code=cells)
    config, notices = infer_config(data, "y")
    assert any("rare levels" in text and "count as one, other" in text for text in notices)
    model = Model.from_bytes(fit(data, config, before=notices).artifact.to_bytes())
    [field] = [field for field in model.artifact.schema.fields if field.name == "code"]
    assert isinstance(field, CategoryField)
    assert "other" in field.levels
    assert len(field.levels) <= 100
    rest: dict[str, Any] = {"age": 50, "debt": 0, "region": "west"}
    rare = next(cell for cell in cells if cell not in field.levels)
    answers = [model.predictor.predict_one({**rest, "code": code}).answer for code in (rare, "never seen", "other")]
    assert answers[0] == answers[1] == answers[2]


def test_derived_dates() -> None:
    """The year, month and days of a column of dates are fields of whole numbers; clients are told what to send."""
    days = [f"20{20 + row % 5}-{1 + row % 12:02d}-{1 + row % 28:02d}" for row in range(ROWS)]
    days[3] = "NA"
    data = with_dates(table(signup=days), ("signup",))
    config, notices = infer_config(data, "y", dates=("signup",))
    assert [field.name for field in config.fields][-3:] == ["signup_year", "signup_month", "signup_days"]
    assert "clients send, of signup 2020-01-01: signup_year 2020, signup_month 1, signup_days 18262" in notices[0]
    assert data.columns["signup_days"][3] == ""
    written = fit(data, config).config
    assert 'derive = ["signup"]' in written


@pytest.mark.parametrize("cell", ["2024-13-01", "5 March", "2024-02-30"])
def test_dates_that_are_none(cell: str) -> None:
    """A cell that is no date is refused with its row, and a name that is taken by name."""
    with pytest.raises(DataError, match="the first in row 2: got"):
        with_dates(Table.of({"d": ["2024-01-01", cell]}), ("d",))
    with pytest.raises(DataError, match="column d_year of the data has the name"):
        with_dates(Table.of({"d": ["2024-01-01"], "d_year": ["1"]}), ("d",))


def test_same_configuration_makes_the_same_fit(tmp_path: Path) -> None:
    """The written configuration, with what was folded and left out, makes the same model of the same data."""
    region = list(table().columns["region"])
    region[:9] = [f"rare{row}" for row in range(9)]
    data = table(region=region, date=["2024-01-01"] * ROWS, n=[str(row) for row in range(ROWS)])
    config, notices = infer_config(data, "y")
    first = fit(data, config, before=notices)
    path = tmp_path / "model.toml"
    path.write_text(first.config, encoding="utf-8")
    again = fit(data, Config.from_toml(path))
    assert again.artifact.coefficients == first.artifact.coefficients
    assert again.artifact.schema == first.artifact.schema
    assert again.config == first.config
