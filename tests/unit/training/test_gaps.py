"""Missing values: which words mean one, what they count as, and what is said of it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from phat.model.model import Model
from phat.preprocessing.schema import CategoryField, Field
from phat.training.config import FieldConfig
from phat.training.errors import ConfigError, DataError
from phat.training.fit import Fit, fit
from phat.training.levels import read_levels
from tests.unit.training.tables import CONFIG, FIELDS, table

ROWS = 600
REGION = FIELDS[2]


def regions(every: int, text: str = "") -> Sequence[str]:
    """The regions of the table, every so many of them replaced."""
    return [text if row % every == 0 else cell for row, cell in enumerate(table().columns["region"])]


def fitted(field: FieldConfig = REGION, **replaced: Any) -> tuple[Fit, Model, Field]:
    """A fit with another configuration of the region, the model as it is served, and the region as its field."""
    found = fit(table(**replaced), replace(CONFIG, fields=(*FIELDS[:2], field)))
    [region] = [each for each in found.artifact.schema.fields if each.name == "region"]
    return found, Model.from_bytes(found.artifact.to_bytes()), region


def answer(model: Model, region: object) -> float:
    """What is served to somebody of this region."""
    return model.predictor.predict_one({"age": 40, "debt": 0, "region": region}).answer


@pytest.mark.parametrize("word", ["none", "None", "NA", "N/A"])
def test_common_words_are_levels(word: str) -> None:
    """`none`, `na` and `n/a` are levels where they make more than 1 % of the values, and gaps where they make less."""
    assert read_levels(pl.Series([word] * 2 + ["a"] * 98)).counts == {"a": 98, word: 2}
    assert read_levels(pl.Series([word] + ["a"] * 99)).counts == {"a": 99}


@pytest.mark.parametrize("word", ["nan", "NULL", "", "  "])
def test_common_gaps_are_gaps(word: str) -> None:
    """`nan`, `null` and blank text are gaps however many there are."""
    assert read_levels(pl.Series([word] * 50 + ["a"] * 50)).counts == {"a": 50}


def test_configured_words_overrule() -> None:
    """The configured words replace the usual ones, for common levels and for gaps alike."""
    cells = ["None"] * 50 + ["nan"] * 20 + ["?"] * 20 + ["a"] * 10
    assert read_levels(pl.Series(cells), ("none", "NaN")).counts == {"?": 20, "a": 10}
    assert read_levels(pl.Series(cells), ("?",)).counts == {"a": 10, "nan": 20, "None": 50}


def test_spellings_of_one_level() -> None:
    """Spellings that serving takes for one level are one, under the most common: letter case, blanks, composition."""
    counts = read_levels(pl.Series(["Köln", "KÖLN", " köln ", "Köln", "Ko\u0308ln"])).counts
    assert counts == {"Köln": 5}


def test_gaps_make_a_level() -> None:
    """Gaps of a category are a level of their own with a coefficient, which is said by spelling."""
    found, model, region = fitted(region=[*regions(10)[:-2], "nan", "null"])
    assert isinstance(region, CategoryField)
    assert (region.gap, region.fill, region.reference) == ("fill", "missing", "north")
    assert "region_missing" in found.artifact.columns
    assert any(
        "field region: 62 of 600 values (10.3 %) are missing (blank 60, nan 1, null 1) and make a level of their own, "
        "missing" in text
        for text in found.notices
    )
    assert answer(model, None) == answer(model, "") == answer(model, "missing") != answer(model, "north")


def test_name_of_the_gaps_level() -> None:
    """If the data have a level or a column of that name, the level of the gaps has another."""
    cells = ["Missing" if row % 7 == 0 else cell for row, cell in enumerate(regions(10))]
    assert fitted(region=cells)[2].fill == "missing_2"
    assert fitted(region=regions(10), region_missing=["1"] * ROWS)[2].fill == "missing_2"


def test_category_without_gaps() -> None:
    """A gap at serving is an error where the fit had none."""
    _, model, region = fitted()
    assert region.required
    with pytest.raises(ExceptionGroup) as caught:
        answer(model, None)
    assert caught.value.exceptions[0].code == "missing_value"  # type: ignore[union-attr]  # one of a record's errors


@pytest.mark.parametrize(
    ("gap", "like", "words"),
    [("reference", "north", "count as the reference, north"), ("zero", "north", "count as no level")],
)
def test_gaps_on_request(gap: Any, like: str, words: str) -> None:
    """On request gaps count as the reference, or as no level at all; both are said."""
    found, model, region = fitted(replace(REGION, gap=gap), region=regions(10))
    assert isinstance(region, CategoryField)
    assert region.levels == ("north", "South", "west")
    assert answer(model, None) == answer(model, like)
    assert any(words in text for text in found.notices)


def test_gaps_that_are_refused() -> None:
    """A field that is to have no gaps is refused with the first row that has one, and is required when served."""
    with pytest.raises(DataError, match=r'field region: 60 of 600 values are missing, the first in row 1,.*gap = "ref'):
        fitted(replace(REGION, gap="refuse"), region=regions(10))
    assert fitted(replace(REGION, gap="refuse"))[2].required


def test_gaps_of_a_single_level() -> None:
    """A column with one level and gaps tells whether there is a value, and is a field."""
    found, _, region = fitted(region=["here" if row % 3 else "" for row in range(ROWS)])
    assert isinstance(region, CategoryField)
    assert region.levels == ("here", "missing")
    assert "region_missing" in found.artifact.columns


def test_two_fields_with_the_same_gaps() -> None:
    """Fields that are missing in the same rows make one column of their gaps; that is said."""
    other = ["" if row % 10 == 0 else "left" if row % 3 else "right" for row in range(ROWS)]
    config = replace(CONFIG, fields=(*FIELDS, FieldConfig("side", "category")))
    found = fit(table(region=regions(10), side=other), config)
    assert any(
        "column side_missing is left out: it is a linear combination of region_missing" in text
        for text in found.notices
    )
    assert any("side: 60 of 600 values" in text and "count as left, as the model has no column" in text
               for text in found.notices)  # fmt: skip


@pytest.mark.parametrize(("unknown", "like"), [("missing", None), ("other", "other")])
def test_unknown_levels(unknown: Any, like: object) -> None:
    """A level that the data do not have is an error, or counts as missing or as `other`, as configured."""
    cells = ["other" if row % 7 == 0 else cell for row, cell in enumerate(regions(10))]
    _, model, _ = fitted(region=cells)
    with pytest.raises(ExceptionGroup):
        answer(model, "mars")
    _, model, _ = fitted(replace(REGION, unknown=unknown), region=cells)
    assert answer(model, "mars") == answer(model, like)


def test_unknown_levels_that_have_no_place() -> None:
    """A policy of unknown levels that does not go with the data is refused with what to say instead."""
    with pytest.raises(ConfigError, match="a missing value is an error; say what it is"):
        fitted(replace(REGION, unknown="missing"))
    with pytest.raises(ConfigError, match="cannot count as 'other'; levels are north, South, west"):
        fitted(replace(REGION, unknown="other"))


def test_gaps_of_numbers() -> None:
    """Gaps of a number are counted and said with what they count as; without any, what one would count as."""
    found, model, _ = fitted()
    age = found.artifact.schema.fields[0]
    gaps = list(table().columns["age"]).count("nan")
    share = f"{gaps} of 600 values ({gaps / 6:.1f} %)"
    assert f"field age: {share} are missing (nan {gaps}) and count as {age.fill:.6g}, the mean" in found.notices
    assert any("no value is missing of debt; when served, a missing one counts as the fill" in text
               for text in found.notices)  # fmt: skip
    assert model.predictor.predict_one({"age": 40, "debt": None, "region": "west"}).imputed == ["debt"]


def test_rows_without_a_value() -> None:
    """Rows whose fields are all missing, which the endpoint refuses, are left out of the fit, reported and counted."""
    data = table()
    blank: dict[str, Any] = {name: ["" if row in (7, 8, 599) else cell for row, cell in enumerate(data.columns[name])]
             for name in ("age", "debt", "region")}  # fmt: skip
    found, _, region = fitted(**blank)
    assert any(
        "3 of 600 rows are left out, the first row 8: all fields are missing there" in text for text in found.notices
    )
    assert region.required
    assert found.artifact.provenance.training_records == 597
    assert (found.artifact.provenance.proof.records, found.artifact.provenance.proof.dropped) == (597, 3)


def test_rows_without_a_value_of_the_model() -> None:
    """Rows that have values only in fields that the screen drops are left out too."""
    age = ["" if row < 5 else cell for row, cell in enumerate(table().columns["age"])]
    config = replace(CONFIG, fields=FIELDS[:2], columns=("age",))
    found = fit(table(age=age), config)
    missing = list(table().columns["age"][5:]).count("nan")
    assert found.artifact.provenance.training_records == ROWS - 5 - missing
    assert found.artifact.schema.fields[0].name == "age"


def test_booleans_as_numbers() -> None:
    """A number whose column is true and false takes JSON's booleans, as 1 and 0."""
    flag = ["" if row == 3 else str(row % 3 == 0) for row in range(ROWS)]
    config = replace(CONFIG, fields=(*FIELDS, FieldConfig("flag", "number")))
    model = Model.from_bytes(fit(table(flag=flag), config).artifact.to_bytes())
    rest = {"age": 40, "debt": 0, "region": "west"}
    answers = [model.predictor.predict_one(rest | {"flag": flag}).answer for flag in (True, "true", 1)]
    assert answers[0] == answers[1] == answers[2]


def test_the_screen_keeps_the_level_of_gaps() -> None:
    """A screen that keeps a category's columns keeps the one that its gaps count as: a gap is not the reference."""
    data = table(region=regions(20))
    for keep in (1, 2, 3):
        found = fit(data, replace(CONFIG, screen=keep))
        made = found.artifact.schema.names
        if "region" in made:
            assert "region_missing" in found.artifact.columns
            assert any("make a level of their own" in notice for notice in found.notices)
    assert "region" in made
