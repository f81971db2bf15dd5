"""How a file is written, as far as somebody says so; the rest is found out."""

import codecs
from dataclasses import dataclass

from phat.storage.errors import FilesError

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What separates cells, and what it is called."""
_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|", "bar": "|"}


@dataclass(frozen=True)
class Dialect:
    """What is said of how a file is written; None where it is to be found out.

    `encoding` is a name of Python's codecs, `decimal` the decimal mark (`,` or `.`), `separator` what stands between
    cells. FilesError for what is none of these.
    """

    encoding: str | None = None
    decimal: str | None = None
    separator: str | None = None

    def __post_init__(self) -> None:
        if self.encoding is not None:
            object.__setattr__(self, "encoding", _encoding(self.encoding))
        if self.decimal not in (None, ",", "."):
            raise FilesError(f"decimal: got {self.decimal!r}, expected ',' or '.'")
        if self.separator is not None:
            separator = _NAMES.get(self.separator.lower(), self.separator)
            if separator not in SEPARATORS:
                raise FilesError(f"separator: got {self.separator!r}, expected one of , ; | tab")
            object.__setattr__(self, "separator", separator)


PLAIN = Dialect()
"""Nothing is said."""


def _encoding(name: str) -> str:
    """The codec's own name; FilesError if it is none of text."""
    try:
        known = codecs.lookup(name).name
        "x".encode(known)
    except (LookupError, UnicodeError):
        raise FilesError(f"encoding: got {name!r}, expected a name such as latin-1, cp1252, utf-16 or utf-8") from None
    return known
