"""A CSV read as a table: header, rows, blank lines, and what is no table."""

import io

import pytest

from phat.preprocessing.errors import MalformedTable
from phat.preprocessing.tables import read_table


def read(text: str) -> tuple[list[str], list[list[str]]]:
    """Header and all rows of a text."""
    header, rows = read_table(io.StringIO(text, newline=""))
    return header, list(rows)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_header_and_rows(end: str) -> None:
    """The first row that is not blank is the header, its names trimmed; cells stay as they are."""
    text = f'{end} a , b{end}1, 2 {end}{end}" ","x""y{end}z"{end}'
    assert read(text) == (["a", "b"], [["1", " 2 "], [" ", f'x"y{end}z']])


def test_mixed_line_ends() -> None:
    """Line ends may differ within one table."""
    assert read("a,b\r\n1,2\n3,4\r5,6") == (["a", "b"], [["1", "2"], ["3", "4"], ["5", "6"]])


def test_other_delimiters_are_one_column() -> None:
    """A table with other delimiters is one of a single column; nothing is guessed."""
    assert read("a;b\n1;2\n") == (["a;b"], [["1;2"]])
    assert read("a\tb\n1\t2\n") == (["a\tb"], [["1\t2"]])


def test_blank_rows_are_skipped_and_counted() -> None:
    """A row whose cells are all blank, quoted or not, is skipped like a blank line; the next has the next number."""
    header, rows = read_table(io.StringIO('a,b\n\n"",\n ,"\t"\n1,\n,\n,2\n', newline=""))
    assert (header, [(row, rows.number, rows.line) for row in rows]) == (
        ["a", "b"],
        [(["1", ""], 1, 5), (["", "2"], 2, 7)],
    )
    assert rows.skipped == 4


def test_blank_names_are_no_columns() -> None:
    """However many names are blank, no column is there twice."""
    assert read(",a, ,\n1,2,3,4\n") == (["", "a", "", ""], [["1", "2", "3", "4"]])


def test_a_cell_as_long_as_a_body() -> None:
    """A cell may be as long as the largest body, and no longer."""
    longest = "1" * (4 * 1024 * 1024)
    assert read(f"a\n{longest}\n") == (["a"], [[longest]])
    with pytest.raises(MalformedTable, match=r"broken in row 1 .line 2.: quotes or line breaks"):
        read(f"a\n{longest}1\n")


def test_as_many_columns_as_may_be() -> None:
    """A table may have 16,384 columns; one more is refused before it fills the memory, over several lines too."""
    names = [f"c{number}" for number in range(16_384)]
    text = ",".join(names)
    assert read(f"{text}\n{text}\n") == (names, [names])
    for wide in (f"{text},x\n", '"a\n"' + ',"\n"' * 16_384, "a\n" + "," * 16_384, "," * 4_000_000):
        with pytest.raises(MalformedTable, match="at most 16384 columns are read"):
            read(wide)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the CSV has no header row"),
        ("\n  \n\n", "the CSV has no header row"),
        ("a,b,a\n1,2,3\n", "the CSV header names column 'a' twice, in columns 1 and 3"),
        ("c,a, a ,a\n", "the CSV header names column 'a' twice, in columns 2 and 3"),
        ("a,b\n1,2\n1\n", "CSV row 2 (line 3) has 1 cells, the header has 2"),
        ("a,b\n1,2,3\n", "CSV row 1 (line 2) has 3 cells, the header has 2"),
        ("a,b\n\n1,2\n\n1,2,3\n", "CSV row 2 (line 5) has 3 cells, the header has 2"),
        ('"a,b\n', "the CSV is broken in the header (line 1): quotes or line breaks are not as RFC 4180 says"),
        ('a,b\n1,"2\n', "the CSV is broken in row 1 (line 2): quotes or line breaks are not as RFC 4180 says"),
        ('a,b\n1,2\n\n1,"2"x\n', "the CSV is broken in row 2 (line 4): quotes or line breaks are not as RFC 4180 says"),
    ],
)
def test_no_table(text: str, reason: str) -> None:
    """What is no table is refused with the place, counted in data rows from 1."""
    with pytest.raises(MalformedTable) as caught:
        read(text)
    assert str(caught.value) == reason
