"""The alignment: by name, never by position."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.preprocessing.clean import clean_record
from phat.preprocessing.design import Design
from phat.preprocessing.schema import CategoryField, NumberField, Schema, SchemaError
from phat.preprocessing.terms import plain_terms

NUMBER = NumberField("n", fill=3.0)
PLAIN = NumberField("p", fill=0.0)
DAY = CategoryField("day", gap="zero", levels=("mon", "tue", "wed", "thu"), reference="mon")
SCHEMA = Schema((NUMBER, PLAIN, DAY))
COLUMNS = ("day_wed", "n", "const", "p", "day_tue")


def design_of(columns: Sequence[str], constant: str | None = None) -> Design:
    """What makes these columns."""
    return Design(SCHEMA, plain_terms(SCHEMA.fields, columns, constant, {"n": (1.0, 2.0)}))


def values(
    record: dict[str, object], columns: tuple[str, ...] = COLUMNS, constant: str | None = "const"
) -> list[float]:
    """A raw record's values in the order of the columns."""
    return design_of(columns, constant).values(clean_record(record, SCHEMA))


def test_values_stand_where_their_names_stand() -> None:
    """Numbers are scaled, levels are 0 and 1, the constant is 1, each at its own column."""
    assert values({"n": 5, "p": "$7", "day": "TUE"}) == [0.0, 2.0, 1.0, 7.0, 1.0]
    assert values({"n": 5, "p": "$7", "day": "wed"}) == [1.0, 2.0, 1.0, 7.0, 0.0]


def test_missing_number_takes_the_fill() -> None:
    """A missing number is imputed, then scaled like any other."""
    assert values({"n": None, "p": 0})[1] == (3.0 - 1.0) / 2.0


@pytest.mark.parametrize(("fill", "expected"), [("wed", [1.0, 0.0]), ("tue", [0.0, 1.0]), ("mon", [0.0, 0.0])])
@pytest.mark.parametrize("day", [None, " ", "nan", "never seen"])
def test_missing_level_takes_the_fill(day: str | None, fill: str, expected: list[float]) -> None:
    """A missing level counts as the level that is its fill, and so does an unknown one where that is missing."""
    field = CategoryField("day", fill=fill, levels=DAY.levels, unknown="missing")
    schema = Schema((PLAIN, field))
    found = Design(schema, plain_terms(schema.fields, ("p", "day_wed", "day_tue"))).values(
        clean_record({"p": 5, "day": day}, schema)
    )
    assert found == [5.0, *expected]


def test_unknown_level_takes_the_column_of_other() -> None:
    """Where unknown levels count as `other`, they make its column."""
    schema = Schema((PLAIN, CategoryField("day", levels=("mon", "other"), unknown="other")))
    design = Design(schema, plain_terms(schema.fields, ("p", "day_other")))
    assert design.values(clean_record({"p": 5, "day": "fri"}, schema)) == [5.0, 1.0]
    assert design.values(clean_record({"p": 5, "day": "mon"}, schema)) == [5.0, 0.0]


@pytest.mark.parametrize("day", ["mon", "thu", None, ""])
def test_levels_without_a_column(day: str | None) -> None:
    """The reference, a level the model dropped, and a missing level have no column: all are 0."""
    found = values({"n": 1, "p": 0, "day": day})
    assert (found[0], found[4]) == (0.0, 0.0)


@settings(deadline=None)
@given(st.permutations(COLUMNS), st.permutations(["n", "p", "day"]))
def test_any_order_gives_the_same_by_name(columns: tuple[str, ...], keys: list[str]) -> None:
    """However columns and keys are ordered, each column has the same value."""
    record = {"n": "(2)", "p": 0.1, "day": "tue"}
    expected = dict(zip(COLUMNS, values(record), strict=True))
    found = values({key: record[key] for key in keys}, tuple(columns))
    assert dict(zip(columns, found, strict=True)) == expected


def test_records_leave_no_trace() -> None:
    """One record's values are not in the next one's."""
    design = design_of(COLUMNS, "const")
    first = design.values(clean_record({"n": 1, "p": 9, "day": "wed"}, SCHEMA))
    second = design.values(clean_record({"p": "0"}, SCHEMA))
    assert first == [1.0, 0.0, 1.0, 9.0, 0.0]
    assert second == [0.0, 1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("columns", "constant", "reason"),
    [
        (("n", "p", "day_tue", "x9"), None, "column x9 is made by no field"),
        (("n", "p", "day_tue", "day_fri"), None, "column day_fri is made by no field"),
        (("n", "p", "day_tue", "const"), None, "column const is made by no field"),
        (("n", "p"), None, "field day makes no column"),
        (("n", "day_tue"), None, "field p makes no column"),
        (("n", "p", "day_tue"), "const", "constant const has no coefficient"),
        (("n", "p", "day_tue"), "n", "column n is both the constant and made by a field"),
    ],
)
def test_names_that_do_not_fit(columns: tuple[str, ...], constant: str | None, reason: str) -> None:
    """A column that nothing makes, and a field that makes nothing, are errors that name it."""
    with pytest.raises(SchemaError, match=reason):
        design_of(columns, constant)


def test_scaling_beyond_the_range() -> None:
    """A number that leaves the floats' range when it is scaled is an error of its field, with the others' in one go."""
    tiny = Schema(
        (
            NumberField("a", fill=0.0),
            NumberField("b", fill=0.0),
            NumberField("c", fill=0.0),
        )
    )
    design = Design(tiny, plain_terms(tiny.fields, ("a", "b", "c"), None, {"a": (0.0, 1e-10), "b": (0.0, 1e-10)}))
    with pytest.raises(ExceptionGroup) as caught:
        design.values({"a": 1e300, "b": -1e300, "c": 1.0})
    found = [(error.field, error.code) for error in caught.value.exceptions]  # type: ignore[union-attr]
    assert found == [("a", "out_of_range"), ("b", "out_of_range")]


def test_large_but_finite_values_pass() -> None:
    """Values whose sum alone leaves the range are the model's own affair, no error of a field."""
    schema = Schema((NumberField("a", fill=0.0), NumberField("b", fill=0.0)))
    assert Design(schema, plain_terms(schema.fields, ("a", "b"))).values({"a": 1.7e308, "b": 1.7e308}) == [
        1.7e308,
        1.7e308,
    ]
