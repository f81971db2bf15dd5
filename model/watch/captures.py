"""Captured traffic: reading a window of it, and finding and deleting what is known of one person.

A capture is a folder, or an S3 prefix, of objects with JSON lines (`api.capture`), plain or compressed by gzip.
Firehose files them by the hour, as YYYY/MM/DD/HH/ in their names; objects elsewhere are read whatever the window.
"""

import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from model.batch.finding import everything
from model.batch.places import Place
from model.batch.writing import remove, write_whole
from model.watch.errors import CaptureBroken

FORMAT = 1
_HOUR = re.compile(r"(\d{4})/(\d{2})/(\d{2})/(\d{2})/")
_GZIP = b"\x1f\x8b"
_LATE = timedelta(hours=1)
"""How much later than their time lines may be filed: delivery buffers, and clocks differ."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Window:
    """A span of time: from `start` on, before `end`, both with a time zone."""

    start: datetime
    end: datetime

    def has(self, time: datetime) -> bool:
        """Whether a time is within it."""
        return self.start <= time < self.end

    def may_hold(self, name: str) -> bool:
        """Whether an object of this name may have lines of the window."""
        found = _HOUR.search(name)
        if found is None:
            return True
        hour = datetime.strptime(found[0], "%Y/%m/%d/%H/").replace(tzinfo=UTC)
        return self.start - timedelta(hours=1) < hour < self.end + _LATE


@dataclass
class Traffic:
    """What was captured in a window, of one version of a model.

    `records` have `time`, `phat`, `event`, `values`, and `id` where one was sent; `rejected` counts records that were
    refused, and `errors` what was wrong, by field and code. Counts are of what was captured: divide by `share`.
    """

    records: list[Record] = field(default_factory=list)
    rejected: int = 0
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    shares: set[float] = field(default_factory=set)
    other_versions: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    """Lines that were delivered more than once, and are counted once."""


def read(place: str, window: Window, version: str) -> Traffic:
    """The traffic of a window, scored by one version; CaptureBroken for an object that is none."""
    traffic = Traffic()
    seen: set[bytes] = set()
    for item in everything(place):
        if window.may_hold(item.name):
            for line in _lines(item):
                if line in seen:
                    traffic.repeated += 1
                    continue
                seen.add(line)
                _take(traffic, _parse(item, line), window, version)
    traffic.records.sort(key=lambda record: record["time"])
    return traffic


def _lines(place: Place) -> Iterator[bytes]:
    data = place.read(0, place.size)
    try:
        text = gzip.decompress(data) if data.startswith(_GZIP) else data
    except (OSError, EOFError) as error:
        raise CaptureBroken(f"{place.name}: it cannot be unpacked: {error}") from None
    yield from filter(None, text.split(b"\n"))


def _parse(place: Place, line: bytes) -> Record:
    try:
        found: Record = orjson.loads(line)
        head = found["capture"]
        if head["format"] != FORMAT:
            raise CaptureBroken(f"{place.name}: format {head['format']!r}, expected {FORMAT}")
        head["time"] = datetime.fromisoformat(head["time"])
    except (ValueError, KeyError, TypeError):
        raise CaptureBroken(f"{place.name}: a line is not of a capture") from None
    return found


def _take(traffic: Traffic, line: Record, window: Window, version: str) -> None:
    head = line["capture"]
    if not window.has(head["time"]):
        return
    if head["model_version"] != version:
        traffic.other_versions[head["model_version"]] += len(line.get("records", ()))
        return
    traffic.shares.add(head["share"])
    if "rejected" in head:
        traffic.rejected += head["rejected"]
        for name, codes in head["errors"].items():
            traffic.errors.update({(name, code): count for code, count in codes.items()})
        return
    traffic.records += ({**record, "time": head["time"]} for record in line["records"])


def find(place: str, ids: Iterable[str]) -> list[Record]:
    """All that was captured of records with these ids, with the head of their requests."""
    wanted = set(ids)
    return [
        {**line["capture"], "time": line["capture"]["time"].isoformat(), **record, "object": item.name}
        for item in everything(place)
        for line in (_parse(item, text) for text in _lines(item))
        for record in line.get("records", ())
        if _is(record, wanted)
    ]


def forget(place: str, ids: Iterable[str]) -> dict[str, int]:
    """Delete all records with these ids, and say how many were in which object.

    Objects that had some are written anew without them, or deleted if nothing is left.
    """
    wanted = set(ids)
    gone: dict[str, int] = {}
    for item in everything(place):
        lines = [_parse(item, text) for text in _lines(item)]
        count = sum(_is(record, wanted) for line in lines for record in line.get("records", ()))
        if not count:
            continue
        gone[item.name] = count
        kept = [kept for line in lines if (kept := _without(line, wanted)) is not None]
        if kept:
            text = b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in kept)
            write_whole(item.name, gzip.compress(text, mtime=0) if item.read(0, 2) == _GZIP else text)
        else:
            remove(item.name)
    return gone


def _without(line: Record, ids: set[str]) -> Record | None:
    head = {**line["capture"], "time": _text(line["capture"]["time"])}
    if "records" not in line:
        return {"capture": head}
    kept = [record for record in line["records"] if not _is(record, ids)]
    return {"capture": head, "records": kept} if kept else None


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is(record: Mapping[str, Any], ids: set[str]) -> bool:
    return "id" in record and str(record["id"]) in ids
