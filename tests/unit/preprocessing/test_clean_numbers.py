"""What a raw value means as a number: the table of spellings, and properties over all of them."""

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phat.preprocessing.clean import clean_number, clean_record, clean_value
from phat.preprocessing.errors import BeyondFloats, InvalidNumber, NumberOutOfRange, RecordError, WrongType
from phat.preprocessing.schema import NumberField, Schema
from tests.unit.preprocessing.numerals import spell

NUMBERS = {
    "$6,882.34 ": 6882.34, "($5,032.58)": -5032.58, "-$5": -5.0, "$-5": -5.0, "62.59%": 62.59, "+$5": 5.0, "$+5": 5.0,
    "$ 5": 5.0, "5 %": 5.0, "(5%)": -5.0, ".5": 0.5, "5.": 5.0, "$1e3": 1000.0, "-1.5E-3": -0.0015, "1e+2": 100.0,
    "$(5,032.58)": -5032.58, "$ (5)": -5.0, "$(5%)": -5.0,
    "$ -5": -5.0, "-$ 5": -5.0, "($ 5)": -5.0, "(5 %)": -5.0, "(.5)": -0.5, "(1,234.5)": -1234.5, "-5%": -5.0,
    "1,234,567.5": 1234567.5, "12,345": 12345.0, "123,456.": 123456.0, "$1,234e2%": 123400.0, "007": 7.0, "0": 0.0,
    "-$1,234.50": -1234.5, "\u00a05\u00a0": 5.0, "\t\n5\r": 5.0, "\u20035%": 5.0, "5e-400": 0.0, "1e308": 1e308,
    "0.1": 0.1, "2.2250738585072014e-308": 2.2250738585072014e-308, "9007199254740993": 9007199254740992.0,
}  # fmt: skip

NOT_NUMBERS = [
    "(-5)", "(+5)", "-(5)", "+(5)", "($5)%", "(5)%", "((5))", "(5", "5)", "()", "1234,567", "$1,2,3", "12,34",
    "$($5)", "$(5)%", "$(-5)", "-$(5)", "$-(5)", "$(5", "$( 5)",
    "1,23", ",123", "1,,234", "1,234,", "0,123", "00,123", "1,234,56", "1.234,5", "1.2.3", "1_000", "0x1F", "1e", "e5",
    "1e5.0", "1 000", "1 e5", "- 5", "+ 5", "--5", "+-5", "-+5", "-$-5", "$$5", "5$", "$", "%", "%5", "5%%", "5 % %",
    ".", "-", "+.", "inf", "-inf", "Infinity", "abc", "True", "5 apples", "\u0663", "\uff15", "5\u066a", "\u22125",
    "5\x00", "\u200b5", "1e1_0", "1,234\u00a0567", "0b1", "1j", "'5'", "5,", "nan%", "$nan", "(nan)", "-nan", "n.a.",
]  # fmt: skip

MISSING = ["", " ", "\t\n", "\u00a0", "nan", "NaN", "NAN", " nan ", "na", "NA", "n/a", "N/A", "null", "NULL", "None"]


@pytest.mark.parametrize(("text", "number"), NUMBERS.items())
def test_spellings(text: str, number: float) -> None:
    """Each spelling of the table means its number, to the bit."""
    found = clean_number(text)
    assert found is not None
    assert (found, type(found)) == (number, float)


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_no_spellings(text: str) -> None:
    """What the table does not list is an error that quotes it, never a number."""
    with pytest.raises(InvalidNumber, match="expected a number"):
        clean_number(text)


@pytest.mark.parametrize("text", MISSING)
def test_missing_text(text: str) -> None:
    """Blanks and the words for missing, in any case, are missing."""
    assert clean_number(text) is None


def test_missing_values() -> None:
    """None is missing, and so is the NaN of a data frame."""
    assert clean_number(None) is None
    assert clean_number(float("nan")) is None


@pytest.mark.parametrize("value", [0, -7, 1.5, 2**53, 5e-324, -0.0, 1.7e308])
def test_json_numbers(value: float) -> None:
    """A JSON number is itself, as a float."""
    found = clean_number(value)
    assert repr(found) == repr(float(value))


@pytest.mark.parametrize("value", [True, False, [], [1], {}, {"a": 1}, b"5", Decimal(5)])
def test_wrong_types(value: object) -> None:
    """A boolean is no number, nor is any other type."""
    with pytest.raises(WrongType, match="expected a number"):
        clean_number(value)


@pytest.mark.parametrize("value", ["1e400", "-1e400", "(1e400)", "9" * 400, float("inf"), float("-inf"), 10**400])
def test_out_of_range(value: object) -> None:
    """A number that a 64-bit float cannot hold is an error."""
    with pytest.raises(NumberOutOfRange, match="64-bit floats"):
        clean_number(value)


def test_number_beyond_floats_is_quoted_as_it_was_written() -> None:
    """A number that a JSON reader could not hold is an error that shows the caller's own digits."""
    for text, shown in (("1e400", "1e400"), ("-" + "9" * 400, f"-{'9' * 39}...")):
        with pytest.raises(NumberOutOfRange) as caught:
            clean_number(BeyondFloats(text))
        assert caught.value.detail == f"got the number {shown}, expected a number within the range of 64-bit floats"


def test_words_of_its_own_replace_the_usual_ones() -> None:
    """Where a field names its missing words, only these are missing; blank text always is."""
    gaps = NumberField("n", fill=0.0, missing=("?", "Not Known")).gaps
    assert [clean_number(text, gaps) for text in ("?", " NOT KNOWN ", "", "  ", "7")] == [None, None, None, None, 7.0]
    for text in ("nan", "n/a", "??"):
        with pytest.raises(InvalidNumber):
            clean_number(text, gaps)


@pytest.mark.parametrize(
    ("value", "number"),
    [(True, 1.0), (False, 0.0), ("true", 1.0), (" FALSE ", 0.0), (1, 1.0), ("0", 0.0), ("$2", 2.0), ("nan", None)],
)
def test_booleans_where_training_had_them(value: object, number: float | None) -> None:
    """A number that was true and false in training takes these, in JSON and as text, besides numbers and gaps."""
    field = NumberField("n", fill=0.5, boolean=True)
    cleaned = clean_value(value, field)
    assert (cleaned, type(cleaned)) == (number, type(number))
    assert clean_record({"n": value, "m": 1}, Schema((field, NumberField("m"))))["n"] == number


@pytest.mark.parametrize("value", [True, False, "true", "yes"])
def test_booleans_elsewhere(value: object) -> None:
    """A number that was none in training takes no booleans, whichever way they are written."""
    with pytest.raises(RecordError, match="expected a number"):
        clean_value(value, NumberField("n", fill=0.5))


def test_longest_body_of_digits_is_read_in_time() -> None:
    """A number as long as a whole body is read, or refused, without delay."""
    assert clean_number("1" * 4_000_000 + "e-4000000") == pytest.approx(1 / 9)
    with pytest.raises(InvalidNumber):
        clean_number("1" * 2_000_000 + " " * 2_000_000 + "x")


blanks = st.text(" \t\n\u00a0\u2003", max_size=3)
exponents = st.just("") | st.builds(
    "{}{}{}".format, st.sampled_from("eE"), st.sampled_from(["", "+", "-"]), st.integers(0, 280)
)
decimals = st.just("") | st.just(".") | st.from_regex(r"\A\.[0-9]{1,20}\Z")
wholes = st.integers(0, 10**25)
frames = st.sampled_from(
    ["{}", "-{}", "+{}", "${}", "$ {}", "-${}", "$-{}", "$ -{}", "-$ {}", "({})", "(${})", "($ {})", "$({})"]
)
percents = st.sampled_from(["", "%", " %"])


@pytest.mark.slow
@settings(deadline=None, max_examples=400)
@given(wholes, decimals, exponents, frames, percents, st.booleans(), blanks, blanks)
def test_every_listed_form_comes_back(
    whole: int, decimal: str, exponent: str, frame: str, percent: str, grouped: bool, before: str, after: str
) -> None:
    """Any number in any listed form comes back as the float that Python reads from its bare digits."""
    bare = f"{whole}{decimal}{exponent}"
    shown = f"{whole:,}{decimal}{exponent}" if grouped else bare
    head, tail = frame.split("{}")
    text = before + head + shown + (percent + tail if tail else percent) + after
    negative = "-" in head or "(" in head
    assert repr(clean_number(text)) == repr(-float(bare) if negative else float(bare))


@settings(deadline=None, max_examples=400)
@given(st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_floats_survive_text(value: float, padded: bool) -> None:
    """Every float, written as Python writes it, comes back bit for bit."""
    assert repr(clean_number(f"  {value!r}\t" if padded else repr(value))) == repr(value)


near_misses = st.text("0123456789,,..$%()+-eE \u00a0\u0663_", max_size=10)
pieces = st.lists(
    st.sampled_from(["1", "12", "123", ",123", ",234", ".", ".5", "$", "%", " ", "(", ")", "-", "+", "e", "e5", "0"]),
    max_size=7,
).map("".join)


@pytest.mark.slow
@settings(deadline=None, max_examples=2000)
@given(near_misses | pieces | st.text(max_size=6))
@example("")
@example("($1,234.5 %)")
@example("0,123")
def test_agrees_with_the_rules_read_another_way(text: str) -> None:
    """A reader of the rules that goes character by character says the same of any text."""
    expected = spell(text)
    if isinstance(expected, str):
        with pytest.raises(RecordError) as caught:
            clean_number(text)
        assert caught.value.code == expected
    else:
        assert repr(clean_number(text)) == repr(expected)
