"""From predictions to the body of an answer, as JSON or CSV, within what Lambda can send."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from phat.api.errors import TooLarge
from phat.api.includes import explanation, make_parts
from phat.api.kinds import kind_of
from phat.api.negotiate import CSV, Included
from phat.api.score import Id, Ids, Scored
from phat.model.model import Model
from phat.model.predict import Prediction
from phat.preprocessing.names import ID
from phat.preprocessing.spreadsheet import harmless

MAX_ANSWER = 6 * 1024 * 1024 - 16 * 1024
"""Largest body, in bytes as Lambda escapes it: its 6 MB less room for headers."""

_PIECE = 500
"""How many predictions are written at a time."""


def write_answer(model: Model, scored: Scored, parts: Included, form: str) -> str:
    """The answer's body in the form asked for; TooLarge if Lambda could not send it.

    It is written a piece at a time, and no further than Lambda's limit: a refusal takes no longer than an answer.
    """
    rows = _Rows(model, parts)
    frame = _csv_frame(rows, scored.ids) if form == CSV else _json_frame(rows, model, scored)
    scale = _Scale(form, frame)
    pairs = list(zip(scored.predictions, scored.ids, strict=True))
    for start in range(0, len(pairs), _PIECE):
        piece = pairs[start : start + _PIECE]
        if not scale.holds(frame.write(piece)):
            fits = start + scale.count(frame.write([pair]) for pair in piece)
            advice = "include=none makes answers small"
            raise TooLarge(f"the answer is too large to send: {fits} of these records fit in one request, and {advice}")
    return frame.head + frame.between.join(scale.texts) + frame.tail


def plain(data: Mapping[str, Any]) -> str:
    """Plain data, frozen mappings included, as JSON."""
    return orjson.dumps(data, default=dict).decode()


class _Rows:
    """What one answer shows of each prediction."""

    def __init__(self, model: Model, parts: Included) -> None:
        self.parts = make_parts(model, parts)
        self._kind = kind_of(model.artifact)
        self._columns = [self._kind.columns, *(part.columns for part in self.parts)]
        self._items = [(part.name, part.item) for part in self.parts]

    def item(self, prediction: Prediction, id_: Id) -> dict[str, Any]:
        """One prediction as JSON shows it."""
        item = self._kind.item(prediction)
        if id_ is not None:
            item = {ID: id_, **item}
        for name, part in self._items:
            item[name] = part(prediction)
        return item

    def header(self) -> list[str]:
        """Names of the columns of `cells`."""
        return [ID, *(harmless(column) for columns in self._columns for column in columns)]

    def cells(self, prediction: Prediction, id_: Id) -> list[Any]:
        """One prediction as CSV shows it, with no text that a spreadsheet would run; numbers stay as they are."""
        id_ = harmless(id_) if isinstance(id_, str) else id_
        cells = [id_, *(harmless(cell) if isinstance(cell, str) else cell for cell in self._kind.cells(prediction))]
        for part in self.parts:
            cells += part.cells(prediction)
        return cells


class _Frame(NamedTuple):
    """What stands around and between the predictions of an answer, and what writes some of them."""

    head: str
    between: str
    tail: str
    write: Callable[[Sequence[tuple[Prediction, Id]]], str]


def _json_frame(rows: _Rows, model: Model, scored: Scored) -> _Frame:
    answer: dict[str, Any] = {"model": model.artifact.name, "version": model.version}
    if scored.absent:
        from phat.api.absent import absent_warning  # noqa: PLC0415  # what is not needed at a cold start

        answer["warnings"] = [absent_warning(absent) for absent in scored.absent]
    if any(part.name == "contributions" for part in rows.parts):
        answer["explanation"] = explanation(model)

    def write(pairs: Sequence[tuple[Prediction, Id]]) -> str:
        return orjson.dumps([rows.item(*pair) for pair in pairs], default=dict).decode()[1:-1]

    return _Frame(plain(answer)[:-1] + ',"predictions":[', ",", "]}", write)


def _csv_frame(rows: _Rows, ids: Ids) -> _Frame:
    first = 0 if any(id_ is not None for id_ in ids) else 1  # no id was sent: no column for it

    def write(pairs: Sequence[tuple[Prediction, Id]]) -> str:
        return _table(rows.cells(*pair)[first:] for pair in pairs)

    return _Frame(_table([rows.header()[first:]]), "", "", write)


def _table(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


class _Scale:
    """Weighs the pieces of an answer as Lambda does; exactly only when a bound that costs nothing is passed."""

    def __init__(self, form: str, frame: _Frame) -> None:
        self.texts: list[str] = []
        self._form = form
        self._between = len(frame.between)
        self._room = MAX_ANSWER - _escaped(frame.head + frame.tail) + len(frame.between)  # the first has none before it
        self._unweighed: list[str] = []
        self._bound = 0

    def holds(self, text: str) -> bool:
        """Put another piece on; False, and leave it, if that is too much."""
        bound = _longest_escaped(text, self._form) + self._between
        if self._bound + bound > self._room:
            self._room -= sum(map(self._weight, self._unweighed))
            self._unweighed, self._bound = [], 0
            if bound > self._room and self._weight(text) > self._room:
                return False
        self._unweighed.append(text)
        self._bound += bound
        self.texts.append(text)
        return True

    def count(self, texts: Iterable[str]) -> int:
        """How many more small pieces can be put on."""
        for number, text in enumerate(texts):
            self._room -= self._weight(text)
            if self._room < 0:
                return number
        raise AssertionError("small pieces weigh as much as the whole of them")

    def _weight(self, text: str) -> int:
        return _escaped(text) - 2 + self._between


def _longest_escaped(text: str, form: str) -> int:
    """A bound of `_escaped` that costs nothing: JSON has no raw control characters, so its ASCII takes two bytes."""
    doubled = form != CSV and text.isascii() and "\x7f" not in text
    return (2 if doubled else 6) * len(text) + 2


def _escaped(text: str) -> int:
    """Bytes of a text as a JSON string of ASCII, the form in which Lambda counts an answer at worst."""
    if text.isascii() and "\x7f" not in text:
        return len(orjson.dumps(text))  # the same, and faster
    return len(json.dumps(text))
