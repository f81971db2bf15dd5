"""Texts of others (of a model, a file, a store), made safe to print: nothing in them moves a terminal or hides."""

import re

_MOVES = "\x00-\x08\x0b-\x1f\x7f-\x9f"
"""Control characters (C0 and C1) but the line break and the tab."""
_HIDES = "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
"""Marks of direction (Unicode 9.0, Bidi_Control), separators of lines, and characters that take no room."""
_LONE = "\ud800-\udfff"
"""Halves of surrogate pairs, which cannot be written."""
_HIDDEN = re.compile(f"[{_MOVES}{_HIDES}{_LONE}]")
_HIDDEN_OR_BREAK = re.compile(f"[\n{_MOVES}{_HIDES}{_LONE}]")


def visible(text: str) -> str:
    """The text with such characters as escapes, which JSON and TOML read back; line breaks and tabs stay."""
    return _HIDDEN.sub(_escape, text)


def visible_line(text: str) -> str:
    """The same in one line: line breaks are escaped too."""
    return _HIDDEN_OR_BREAK.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
