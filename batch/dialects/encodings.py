"""Bytes of a file as text: UTF-8, what a byte-order mark says, or the encoding that somebody names."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from phat.batch.csv.lines import Stream
from phat.batch.dialects.errors import Unclear
from phat.storage.errors import FileRefused
from phat.storage.files import Place

_BLOCK = 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte-order marks; that of UTF-16 begins that of UTF-32."""
_FAMILIES = {"utf-8-sig": ("utf-8", "utf-8-sig"), "utf-32": ("utf-32",), "utf-16": ("utf-16",)}
UTF8 = ("utf-8", "utf-8-sig", "ascii")
"""Encodings whose bytes are those of UTF-8."""
_BINARY = bytes({*range(32)} - {*b"\t\n\f\r\x1a\x1b"})
"""What is in files of programs, and in no text of one byte a character."""
_CONTROLS = bytes(range(0x80, 0xA0))
"""What no text has in Latin-1, and most texts of Windows have in cp1252: the euro sign, dashes, curly quotes."""


def encoding_of(head: bytes, said: str | None) -> str:
    """The encoding of a file that begins so; Unclear says why it cannot be the one that is `said`."""
    mark = next((name for start, name in _MARKS if head.startswith(start)), None)
    if mark is None:
        if said is None and (guess := _wide(head)):
            raise Unclear(f"it looks like UTF-16 without its byte-order mark; say --encoding {guess}")
        return said or "utf-8"
    if said is not None and said not in _FAMILIES[mark]:
        raise Unclear(
            f"it begins with the byte-order mark of {mark.removesuffix('-sig').upper()}: leave out --encoding {said}"
        )
    return mark


def _wide(head: bytes) -> str | None:
    """The encoding of text every other byte of which is zero."""
    for zeros, others, name in ((head[1::2], head[::2], "utf-16-le"), (head[::2], head[1::2], "utf-16-be")):
        if len(zeros) > 1 and zeros.count(0) > 0.9 * len(zeros) and others.count(0) < 0.1 * len(others):
            return name
    return None


def unpacked_head(place: Place, length: int) -> bytes:
    """What a packed file begins with when it is unpacked."""
    with unpacking(place), raw_stream(place, packed=True) as raw:
        return raw.read(length)


def raw_stream(place: Place, packed: bool) -> io.BufferedReader:
    """The bytes of a file, unpacked if it is `packed` with gzip."""
    if not packed:
        return io.BufferedReader(Stream(place, 0, place.size), _BLOCK)
    return io.BufferedReader(gzip.GzipFile(fileobj=raw_stream(place, packed=False)), _BLOCK)


@contextmanager
def unpacking(place: Place) -> Iterator[None]:
    """What cannot be unpacked is a FileRefused that names the file."""
    try:
        yield
    except EOFError:
        raise FileRefused(f"{place.name}: it is compressed with gzip, and truncated; copy it again") from None
    except (gzip.BadGzipFile, zlib.error):
        raise FileRefused(f"{place.name}: it is compressed with gzip, and broken; copy it again") from None


@contextmanager
def text_stream(place: Place, encoding: str, packed: bool) -> Iterator[io.TextIOWrapper]:
    """The text of a file, line ends as they are; FileRefused, while it is read, for what is no such text."""
    with unpacking(place):
        try:
            with raw_stream(place, packed) as raw, io.TextIOWrapper(raw, encoding, newline="") as text:
                yield text
        except UnicodeDecodeError as error:
            raise FileRefused(f"{place.name}: {undecodable(error, encoding)}") from None


def undecodable(error: UnicodeDecodeError, encoding: str) -> str:
    """What is wrong with bytes that are no text, and what they may be instead."""
    byte = error.object[error.start]
    if encoding.startswith(("utf-16", "utf-32")):
        return f"it is not {encoding.upper()} throughout: {error.reason}; it may be truncated, copy or export it again"
    name = "UTF-8" if encoding in UTF8 else encoding
    if encoding not in UTF8:
        return f"it is not {name}: byte 0x{byte:02x} means nothing there; say another --encoding"
    if error.object.translate(None, _BINARY) != error.object:
        return "it is no text: it has bytes that no text has; expected CSV, xlsx or Parquet"
    guess = _guess(error.object)
    around = error.object[max(0, error.start - 12) : error.start + 12].decode(guess, "replace")
    shown = " ".join(around.split())
    return f"it is not UTF-8 (byte 0x{byte:02x}); say --encoding {guess} if '{shown}' is right"


def _guess(data: bytes) -> str:
    """The encoding of Western Europe that bytes are likely to be in."""
    return "cp1252" if data.translate(None, _CONTROLS) != data else "latin-1"


def doubts(place: Place, encoding: str, packed: bool) -> list[str]:
    """What speaks against an encoding that somebody named; Unclear if it cannot be right.

    Every byte is some character of Latin-1, so that a wrong name would go unnoticed.
    """
    if encoding in UTF8 or encoding.startswith(("utf-", "utf_")):
        return []
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, plain = True, True
    with unpacking(place), raw_stream(place, packed) as raw:
        while block := raw.read(_BLOCK):
            if encoding == "iso8859-1" and _guess(block) != "latin-1":
                raise Unclear("it has bytes that are control characters in Latin-1; say --encoding cp1252")
            plain = plain and block.isascii()
            utf8 = utf8 and _decodes(decoder, block)
    utf8 = utf8 and _decodes(decoder, b"", final=True)
    return (
        [f"it is UTF-8 as well: without --encoding {encoding} its letters may be others"] if utf8 and not plain else []
    )


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def begun_text(head: bytes, encoding: str, complete: bool) -> str:
    """The text that bytes at the beginning of a file are; Unclear if they are none."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head, complete)
    except UnicodeDecodeError as error:
        raise Unclear(undecodable(error, encoding)) from None
