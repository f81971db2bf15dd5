"""When two spellings are the same: of a level, a missing word, or a name of a field."""

import re

_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u2060\ufeff]")
"""Soft hyphen, zero-width characters, marks of direction, and the byte-order mark."""


def fold(text: str) -> str:
    """The text trimmed, in Unicode's normal form C, and without letter case."""
    if text.isascii():
        return text.strip().lower()
    from unicodedata import normalize  # noqa: PLC0415  # a cold start has no time, and most text is ASCII

    return normalize("NFC", normalize("NFC", text.strip()).casefold())


def fold_name(name: str) -> str:
    """The same of a field's name, which may have invisible characters in it too."""
    return fold(name if name.isascii() else _INVISIBLE.sub("", name))
