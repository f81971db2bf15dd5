"""Captured traffic of a window.

A capture is a folder, or an S3 prefix, of objects with JSON lines (`api.capture`). Firehose files them by the hour, as
YYYY/MM/DD/HH/NAME below it; objects elsewhere are read whatever the window, also those of a capture that itself lies in
folders named by a date.
"""

import os.path
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from phat.batch.finding import everything
from phat.monitoring.errors import CaptureBroken
from phat.monitoring.lines import Line, OddLine, Record, complaint, lines_of
from phat.storage.objects import S3

_HOUR = re.compile(r"(?:^|/)([0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{2})/[^/]*$")
_AN_HOUR = timedelta(hours=1)
_BUFFER = timedelta(minutes=15)
"""The longest that Firehose collects records for an object, which it names by the time of the oldest."""
_LATE = timedelta(hours=1)
"""How much later than their time lines may reach Firehose, and how far clocks may differ."""


@dataclass(frozen=True)
class Window:
    """A span of time: from `start` on, before `end`, both with a time zone."""

    start: datetime
    end: datetime

    def has(self, time: datetime) -> bool:
        """Whether a time is within it."""
        return self.start <= time < self.end

    def may_hold(self, name: str) -> bool:
        """Whether an object of this name, from the capture on, may have lines of the window.

        All hours whose objects may reach into it do.
        """
        match = _HOUR.search(name)
        try:
            hour = datetime.strptime(match[1], "%Y/%m/%d/%H").replace(tzinfo=UTC) if match else None
        except ValueError:  # digits, and no time
            hour = None
        return hour is None or (self.start < hour + _AN_HOUR + _BUFFER + _LATE and hour < self.end + _LATE)


@dataclass
class Traffic:
    """What was captured in a window, of one version of a model.

    `records` have `time`, `share`, the answer (see `monitoring.lines`), `values`, and `id` where one was sent; each
    stands for 1 / share records. `rejected` counts records that were refused, all of them, and `errors` what was wrong,
    by field and code: of requests with more errors than an answer lists, in proportion to those. `unread` are sentences
    about what could not be read. With `coarse` scores stand in steps (`model.coarse`). `hashed` are fields, or id, that
    no value shows: the records' `values` are without them. `too_long` counts records that did not fit into a line.
    """

    records: list[Record] = field(default_factory=list)
    rejected: int = 0
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    shares: set[float] = field(default_factory=set)
    other_versions: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    """Lines of the window that were delivered more than once, and are counted once."""
    unread: list[str] = field(default_factory=list)
    coarse: bool = False
    hashed: set[str] = field(default_factory=set)
    hidden: set[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=set)
    """What was left out and what was hashed, for each setting within the window."""
    too_long: int = 0

    @property
    def scored(self) -> float:
        """How many records were scored, by the shares of those that were captured."""
        return float(sum(1 / record["share"] for record in self.records))

    @property
    def total(self) -> float:
        """How many records were sent, scored or rejected."""
        return self.scored + self.rejected

    def counted_errors(self) -> list[Record]:
        """What was wrong: field, code and count, the most common first."""
        return [{"field": name, "code": code, "count": n} for (name, code), n in self.errors.most_common()]


def read(place: str, window: Window, version: str) -> Traffic:
    """The traffic of a window, scored by one version; StoreUnavailable if it cannot be listed.

    Objects and lines that cannot be read are named in `unread`.
    """
    traffic = Traffic()
    digests: set[bytes] = set()
    for line in _lines(place, window, traffic.unread):
        digest = blake2b(line.text, digest_size=16).digest()
        if digest in digests:
            traffic.repeated += 1
        else:
            digests.add(digest)
            _take(traffic, line, version)
    traffic.records.sort(key=lambda record: record["time"])
    return traffic


def _lines(place: str, window: Window, unread: list[str]) -> Iterator[Line]:
    """The lines of a window; to `unread` goes a sentence about each object that has others."""
    for item in everything(place):
        if not window.may_hold(below(place, item.name)):
            continue
        odd: list[OddLine] = []
        try:
            for line in lines_of(item):
                if isinstance(line, OddLine):
                    odd.append(line)
                elif window.has(line.time):
                    yield line
        except CaptureBroken as error:
            unread.append(str(error))
        if odd:
            unread.append(complaint(item, odd))


def below(place: str, name: str) -> str:
    """An object's name from the capture's own place on."""
    if name == place:
        return ""
    if place.startswith(S3):
        return name.removeprefix(place if place.endswith("/") else f"{place}/")
    return os.path.relpath(name, place)


def _take(traffic: Traffic, line: Line, version: str) -> None:
    head = line.head
    if head["model_version"] != version:
        traffic.other_versions[head["model_version"]] += len(line.records)
        return
    traffic.rejected += head.get("rejected", 0)
    traffic.too_long += head.get("too_long", 0)
    listed = {(name, code): n for name, codes in head.get("errors", {}).items() for code, n in codes.items()}
    scale = head.get("total", 0) / max(sum(listed.values()), 1)
    traffic.errors.update({key: round(count * max(scale, 1)) for key, count in listed.items()})
    if line.records:
        traffic.shares.add(head["share"])
        traffic.coarse |= head.get("coarse", False)
        left_out, hashed = (tuple(head.get(name, ())) for name in ("left_out", "hashed"))
        traffic.hashed |= {*hashed}
        traffic.hidden.add((left_out, hashed))
        for record in line.records:
            values = {name: value for name, value in record["values"].items() if name not in hashed}
            traffic.records.append({**record, "values": values, "time": line.time, "share": head["share"]})
