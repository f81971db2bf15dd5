"""Texts of others, as they are printed."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phat.model.visible import visible, visible_line

HIDDEN = [
    "\x1b", "\x07", "\x08", "\r", "\x00", "\x7f", "\x9b", "\x85", "\u202e", "\u2066", "\u200f", "\u061c", "\u2028",
    "\ufeff", "\u200b", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("char", HIDDEN)
def test_hidden_characters_are_shown(char: str) -> None:
    """Terminal controls, marks of direction, and what takes no room or cannot be written are shown as escapes."""
    assert visible(f"a{char}b") == visible_line(f"a{char}b") == f"a\\u{ord(char):04x}b"


@pytest.mark.parametrize(
    "text", ["", "Köln", "東京", "[bold]x[/x]", ":smile:", "👩\u200d🔬", "\u0645\u06cc\u200c\u062e", "a\tb", "\\u001b"]
)
def test_other_texts_stay(text: str) -> None:
    """Letters of any script, their joiners, and what is markup elsewhere stay as they are."""
    assert visible(text) == visible_line(text) == text


def test_line_breaks() -> None:
    """Line breaks stay where a text may have several lines, and nowhere else."""
    assert (visible("a\nb"), visible_line("a\nb")) == ("a\nb", "a\\u000ab")


@given(st.text(st.characters(codec="utf-8")))
def test_escapes_can_be_read_back(text: str) -> None:
    """What was JSON or TOML before is the same JSON or TOML after."""
    assert json.loads(visible(json.dumps(text, ensure_ascii=False))) == text
    assert tomllib.loads(visible(f"a = {json.dumps(text, ensure_ascii=False)}")) == {"a": text}
