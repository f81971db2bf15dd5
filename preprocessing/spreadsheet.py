"""Text that a spreadsheet would run when it opens a CSV: one rule for the API's answers and for whole files.

So OWASP advises (CSV injection): text that begins like a formula gets an apostrophe in front. What is a number in any
of the forms that people write has nothing to run, and stays as it is.
"""

import re

FORMULA = "^[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
NUMBER = r"^[+-] *+\$? *+[.,]?[0-9][0-9.,]*+(?:[eE][+-]?[0-9]+)? *+%? *+$"
"""Both as engines understand them that match whole columns; there `*+` is a repetition like any other."""

_FORMULA, _NUMBER = re.compile(FORMULA), re.compile(NUMBER)


def harmless(text: str) -> str:
    """A text as a spreadsheet will show it and not run it."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
