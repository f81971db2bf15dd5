"""Lines of a capture, object by object: what they hold, and what of them cannot be read."""

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from phat.monitoring.errors import CaptureBroken
from phat.storage.errors import FilesError
from phat.storage.files import Place

FORMAT = 1
GZIP = b"\x1f\x8b"

Record = dict[str, Any]


class Line(NamedTuple):
    """What the function wrote about a request, or a part of it: `records` are none where it was rejected."""

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
    try:
        found = orjson.loads(text)
        head = found["capture"]
        if head["format"] != FORMAT:
            raise CaptureBroken(f"got format {head['format']!r:.40}, expected {FORMAT}")
        time, records = datetime.fromisoformat(head["time"]), found.get("records", [])
        if not (time.tzinfo and _is_head(head) and all(map(_is_record, records))):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CaptureBroken("it is not of a capture") from None
    return Line(text, time, head, records)


def _is_head(head: Mapping[str, Any]) -> bool:
    rejected = [count for codes in head.get("errors", {}).values() for count in codes.values()]
    counts = (head.get("rejected", 0), head.get("total", 0), *rejected)
    whole = all(isinstance(count, int) for count in counts) and isinstance(head.get("hashed", []), list)
    return whole and isinstance(head["model_version"], str) and 0 < head["share"] <= 1


def _is_record(record: Mapping[str, Any]) -> bool:
    return 0 <= record["phat"] <= 1 and isinstance(record["event"], bool) and isinstance(record["values"], dict)
