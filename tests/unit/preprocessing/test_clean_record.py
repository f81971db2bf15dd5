"""A whole record cleaned, and many of them: everything that is wrong is found in one pass."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.preprocessing.clean import clean_level, clean_number, clean_record
from phat.preprocessing.errors import InvalidRecords, RecordError, collect
from phat.preprocessing.schema import CategoryField, NumberField, Schema

SCHEMA = Schema(
    (
        NumberField("x12", fill=0.0),
        NumberField("x44"),
        CategoryField("x5", gap="zero", levels=("friday", "monday"), reference="friday"),
    )
)
GOOD = {"x12": "$5", "x44": 1, "x5": "Monday"}
HARD = (
    "-0", "00", "-00.50", "9" * 299, "9" * 300, "9" * 301, "9" * 308, "9" * 309, "1" + "0" * 299 + ".5", "1.", ".5",
    "1.5.2", "--1", "+1", "1\n", " 1", "\u0663", "1_0", "1e5", "inf", "nan", "-", "", "5e-324", "0.1" + "1" * 400,
)  # fmt: skip


def clean(record: object) -> object:
    """A record cleaned by the schema."""
    return clean_record(record, SCHEMA)


def refused(*records: object) -> InvalidRecords:
    """What is wrong with records."""
    with pytest.raises(InvalidRecords) as caught:
        collect(records, clean)
    return caught.value


def test_every_field_is_there() -> None:
    """A cleaned record has every field, None for what is missing."""
    assert clean({"x44": "1"}) == {"x12": None, "x44": 1.0, "x5": None}
    assert clean(GOOD) == {"x12": 5.0, "x44": 1.0, "x5": "monday"}


@settings(deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=4).filter(lambda name: name not in GOOD), st.text() | st.none() | st.lists(st.none())
    )
)
def test_unknown_fields_are_ignored(others: dict[str, object]) -> None:
    """Fields that the schema does not name change nothing, whatever they hold."""
    assert clean(others | GOOD) == clean(GOOD | others) == clean(GOOD)


@settings(deadline=None)
@given(st.permutations(list(GOOD)))
def test_order_of_keys_does_not_matter(names: list[str]) -> None:
    """The order of a record's keys changes nothing, not even the order of the result."""
    found = clean({name: GOOD[name] for name in names})
    assert found == clean(GOOD)
    assert isinstance(found, dict)
    assert list(found) == ["x12", "x44", "x5"]


def test_all_errors_of_a_record_are_found() -> None:
    """Every bad field of a record is named, in the schema's order."""
    errors = refused({"x5": "funday", "x44": None, "x12": "abc"}).errors
    assert [(error.row, error.field, error.code) for error in errors] == [
        (1, "x12", "not_a_number"),
        (1, "x44", "missing_value"),
        (1, "x5", "unknown_level"),
    ]


def test_message_says_where_got_expected() -> None:
    """An error's text is place, what was got, what was expected."""
    [error] = refused(GOOD, GOOD, GOOD | {"x12": "abc"}).errors
    assert str(error) == "row 3, x12: got 'abc', expected a number"


@pytest.mark.parametrize("record", [{}, {"x 12": 1}, {"other": 1}, {"x1": 1, "": 2}])
def test_record_without_a_known_field(record: object) -> None:
    """A record with none of the model's fields is an error that names some of them."""
    [error] = refused(record).errors
    assert (error.code, error.field) == ("no_known_field", None)
    assert str(error) == "row 1: got none of the model's fields, expected at least one of x12, x44, x5"


def test_one_value_is_enough() -> None:
    """A record that has one value is a record, wherever else it has gaps."""
    assert clean({"x44": 1, "x12": None}) == clean({"x44": 1}) == {"x12": None, "x44": 1.0, "x5": None}


@pytest.mark.parametrize(
    "record",
    [{"x12": None}, {"x44": None}, {"x5": ""}, {"x12": "nan", "x44": " ", "x5": "N/A", "other": 1}, {"X12": None}],
)
def test_record_without_a_value(record: object) -> None:
    """A record whose fields are all missing is one error, whatever the fields say of gaps."""
    [error] = refused(record).errors
    assert (error.code, error.field) == ("no_values", None)
    assert str(error) == "row 1: got a record whose fields are all missing, expected a value in at least one of them"


def test_record_with_a_bad_value_alone_has_a_value() -> None:
    """What cannot be read is no gap: the record's errors are those of its values."""
    errors = refused({"x12": "abc"}).errors
    assert [(error.field, error.code) for error in errors] == [("x12", "not_a_number"), ("x44", "missing_value")]


def test_names_spelt_alike_are_the_fields() -> None:
    """A key that is a field's name but for letter case, blanks and invisible characters means the field."""
    assert clean({"X12": "$5", " x44 ": 1, "\ufeffX5": "Monday"}) == clean(GOOD)
    assert clean({"X12": "?", "x12": 5, "x44": 1}) == clean({"x12": 5, "x44": 1})


def test_names_that_are_wrong() -> None:
    """Two keys for one field and a model column's name are errors of the field meant, and no value is looked at."""
    errors = refused({"X12": 1, "x12 ": 1, "x5_sunday": 1, "x5_Monday": 1, "x44": "?"}).errors
    assert [str(error) for error in errors] == [
        "row 1, x12: got 'X12' and 'x12 ', expected one key for this field",
        "row 1, x5: got 'x5_Monday', expected the raw field x5, of which this model column is made",
    ]
    assert [error.code for error in errors] == ["duplicate_field", "column_name"]


def test_lines_of_a_file() -> None:
    """Where records come from a file, an error says the line besides the row."""
    with pytest.raises(InvalidRecords) as caught:
        collect([GOOD, GOOD | {"x12": "abc"}], clean, lines=[2, 5])
    [error] = caught.value.errors
    assert (error.row, error.line, str(error)) == (2, 5, "row 2, line 5, x12: got 'abc', expected a number")


@pytest.mark.parametrize("record", [None, 1, "x12", [], [GOOD], True])
def test_what_is_no_object(record: object) -> None:
    """What is no object is no record."""
    [error] = refused(record).errors
    assert (error.code, error.row, error.field) == ("not_an_object", 1, None)


def test_three_bad_of_a_thousand() -> None:
    """Exactly the bad records of many are named, and the good ones change nothing about that."""
    records = [dict(GOOD) for _ in range(1000)]
    records[3]["x12"] = "?"
    records[500] = {}
    records[999]["x5"] = "?"
    found = refused(*records)
    assert [(error.row, error.field) for error in found.errors] == [(4, "x12"), (501, None), (1000, "x5")]
    assert (found.total, found.rows) == (3, 3)


@pytest.mark.parametrize(("bad", "kept"), [(49, 98), (50, 100), (51, 100), (200, 100)])
def test_errors_are_kept_up_to_a_hundred_and_counted(bad: int, kept: int) -> None:
    """The first 100 errors are kept, all errors and their records are counted."""
    found = refused(*[GOOD | {"x12": "?", "x44": "?"}] * bad)
    assert (len(found.errors), found.total, found.rows) == (kept, 2 * bad, bad)
    assert [error.row for error in found.errors[:4]] == [1, 1, 2, 2]


def test_good_records_come_in_order() -> None:
    """Without errors the results are returned, one a record, in order."""
    assert collect([{"x44": i} for i in range(5)], clean) == [clean({"x44": i}) for i in range(5)]
    assert collect([], clean) == []


def test_bugs_are_not_swallowed() -> None:
    """An exception that is no record's error passes through as it is."""

    def fail(_: object) -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        collect([1], fail)


def test_groups_within_groups_are_located() -> None:
    """Errors in nested groups get their row too."""

    def fail(_: object) -> None:
        inner = ExceptionGroup("", [RecordError("a", "b"), RecordError("c", "d")])
        raise ExceptionGroup("", [RecordError("e", "f"), inner])

    with pytest.raises(InvalidRecords) as caught:
        collect([1], fail)
    assert [error.row for error in caught.value.errors] == [1, 1, 1]


@given(st.one_of(st.from_regex(r"\A[-+]?[0-9.]{0,8}(e[0-9])?\Z"), st.sampled_from(HARD), st.text(max_size=6)))
def test_short_way_and_long_way_agree(text: str) -> None:
    """A number that the record's loop reads by itself is read as by the cleaning of a single value, bit for bit."""
    schema = Schema((NumberField("x", fill=0.0), NumberField("y")))
    try:
        expected = clean_number(text)
    except RecordError:
        with pytest.raises(ExceptionGroup):
            clean_record({"x": text, "y": 1}, schema)
        return
    assert repr(clean_record({"x": text, "y": 1}, schema)["x"]) == repr(expected)


@given(st.sampled_from(["Sunday", "sunday", " Sunday", "SUNDAY", "", "nan", "monday", "Monday\n"]))
def test_levels_as_spelt_are_read_as_others(text: str) -> None:
    """A level in the schema's spelling takes the short way, and means what it means by the long one."""
    field = CategoryField("d", gap="zero", levels=("Sunday", "monday"), reference="monday")
    schema = Schema((field, NumberField("y")))
    assert clean_record({"d": text, "y": 1}, schema)["d"] == clean_level(text, field)
