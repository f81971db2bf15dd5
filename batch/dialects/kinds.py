"""What a file is, by the bytes that it begins with."""

import io
import re
import zipfile
from enum import Enum
from typing import BinaryIO

from phat.storage.files import TABLES

HEAD = 64 * 1024
"""Bytes by which a file is known."""

READABLE = (*TABLES, ".tsv", ".xlsx", ".csv.gz", ".tsv.gz")
"""Endings of files that are read, of a folder or a prefix."""


class Kind(Enum):
    """What files of records are written in."""

    TEXT = "CSV"
    PARQUET = "Parquet"
    WORKBOOK = "an Excel workbook (xlsx)"
    GZIP = "gzip"


_READ = {b"PAR1": Kind.PARQUET, b"\x1f\x8b": Kind.GZIP, b"PK\x03\x04": Kind.WORKBOOK}
_SAVE = "save the table as CSV, xlsx or Parquet"
_SAVE_PLAIN = "save the table as CSV (UTF-8) or Parquet"
_UNPACK = "unpack it first, or pack the CSV with gzip"
_OTHERS: dict[bytes, tuple[str, str]] = {
    b"PK\x05\x06": ("an empty zip archive", _SAVE),
    b"BZh": ("compressed with bzip2", _UNPACK),
    b"\xfd7zXZ\x00": ("compressed with xz", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", _UNPACK),
    b"7z\xbc\xaf\x27\x1c": ("a 7-Zip archive", _UNPACK),
    b"Rar!": ("a RAR archive", _UNPACK),
    b"%PDF": ("a PDF", _SAVE),
    b"SQLite format 3\x00": ("an SQLite database", _SAVE),
    b"ARROW1": ("an Arrow (Feather) file", _SAVE),
    b"FEA1": ("an old Feather file", _SAVE),
    b"ORC": ("an ORC file", _SAVE),
    b"Obj\x01": ("an Avro file", _SAVE),
    b"\x89HDF": ("an HDF5 file", _SAVE),
    b"\x80\x02": ("a pickle", _SAVE),
    b"\x80\x03": ("a pickle", _SAVE),
    b"\x80\x04": ("a pickle", _SAVE),
    b"\x80\x05": ("a pickle", _SAVE),
    b"<stata_dta>": ("a Stata file", _SAVE),
    b"$FL2": ("an SPSS file", _SAVE),
    b"$FL3": ("an SPSS file", _SAVE),
    b"RDX": ("an R data file", _SAVE),
    b"X\n\x00\x00": ("an R data file", _SAVE),
    b"{\\rtf": ("a text document (RTF)", _SAVE),
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_JSON = re.compile(r"\s*(?:\{\s*(?:[\"}\n]|$)|\[\s*[\[{])")
_HTML = re.compile(r"\s*<(?:!doctype\s+html|html|head|body|table|div)\b", re.IGNORECASE)
_XML = re.compile(r"\s*<(?:\?xml|[A-Za-z][\w:.-]*(?:\s[^<>]*)?>\s*<)")


def kind_of(head: bytes) -> Kind:
    """What a file that begins so may be; all that is not known is text."""
    return next((kind for magic, kind in _READ.items() if head.startswith(magic)), Kind.TEXT)


def foreign(head: bytes) -> str | None:
    """What a file that begins so is, if it is no table that can be read, and what to do."""
    if not head:
        return "it is empty; expected a table with a header row"
    if head.startswith(_OLE):
        return f"it is {_old_office(head)}"
    for magic, (name, cure) in _OTHERS.items():
        if head.startswith(magic) and not (magic.isalnum() and _is_text(head)):
            return f"it is {name}; {cure}"
    return None


def unconverted(head: bytes) -> str | None:
    """Why a file that begins so is not read where nothing is converted, None if it may be a CSV; and what to do."""
    kind = kind_of(head)
    if kind is Kind.GZIP:
        return "it is compressed; unpack it first"
    if kind is Kind.WORKBOOK:
        return f"it is an Excel workbook (xlsx) or a zip archive, expected CSV or Parquet; {_SAVE_PLAIN}"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return f"it is UTF-16, expected UTF-8; {_SAVE_PLAIN}"
    return foreign(head) if head else None


def foreign_text(text: str) -> str | None:
    """What a text that begins so is, if it is no CSV, and what to do."""
    if not text.strip():
        return "it has nothing but blanks; expected a table with a header row"
    if _JSON.match(text):
        return "it looks like JSON, expected CSV, xlsx or Parquet; JSON goes to the endpoint, or save it as CSV"
    if _HTML.match(text):
        return f"it is a web page (HTML), perhaps of a login or an error, expected CSV, xlsx or Parquet; {_SAVE}"
    if _XML.match(text):
        return f"it is XML, expected CSV, xlsx or Parquet; {_SAVE}"
    return None


def foreign_archive(file: BinaryIO) -> str | None:
    """What a zip archive is, if it is no workbook that can be read, and what to do."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            mimetype = archive.read("mimetype")[:80] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError):
        return "it begins like an Excel workbook (xlsx) or a zip archive, but is truncated or broken; copy it again"
    if "xl/workbook.bin" in names:
        return f"it is a binary Excel workbook (xlsb); {_SAVE}"
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return None
    if b"opendocument" in mimetype:
        return f"it is an OpenDocument file; {_SAVE}"
    if "[Content_Types].xml" in names:
        return f"it is an Office document, and no workbook; {_SAVE}"
    return f"it is a zip archive of {len(names)} file{'s' * (len(names) != 1)}; unpack it first"


def _old_office(head: bytes) -> str:
    if _ENCRYPTED in head:
        return "an Excel workbook with a password; save it without one"
    return f"an old Office file, such as an Excel workbook (xls); {_SAVE}"


def _is_text(head: bytes) -> bool:
    """Whether a file begins with a line of plain text, as a CSV does whose first name is as such a mark."""
    first = io.BytesIO(head).readline(1000)
    return first.isascii() and all(byte >= 32 or byte in b"\t\r\n" for byte in first)
