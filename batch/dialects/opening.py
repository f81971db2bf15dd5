"""From a file as people have it to one that every reader knows: CSV (UTF-8, comma, RFC 4180) or Parquet.

What is so already is read where it is.
"""

import tempfile
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from errno import ENOSPC
from functools import partial
from pathlib import Path
from typing import NamedTuple

from phat.batch.dialects.assumptions import assumed, suspected
from phat.batch.dialects.decimals import READ_AS_COMMAS, named
from phat.batch.dialects.encodings import UTF8, begun_text, doubts, encoding_of, text_stream, unpacked_head
from phat.batch.dialects.errors import Unclear
from phat.batch.dialects.kinds import HEAD, Kind, foreign, foreign_text, kind_of
from phat.batch.dialects.options import SEPARATORS, Dialect
from phat.batch.dialects.rewriting import copy, rewrite
from phat.batch.dialects.separators import Separated, separator_of
from phat.batch.dialects.workbook import write_workbook
from phat.storage.errors import FileRefused
from phat.storage.files import LocalFile, Place, local_file


@dataclass(frozen=True)
class Converted:
    """A file of this machine or of S3, read in a form that every reader knows; its name and identity stay its own."""

    original: Place
    file: LocalFile

    @property
    def name(self) -> str:
        """The name of the original."""
        return self.original.name

    @property
    def size(self) -> int:
        """Bytes of what is read."""
        return self.file.size

    @property
    def identity(self) -> Hashable:
        """That of the original."""
        return self.original.identity

    @property
    def flaw(self) -> str | None:
        """That of the original."""
        return self.original.flaw

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of what is read."""
        return self.file.read(offset, length)

    def check(self) -> None:
        """FileRefused if the original has changed, or what is read."""
        self.original.check()
        self.file.check()


class Opened(NamedTuple):
    """A file to read, and what was assumed of it; `decimal_comma` if its numbers have decimal commas."""

    place: Place
    notices: list[str]
    decimal_comma: bool = False


@contextmanager
def opened(places: Sequence[Place], dialect: Dialect) -> Iterator[list[Opened]]:
    """The files in a form that every reader knows, as long as the block lasts.

    What is plain UTF-8 with commas, or Parquet, is the very place that was given. FileRefused names a file and says
    what it is, if it is no table or it is not known how it is written.
    """
    with tempfile.TemporaryDirectory(prefix="phat-") as folder:
        yield [_open(place, dialect, Path(folder) / f"{number}.csv") for number, place in enumerate(places)]


def _open(place: Place, dialect: Dialect, target: Path) -> Opened:
    head = place.read(0, HEAD)
    kind = kind_of(head)
    try:
        if kind is Kind.PARQUET:
            return _open_parquet(place, dialect)
        if kind is Kind.WORKBOOK:
            with target.open("wb") as file:
                return _converted(place, target, *write_workbook(place, file, dialect.decimal))
        return _open_text(place, dialect, target, head)
    except Unclear as error:
        raise FileRefused(f"{place.name}: {error}") from None
    except OSError as error:
        if error.errno != ENOSPC:
            raise
        raise FileRefused(f"{place.name}: no space is left in {target.parent} to write it as CSV; set TMPDIR") from None


def _open_parquet(place: Place, dialect: Dialect) -> Opened:
    if dialect.decimal == ",":
        raise Unclear("it is Parquet, where numbers are no texts: leave out --decimal")
    return Opened(place, [])


def _open_text(place: Place, dialect: Dialect, target: Path, head: bytes) -> Opened:
    packed, complete = kind_of(head) is Kind.GZIP, place.size <= HEAD
    if packed:
        head = unpacked_head(place, HEAD)
        complete = len(head) < HEAD
        if kind_of(head) is not Kind.TEXT:
            raise Unclear(f"it is {kind_of(head).value} within gzip; unpack it first")
    if (reason := foreign(head)) is not None:
        raise Unclear(reason)
    encoding = encoding_of(head, dialect.encoding)
    text = begun_text(head, encoding, complete)
    if (reason := foreign_text(text)) is not None:
        raise Unclear(reason)
    separated = separator_of(text, dialect.separator, complete)
    as_it_is = separated == Separated(",") and dialect.decimal != ","
    notices = doubts(place, encoding, packed)
    if as_it_is:
        notices += suspected(text, complete)
        if encoding in UTF8 and not packed:
            return Opened(place, notices)
    opens = partial(text_stream, place, encoding, packed)
    with target.open("w+b") as file:
        found = copy(opens, file) if as_it_is else rewrite(opens, file, separated, dialect.decimal)
    if separated.separator != ",":
        notices.append(f"cells are separated by {SEPARATORS[separated.separator]}")
    if found.decimal is not None:
        notices += assumed(found.tallies, found.decimal, dialect.decimal is not None)
    return _converted(place, target, notices, found.decimal == "," and bool(named(found.tallies, READ_AS_COMMAS)))


def _converted(place: Place, target: Path, notices: list[str], decimal_comma: bool = False) -> Opened:
    place.check()
    return Opened(Converted(place, local_file(target)), notices, decimal_comma)


def shown_notices(files: Sequence[Opened]) -> list[str]:
    """What was assumed, once for all files of which it is the same."""
    names: dict[str, list[str]] = {}
    for file in files:
        for text in file.notices:
            names.setdefault(text, []).append(file.place.name)
    return [f"{some[0]}{f' and {len(some) - 1} more' * (len(some) > 1)}: {text}" for text, some in names.items()]
