"""Records in the envelopes of other servers' clients."""

from typing import Any

import pandas as pd
import pytest

from api.errors import MalformedBody
from api.frames import unwrap

RECORDS = [{"x12": 1, "x5": None}, {"x12": "$2", "x5": "monday"}]


def test_envelopes_hold_records() -> None:
    """The records of each envelope come out as they went in."""
    split = pd.DataFrame(RECORDS, dtype=object).to_dict(orient="split")
    for envelope in ({"instances": RECORDS}, {"dataframe_records": RECORDS}, {"dataframe_split": split}):
        assert unwrap(envelope) == RECORDS


@pytest.mark.parametrize("plain", [RECORDS, RECORDS[0], {}, 7, None, {"columns": [], "data": []}])
def test_no_envelope(plain: Any) -> None:
    """What is no envelope stays as it is."""
    assert unwrap(plain) is plain


def test_an_empty_frame_has_no_records() -> None:
    """A frame without rows is no record."""
    assert unwrap({"dataframe_split": {"columns": ["x12"], "data": [], "index": []}}) == []


@pytest.mark.parametrize(
    ("envelope", "reason"),
    [
        ({"instances": RECORDS[0]}, "instances is not an array of records"),
        ({"dataframe_records": None}, "dataframe_records is not an array"),
        ({"instances": [], "params": {}}, "alone; the JSON has 2 members"),
        ({"instances": [], "dataframe_split": {}}, "alone"),
        ({"dataframe_split": []}, "is not an object of columns and data"),
        ({"dataframe_split": {"columns": ["a"]}}, "is not an object of columns and data"),
        ({"dataframe_split": {"columns": ["a"], "data": [], "more": 1}}, "is not an object of columns and data"),
        ({"dataframe_split": {"columns": [1], "data": []}}, "columns is not an array of names"),
        ({"dataframe_split": {"columns": ["a", "a"], "data": []}}, "a column is named twice"),
        ({"dataframe_split": {"columns": ["a"], "data": {}}}, "data is not an array of rows"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1], [1, 2]]}}, "row 2 of data is not an array of 1 values"),
        ({"dataframe_split": {"columns": ["a"], "data": ["b"]}}, "row 1 of data"),
    ],
)
def test_broken_envelopes(envelope: Any, reason: str) -> None:
    """A broken envelope is refused with what is wrong, and where."""
    with pytest.raises(MalformedBody, match=reason):
        unwrap(envelope)
