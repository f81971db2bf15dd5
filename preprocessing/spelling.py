"""When two spellings are the same: of a level, a missing word, a name of a field, or an id."""

_INVISIBLE = dict.fromkeys((0xAD, 0x180E, *range(0x200B, 0x2010), 0x2060, 0xFEFF))
"""Soft hyphen, zero-width characters, marks of direction, and the byte-order mark."""


def fold(text: str) -> str:
    """The text trimmed, in Unicode's normal form C, and without letter case."""
    if text.isascii():
        return text.strip().lower()
    from unicodedata import normalize  # noqa: PLC0415  # a cold start has no time, and most text is ASCII

    return normalize("NFC", normalize("NFC", text.strip()).casefold())


def fold_name(name: str) -> str:
    """The same of a field's name, which may have invisible characters in it too."""
    return fold(name if name.isascii() else name.translate(_INVISIBLE))


def exact_id(value: object) -> str:
    """An id as text, trimmed and in Unicode's normal form C: as whoever sent it means it."""
    text = str(value).strip()
    if text.isascii():
        return text
    from unicodedata import normalize  # noqa: PLC0415  # the same

    return normalize("NFC", text)


def fold_id(value: object) -> str:
    """The same, and a whole number without decimals: data frames with gaps write the integer 1 as 1.0."""
    text = exact_id(value)
    if not text.isascii():
        return text
    whole, _, decimals = text.partition(".")
    return whole if decimals and not decimals.strip("0") and whole.lstrip("-").isdigit() else text
