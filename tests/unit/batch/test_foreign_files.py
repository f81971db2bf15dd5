"""Files that are no table, or not in the encoding that was named: each is refused by what it is."""

import gzip
import io
import json
import pickle
import zipfile
from pathlib import Path

import pytest

from phat.batch.dialects.options import Dialect
from phat.storage.errors import FileRefused, FilesError
from tests.unit.batch.dialect_files import read


def _packed(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", data)
    return out.getvalue()


TABLE = b"x;g\n" + b"1,5;a\n" * 1000
REFUSED = {
    "empty": (b"", "it is empty"),
    "blank": (b" \n\n", "nothing but blanks"),
    "zip": (_packed(b"a,b\n"), "a zip archive of 1 file; unpack it first"),
    "broken zip": (_packed(b"a,b\n")[:40], "truncated or broken"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Office file"),
    "password": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a password"),
    "html": (b"\n<!DOCTYPE html>\n<html>", "it is a web page (HTML)"),
    "xml": (b"<?xml version='1.0'?><a/>", "it is XML"),
    "json": (b'[{"x": 1}]', "it looks like JSON"),
    "json lines": (b'{"x": 1}\n{"x": 2}\n', "it looks like JSON"),
    "pretty json": (json.dumps([{"x": 1}], indent=2).encode(), "it looks like JSON"),
    "pickle": (pickle.dumps({"x": 1}), "it is a pickle"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "it is a PDF"),
    "sqlite": (b"SQLite format 3\x00", "an SQLite database"),
    "zstd": (b"\x28\xb5\x2f\xfd....", "compressed with zstd"),
    "truncated gz": (gzip.compress(TABLE)[:-9], "compressed with gzip, and truncated"),
    "broken gz": (gzip.compress(TABLE)[:30] + bytes(50), "compressed with gzip, and broken"),
    "gz of zip": (gzip.compress(_packed(b"")), "it is an Excel workbook (xlsx) within gzip"),
    "odd utf-16": ("x;g\n1,5;a\n".encode("utf-16") + b"a", "it is not UTF-16 throughout"),
    "unmarked utf-16": ("x;g\n1,5;a\n".encode("utf-16-le"), "say --encoding utf-16-le"),
    "latin-1": ("größe;g\n1,5;a\n".encode("latin-1"), "say --encoding latin-1 if 'größe;g 1,5;a"),
    "late latin-1": (b"x;g\n" + b"1;a\n" * 50_000 + b"2;\xe4\n", "say --encoding latin-1"),
    "cp1252": ("x;g\n1;€\n".encode("cp1252"), "say --encoding cp1252"),
    "other sep": (b"sep=:\nx:g\n", "cells are separated by ':'"),
    "two separators": (b"a;b|c\n1;2|3\n", "may be separated by"),
    "title": (b"Report 2024\n\nx;g\n1,5;2\n", "its first line is 'Report 2024', and lines below have 2 cells"),
    "comment": (b"# of 2024\nx,g\n1,2\n", "delete what stands above the header row"),
    "binary": (b"\x00\x01\x02\xff", "it is no text"),
    "quotes": (b'x;g\n1;"a"b\n2;c\n', "broken in the row that begins on line 2"),
    "open quote": (b'x;g\n1;a\n2;"b\n', "broken in the row that begins on line 3"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_each_refusal_names_the_cause(tmp_path: Path, case: str) -> None:
    """What is no table, or not as it should be, is refused in one sentence with the file's name and the cause."""
    data, cause = REFUSED[case]
    with pytest.raises(FileRefused) as refused:
        read(data, tmp_path)
    assert str(refused.value).startswith(f"{tmp_path / 'data.csv'}: ")
    assert cause in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("data", "dialect", "message"),
    [
        (b"x,g\n1,\x80\n", Dialect("latin-1"), "say --encoding cp1252"),
        ("x,g\n1,a\n".encode("utf-16"), Dialect("latin-1"), "leave out --encoding"),
        (b"\xef\xbb\xbfx,g\n1,a\n", Dialect("cp1252"), "leave out --encoding"),
        (b"x,g\n1,\x81\n", Dialect("cp1252"), "byte 0x81 means nothing there"),
    ],
)
def test_a_wrong_encoding_is_refused(tmp_path: Path, data: bytes, dialect: Dialect, message: str) -> None:
    """An encoding that somebody names is refused where the bytes say that it is another."""
    with pytest.raises(FileRefused, match=message):
        read(data, tmp_path, dialect)


def test_utf8_named_otherwise_is_reported(tmp_path: Path) -> None:
    """A file that is UTF-8 as well as what was named is read as named, and that is reported."""
    cells, notices = read("x,g\n1,ä\n".encode(), tmp_path, Dialect("latin-1"))
    assert cells[1][1] == "Ã¤"
    assert any("it is UTF-8 as well" in text for text in notices)


@pytest.mark.parametrize(
    "wrong", [{"encoding": "klingon"}, {"encoding": "base64"}, {"decimal": "x"}, {"separator": "x"}]
)
def test_options_that_mean_nothing(wrong: dict[str, str]) -> None:
    """An encoding, decimal mark or separator that nobody knows is refused by name."""
    [(name, value)] = wrong.items()
    with pytest.raises(FilesError, match=f"{name}: got '{value}', expected"):
        Dialect(**wrong)
