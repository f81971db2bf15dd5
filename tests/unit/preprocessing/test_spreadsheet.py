"""Text that a spreadsheet would run, in one cell and in whole columns."""

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from phat.preprocessing.clean import clean_number
from phat.preprocessing.errors import RecordError
from phat.preprocessing.spreadsheet import FORMULA, NUMBER, harmless

signs = st.text(st.sampled_from("=+-@$%.,0123456789eE \t\r\n'a(\uff1d\uff0b\uff0d\uff20\u0660"), max_size=8)

signed = st.from_regex(
    r"[+-](\$ {0,2})?[0-9]{0,5}(,[0-9]{3}){0,2}\.?[0-9]{0,3}([eE][+-]?[0-9]{1,2})? {0,2}%? {0,2}", fullmatch=True
)


@pytest.mark.parametrize(
    "text",
    ["=cmd()", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "-", "-a", "+1-1", "=5"],
)
def test_formulas(text: str) -> None:
    """Text that begins like a formula gets an apostrophe in front."""
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["-5", "+49", "-1,234.5", "-1.234,5", "-$5,032.58 ", "-$ 5", "-.5", "-5.", "-1e-05", "+1E+300", "-5%", "-5 % ",
     "+ $5", "a=1", "'=1", "", " ", "5", "(5)", "$-5"],
)  # fmt: skip
def test_what_stays(text: str) -> None:
    """Numbers in the forms that people write, and text that begins otherwise, stay as they are."""
    assert harmless(text) == text


@given(signs)
@example("-5\n")
@example("-\u0665")
def test_columns_like_cells(text: str) -> None:
    """The engine's expressions find in a whole column what the rule finds in a cell."""
    column = pl.col("text")
    [found] = pl.DataFrame({"text": [text]}).select(column.str.contains(FORMULA) & ~column.str.contains(NUMBER))["text"]
    assert found == (harmless(text) != text)


@given(signed)
def test_no_number_is_changed(text: str) -> None:
    """What the cleaning reads as a number stays as it is."""
    try:
        clean_number(text)
    except RecordError:
        return
    assert harmless(text) == text


def test_long_texts() -> None:
    """The rule takes no longer than a text is long."""
    for text in ("-" + "1" * 4_000_000 + "x", "-1" + " " * 4_000_000 + "x", "-" + " " * 4_000_000 + "x"):
        assert harmless(text) == f"'{text}"
