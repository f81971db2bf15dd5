"""Cells of data frames, as a client would send them."""

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phat.preprocessing.cells import plain_data, plain_record, plain_value

PLAIN: list[tuple[Any, Any]] = [
    (float("nan"), None),
    (np.float64("nan"), None),
    (pd.NA, None),
    (pd.NaT, None),
    (np.datetime64("NaT"), None),
    (np.float32(0.1), float(np.float32(0.1))),
    (np.int64(2**53 + 1), 2**53 + 1),
    (np.bool_(True), True),
    (np.str_("a"), "a"),
    (np.array(1.5), 1.5),
    ("", ""),
    (True, True),
    (float("inf"), float("inf")),
    (Decimal("1.5"), Decimal("1.5")),
]


@pytest.mark.parametrize(("value", "expected"), PLAIN, ids=repr)
def test_scalars_are_those_of_python_and_gaps_are_none(value: Any, expected: Any) -> None:
    """Numbers and texts keep their value to the bit, gaps of all kinds are None, and the rest is left to be refused."""
    got = plain_value(value)
    assert (type(got), got) == (type(expected), expected)


def test_records_have_texts_as_keys() -> None:
    """What is no text is no key of JSON."""
    assert plain_record({"a": np.int64(1), 2: 3}) == {"a": 1}


def test_arrays_and_series_are_lists() -> None:
    """Whatever a notebook has for a list becomes one."""
    given = {"a": np.array([1, 2]), "b": pd.Series(["x", None]), "c": ({"d": np.float64(1)},), "e": pd.Index(["f"])}
    assert plain_data(given) == {"a": [1, 2], "b": ["x", None], "c": [{"d": 1.0}], "e": ["f"]}
