"""What errors say, word for word: callers and those who fix files read them."""

from collections.abc import Callable

import pytest

from phat.preprocessing.clean import clean_record, clean_value
from phat.preprocessing.design import Design
from phat.preprocessing.errors import RecordError
from phat.preprocessing.schema import CategoryField, Field, NumberField, Schema, SchemaError, field_from_dict
from phat.preprocessing.terms import plain_terms

X12 = NumberField("x12", fill=0.0)
LEVELS = tuple("abcdefghij")
RANGE = "a number within the range of 64-bit floats"


def category(count: int) -> Field:
    """A field with so many levels."""
    return CategoryField("x5", gap="zero", levels=LEVELS[:count], reference="a")


def told(call: Callable[[], object]) -> list[str]:
    """What the errors of a call say."""
    with pytest.raises((RecordError, ExceptionGroup)) as found:
        call()
    if isinstance(found.value, ExceptionGroup):
        assert found.value.message == "bad record"
        return [str(error) for error in found.value.exceptions]
    return [str(found.value)]


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        ("abc", X12, "x12: got 'abc', expected a number"),
        ([1], X12, "x12: got an array, expected a number"),
        (True, X12, "x12: got true, expected a number"),
        (10**400, X12, f"x12: got an integer too large to show, expected {RANGE}"),
        (float("inf"), X12, f"x12: got inf, expected {RANGE}"),
        ("-1e999", X12, f"x12: got '-1e999', expected {RANGE}"),
        ({}, category(2), "x5: got an object, expected one of a, b"),
        ("z", category(2), "x5: got 'z', expected one of a, b"),
        (7, category(8), "x5: got 7, expected one of a, b, c, d, e, f, g, h"),
        ("z", category(9), "x5: got 'z', expected one of a, b, c, d, e, f, g, h and 1 more"),
        ("z", category(10), "x5: got 'z', expected one of a, b, c, d, e, f, g, h and 2 more"),
        (
            "nan",
            NumberField("x12"),
            "x12: got a missing value, expected a value: the model was fitted without gaps here",
        ),
    ],
)
def test_values(value: object, field: Field, expected: str) -> None:
    """A bad value is quoted with what was expected in its place."""
    assert told(lambda: clean_value(value, field)) == [expected]


def test_records() -> None:
    """A record that is none, or of another table, is told what a record is; long lists are cut."""
    few, many = (Schema(tuple(NumberField(f"x{n}", fill=0.0) for n in range(count))) for count in (8, 9))
    names = "x0, x1, x2, x3, x4, x5, x6, x7"
    assert told(lambda: clean_record(5, few)) == ["got 5, expected an object of field names and values"]
    assert told(lambda: clean_record({}, few)) == [f"got none of the model's fields, expected at least one of {names}"]
    expected = f"got none of the model's fields, expected at least one of {names}, ..."
    assert told(lambda: clean_record({"y": 1}, many)) == [expected]


def test_scaled_numbers() -> None:
    """A number that leaves the range when it is scaled is quoted; one that only seems to is none."""
    schema = Schema((NumberField("x1", fill=0.0), NumberField("x2", fill=0.0)))
    design = Design(schema, plain_terms(schema.fields, ["x1", "x2"], None, {"x1": (0.0, 1e-300), "x2": (0.0, 1e-300)}))
    expected = "x1: got 1e+300, expected a number that stays within the range of 64-bit floats when it is scaled"
    assert told(lambda: design.values({"x1": 1e300, "x2": 1.0})) == [expected]
    assert design.values({"x1": 1e8, "x2": 1e8}) == [1e308, 1e308]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"fields": [5]}, "every field of a schema is an object"),
        (
            {"fields": [{"name": "x12", "kind": "number", "odd": 1}]},
            "field 'x12': keys missing: gap, fill, missing, boolean; keys unknown: odd",
        ),
        (
            {"fields": [category(2).to_dict() | {"levels": ["a", 5]}]},
            "field 'x5': levels: expected a list, each item text",
        ),
    ],
)
def test_schemas(data: dict[str, object], expected: str) -> None:
    """A schema that cannot be read says why."""
    with pytest.raises(SchemaError) as found:
        Schema.from_dict(data)
    assert str(found.value) == expected


def test_integers_of_a_schema_are_floats() -> None:
    """A whole number that stands for a float is read as one."""
    read = field_from_dict(X12.to_dict() | {"fill": 3})
    assert (type(read.fill), read.fill) == (float, 3.0)
    assert not read.required


def test_plan() -> None:
    """The cleaning's plan has each level as it is spelt, and none for a number."""
    assert [(name, spelt) for name, spelt, _ in Schema((X12, category(2))).plan] == [
        ("x12", None), ("x5", {"a": "a", "b": "b"}),
    ]  # fmt: skip
