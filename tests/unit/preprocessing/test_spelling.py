"""When two spellings are the same."""

from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.preprocessing.spelling import exact_id, fold, fold_id, fold_name


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (" Asia\t", "asia"),
        ("N/A", "n/a"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("\u00a0\u00c9t\u00e9\u2003", "été"),
        ("E\u0301TE\u0301", "été"),
        ("\u212a", "k"),
        ("as ia", "as ia"),
        ("", ""),
        (" \u3000", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    """Outer blanks, letter case and composition do not count; all else does."""
    assert fold(text) == folded


@settings(deadline=None)
@given(st.text(max_size=8), st.text("aäßéЖÅ1-", max_size=4))
def test_blanks_composition_and_case_do_not_count(text: str, letters: str) -> None:
    """Any text folds like itself between blanks and in another composition, letters also like their capitals."""
    assert fold(text) == fold(f" {text}\t") == fold(normalize("NFD", text))
    assert fold(letters) == fold(letters.upper()) == fold(letters.lower())


@settings(deadline=None)
@given(st.text(st.characters(codec="ascii")))
def test_short_way_of_ascii_agrees(text: str) -> None:
    """ASCII, which is folded without Unicode's tables, is folded as these would."""
    assert fold(text) == normalize("NFC", text.strip().casefold())


def test_invisible_characters_count_in_values_only() -> None:
    """What nobody sees is left out of a name, and is a part of a value."""
    for text in ("\ufeffx5", "x\u200b5", "x5\u00ad", "\u200fx5", "x\u20605"):
        assert fold_name(text) == "x5"
        assert fold(text) != "x5"
    assert fold_name("\ufeff X5 ") == "x5"


@pytest.mark.parametrize(
    ("value", "folded"),
    [
        (7, "7"), (" C-1\n", "C-1"), ("1.0", "1"), ("-2.00", "-2"), ("1.", "1."), (".0", ".0"), ("1.5", "1.5"),
        ("01", "01"), ("a.0", "a.0"), ("1e5", "1e5"), ("Jo\u0308rg ", "J\u00f6rg"), ("C-1", "C-1"), ("", ""),
    ],
)  # fmt: skip
def test_ids(value: object, folded: str) -> None:
    """An id is trimmed and composed, and a whole number with decimals is the integer; case and noughts stay."""
    assert fold_id(value) == folded


@pytest.mark.parametrize(
    ("value", "exact"),
    [(7, "7"), (" C-1\n", "C-1"), ("1.0", "1.0"), ("-2.00", "-2.00"), ("Jo\u0308rg ", "J\u00f6rg"), (" ", "")],
)
def test_exact_ids(value: object, exact: str) -> None:
    """An id as its sender means it is trimmed and composed; its decimals are a part of it."""
    assert exact_id(value) == exact
