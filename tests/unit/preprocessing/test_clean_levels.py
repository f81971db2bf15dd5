"""What a raw value means as a level of a category."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessing.clean import clean_level, clean_value
from preprocessing.errors import MissingValue, UnknownLevel, WrongType
from preprocessing.schema import Field

REGION = Field("region", "category", gap="zero", levels=("America", "asia", "1", "Straße"), reference="America")


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("asia", "asia"),
        (" ASIA\t", "asia"),
        ("america", "America"),
        ("STRASSE", "Straße"),
        ("1", "1"),
        (1, "1"),
        (" 1 ", "1"),
    ],
)
def test_known_levels(value: object, level: str) -> None:
    """A level is met after trimming, whatever its letter case; an integer meets a level spelt like it."""
    assert clean_level(value, REGION) == level


@pytest.mark.parametrize("value", [None, "", "  ", "nan", "N/A", "None", "NULL", "na", float("nan")])
def test_missing_levels(value: object) -> None:
    """What is missing for a number is missing for a category."""
    assert clean_level(value, REGION) is None


@pytest.mark.parametrize("value", ["europe", "as ia", "asia,", "1.0", "01", "asia\x00", "-", "0", 0, 2, -1, 10**30])
def test_unknown_levels(value: object) -> None:
    """An unknown level is an error that lists the known ones, never the reference level."""
    with pytest.raises(UnknownLevel, match="expected one of America, asia, 1, Straße"):
        clean_level(value, REGION)


@pytest.mark.parametrize("value", [True, False, 1.0, [], ["asia"], {}, b"asia"])
def test_wrong_types(value: object) -> None:
    """A level is text or an integer; true is not the level 1."""
    with pytest.raises(WrongType):
        clean_level(value, REGION)


def test_long_lists_are_cut() -> None:
    """Of many levels the first eight are listed and the rest counted."""
    field = Field("f", "category", levels=tuple(f"l{i}" for i in range(20)), reference="l0")
    with pytest.raises(UnknownLevel, match=r"expected one of l0, l1, l2, l3, l4, l5, l6, l7 and 12 more$"):
        clean_level("x", field)


def test_required_field_has_no_gap() -> None:
    """A field that was fitted without gaps refuses one, number or category, and names itself."""
    category = Field("c", "category", levels=("a",), reference="a")
    for field in (Field("n", "number"), category):
        for value in (None, "", "nan"):
            with pytest.raises(MissingValue) as caught:
                clean_value(value, field)
            assert caught.value.field == field.name


@settings(deadline=None)
@given(st.text(max_size=8))
def test_a_level_or_an_error(text: str) -> None:
    """Any text is a known level, missing, or an error: nothing falls through."""
    try:
        found = clean_level(text, REGION)
    except UnknownLevel:
        return
    if found is None:
        assert text.strip().lower() in ("", "nan", "na", "n/a", "null", "none")
    else:
        assert text.strip().casefold() == found.casefold()
