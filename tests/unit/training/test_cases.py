"""Small tables that once went wrong, fitted as they are: what is right for each."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phat.model.model import Model
from phat.preprocessing.schema import CategoryField
from phat.training.config import Config, FieldConfig
from phat.training.data import Table, read_table
from phat.training.errors import DataError, TrainingError
from phat.training.fit import Fit, fit
from phat.training.infer import infer_config
from tests.gateway import ROOT

TABLES = ROOT / "tests" / "cases" / "tables"


def inferred(name: str) -> tuple[Table, Config, list[str]]:
    """A table, the configuration that is inferred from it, and the notices of that."""
    table = read_table(TABLES / name)
    return (table, *infer_config(table, "y"))


def fitted(name: str) -> tuple[Table, Fit, Model]:
    """A table, its fit without a configuration, and the model as it is served."""
    table, config, notices = inferred(name)
    found = fit(table, config, before=notices)
    return table, found, Model.from_bytes(found.artifact.to_bytes())


def phat(model: Model, table: Table) -> np.ndarray[Any, Any]:
    """The served answer to each row."""
    rows = zip(*table.columns.values(), strict=True)
    return np.array([model.predictor.predict_one(dict(zip(table.columns, row, strict=True))).answer for row in rows])


@pytest.mark.parametrize("path", sorted(TABLES.glob("*.csv")), ids=lambda path: path.stem)
def test_no_table_ends_in_a_traceback(path: Path) -> None:
    """Whatever the table, it is fitted or refused in words."""
    with suppress(TrainingError):
        fitted(path.name)


def test_rare_events() -> None:
    """With 7 % events the mean of phat is their rate, and effects have the signs of the truth."""
    table, _, model = fitted("imb5.csv")
    rate = np.mean([text == "1" for text in table.columns["y"]])
    assert phat(model, table).mean() == pytest.approx(rate, abs=1e-9)
    coefficients = model.artifact.coefficients
    scale = model.artifact.terms.divide(model.artifact.schema)[0]["x"].scale
    assert coefficients["x"] / scale == pytest.approx(1.0, abs=0.2)
    assert coefficients["g_b"] == pytest.approx(0.7, abs=0.3)


def test_na_is_a_region() -> None:
    """A level spelt NA is a level with a coefficient of its own: its mean prediction is its event rate."""
    table, found, model = fitted("bug_na_region.csv")
    is_na = np.array([text == "NA" for text in table.columns["region"]])
    events = np.array([text == "1" for text in table.columns["y"]])
    assert "region_NA" in model.artifact.columns
    assert phat(model, table)[is_na].mean() == pytest.approx(events[is_na].mean(), abs=1e-9)
    assert any("NA is a level, as it makes 383 of 1200 values (31.9 %)" in text for text in found.notices)


def test_none_is_a_level() -> None:
    """`None` in a third of the rows is a level and not a gap, so that it is not the reference."""
    _, found, model = fitted("none_level.csv")
    field = next(field for field in model.artifact.schema.fields if field.name == "g")
    assert isinstance(field, CategoryField)
    assert "None" in field.levels
    assert field.gap == "error"
    answers = {level: model.predictor.predict_one({"x": 0, "g": level}).answer for level in field.levels}
    assert len(set(answers.values())) == len(field.levels)
    assert any("None is a level, as it makes 136 of 400 values (34.0 %)" in text for text in found.notices)


def test_unnamed_first_column() -> None:
    """What `to_csv` writes without a name is left out, with a notice that is kept in the model."""
    _, _, model = fitted("index.csv")
    assert {field.name for field in model.artifact.schema.fields} == {"x", "g"}
    assert "column 1 has no name and is left out" in model.artifact.provenance.notices


def test_question_marks() -> None:
    """A word that is no number is named with the line that makes it a missing value, and with that line it is one."""
    table, config, _ = inferred("question.csv")
    with pytest.raises(DataError, match=r"16 of 400 values cannot be read(.|\n)*missing = \[\"\?\"\]"):
        fit(table, config)
    x, *others = config.fields
    found = fit(table, replace(config, fields=(replace(x, missing=("?",)), *others)))
    assert any("field x: 16 of 400 values (4.0 %) are missing (? 16) and count as" in text for text in found.notices)


@pytest.mark.parametrize(("record", "same"), [({"flag": True}, "True"), ({"flag": False}, "False")])
def test_booleans(record: dict[str, object], same: str) -> None:
    """JSON's booleans are the levels True and False of a column that pandas wrote."""
    _, _, model = fitted("boolfeat.csv")
    rest = {"x": 0.5, "g": "a"}
    assert model.predictor.predict_one(rest | record) == model.predictor.predict_one(rest | {"flag": same})


def test_codes_with_a_gap() -> None:
    """Codes that pandas reads as 1.0 because of a gap are those of the file, as numbers and as levels."""
    table, config, _ = inferred("codes_na.csv")
    as_levels = Config(target="y", fields=(FieldConfig("x", "number"), FieldConfig("g", "category")))
    for each in (config, as_levels):
        model = Model.from_bytes(fit(table, each).artifact.to_bytes())
        answers = [model.predictor.predict_one({"x": 0.5, "g": value}).answer for value in (1, 1.0, "1", 2.0)]
        assert answers[0] == answers[1] == answers[2] != answers[3]


@pytest.mark.parametrize(
    ("name", "column", "reason"),
    [
        ("idnum_sorted.csv", "rownames", "it numbers the rows"),
        ("zip.csv", "zip", "whose first 0 tells that they are no numbers, are nearly all different: 393 in 400 rows"),
        ("months.csv", "month", "it holds dates (2024-01-01)"),
        ("dates.csv", "date", "it holds dates (2024-01-01)"),
    ],
)
def test_columns_that_are_no_fields(name: str, column: str, reason: str) -> None:
    """Numbers of rows, dates and codes that are nearly all different are left out, reported; new ones are no error."""
    _, _, model = fitted(name)
    assert {field.name for field in model.artifact.schema.fields} == {"x", "g"}
    notices = model.artifact.provenance.notices
    assert any(text.startswith(f"column {column} is left out: ") and reason in text for text in notices)
    assert model.predictor.predict_one({column: "2031-07-01", "x": 0.5, "g": "a"}).answer > 0


def test_one_hot_columns() -> None:
    """Of 0/1 columns that add up to 1 one is left out, reported; the constant is not blamed, and stays."""
    _, found, model = fitted("onehot.csv")
    assert "column g_c is left out: it is a linear combination of g_a, g_b" in found.notices
    assert model.artifact.columns[-1] == "const"


def test_many_states() -> None:
    """51 levels are a category."""
    _, _, model = fitted("bug_51_states.csv")
    field = next(field for field in model.artifact.schema.fields if field.name == "state")
    assert isinstance(field, CategoryField)
    assert len(field.levels) == 51


def test_target_words() -> None:
    """Yes is the event, reported; of 1 and 2 neither is until somebody says so."""
    _, found, model = fitted("yes.csv")
    assert any("Yes is the event, in 223 of 400 rows (55.8 %); No is not" in text for text in found.notices)
    assert model.artifact.provenance.target == {"column": "y", "event": "Yes"}
    with pytest.raises(DataError, match=r"values 1 and 2, and it is not known which is the event.*--event 2"):
        fitted("target12.csv")
