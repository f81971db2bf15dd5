"""Which key of a record, or name in a header, means which field."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.preprocessing.names import Names
from phat.preprocessing.schema import CategoryField, NumberField, Schema

FIELDS = ("x12", "Größe", "day")
COLUMNS = {"day": ("day_mon", "day_tue")}
NAMES = Names(FIELDS, COLUMNS, ())


def complete(record: dict[str, Any], names: Names = NAMES) -> Any:
    """The fields' values of a record, or what its errors say."""
    try:
        return names.complete(record)
    except ExceptionGroup as group:
        return [str(error) for error in group.exceptions]


def keys(given: Sequence[str], names: Names = NAMES) -> dict[str, str]:
    """The key of each field among names of which none is wrong."""
    match = names.match(given)
    assert not match.errors
    return match.keys


@pytest.mark.parametrize(
    "name",
    [
        "X12", " x12", "x12\t", "\ufeffx12", "x\u200b12", "x\u00ad12", "\u200ex12\u200f", "x1\u20602", " \u200bX12 ",
        "\u00a0x12\u3000", "\ufeff x12",
    ],
)  # fmt: skip
def test_names_spelt_alike(name: str) -> None:
    """Letter case, blanks around, and characters that nobody sees do not make another name."""
    assert keys([name]) == {"x12": name}


@pytest.mark.parametrize("name", ["größe", "GRÖSSE", "Gro\u0308\u00dfe", "GRO\u0308SSE", "gröSse "])
def test_names_in_any_composition(name: str) -> None:
    """A name is the same in either of Unicode's compositions and with its letters' case folded."""
    assert keys([name]) == {"Größe": name}


@pytest.mark.parametrize("name", ["x 12", "x-12", "x12_", "x1", "x\u0661\u0662", "\uff5812", "", " ", "x12.0"])
def test_names_that_mean_no_field(name: str) -> None:
    """Blanks within, other digits, and whatever else differs make another name, which is ignored."""
    assert keys([name]) == {}


@settings(deadline=None)
@given(st.lists(st.sampled_from(["X12", " x12 ", "x12\ufeff", "GRÖSSE", "DAY", "day_mon", "Day_Tue", "other"])))
def test_own_keys_go_before_all_others(others: list[str]) -> None:
    """Where a field's own key is there, no other key is looked at, be it spelt alike or a column's name."""
    assert keys([*others, *FIELDS]) == {name: name for name in FIELDS}


def test_null_is_a_key() -> None:
    """A field's own key counts though its value is missing: a key that is spelt alike does not take its place."""
    assert complete({"x12": None, "X12": 5, "day": "mon"}) == {"x12": None, "Größe": None, "day": "mon"}


def test_values_come_from_the_keys_that_mean_them() -> None:
    """A record is completed with the values of the keys found, in the fields' order, and null for what is absent."""
    completed = complete({"DAY": "tue", "other": 1, "X12 ": "$5"})
    assert completed == {"x12": "$5", "Größe": None, "day": "tue"}
    assert list(completed) == list(FIELDS)


def test_two_keys_for_one_field() -> None:
    """Two keys that are spelt alike are refused with both, though their values be the same."""
    assert complete({"X12": 1, "x12 ": 1, "day": "mon"}) == [
        "x12: got 'X12' and 'x12 ', expected one key for this field"
    ]
    [error] = NAMES.match(["X12", "x12 ", "\ufeffx12"]).errors
    assert (error.code, error.field) == ("duplicate_field", "x12")


@pytest.mark.parametrize("name", ["day_mon", "DAY_TUE", " day_mon\ufeff"])
def test_name_of_a_model_column(name: str) -> None:
    """A model column's name in place of its field is refused and says which raw field is meant."""
    [error] = NAMES.match([name, "x12"]).errors
    assert (error.code, error.field) == ("column_name", "day")
    assert error.expected == "the raw field day, of which this model column is made"


def test_columns_of_one_field_are_one_error() -> None:
    """A frame of dummies is one error a field, which quotes the first."""
    assert complete({"x12": 1, "day_tue": 0, "day_mon": 1}) == [
        "day: got 'day_tue', expected the raw field day, of which this model column is made"
    ]


@pytest.mark.parametrize("name", ["day", "Day "])
def test_model_columns_beside_their_field(name: str) -> None:
    """Where the field is there, under its own key or another, keys that are columns' names are ignored."""
    assert keys([name, "day_mon", "x12"]) == {"day": name, "x12": "x12"}


def test_no_key_of_a_field() -> None:
    """Keys of which none means a field are an error that lists the fields, the first eight of many."""
    assert (
        complete({})
        == complete({"y": 1})
        == ["got none of the model's fields, expected at least one of x12, Größe, day"]
    )
    many = Names([f"f{number}" for number in range(9)], {}, ())
    assert complete({"f9": 1}, many) == [
        "got none of the model's fields, expected at least one of f0, f1, f2, f3, f4, f5, f6, f7, ..."
    ]


@pytest.mark.parametrize("other", ["X12", "x12 ", "x12"])
def test_fields_that_must_be_spelt_exactly(other: str) -> None:
    """Where the training data had another column that is spelt like a field, only the field's own key means it."""
    exact = Names(FIELDS, COLUMNS, (other,))
    assert keys(["X12", "DAY"], exact) == {"day": "DAY"}
    assert keys(["x12", "X12"], exact) == {"x12": "x12"}


def test_columns_that_the_training_data_had() -> None:
    """A key that is a model column's name is ignored where the training data had a column of that name."""
    had = Names(FIELDS, COLUMNS, ("day_mon",))
    assert keys(["x12", "day_mon", "Day_Mon"], had) == {"x12": "x12"}
    assert [error.code for error in had.match(["x12", "day_tue"]).errors] == ["column_name"]


def test_fields_that_are_spelt_alike() -> None:
    """Two fields whose names differ by letter case only are met exactly; any other spelling means neither."""
    both = Names(("age", "Age"), {}, ())
    assert keys(["age", "Age", "AGE"], both) == {"age": "age", "Age": "Age"}
    assert keys(["AGE"], both) == {}


def test_field_that_is_called_like_a_column() -> None:
    """Fields whose names are spelt like a model column of another are themselves, and no error of the other."""
    names = Names(("day_MON", "DAY_MON", "day"), COLUMNS, ())
    assert keys(["day_MON"], names) == {"day_MON": "day_MON"}


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5) | st.sampled_from(["X12", "Day", "day_mon", "größe "]), st.integers()))
def test_any_record(record: dict[str, int]) -> None:
    """Any record is completed with values it has, or refused; a value is never another key's."""
    completed = complete(record)
    if isinstance(completed, dict):
        assert list(completed) == list(FIELDS)
        assert all(value is None or value in record.values() for value in completed.values())


def test_long_names_and_many() -> None:
    """Names of any length and number are matched: what is kept of them is bounded."""
    names = [f"{'n' * 1000}{number}" for number in range(10_000)]
    assert keys([*names, "x" * 4_000_000, " X12"]) == {"x12": " X12"}


def test_schema_names_its_columns() -> None:
    """A schema's naming knows the columns of all its categories' levels, the reference's included, and no number's."""
    schema = Schema((NumberField("n"), CategoryField("c", gap="zero", levels=("a", "b"), reference="a")), ("N",))
    assert [error.code for error in schema.naming.match(["c_a"]).errors] == ["column_name"]
    assert keys(["N"], schema.naming) == {}
    assert keys(["C"], schema.naming) == {"c": "C"}
