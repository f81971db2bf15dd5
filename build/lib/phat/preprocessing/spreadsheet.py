"""Text that a spreadsheet would run when it opens a CSV: one rule for the API's answers and for whole files.

So OWASP advises (CSV injection): text that begins like a formula gets an apostrophe in front. What is a number in any
of the forms that people write has nothing to run, and stays as it is.
"""

import re

_BEGINNINGS = "=+@\t\r\n\uff1d\uff0b\uff0d\uff20-"
FORMULA = f"^[{_BEGINNINGS}]"
NUMBER = r"^[+-] *+\$? *+[.,]?[0-9][0-9.,]*+(?:[eE][+-]?[0-9]+)? *+%? *+$"
"""Both as engines understand them that match whole columns; there `*+` is a repetition like any other."""

_FIRST = frozenset(_BEGINNINGS)


def harmless(text: str) -> str:
    """A text as a spreadsheet will show it and not run it."""
    return f"'{text}" if text[:1] in _FIRST and not re.fullmatch(NUMBER, text) else text
