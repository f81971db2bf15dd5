"""Lines of a capture, object by object: what they hold, and what of them cannot be read.

A record has an answer by the kind of the model: `phat` and `event`; `prediction`; or `outcome`, and `probabilities` in
the classes' order where no field is hidden.
"""

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import inf
from typing import Any, NamedTuple

import orjson

from phat.monitoring.errors import CaptureBroken
from phat.preprocessing.names import ID
from phat.storage.errors import FilesError
from phat.storage.files import Place

FORMAT = 1
GZIP = b"\x1f\x8b"

Record = dict[str, Any]


class Line(NamedTuple):
    """What the function wrote about a request, or a part of it: `records` are none where it was rejected.

    `time` is in UTC.
    """

    text: bytes
    time: datetime
    head: Record
    records: list[Record]


class OddLine(NamedTuple):
    """A line that the function did not write so; `number` counts from 1."""

    text: bytes
    number: int
    reason: str


def lines_of(place: Place) -> Iterator[Line | OddLine]:
    """The lines of an object, plain or compressed by gzip; CaptureBroken names one that cannot be read at all."""
    for number, text in enumerate(_text(place).split(b"\n"), 1):
        if text:
            try:
                yield _parse(text)
            except CaptureBroken as error:
                yield OddLine(text, number, str(error))


def complaint(place: Place, odd: Sequence[OddLine]) -> str:
    """A sentence about an object's odd lines."""
    first = f"{place.name}: line {odd[0].number}: {odd[0].reason}"
    return first if len(odd) == 1 else f"{first}, and {len(odd) - 1} other lines"


def _text(place: Place) -> bytes:
    try:
        data = place.read(0, place.size)
        return gzip.decompress(data) if data.startswith(GZIP) else data
    except FilesError as error:
        raise CaptureBroken(str(error)) from None
    except (OSError, EOFError, zlib.error) as error:
        raise CaptureBroken(f"{place.name}: it cannot be unpacked: {error}") from None


def _parse(text: bytes) -> Line:
    """A line as the function writes them, with nothing else in it that is read here."""
    try:
        data = orjson.loads(text)
        head = data["capture"]
        if head["format"] != FORMAT:
            raise CaptureBroken(f"got format {head['format']!r:.40}, expected {FORMAT}")
        time, records = datetime.fromisoformat(head["time"]), data.get("records", [])
        if not (time.tzinfo and _is_head(head) and isinstance(records, list) and all(map(_is_record, records))):
            raise ValueError
        return Line(text, time.astimezone(UTC), head, records)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise CaptureBroken("it is not of a capture") from None


def _is_head(head: Mapping[str, Any]) -> bool:
    errors = [count for codes in head.get("errors", {}).values() for count in codes.values()]
    counts = [head.get(name, 0) for name in ("rejected", "total", "too_long")]
    names = [head.get(name, []) for name in ("hashed", "left_out")]
    return (
        all(map(_is_count, counts + errors))
        and all(isinstance(each, list) and all(isinstance(name, str) for name in each) for each in names)
        and isinstance(head["model_version"], str)
        and _is_number(head["share"])
        and 0 < head["share"] <= 1 <= 1 / head["share"] < inf
        and isinstance(head.get("coarse", False), bool)
    )


def _is_record(record: Mapping[str, Any]) -> bool:
    values = record["values"]
    return (
        _is_answer(record)
        and _is_id(record.get(ID, ""))
        and isinstance(values, dict)
        and not any(isinstance(value, dict | list) for value in values.values())
    )


def _is_answer(record: Mapping[str, Any]) -> bool:
    if "prediction" in record:
        return _is_number(record["prediction"])
    if "outcome" in record:
        probabilities = record.get("probabilities", [])
        return (
            isinstance(record["outcome"], str)
            and isinstance(probabilities, list)
            and all(map(_is_share, probabilities))
        )
    return _is_share(record["phat"]) and isinstance(record["event"], bool)


def _is_share(value: object) -> bool:
    return _is_number(value) and 0 <= value <= 1  # type: ignore[operator]  # a number


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_id(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
