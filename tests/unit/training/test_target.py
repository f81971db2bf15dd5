"""Outcomes as people spell them: which are understood, and what needs to be said."""

import numpy as np
import pytest

from phat.training.config import Config, FieldConfig
from phat.training.data import Table
from phat.training.errors import DataError
from phat.training.target import read_outcomes, read_target


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


def test_gaps_of_a_target() -> None:
    """A target with gaps is refused with the number of the first row in the data, whatever rows were left out."""
    config = Config(target="y", fields=(FieldConfig("x", "number"),))
    table = Table.of({"y": ["1", "1", "0", "null"]}).where(np.array([True, False, True, True]))
    with pytest.raises(DataError, match="missing in 1 rows, the first 4"):
        read_target(table, config)
