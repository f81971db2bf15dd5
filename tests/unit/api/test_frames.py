"""Records in the envelopes of other servers' clients."""

import json
from typing import Any

import pandas as pd
import pytest

from phat.api.envelopes import refuse_columns, unwrap
from phat.api.errors import MalformedBody
from phat.preprocessing.errors import InvalidRecords

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


@pytest.mark.parametrize("index", [[0, 1], [7, 3]])
def test_columns_are_refused(index: list[int]) -> None:
    """A frame as pandas' `to_json` writes it by default is refused with what to write instead."""
    frame = json.loads(pd.DataFrame(RECORDS, index=index).to_json())
    with pytest.raises(InvalidRecords) as caught:
        refuse_columns(frame)
    [error] = caught.value.errors
    assert 'to_json(orient="records")' in error.detail
    assert (error.row, caught.value.total) == (1, 1)


@pytest.mark.parametrize(
    "record",
    [{}, RECORDS[0], {"x12": {}}, {"x12": {"a": 1}}, {"x12": {"0": 1}, "x5": 1}, {"x12": {"0": 1}, "x5": {"1": 1}}],
)
def test_records_are_no_columns(record: dict[str, Any]) -> None:
    """A record is left to the cleaning, whatever its values are."""
    refuse_columns(record)
