"""From a body to raw records: what was written is what is read."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.api.body import read_records
from phat.api.errors import MalformedBody, UnsupportedMediaType
from phat.preprocessing.schema import NumberField, Schema
from phat.preprocessing.spelling import fold_name

CSV = "text/csv"
LINES = "application/x-ndjson"
MARK = b"\xef\xbb\xbf"

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(lambda name: name == name.strip())
cells = st.text(st.characters(codec="utf-8"), max_size=8)
tables = st.lists(names, min_size=1, max_size=4, unique=True).flatmap(
    lambda header: st.tuples(
        st.just(header), st.lists(st.lists(cells, min_size=len(header), max_size=len(header)), max_size=5)
    )
)


def fields(*names: str) -> Schema:
    """A schema of numbers with these names."""
    return Schema(tuple(NumberField(name, fill=0.0) for name in names))


NONE = fields()


def write_csv(rows: list[list[str]], **form: Any) -> bytes:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, **form).writerows(rows)
    return text.getvalue().encode()


@settings(deadline=None)
@given(tables)
def test_csv_cells_come_back(table: tuple[list[str], list[list[str]]]) -> None:
    """Cells of any text, quoted as RFC 4180 says, come back as they were, under their column's name."""
    header, rows = table
    shown = [row for row in rows if "".join(row).strip()]
    if not shown:
        with pytest.raises(MalformedBody, match="no records below its header"):
            read_records(write_csv([header, *rows]), CSV, None, fields(*header))
        return
    records = read_records(write_csv([header, *rows]), CSV, None, fields(*header))
    assert records.records == [dict(zip(header, row, strict=True)) for row in shown]


@settings(deadline=None)
@given(tables, st.sampled_from(["\n", "\r\n", "\r"]))
def test_line_ends_do_not_matter(table: tuple[list[str], list[list[str]]], end: str) -> None:
    """Any of the three line ends is understood."""
    header, rows = table
    rows = [*rows, ["x"] * len(header)]
    read = [
        read_records(write_csv([header, *rows], lineterminator=form), CSV, None, fields(*header)).records
        for form in (end, "\n")
    ]
    assert read[0] == read[1]


def test_csv_keeps_the_fields_alone() -> None:
    """Columns that are no field are not kept; columns without a name, however many, are no columns."""
    assert read_records(b"a,,b,c,\n1,2,3,4,\n", CSV, None, fields("b", "z")).records == [{"b": "3"}]
    assert read_records(b"a,,b,c,\n1,2,3,4,\n", CSV, None, fields("b", "z")).header == ["a", "b", "c"]


@pytest.mark.parametrize("header", ["a,b,id", " A ,\ufeffB\u200b,ID", '"a", "b", "Id "', "b\u00ad,a,\ufeffid"])
def test_csv_names_are_those_of_fields(header: str) -> None:
    """Blanks, invisible characters, letter case and a blank before quotes are no part of a name, the id's neither."""
    order = [fold_name(name.strip(' "')) for name in header.split(",")]
    expected = dict(zip(order, ("1", "2", "3"), strict=True))
    assert read_records(f"{header}\n1,2,3\n".encode(), CSV, None, fields("a", "b")).records == [expected]


def test_blanks_before_quotes_of_a_table() -> None:
    """Where names have a blank before their quotes, cells may have it too."""
    body = b'"a", "b"\n"1,5", "x, ""y"""\n'
    assert read_records(body, CSV, None, fields("a", "b")).records == [{"a": "1,5", "b": 'x, "y"'}]


def test_blank_rows_are_skipped_and_not_counted() -> None:
    """Blank lines and rows of nothing but blank cells, before the header too, are no records; lines are the file's."""
    body = b'\n\na,b\n\n1,2\n  \n, \n"",""\n"3\n3",4\n5,\n\n'
    records = read_records(body, CSV, None, fields("a"))
    assert records.records == [{"a": "1"}, {"a": "3\n3"}, {"a": "5"}]
    assert records.lines == [5, 9, 11]
    with pytest.raises(MalformedBody, match=r"CSV row 2 \(line 6\) has 3 cells, the header has 2"):
        read_records(b"\na,b\n\n1,2\n,\n1,2,3\n", CSV, None, fields("a"))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"a,b\n", "the CSV has no records below its header 'a,b'; curl needs --data-binary"),
        (b"a,b\n,\n\n", "the CSV has no records below its header 'a,b'"),
        (b"a,b1,23,4", "the CSV has no records below its header 'a,b1,23,4'; curl needs --data-binary"),
        (
            b"a;b\n1;2\n",
            "'a;b' names none of the model's fields (a, b); cells are separated by commas here, not by semic",
        ),
        (
            b"a\tb\n1\t2\n",
            r"'a\tb' names none of the model's fields (a, b); cells are separated by commas here, not by tabs",
        ),
        (b"3709.93,sunday\n", "'3709.93,sunday' names none of the model's fields (a, b)"),
        (b'[{"a":1,"b":2}]', "it looks like JSON: "),
        (b"a, b,A\n1,2,3\n", ""),
        (b"a,b, a\n1,2,3\n", "the CSV header names column 'a' twice, in columns 1 and 3"),
        (b"B,b ,a\n1,2,3\n", ""),
        (b"B,\xe2\x80\x8bB,a\n1,2,3\n", "the CSV header names b twice: 'B' and "),
        (b"a,b,ID,Id\n1,2,3,4\n", "the CSV header names id twice: 'ID' and 'Id'"),
    ],
)
def test_csv_without_records(body: bytes, said: str) -> None:
    """A table that has no records, names no field, or names one twice is refused in words that say what happened."""
    if not said:
        assert read_records(body, CSV, None, fields("a", "b")).records
        return
    with pytest.raises(MalformedBody) as caught:
        read_records(body, CSV, None, fields("a", "b"))
    assert said in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | cells,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(cells, inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(
    st.lists(json_values, max_size=4),
    st.sampled_from([None, "", "text/plain", "application/json", "Application/JSON;charset=utf8", "a/b+json"]),
)
def test_json_arrays_come_back(records: list[object], content_type: str | None) -> None:
    """An array's items are the records, whatever they are, also below a byte-order mark or without a type."""
    body = json.dumps(records).encode()
    assert (
        read_records(body, content_type, None, NONE).records
        == read_records(MARK + body, content_type, None, NONE).records
        == records
    )


flat = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | cells


@settings(deadline=None)
@given(st.dictionaries(cells, flat | st.lists(flat, max_size=3), max_size=3))
def test_json_object_is_one_record(record: dict[str, object]) -> None:
    """An object is one record."""
    assert read_records(json.dumps(record).encode(), None, None, NONE).records == [record]


@pytest.mark.parametrize(
    ("content_type", "read"),
    [
        ("text/csv", True),
        ('text/csv; header=present; charset="UTF-8"', True),
        ("text/csv;charset=utf8", True),
        ("text/csv;charset=iso-8859-1", False),
        ("text/csv, text/csv", False),
        ("application/xml", False),
    ],
)
def test_content_types(content_type: str, read: bool) -> None:
    """Parameters are looked at: another character set than UTF-8 is not read."""
    if read:
        assert read_records(b"a\n1\n", content_type, None, fields("a")).records == [{"a": "1"}]
        return
    with pytest.raises(UnsupportedMediaType):
        read_records(b"a\n1\n", content_type, None, fields("a"))


@pytest.mark.slow
@settings(deadline=None)
@given(
    st.lists(st.dictionaries(cells, json_values, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["\n", "\r\n", "\n \n\n"]),
    st.booleans(),
)
def test_json_lines_come_back(records: list[dict[str, object]], end: str, ended: bool) -> None:
    """Each line's object is a record; blank lines are none, and the last line needs no end."""
    body = (end.join(map(json.dumps, records)) + end * ended).encode()
    assert (
        read_records(body, LINES, None, NONE).records == read_records(MARK + body, LINES, None, NONE).records == records
    )


def test_json_lines_in_raw_unicode() -> None:
    """Characters that other readers take for line ends are part of a text."""
    assert read_records('{"a": "1\u20282\x85"}\n{}'.encode(), LINES, None, NONE).records == [{"a": "1\u20282\x85"}, {}]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a": 1}\n\n{"a": }\n', "the JSON cannot be read at line 3, column 7"),
        (b'{"a": 1} {"a": 2}', "the JSON cannot be read at line 1, column 10"),
        (b'{\n"a": 1}', "the JSON cannot be read at line 1, column 2"),
        (b'{"a": 1}\n{"a": NaN}', "NaN at line 2, column 7 is not JSON; send null"),
        (b'{"a": 1}\n{"a": "\xff"}', "the body is not UTF-8 at byte 8 of line 2"),
        (b"\n[1]", "line 2: got an array, expected a JSON object in each line"),
        (b'{}\n"x12"', "line 2: got 'x12', expected a JSON object in each line"),
        (b"{}\n\x0b\n{}", "the JSON cannot be read at line 2, column 1"),
        (b"null", "line 1: got null, expected a JSON object in each line"),
        (b"\n \n", "the body is empty"),
    ],
)
def test_bad_json_lines(body: bytes, reason: str) -> None:
    """A line that is no JSON object is named by its number in the body."""
    with pytest.raises(MalformedBody, match=reason):
        read_records(body, LINES, None, NONE)


@pytest.mark.parametrize("content_type", [None, "text/plain"])
@pytest.mark.parametrize("body", [b"x12,x5\n1,sunday\n", b"x12=1&x5=sunday", b'"x12","x5"\n', b"<x12>1</x12>", b"nan"])
def test_other_texts_without_a_type(content_type: str | None, body: bytes) -> None:
    """A text that does not read as JSON, and does not say what it is, is refused as another form."""
    got = "got Content-Type 'text/plain'" if content_type else "got no Content-Type"
    with pytest.raises(UnsupportedMediaType, match=got):
        read_records(body, content_type, None, NONE)


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/json"])
@pytest.mark.parametrize("body", [b'{"x12": 1', b" [1,]", b"\xff", b'"x12"', b"1"])
def test_broken_json_without_a_type(content_type: str | None, body: bytes) -> None:
    """What begins or reads as JSON, and what is no text at all, is refused for what is wrong with it."""
    with pytest.raises(MalformedBody):
        read_records(body, content_type, None, NONE)
