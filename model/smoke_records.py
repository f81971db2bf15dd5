"""A few records pinned in the repository, and what a model answers to them.

Their answers travel by another way than the model file, as a parameter of the deployment: the check before traffic
compares the two, so that a wrong model that agrees with itself is found too.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from phat.model.model import Model
from phat.preprocessing.errors import InvalidRecords

RECORDS = Path(__file__).with_name("smoke_records.json")


def pinned_records() -> list[Mapping[str, object]]:
    """The pinned records, raw."""
    records: list[Mapping[str, object]] = json.loads(RECORDS.read_text())
    return records


def expected_phat(model: Model) -> str:
    """The model's `phat` of each pinned record, separated by commas; empty if they are not records of this model."""
    try:
        predictions = model.predictor.predict(pinned_records())
    except InvalidRecords:
        return ""
    return write_phat([prediction.answer for prediction in predictions])


def write_phat(phat: list[float]) -> str:
    """Numbers as the parameter holds them, to the last bit."""
    return ",".join(map(repr, phat))


def read_phat(text: str) -> list[float]:
    """Numbers of the parameter; ValueError if it holds anything else."""
    return [float(part) for part in text.split(",")] if text else []
