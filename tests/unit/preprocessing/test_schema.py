"""Fields and schemas: to and from plain data, and what contradicts itself."""

import json
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.preprocessing.schema import CategoryField, Field, NumberField, Schema, SchemaError, field_from_dict

finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8"), max_size=6)
names = texts.map(str.strip).filter(bool)
words = st.lists(texts.filter(lambda text: not any(map(str.isdigit, text))), max_size=3).map(tuple)
numbers = st.builds(
    NumberField,
    names,
    st.none() | finite,
    missing=words,
    boolean=st.booleans(),
)
levels = st.lists(texts.filter(str.strip), min_size=1, max_size=4, unique=True)


def category(levels: list[str]) -> st.SearchStrategy[Field]:
    """Fields of these levels and of any policies that go together."""
    level = st.sampled_from(levels)
    gap, fill = st.sampled_from([("error", None), ("zero", None)]), level.map(lambda text: ("fill", text))
    unknown = st.sampled_from(["error", "missing"])

    def field(name: str, reference: str | None, gap: tuple[Any, str | None], unknown: Any, missing: Any) -> Field:
        policy: Any = "error" if gap[0] == "error" else unknown
        return CategoryField(
            name, tuple(levels), reference, gap[1], gap[0], unknown=policy,
            missing=missing,
        )  # fmt: skip

    return st.builds(field, names, st.none() | level, gap | fill, unknown, words)


categories = levels.flatmap(category)
NUMBER = NumberField("n", 1.0).to_dict()
CATEGORY = CategoryField("c", gap="zero", levels=("a", "b"), reference="a").to_dict()


@settings(deadline=None)
@given(numbers | categories)
def test_fields_come_back(field: Field) -> None:
    """A field survives JSON, every bit of its floats and every character of its levels."""
    assert field_from_dict(json.loads(json.dumps(field.to_dict()))) == field


def test_schemas_come_back() -> None:
    """A schema survives JSON, in the order of its fields, with the names of other columns."""
    schema = Schema((field_from_dict(NUMBER), field_from_dict(CATEGORY)), ("N", "c_b"))
    assert Schema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema


def test_gap_follows_from_the_fill() -> None:
    """Without a policy of its own, a field with a fill takes it for a gap, and one without has no gaps."""
    filled = (NumberField("n", 0.0), CategoryField("c", fill="a", levels=("a", "b")))
    refusing = (NumberField("n"), CategoryField("c", levels=("a", "b")))
    assert [(field.gap, field.required) for field in filled] == [("fill", False)] * 2
    assert [(field.gap, field.required) for field in refusing] == [("error", True)] * 2
    assert not CategoryField("c", levels=("a",), gap="zero").required


def test_fields_are_frozen() -> None:
    """What was learned in training cannot be changed."""
    with pytest.raises(FrozenInstanceError):
        field_from_dict(NUMBER).name = "m"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (NUMBER | {"kind": "date"}, "field 'n': kind 'date' is not one of number, category"),
        (NUMBER | {"kind": ["number"]}, "field 'n': kind"),
        (NUMBER | {"scale": 1.0}, "field 'n': keys unknown: scale"),
        (NUMBER | {"fill": True}, "fill is of the wrong type, expected a number or null"),
        (NUMBER | {"boolean": 1}, "boolean is of the wrong type, expected true or false"),
        (NUMBER | {"levels": []}, "field 'n': keys unknown: levels"),
        (NUMBER | {"label": "", "unit": ""}, "field 'n': keys unknown: label, unit"),
        ({key: value for key, value in NUMBER.items() if key != "fill"}, "field 'n': keys missing: fill"),
        (NUMBER | {"name": ""}, "a name must be text without blanks"),
        (NUMBER | {"name": " n"}, "without blanks around it"),
        (NUMBER | {"name": 7}, "name is of the wrong type, expected text"),
        (NUMBER | {"gap": "fill", "fill": None}, "field n: gap fill does not go with fill None in a number"),
        (NUMBER | {"gap": "error"}, "field n: gap error does not go with fill 1.0 in a number"),
        (NUMBER | {"gap": "zero"}, "field n: gap zero does not go with fill 1.0 in a number"),
        (NUMBER | {"gap": "zero", "fill": None}, "field n: gap zero does not go with fill None in a number"),
        (NUMBER | {"gap": "mean"}, "field 'n': gap 'mean' is not one of error, fill, zero, as_fitted"),
        (NUMBER | {"missing": "na"}, "missing is of the wrong type, expected a list"),
        (NUMBER | {"missing": [None]}, "field 'n': missing: expected a list, each item text"),
        (NUMBER | {"missing": ["?", "-999"]}, "field n: missing word '-999' is a number"),
        (NUMBER | {"missing": [r"$9"]}, r"field n: missing word '\$9' is a number"),
        (NUMBER | {"missing": ["(9%)"]}, r"field n: missing word '\(9%\)' is a number"),
        (CATEGORY | {"levels": ["a", "a"]}, "field c: level 'a' is there twice"),
        (CATEGORY | {"levels": ["a", " "]}, "field c: a level is blank"),
        (CATEGORY | {"levels": [], "reference": None}, "field c: a category has no levels"),
        (CATEGORY | {"levels": ["b"]}, "reference 'a' is not one of its levels"),
        (CATEGORY | {"levels": ["a", 1]}, "field 'c': levels: expected a list, each item text"),
        (CATEGORY | {"levels": "ab"}, "levels is of the wrong type, expected a list"),
        (CATEGORY | {"reference": 1}, "reference is of the wrong type, expected text or null"),
        (CATEGORY | {"fill": 0.5}, "fill is of the wrong type, expected text or null"),
        (CATEGORY | {"fill": "a"}, "field c: gap zero does not go with fill 'a'"),
        (CATEGORY | {"gap": "fill"}, "field c: gap fill does not go with fill None"),
        (CATEGORY | {"gap": "fill", "fill": "A"}, "field c: gap fill does not go with fill 'A'"),
        (CATEGORY | {"unknown": "other"}, "unknown levels count as 'other', which is not one of its levels"),
        (CATEGORY | {"unknown": "missing", "gap": "error"}, "count as missing, and a missing value is an error"),
        (CATEGORY | {"unknown": "reference"}, "unknown 'reference' is not one of error, missing, other"),
        (CATEGORY | {"scale": 1.0}, "field 'c': keys unknown: scale"),
    ],
)
def test_bad_fields(data: dict[str, Any], reason: str) -> None:
    """A field that contradicts itself is refused with the reason."""
    with pytest.raises(SchemaError, match=reason):
        field_from_dict(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"fields": [NUMBER, NUMBER]}, "field n is made twice"),
        ({"fields": {}}, "schema: fields is of the wrong type, expected a list"),
        ({"fields": [], "more": 1}, "schema: keys unknown: more"),
        ({"exact_names": []}, "schema: keys missing: fields"),
        ({"fields": [], "exact_names": [1]}, "exact_names: expected a list, each item text"),
        ({"fields": [1]}, "every field of a schema is an object"),
    ],
)
def test_bad_schemas(data: dict[str, Any], reason: str) -> None:
    """Names that two fields would make, and what is no schema, are refused with the reason."""
    with pytest.raises(SchemaError, match=reason):
        Schema.from_dict(data)
