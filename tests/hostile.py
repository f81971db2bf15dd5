"""Hostile requests by name, for the tests and for measuring: within the limits they are answered or refused at leisure,
beyond them refused at once.
"""

import gzip
import json
from collections.abc import Callable
from typing import NamedTuple

MAX_BODY = 4 * 1024 * 1024
JSON, CSV, LINES = "application/json", "text/csv", "application/x-ndjson"


class Hostile(NamedTuple):
    """A body, how it is sent, and the status it gets."""

    make: Callable[[], bytes]
    status: int
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()


def _filled(head: bytes, unit: bytes, tail: bytes = b"", size: int = MAX_BODY) -> bytes:
    """Head, as many units as fit into a body of this size, tail."""
    return head + unit * ((size - len(head) - len(tail)) // len(unit)) + tail


def _records(count: int, record: str) -> bytes:
    return b"[" + b",".join([record.encode()] * count) + b"]"


def _wide(columns: int, rows: int) -> bytes:
    header = b"x12" + b"".join(b",y%d" % number for number in range(columns))
    return header + b"\n" + (b"1" + b",2" * columns + b"\n") * rows


WRONG = ("x12", "x44", "x53", "x56", "x58", "x62", "x63", "x91", "x5", "x31", "x81", "x82")
ALL = (("include", "variables,imputed,interval,contributions"),)
NONE = (("include", "none"),)
ACCEPT_CSV = (("Accept", CSV),)
GZIP = (("Content-Encoding", "gzip"),)
CATEGORY_AND_NUMBER = '{"x12": "$6,882.34 ", "x5": "Sunday"}'

HOSTILE: dict[str, Hostile] = {
    "arrays nested 100,000 deep": Hostile(lambda: b"[" * 100_000 + b"]" * 100_000, 400),
    "arrays nested deep in a field": Hostile(lambda: b'{"x12":' + b"[" * 1000 + b"]" * 1000 + b"}", 422),
    "objects nested 100,000 deep": Hostile(lambda: b'{"x12":' * 100_000 + b"1" + b"}" * 100_000, 400),
    "arrays open to the end": Hostile(lambda: b"[" * MAX_BODY, 400),
    "a number of 4 MB": Hostile(lambda: _filled(b'{"x12":', b"1", b"}"), 422),
    "a number of 6 MB": Hostile(lambda: _filled(b'{"x12":', b"1", b"}", 6_000_000), 413),
    "a text of 4 MB of digits": Hostile(lambda: _filled(b'{"x12":"', b"1", b'"}'), 422),
    "a text of 4 MB of thousands": Hostile(lambda: _filled(b'{"x12":"1', b",000", b'"}'), 422),
    "a text of 4 MB of blanks before a letter": Hostile(lambda: _filled(b'{"x12":"1', b" ", b'x"}'), 422),
    "a text of 4 MB of dollars": Hostile(lambda: _filled(b'{"x12":"', b"$", b'"}'), 422),
    "a level of 4 MB": Hostile(lambda: _filled(b'{"x5":"', "\u0130".encode(), b'"}'), 422),
    "an id of 4 MB of controls": Hostile(lambda: _filled(b'{"x12":1,"id":"', b"\\u0001", b'"}'), 200),
    "a fraction of 4 MB": Hostile(lambda: _filled(b'{"x12":0.', b"1", b"}"), 200),
    "duplicate keys": Hostile(lambda: b'{"x12": "?", "x12": 1}', 200),
    "4 MB of duplicate keys": Hostile(lambda: _filled(b"{", b'"x12":1,', b'"x12":2}'), 200),
    "lone surrogate, escaped": Hostile(lambda: b'{"x12": "\\ud800"}', 400),
    "lone surrogate in UTF-8": Hostile(lambda: b'{"x12": "\xed\xa0\x80"}', 400),
    "NUL in a value": Hostile(lambda: b'{"x12": "1\\u0000"}', 422),
    "NUL in a key": Hostile(lambda: b'{"x12\\u0000": 1}', 422),
    "raw NUL": Hostile(lambda: b'{"x12": 1}\0', 400),
    "NULs alone": Hostile(lambda: b"\0" * 1000, 400),
    "byte-order mark": Hostile(lambda: b'\xef\xbb\xbf{"x12": 1}', 200),
    "UTF-16 with a mark": Hostile(lambda: '{"x12": 1}'.encode("utf-16"), 400),
    "UTF-16 without one": Hostile(lambda: '{"x12": 1}'.encode("utf-16-le"), 400),
    "UTF-16 by its name": Hostile(lambda: '{"x12": 1}'.encode("utf-16"), 415, "application/json; charset=utf-16"),
    "UTF-32": Hostile(lambda: '{"x12": 1}'.encode("utf-32"), 400),
    "invalid UTF-8": Hostile(lambda: b'{"x12": "\xc3\x28"}', 400),
    "overlong UTF-8": Hostile(lambda: b'{"x12": "\xc0\xb1"}', 400),
    "exponent beyond floats": Hostile(lambda: b'{"x12": 1e400}', 422),
    "exponent of many digits": Hostile(lambda: b'{"x12": 1e' + b"9" * 100_000 + b"}", 422),
    "tiny exponent of many digits": Hostile(lambda: b'{"x12": 1e-' + b"9" * 100_000 + b"}", 200),
    "text exponent of many digits": Hostile(lambda: b'{"x12": "1e' + b"9" * 100_000 + b'"}', 422),
    "minus zero": Hostile(lambda: b'{"x12": -0.0, "x44": "-0"}', 200),
    "denormals": Hostile(lambda: b'{"x12": 5e-324, "x44": "4.9e-324", "x53": -5e-324}', 200),
    "largest float": Hostile(lambda: b'{"x12": 1.7976931348623157e308}', 200),
    "NaN": Hostile(lambda: b'{"x12": NaN}', 400),
    "10,000 unknown fields": Hostile(
        lambda: json.dumps({f"y{number}": number for number in range(10_000)} | {"x12": 1}).encode(), 200
    ),
    "10,000 unknown fields alone": Hostile(lambda: json.dumps({f"y{n}": n for n in range(10_000)}).encode(), 422),
    "100,000 empty records": Hostile(lambda: _records(100_000, "{}"), 413),
    "10,000 empty records": Hostile(lambda: _records(10_000, "{}"), 422),
    "10,000 records wrong in all fields": Hostile(
        lambda: _records(10_000, json.dumps(dict.fromkeys(WRONG, "?" * 20))),
        422,
    ),
    "10,000 records with all extras": Hostile(lambda: _records(10_000, CATEGORY_AND_NUMBER), 413, query=ALL),
    "10,000 records with all extras as CSV": Hostile(
        lambda: _records(10_000, CATEGORY_AND_NUMBER), 413, headers=ACCEPT_CSV, query=ALL
    ),
    "10,000 records with little": Hostile(lambda: _records(10_000, CATEGORY_AND_NUMBER), 200, query=NONE),
    "4 MB of nulls": Hostile(lambda: _filled(b"[", b"null,", b"null]"), 413),
    "4 MB of small objects in a field": Hostile(lambda: _filled(b'{"x12":1,"y":[', b"{},", b"{}]}"), 200),
    "4 MB of keys": Hostile(
        lambda: b'{"x12":1,' + b",".join(b'"%x":0' % number for number in range(400_000)) + b"}", 200
    ),
    "__proto__": Hostile(
        lambda: b'{"__proto__": {"x12": 1}, "constructor": {"prototype": {"x12": 1}}, "__class__": 1, "x12": 1}', 200
    ),
    "__proto__ alone": Hostile(lambda: b'{"__proto__": {"x12": 1}}', 422),
    "quotes and line breaks in cells": Hostile(lambda: b'x12,x5,id\r\n"1","sun\nday","a""b"\r\n', 422, CSV),
    "line breaks in an id": Hostile(lambda: b'x12,id\n1,"a\r\nb"\n', 200, CSV, ACCEPT_CSV),
    "a quote left open": Hostile(lambda: b'x12,x5\n"1,sunday\n', 400, CSV),
    "a quote in mid-cell": Hostile(lambda: b'x12,x5\n1"2,sunday\n', 422, CSV),
    "4 MB of quotes": Hostile(lambda: _filled(b'x12\n"', b'""', b'"'), 422, CSV),
    "4 MB of commas": Hostile(lambda: _filled(b"x12", b","), 400, CSV),
    "4 MB of commas in a row": Hostile(lambda: _filled(b"x12\n1", b","), 400, CSV),
    "4 MB of line breaks": Hostile(lambda: _filled(b"x12\n", b"\n", b"1"), 200, CSV),
    "4 MB of header names": Hostile(lambda: b",".join(b"%x" % number for number in range(600_000)), 400, CSV),
    "10,000 wide rows": Hostile(
        lambda: _wide(100, 10_000),
        200,
        CSV,
        query=NONE,
    ),
    "100,000 rows": Hostile(lambda: b"x12\n" + b"1\n" * 100_000, 413, CSV),
    "too few cells": Hostile(lambda: b"x12,x5\n1\n", 400, CSV),
    "too many cells": Hostile(lambda: b"x12,x5\n1,sunday,2\n", 400, CSV),
    "mixed line ends": Hostile(lambda: b"x12,x5\r\n1,sunday\n2,monday\r3,friday", 200, CSV),
    "semicolons": Hostile(lambda: b"x12;x5\n1;sunday\n", 400, CSV),
    "tabs": Hostile(lambda: b"x12\tx5\n1\tsunday\n", 400, CSV),
    "doubled header": Hostile(lambda: b"x12,x12\n1,2\n", 400, CSV),
    "CSV with a mark": Hostile(lambda: b"\xef\xbb\xbfx12\n1\n", 200, CSV),
    "CSV in UTF-16": Hostile(lambda: "x12\n1\n".encode("utf-16"), 400, CSV),
    "CSV in Latin-1": Hostile(lambda: "x12,id\n1,\xe9\n".encode("latin-1"), 400, CSV),
    "NULs in CSV": Hostile(lambda: b"x12,x5\n\0,\0\n", 422, CSV),
    "gzip bomb": Hostile(lambda: gzip.compress(b"0" * 50_000_000), 413, headers=GZIP),
    "4 MB of gzip members": Hostile(lambda: _filled(b"", gzip.compress(b"")), 400, headers=GZIP),
    "4 MB of gzip that is cut short": Hostile(lambda: gzip.compress(b"0" * MAX_BODY, 0)[:MAX_BODY], 400, headers=GZIP),
    "gzip of gzip": Hostile(lambda: gzip.compress(gzip.compress(b'{"x12": 1}')), 400, headers=GZIP),
    "gzip that was unpacked": Hostile(lambda: b'{"x12": 1}', 200, headers=GZIP),
    "4 MB of empty lines": Hostile(lambda: _filled(b"", b"\n", b'{"x12":1}'), 200, LINES),
    "100,000 lines": Hostile(lambda: b'{"x12":1}\n' * 100_000, 413, LINES),
    "4 MB of lines open to the end": Hostile(lambda: b"{\n" * (MAX_BODY // 2), 400, LINES),
    "4 MB of numbered objects": Hostile(
        lambda: b"{" + b",".join(b'"%x":{"0":1}' % n for n in range(200_000)) + b"}", 422
    ),
    "gzip bomb without its name": Hostile(lambda: gzip.compress(b"0" * 50_000_000), 400),
    "doubled encodings": Hostile(lambda: b"{}", 415, headers=(("Content-Encoding", "br, gzip, gzip"),)),
    "identity encoding": Hostile(lambda: b'{"x12": 1}', 200, headers=(("Content-Encoding", "identity"),)),
    "one byte too many": Hostile(lambda: _filled(b'{"x12":1}', b" ", size=MAX_BODY + 1), 413),
    "9 MB": Hostile(lambda: _filled(b'{"x12":1}', b" ", size=9_000_000), 413),
}
