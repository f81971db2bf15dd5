"""Decimal commas and points: which is meant, what is refused, and what is reported."""

from pathlib import Path

import pytest

from phat.batch.dialects import rewriting
from phat.batch.dialects.options import Dialect
from phat.storage.errors import FileRefused
from tests.unit.batch.dialect_files import read


@pytest.mark.parametrize(
    ("cells", "plain"),
    [
        (["1,5", "1.234", "x"], ["1.5", "1234", "x"]),
        (["1,288", "-0,962"], ["1.288", "-0.962"]),
        (["1,288", "2"], ["1.288", "2"]),
        (["1.288", "2"], ["1.288", "2"]),
        (["1.5", "1,288"], ["1.5", "1,288"]),
        (["1.234.567", "1"], ["1234567", "1"]),
        (["12,5 %", "(1.000,5)", "$ 3,5", "1,5e3"], ["12.5 %", "(1000.5)", "$ 3.5", "1.5e3"]),
        (["01.02.2024", "1,5"], ["01.02.2024", "1.5"]),
        (["1,2,3", "a,b"], ["1,2,3", "a,b"]),
        (["1 234,5", "1,5"], ["1 234,5", "1.5"]),
    ],
)
@pytest.mark.parametrize("separator", [";", "\t"])
def test_decimal_marks(tmp_path: Path, cells: list[str], plain: list[str], separator: str) -> None:
    """A comma is the decimal mark if some number has one and none speaks for points, which then separate thousands."""
    lines = "".join(f"{cell}{separator}a\n" for cell in cells)
    found, _ = read(f"x{separator}g\n{lines}".encode(), tmp_path)
    assert [row[0] for row in found[1:]] == plain


@pytest.mark.parametrize(("one", "other"), [("1,5", "1.5"), ("1,5", "1,234.5"), ("1,234", "1.234"), ("0,123", "0.123")])
def test_both_decimal_marks_are_refused(tmp_path: Path, one: str, other: str) -> None:
    """A file with both kinds of numbers, also far apart, names them and the option; what is said decides."""
    filler = "1;a\n" * 50_000
    data = f"x;z\n{one};a\n{filler}2;{other}\n".encode()
    with pytest.raises(FileRefused) as refused:
        read(data, tmp_path)
    assert all(part in str(refused.value) for part in ("data.csv", f"x: '{one}'", f"z: '{other}'", "--decimal"))
    found, _ = read(data, tmp_path, Dialect(decimal="."))
    assert (found[1][0], found[-1][1]) == (one, other)
    found, notices = read(f"x;z\n{one};a\n2;1.5\n".encode(), tmp_path, Dialect(decimal=","))
    assert found[1:] == [[one.replace(",", "."), "a"], ["2", "1.5"]]
    assert "column z: '1.5' has no decimal comma, and is left as it is" in notices
    for also in (one, "1.234"):
        with pytest.raises(FileRefused, match=r"column x: with a decimal comma '.*' is .*, and '1.5' is no number"):
            read(f"x;z\n{also};a\n1.5;a\n".encode(), tmp_path, Dialect(decimal=","))


def test_later_rows_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose first rows have no decimal comma, or only what may be thousands, is read as its last ones say."""
    monkeypatch.setattr(rewriting, "BLOCK", 20)
    early = "1.288;a\n" * 20
    assert read(f"x;g\n{early}1,5;a\n".encode(), tmp_path)[0][1:] == [["1288", "a"]] * 20 + [["1.5", "a"]]
    early = "1,288;a\n" * 20
    assert read(f"x;g\n{early}1.5;a\n".encode(), tmp_path)[0][1:] == [["1,288", "a"]] * 20 + [["1.5", "a"]]


@pytest.mark.parametrize(
    ("data", "notice"),
    [
        (b"x;g\n1.5;a\n", "cells are separated by semicolons"),
        (b"x\tg\n1.5\ta\n", "cells are separated by tabs"),
        (b"x;g\n1.234,5;a\n", "numbers have a decimal comma: 1.234,5 is 1234.5, in column x"),
        (b"x;g\n1,288;a\n", "each of these commas stands before three digits; if it separates thousands, say"),
        (b"x;g\n1.288;a\n", "column x: each point stands before three digits"),
        (b"x;g\n1 234;a\n", "column x: '1 234' is no number here: no blank or apostrophe may separate thousands"),
        ("x;g\n1\u2019234.5;a\n".encode(), "'1\u2019234.5' is no number here"),
        (b'x,g\n"1,288",a\n"2,500",b\n', "column x: a comma separates thousands here: '1,288' is 1288; if it is a"),
        (b'x,g\n"1,28",a\n"2,500",b\n', "'2,500' is 2500, '1,28' is no number; if it is a decimal comma, say"),
    ],
)  # fmt: skip
def test_what_was_assumed_is_reported(tmp_path: Path, data: bytes, notice: str) -> None:
    """What was assumed of a file, and what may be meant otherwise, is a notice."""
    assert any(notice in text for text in read(data, tmp_path)[1])


@pytest.mark.parametrize(
    "data", [b"x,g\n1.5,a\n", b'x,g\n"1,288",a\n950,b\n', b'x,g\n"Doe, J",a\n', b'x,g\n"1,288 m",a\n']
)
def test_nothing_is_reported_of_plain_files(tmp_path: Path, data: bytes) -> None:
    """Thousands next to smaller numbers, and commas in texts, are not doubted."""
    assert read(data, tmp_path)[1] == []
