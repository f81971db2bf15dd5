"""What a raw value means as a level of a category."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.preprocessing.clean import clean_level, clean_record, clean_value
from phat.preprocessing.errors import BeyondFloats, MissingValue, UnknownLevel, WrongType
from phat.preprocessing.schema import MISSING_WORDS, CategoryField, NumberField, Schema

REGION = CategoryField("region", gap="zero", levels=("America", "asia", "1", "Straße"), reference="America")


def of(*levels: str, **policies: Any) -> CategoryField:
    """A field of these levels, whose missing values make all its columns 0 unless the policies say otherwise."""
    return CategoryField("c", levels=levels, **({"gap": "zero"} | policies))


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


@pytest.mark.parametrize(
    "value",
    [
        "europe",
        "as ia",
        "asia,",
        "1.00",
        "01",
        "asia\x00",
        "-",
        "0",
        0,
        2,
        -1,
        1.5,
        10**30,
        True,
        False,
        float("inf"),
    ],
)
def test_unknown_levels(value: object) -> None:
    """An unknown level is an error that lists the known ones, never the reference level; true is not the level 1."""
    with pytest.raises(UnknownLevel, match="expected one of America, asia, 1, Straße"):
        clean_level(value, REGION)


@pytest.mark.parametrize("value", [[], ["asia"], {}, b"asia"])
def test_wrong_types(value: object) -> None:
    """A level is text, a number or a boolean."""
    with pytest.raises(WrongType):
        clean_level(value, REGION)


@pytest.mark.parametrize(
    ("levels", "value", "level"),
    [
        (("1", "2"), 1.0, "1"),
        (("1", "2"), "1.0", "1"),
        (("1", "2"), " 2.0 ", "2"),
        (("1.0", "2.0"), 1, "1.0"),
        (("1.0", "2.0"), "1", "1.0"),
        (("1.0", "2.0"), 2.0, "2.0"),
        (("-3", "0"), -3.0, "-3"),
        (("0.5", "1e-05"), 0.5, "0.5"),
        (("0.5", "1e-05"), 1e-5, "1e-05"),
        (("9007199254740991",), 9007199254740991.0, "9007199254740991"),
        (("12345678901234567890",), 12345678901234567890, "12345678901234567890"),
    ],
)
def test_numbers_are_levels_by_their_shortest_decimal(levels: tuple[str, ...], value: object, level: str) -> None:
    """A number is the level that its shortest decimal spells; of a whole one, also as text, `.0` does not count."""
    assert clean_level(value, of(*levels)) == level


@pytest.mark.parametrize(
    ("levels", "value"),
    [
        (("01", "02"), 1),
        (("01", "02"), 1.0),
        (("01", "02"), "1"),
        (("1", "2"), "01"),
        (("1", "2"), "+1"),
        (("1", "2"), "1.00"),
        (("0.5",), "0.50"),
        (("0.50",), 0.5),
        (("9007199254740993",), 9007199254740992.0),
        (("9007199254740993",), "9007199254740993.0"),
    ],
)
def test_other_spellings_of_numbers_stay_apart(levels: tuple[str, ...], value: object) -> None:
    """Leading and trailing zeros, signs, and whole numbers that floats do not hold are spellings of their own."""
    with pytest.raises(UnknownLevel):
        clean_level(value, of(*levels))


def test_whole_numbers_that_are_levels_both_ways() -> None:
    """Where both `1` and `1.0` are levels, each is itself, blanks around it or not."""
    both = of("1", "1.0")
    assert [clean_level(value, both) for value in ("1", 1, " 1 ", "1.0", 1.0, " 1.0 ")] == ["1"] * 3 + ["1.0"] * 3


@pytest.mark.parametrize(
    ("levels", "policies", "true"),
    [
        (("True", "False"), {}, "True"),
        (("false", "true"), {}, "true"),
        (("yes", "no"), {}, "yes"),
        (("No", "Yes"), {}, "Yes"),
        (("yes", "no"), {"gap": "fill", "fill": "no"}, "yes"),
        (("missing", "yes", "no"), {"gap": "fill", "fill": "missing"}, "yes"),
    ],
)
def test_booleans_are_levels(levels: tuple[str, ...], policies: dict[str, Any], true: str) -> None:
    """True is the level spelt so; where the levels are yes and no, besides that of gaps, it is yes; as text too."""
    field = of(*levels, **policies)
    false = next(level for level in levels if level not in (true, "missing"))
    assert [clean_level(value, field) for value in (True, "true", " TRUE")] == [true] * 3
    assert [clean_level(value, field) for value in (False, "false", "False ")] == [false] * 3


@pytest.mark.parametrize("levels", [("yes", "no", "maybe"), ("y", "n"), ("1", "0"), ("yes", "Yes", "no")])
def test_booleans_that_are_no_levels(levels: tuple[str, ...]) -> None:
    """Where other levels stand next to yes and no, or two are spelt alike, true is unknown."""
    with pytest.raises(UnknownLevel, match="got true"):
        clean_level(True, of(*levels))


@pytest.mark.parametrize("level", ["None", "NA", "null", "nan", "N/A", "?"])
def test_a_level_goes_before_a_missing_word(level: str) -> None:
    """A level that is spelt like a missing value is that level, in any letter case; null and blanks are missing."""
    field = of(level, "b", missing=(*MISSING_WORDS, "?"))
    assert [clean_level(text, field) for text in (level, f" {level.upper()} ", level.lower())] == [level] * 3
    assert [clean_level(value, field) for value in (None, "", " ", float("nan"))] == [None] * 4
    assert clean_record({"c": level}, Schema((field,))) == {"c": level}
    other = next(word for word in MISSING_WORDS if word != level.lower())
    assert clean_level(other, field) is None


def test_missing_words_of_its_own() -> None:
    """A field's own missing words take the place of the usual ones."""
    field = of("a", "b", missing=("?", "Unknown"))
    assert [clean_level(text, field) for text in ("?", " UNKNOWN", "", None)] == [None] * 4
    with pytest.raises(UnknownLevel, match="got 'nan', expected one of a, b"):
        clean_level("nan", field)


def test_levels_that_differ_by_case_only() -> None:
    """Levels that fold alike are met exactly as they are spelt; any other spelling of them is refused, no gap."""
    field = of("NA", "na", "OH")
    assert [clean_level(text, field) for text in ("NA", "na", "oh")] == ["NA", "na", "OH"]
    for text in ("Na", "NA ", " na", "nA"):
        with pytest.raises(UnknownLevel):
            clean_level(text, field)


def test_levels_are_composed() -> None:
    """A level meets its text in either of Unicode's compositions."""
    composed, decomposed = "Z\u00fcrich", "Zu\u0308rich"
    for level in (composed, decomposed):
        field = of(level, "Bern")
        assert [clean_level(text, field) for text in (composed, decomposed, " Z\u00dcRICH")] == [level] * 3


@pytest.mark.parametrize("value", ["new", "IL ", 7, 10**60, True, BeyondFloats("1e999")])
def test_unknown_levels_count_as_other(value: object) -> None:
    """Where a field says so, any unknown level is the level `other`, and a missing one is still missing."""
    field = of("a", "other", unknown="other")
    assert clean_level(value, field) == "other"
    assert clean_level(None, field) is None


@pytest.mark.parametrize("value", ["new", 7, 10**60, BeyondFloats("1e999")])
def test_unknown_levels_count_as_missing(value: object) -> None:
    """Where a field says so, any unknown level is missing."""
    assert clean_level(value, of("a", "none at all", gap="fill", fill="none at all", unknown="missing")) is None


def test_beyond_floats_is_an_unknown_level() -> None:
    """A number that a JSON reader could not hold is an unknown level, quoted as it was written."""
    with pytest.raises(UnknownLevel, match="got the number 1e999, expected one of America"):
        clean_level(BeyondFloats("1e999"), REGION)


def test_integer_of_thousands_of_digits_is_an_unknown_level() -> None:
    """An integer too long to be written is an unknown level like any other, at once."""
    with pytest.raises(UnknownLevel, match="got an integer too large to show, expected one of America"):
        clean_level(10**5000, REGION)
    assert clean_level(10**5000, of("a", "other", unknown="other")) == "other"


def test_long_lists_are_cut() -> None:
    """Of many levels the first eight are listed and the rest counted."""
    field = CategoryField("f", levels=tuple(f"l{i}" for i in range(20)), reference="l0")
    with pytest.raises(UnknownLevel, match=r"expected one of l0, l1, l2, l3, l4, l5, l6, l7 and 12 more$"):
        clean_level("x", field)


def test_required_field_has_no_gap() -> None:
    """A field that was fitted without gaps refuses one, number or category, and names itself."""
    category = CategoryField("c", levels=("a",), reference="a")
    for field in (NumberField("n"), category):
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
        assert text.strip().casefold() in (found.casefold(), "1.0")


spelt = st.one_of(
    st.text(max_size=4),
    st.sampled_from(["a", "A", " a", "1", "1.0", "01", "-0", "true", "True", "yes", "no", "NA", "na", "None", "other"]),
    st.integers(-5, 5).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)
fields = st.builds(
    lambda levels, missing: of(*levels, missing=tuple(missing)),
    st.lists(spelt.filter(str.strip), min_size=1, max_size=6, unique=True),
    st.lists(st.sampled_from(["?", "-", *MISSING_WORDS]), max_size=3),
)


@settings(deadline=None, max_examples=400)
@given(fields)
def test_exact_spelling_always_wins(field: CategoryField) -> None:
    """Whatever the levels and the missing words, each level as it is spelt is that level, alone and in a record."""
    for level in field.levels:
        assert clean_level(level, field) == level
        assert clean_record({"c": level}, Schema((field,))) == {"c": level}


@settings(deadline=None, max_examples=400)
@given(fields, spelt)
def test_other_spellings_never_choose_between_levels(field: CategoryField, text: str) -> None:
    """A text that is no level as it is spelt means the one level that folds like it, and none where several do."""
    alike = {level for level in field.levels if level.strip().casefold() == text.strip().casefold()}
    if text in field.levels or not alike or not text.isascii() or not "".join(field.levels).isascii():
        return
    if len(alike) == 1:
        assert clean_level(text, field) == alike.pop()
    else:
        with pytest.raises(UnknownLevel):
            clean_level(text, field)
