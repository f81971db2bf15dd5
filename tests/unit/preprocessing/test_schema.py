"""Fields and schemas: to and from plain data, and what contradicts itself."""

import json
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.schema import MISSING_WORDS, Field, Schema, SchemaError

finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8"), max_size=6)
names = texts.map(str.strip).filter(bool)
numbers = st.builds(
    Field,
    names,
    st.just("number"),
    finite,
    finite,
    st.floats(5e-324, 1e308),
    required=st.booleans(),
    label=texts,
    unit=texts,
)
levels = st.lists(
    texts.filter(lambda text: text.strip().casefold() not in MISSING_WORDS),
    min_size=1,
    max_size=4,
    unique_by=lambda text: text.strip().casefold(),
)
categories = levels.flatmap(
    lambda found: st.builds(
        Field, names, st.just("category"), levels=st.just(tuple(found)), reference=st.sampled_from(found), label=texts
    )
)
NUMBER = Field("n", "number", 1.0, 2.0, 3.0).to_dict()
X_Y = Field("x_y", "category", gap="zero", levels=("z",), reference="z").to_dict()
CATEGORY = Field("c", "category", gap="zero", levels=("a", "b"), reference="a").to_dict()


@settings(deadline=None)
@given(numbers | categories)
def test_fields_come_back(field: Field) -> None:
    """A field survives JSON, every bit of its floats and every character of its levels."""
    assert Field.from_dict(json.loads(json.dumps(field.to_dict()))) == field


def test_schemas_come_back() -> None:
    """A schema survives JSON, in the order of its fields."""
    schema = Schema((Field.from_dict(NUMBER), Field.from_dict(CATEGORY)))
    assert Schema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema


def test_fields_are_frozen() -> None:
    """What was learned in training cannot be changed."""
    with pytest.raises(FrozenInstanceError):
        Field.from_dict(NUMBER).scale = 2.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (NUMBER | {"kind": "date"}, "kind 'date' is not one of number, category"),
        (NUMBER | {"kind": ["number"]}, "kind"),
        (NUMBER | {"scale": 0.0}, "scale 0.0 is not positive"),
        (NUMBER | {"scale": -1.0}, "not positive"),
        (NUMBER | {"scale": float("nan")}, "not positive"),
        (NUMBER | {"scale": "1"}, "scale is of the wrong type"),
        (NUMBER | {"fill": True}, "fill is of the wrong type"),
        (NUMBER | {"levels": []}, "unknown keys"),
        ({key: value for key, value in NUMBER.items() if key != "fill"}, "fill"),
        (NUMBER | {"name": ""}, "a name must be text without blanks"),
        (NUMBER | {"name": " n"}, "without blanks around it"),
        (NUMBER | {"name": 7}, "name is of the wrong type"),
        (CATEGORY | {"levels": ["a", " A "]}, "levels collide when letter case"),
        (CATEGORY | {"levels": ["a", "a"]}, "levels collide"),
        (CATEGORY | {"levels": ["a", "N/A"]}, "level 'n/a' spells a missing value"),
        (CATEGORY | {"levels": ["a", " "]}, "level '' spells a missing value"),
        (CATEGORY | {"levels": ["b"]}, "reference 'a' is not one of its levels"),
        (CATEGORY | {"levels": ["a", 1]}, "levels must be text"),
        (CATEGORY | {"levels": "ab"}, "levels is of the wrong type"),
        (CATEGORY | {"reference": None}, "reference is of the wrong type"),
    ],
)
def test_bad_fields(data: dict[str, Any], reason: str) -> None:
    """A field that contradicts itself is refused with the reason."""
    with pytest.raises(SchemaError, match=reason):
        Field.from_dict(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"fields": [NUMBER, NUMBER]}, "field n is made twice"),
        ({"fields": [CATEGORY, NUMBER | {"name": "c_b"}]}, "column c_b is made twice"),
        ({"fields": [CATEGORY | {"name": "x", "levels": ["y_z", "a"]}, X_Y]}, "column x_y_z is made twice"),
        ({"fields": {}}, "list 'fields' alone"),
        ({"fields": [], "more": 1}, "list 'fields' alone"),
        ({"fields": [1]}, "every field of a schema is an object"),
    ],
)
def test_bad_schemas(data: dict[str, Any], reason: str) -> None:
    """Names that two fields would make, and what is no schema, are refused with the reason."""
    with pytest.raises(SchemaError, match=reason):
        Schema.from_dict(data)
