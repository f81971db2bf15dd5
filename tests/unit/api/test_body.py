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
    st.lists(json_values, max_size=4), st.sampled_from([None, "", "application/json", "Application/JSON;charset=utf8"])
)
def test_json_arrays_come_back(records: list[object], content_type: str | None) -> None:
    """An array's items are the records, whatever they are; no content type means JSON."""
    assert read_records(json.dumps(records).encode(), content_type, None, ()) == records


@settings(deadline=None)
@given(st.dictionaries(cells, json_values, max_size=3))
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
        ("application/vnd.api+json", False),
    ],
)
def test_content_types(content_type: str, read: bool) -> None:
    """Parameters are looked at: another character set than UTF-8 is not read."""
    if read:
        assert read_records(b"a\n1\n", content_type, None, {"a"}) == [{"a": "1"}]
        return
    with pytest.raises(UnsupportedMediaType):
        read_records(b"a\n1\n", content_type, None, {"a"})
