"""Names of columns and fields: which are left out, which are refused, which must be spelt exactly."""

from dataclasses import replace
from typing import Any

import pytest

from phat.training.config import FieldConfig
from phat.training.errors import DataError, FitError
from phat.training.fit import fit
from phat.training.infer import infer_config
from tests.unit.training.tables import CONFIG, FIELDS, table

ROWS = 600
NUMBERS = [f"{row % 17}.5" for row in range(ROWS)]
LETTERS = ["abc"[row % 3] for row in range(ROWS)]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Unnamed: 0", "pandas gave it this name"),
        ("phat", "answers have a column of that name"),
        ("id", "answers have a column of that name"),
        ("a\u0007b", "characters that do not print"),
    ],
)
def test_columns_that_are_no_fields(name: str, why: str) -> None:
    """A column whose name cannot be a field's is left out with the reason."""
    more: dict[str, Any] = {name: NUMBERS}
    config, notices = infer_config(table(**more), "y")
    assert name not in {field.name for field in config.fields}
    assert any(why in text for text in notices)


def test_unnamed_columns() -> None:
    """Columns without a name are none, wherever they stand."""
    data = table()
    _, notices = infer_config(replace(data, unnamed=(1, 5)), "y")
    assert notices == ["column 1 has no name and is left out", "column 5 has no name and is left out"]


@pytest.mark.parametrize(
    ("fields", "columns", "message"),
    [
        (("phat",), {"phat": NUMBERS}, "field phat: answers have a column of that name"),
        (
            ("region_west",),
            {"region_west": NUMBERS},
            "level west of field region and field region_west both make the column region_west",
        ),
        (("interval",), {"interval": ["lower" if row % 2 else "upper" for row in range(ROWS)]}, "interval_lower"),
    ],
)
def test_names_that_collide(fields: tuple[str, ...], columns: dict[str, Any], message: str) -> None:
    """Names that answers have, and two fields that make one column, are refused in words."""
    kinds: dict[str, Any] = {"interval": "category"}
    more = tuple(FieldConfig(name, kinds.get(name, "number")) for name in fields)
    with pytest.raises(DataError, match=message):
        fit(table(**columns), replace(CONFIG, fields=(*FIELDS, *more)))


def test_field_that_is_called_as_the_constant() -> None:
    """A field called const is a field, and the constant has another name."""
    artifact = fit(table(const=NUMBERS), replace(CONFIG, fields=(*FIELDS, FieldConfig("const", "number")))).artifact
    assert artifact.constant == "const_2"
    assert "const" in artifact.columns


def test_exact_names() -> None:
    """Other columns of the data that are spelt like a field or a model column, and fields that are spelt alike."""
    columns: dict[str, Any] = {"Age ": NUMBERS, "REGION_WEST": NUMBERS, "Y": NUMBERS, "Debt": NUMBERS, "side": LETTERS}
    fields = (*FIELDS, FieldConfig("Debt", "number"))
    names = fit(table(**columns), replace(CONFIG, fields=fields)).artifact.schema.exact_names
    assert names == ("Age ", "Debt", "REGION_WEST", "debt")
    assert fit(table(), CONFIG).artifact.schema.exact_names == ()


def test_too_many_levels() -> None:
    """A field with thousands of levels is no category, whatever the configuration says."""
    texts = [f"id{row}" for row in range(1_001)]
    fields = (*FIELDS, FieldConfig("text", "category"))
    with pytest.raises(DataError, match="field text: 1001 levels, expected 1000 at most"):
        fit(table(1_001, text=texts), replace(CONFIG, fields=fields))


@pytest.mark.parametrize("values", [("1e308", "-1e308"), ("1e-300", "2e-300")])
def test_numbers_that_cannot_be_scaled(values: tuple[str, str]) -> None:
    """A number whose values leave the range of floats when they are scaled is left out with the reason."""
    cells = [values[row % 2] for row in range(ROWS)]
    found = fit(table(odd=cells), replace(CONFIG, fields=(*FIELDS, FieldConfig("odd", "number"))))
    assert any("field odd is left out: its numbers are too large, or too close" in text for text in found.notices)


def test_model_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file's own checks refuse is said in words, too."""
    monkeypatch.setattr("phat.model.artifact.MAX_BYTES", 1_000)
    with pytest.raises(FitError, match="such a model cannot be served: the file has"):
        fit(table(), CONFIG)
