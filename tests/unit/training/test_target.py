"""Outcomes as people spell them: which are understood, and what needs to be said."""

import numpy as np
import pytest

from phat.training.data import Table
from phat.training.errors import DataError
from phat.training.target import read_outcomes, with_outcomes


@pytest.mark.parametrize(
    ("event", "other"),
    [("1", "0"), ("1.0", "0.0"), ("True", "False"), ("true", "FALSE"), ("Yes", "no"), ("Y", "n"), ("T", "F")],
)
def test_understood(event: str, other: str) -> None:
    """Pairs that mean one thing only are understood, letter case and a decimal nought aside."""
    read = read_outcomes([event, f" {other}", event.lower(), ""], None, "y")
    assert read == ([True, False, True, None], event, other)


@pytest.mark.parametrize("pair", [("1", "2"), ("0", "2"), ("yes", "0"), ("good", "bad"), ("m", "f"), ("-1", "1")])
def test_not_understood(pair: tuple[str, str]) -> None:
    """Of all other pairs it must be said which is the event."""
    with pytest.raises(DataError, match="it is not known which is the event; say which is: --event"):
        read_outcomes(pair, None, "y")
    assert read_outcomes(pair, pair[1], "y").events == [False, True]
    assert read_outcomes(pair, pair[0].upper(), "y").events == [True, False]


def test_event_of_another_pair() -> None:
    """The event of a fit on yes and no is that of the same outcomes written as 1 and 0; a no is no event elsewhere."""
    assert read_outcomes(["0", "1.0"], "Yes", "y").events == [False, True]
    assert read_outcomes(["no", "yes"], "No", "y").events == [True, False]
    with pytest.raises(DataError, match="none is the event 'No'"):
        read_outcomes(["0", "1"], "No", "y")
    with pytest.raises(DataError, match="none is the event '3'"):
        read_outcomes(["1", "2"], "3", "y")


@pytest.mark.parametrize(("cells", "count"), [(["1"], 1), (["1", "0", "true"], 3), (["", "nan"], 0)])
def test_not_binary(cells: list[str], count: int) -> None:
    """Anything but two outcomes is refused with their number."""
    with pytest.raises(DataError, match=f"is not binary: it has {count} values"):
        read_outcomes(cells, "1", "y")


def test_rows_without_an_outcome_are_left_out() -> None:
    """Rows without an outcome are left out with the number of the first in the data; data without any are refused."""
    table = Table.of({"y": ["1", "1", "0", "null"]}).where(np.array([True, False, True, True]))
    known, notices = with_outcomes(table, "y")
    assert known.rows == 2
    assert notices == ["1 of 3 rows are left out, the first row 4: target y is missing there"]
    with pytest.raises(DataError, match="target y is missing in all rows"):
        with_outcomes(Table.of({"y": ["", "NA"]}), "y")


def test_none_is_an_outcome_where_many_rows_say_it() -> None:
    """`None` in many rows is a third outcome, not a gap; in few it is a gap."""
    with pytest.raises(DataError, match=r"it has 3 values \(Marked, None, Some\)"):
        read_outcomes(["None", "Some", "Marked"] * 10, None, "y")
    assert read_outcomes(["None"] + ["yes", "no"] * 100, None, "y").events[0] is None


def test_hint_can_be_pasted() -> None:
    """An event of several words is quoted as a shell needs it."""
    with pytest.raises(DataError, match="--event 'Best actress' \\(or 'Best actor'\\)"):
        read_outcomes(["Best actor", "Best actress"], None, "y")
