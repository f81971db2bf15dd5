"""From predictions to the body of an answer, as JSON or CSV, within what Lambda can send."""

import csv
import io
import json
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from api.errors import TooLarge
from api.negotiate import CSV, Wanted
from api.parts import explanation, make_parts
from api.score import ID, Id, Ids
from model.loaded import Model
from model.predict import Prediction

MAX_ANSWER = 6 * 1024 * 1024 - 16 * 1024
"""Largest body, in bytes as Lambda escapes it: its 6 MB less room for headers."""


def write_answer(model: Model, predictions: Sequence[Prediction], ids: Ids, wanted: Wanted, form: str) -> str:
    """The answer's body in the form asked for; TooLarge if Lambda could not send it."""
    rows = _Rows(model, wanted)

    def write(count: int) -> str:
        if form == CSV:
            return _csv(rows, predictions[:count], ids[:count])
        return _json(rows, model, predictions[:count], ids[:count])

    text = write(len(predictions))
    if _longest_escaped(text, form) > MAX_ANSWER:
        _check_size(text, write, len(predictions))
    return text


def plain(data: Mapping[str, Any]) -> str:
    """Plain data, frozen mappings included, as JSON."""
    return orjson.dumps(data, default=dict).decode()


class _Rows:
    """What one answer shows of each prediction."""

    def __init__(self, model: Model, wanted: Wanted) -> None:
        self.parts = make_parts(model, wanted)

    def item(self, prediction: Prediction, id_: Id) -> dict[str, Any]:
        """One prediction as JSON shows it."""
        item: dict[str, Any] = {"business_outcome": prediction.outcome, "phat": prediction.phat}
        if id_ is not None:
            item = {ID: id_} | item
        for part in self.parts:
            item[part.name] = part.item(prediction)
        return item

    def header(self) -> list[str]:
        """Names of the columns of `cells`."""
        return [ID, "business_outcome", "phat", *(column for part in self.parts for column in part.columns)]

    def cells(self, prediction: Prediction, id_: Id) -> list[Any]:
        """One prediction as CSV shows it."""
        cells: list[Any] = [id_, prediction.outcome, prediction.phat]
        for part in self.parts:
            cells += part.cells(prediction)
        return cells


def _json(rows: _Rows, model: Model, predictions: Sequence[Prediction], ids: Ids) -> str:
    items = [rows.item(prediction, id_) for prediction, id_ in zip(predictions, ids, strict=True)]
    answer: dict[str, Any] = {"model": model.artifact.name, "version": model.version}
    if any(part.name == "contributions" for part in rows.parts):
        answer["explanation"] = explanation(model)
    return plain(answer | {"predictions": items})


def _csv(rows: _Rows, predictions: Sequence[Prediction], ids: Ids) -> str:
    first = 0 if any(id_ is not None for id_ in ids) else 1  # no id was sent: no column for it
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows.header()[first:])
    for prediction, id_ in zip(predictions, ids, strict=True):
        writer.writerow(rows.cells(prediction, id_)[first:])
    return text.getvalue()


def _check_size(text: str, write: Callable[[int], str], count: int) -> None:
    """Refuse an answer that Lambda could not send, and say how many of its records would fit."""
    if _escaped(text) <= MAX_ANSWER:
        return
    fits = bisect_right(range(count), MAX_ANSWER, key=lambda number: _escaped(write(number))) - 1
    advice = "include=none makes answers small"
    raise TooLarge(f"the answer is too large to send: {fits} of these records fit in one request, and {advice}")


def _longest_escaped(text: str, form: str) -> int:
    """A bound of `_escaped` that costs nothing: JSON has no raw control characters, so its ASCII takes two bytes."""
    doubled = form != CSV and text.isascii() and "\x7f" not in text
    return (2 if doubled else 6) * len(text) + 2


def _escaped(text: str) -> int:
    """Bytes of a text as a JSON string of ASCII, the form in which Lambda counts an answer at worst."""
    if text.isascii() and "\x7f" not in text:
        return len(orjson.dumps(text))  # the same, and faster
    return len(json.dumps(text))
