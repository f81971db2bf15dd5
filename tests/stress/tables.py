"""CSV (RFC 4180) read a second time, character by character, for the fuzzer to compare with."""

import re
from collections.abc import Iterator


def read_rows(text: str) -> list[list[str]]:
    """The rows of a well-formed text, the header first with its names trimmed, without those whose cells are blank."""
    header, *rows = [row for row in _rows(text) if any(cell.strip() for cell in row)]
    return [[name.strip() for name in header], *rows]


def _rows(text: str) -> Iterator[list[str]]:
    first = next((line for line in text.replace("\r", "\n").split("\n") if line.strip()), "")
    spaced = re.search(r'(?:^|,) +"', first) is not None
    row: list[str] = []
    place = 0
    while place < len(text):
        while spaced and text[place : place + 1] == " ":
            place += 1
        cell, place = _quoted(text, place + 1) if text[place] == '"' else _bare(text, place)
        row.append(cell)
        if text[place : place + 1] == ",":
            place += 1
            if place == len(text):
                row.append("")
            continue
        place += 2 if text.startswith("\r\n", place) else 1
        yield row
        row = []
    if row:
        yield row


def _bare(text: str, start: int) -> tuple[str, int]:
    end = start
    while end < len(text) and text[end] not in ",\r\n":
        end += 1
    return text[start:end], end


def _quoted(text: str, start: int) -> tuple[str, int]:
    found = ""
    while True:
        end = text.index('"', start)
        found += text[start:end]
        if text[end + 1 : end + 2] != '"':
            return found, end + 1
        found += '"'
        start = end + 2
