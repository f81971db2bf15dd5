"""From a body to raw records: what was written is what is read."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.body import read_records
from api.errors import MalformedBody, UnsupportedMediaType

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
    shown = [
        row for row in rows if len(row) > 1 or row == [""] or row[0].strip()
    ]  # of one column, blanks are a blank line
    records = read_records(write_csv([header, *rows]), CSV, None, set(header))
    assert records == [dict(zip(header, row, strict=True)) for row in shown]


@settings(deadline=None)
@given(tables, st.sampled_from(["\n", "\r\n", "\r"]))
def test_line_ends_do_not_matter(table: tuple[list[str], list[list[str]]], end: str) -> None:
    """Any of the three line ends is understood."""
    header, rows = table
    kept = set(header)
    assert read_records(write_csv([header, *rows], lineterminator=end), CSV, None, kept) == read_records(
        write_csv([header, *rows]), CSV, None, kept
    )


def test_csv_keeps_only_what_is_wanted() -> None:
    """Columns that nobody asks for are not kept; a column without a name is one of them."""
    assert read_records(b"a,,b,c\n1,2,3,4\n", CSV, None, {"b", "z"}) == [{"b": "3"}]


def test_csv_names_are_trimmed() -> None:
    """Blanks around a column's name are not part of it; blanks in a cell are left to the cleaning."""
    assert read_records(b" a , b\n 1 , 2\n", CSV, None, {"a", "b"}) == [{"a": " 1 ", "b": " 2"}]


def test_blank_lines_are_skipped_and_not_counted() -> None:
    """Blank lines, before the header too, are no records and do not shift the row an error names."""
    assert read_records(b"\n\na,b\n\n1,2\n  \n3,4\n\n", CSV, None, {"a"}) == [{"a": "1"}, {"a": "3"}]
    with pytest.raises(MalformedBody, match="CSV row 2 has 3 cells"):
        read_records(b"\na,b\n\n1,2\n\n1,2,3\n", CSV, None, {"a"})


def test_row_of_commas_is_a_record() -> None:
    """A row of empty cells is a record of missing values, not a blank line; so is the one empty cell of a column."""
    assert read_records(b'a\n""\n\n"1"\n', CSV, None, {"a"}) == [{"a": ""}, {"a": "1"}]
    assert read_records(b"a,b\n,\n", CSV, None, {"a", "b"}) == [{"a": "", "b": ""}]


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
    assert read_records(body, content_type, None, ()) == read_records(MARK + body, content_type, None, ()) == records


flat = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | cells


@settings(deadline=None)
@given(st.dictionaries(cells, flat | st.lists(flat, max_size=3), max_size=3))
def test_json_object_is_one_record(record: dict[str, object]) -> None:
    """An object is one record."""
    assert read_records(json.dumps(record).encode(), None, None, ()) == [record]


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
        assert read_records(b"a\n1\n", content_type, None, {"a"}) == [{"a": "1"}]
        return
    with pytest.raises(UnsupportedMediaType):
        read_records(b"a\n1\n", content_type, None, {"a"})


@settings(deadline=None)
@given(
    st.lists(st.dictionaries(cells, json_values, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["\n", "\r\n", "\n \n\n"]),
    st.booleans(),
)
def test_json_lines_come_back(records: list[dict[str, object]], end: str, ended: bool) -> None:
    """Each line's object is a record; blank lines are none, and the last line needs no end."""
    body = (end.join(map(json.dumps, records)) + end * ended).encode()
    assert read_records(body, LINES, None, ()) == read_records(MARK + body, LINES, None, ()) == records


def test_json_lines_in_raw_unicode() -> None:
    """Characters that other readers take for line ends are part of a text."""
    assert read_records('{"a": "1\u20282\x85"}\n{}'.encode(), LINES, None, ()) == [{"a": "1\u20282\x85"}, {}]


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
        read_records(body, LINES, None, ())


@pytest.mark.parametrize("content_type", [None, "text/plain"])
@pytest.mark.parametrize("body", [b"x12,x5\n1,sunday\n", b"x12=1&x5=sunday", b'"x12","x5"\n', b"<x12>1</x12>", b"nan"])
def test_other_texts_without_a_type(content_type: str | None, body: bytes) -> None:
    """A text that does not read as JSON, and does not say what it is, is refused as another form."""
    got = "got Content-Type 'text/plain'" if content_type else "got no Content-Type"
    with pytest.raises(UnsupportedMediaType, match=got):
        read_records(body, content_type, None, ())


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/json"])
@pytest.mark.parametrize("body", [b'{"x12": 1', b" [1,]", b"\xff", b'"x12"', b"1"])
def test_broken_json_without_a_type(content_type: str | None, body: bytes) -> None:
    """What begins or reads as JSON, and what is no text at all, is refused for what is wrong with it."""
    with pytest.raises(MalformedBody):
        read_records(body, content_type, None, ())
