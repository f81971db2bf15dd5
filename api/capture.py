"""Capture of what was scored, for the monitor: lines on stdout beside the log's, without a call in the request.

The stage's variables say what is captured, so that a change of them takes effect at once and makes no new version.
Capture is off unless `captureShare` is above 0. A line has the head of its request, and records: own id, `phat`,
whether it is an event, and the values of the fields as they were cleaned. A rejected request's line counts fields and
codes, and has no value. Which records a share below 1 holds hangs on Lambda's id of the invocation, as a caller can
choose the gateway's; the line has that one, as the log does. Fields named in `captureLeaveOut` (or `id`) are left out;
those in `captureHash` are there as a keyed hash (`captureHashKey`), by which equal values can be told and no value can
be read. A name that is no field of the model turns capture off, and is logged: it may be a slip, and what it should
have hidden would be written. As a variable cannot be empty, a lone - stands for nothing in lists, and the key has one
in front.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zlib import crc32

import orjson

from api.score import Id
from api.telemetry import Call
from model.loaded import Model
from model.predict import Prediction
from preprocessing.errors import InvalidRecords
from preprocessing.names import ID

FORMAT = 1
SHARE, LEAVE_OUT, HASH, HASH_KEY = "captureShare", "captureLeaveOut", "captureHash", "captureHashKey"
NOTHING = "-"
LONGEST = 190_000
"""Bytes of a line; with its envelope it stays below the 200 KB that a log event may reach here."""
_HASH_BYTES = 8
_SHORTEST_KEY = 16


class CaptureRefused(Exception):
    """Settings that cannot be meant; the message says which, got and expected."""


class Capture:
    """What is captured of requests, for one model."""

    def __init__(self, share: float, left_out: frozenset[str], hashed: frozenset[str], key: bytes) -> None:
        self._share, self._left_out, self._hashed, self._key = share, left_out, hashed, key
        self._limit = round(share * 2**32)

    @classmethod
    def from_variables(cls, variables: Mapping[str, str], fields: frozenset[str]) -> "Capture | None":
        """Read the settings; None if capture is off. CaptureRefused if they cannot be meant."""
        text = variables.get(SHARE) or "0"
        try:
            share = float(text)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            raise CaptureRefused(f"{SHARE}: got {text[:40]!r}, expected a number from 0 to 1")
        if share == 0:
            return None
        left_out, hashed = (_names(variables, name, fields) for name in (LEAVE_OUT, HASH))
        key = variables.get(HASH_KEY, "").removeprefix(NOTHING).encode()
        if hashed and not _SHORTEST_KEY <= len(key) <= hashlib.blake2b.MAX_KEY_SIZE:
            raise CaptureRefused(f"{HASH_KEY}: expected a secret of 16 to 64 bytes, as {HASH} names fields")
        return cls(share, left_out, hashed, key)

    def lines(self, model: Model, predictions: Sequence[Prediction], ids: Sequence[Id], call: Call) -> Iterator[bytes]:
        """Lines about a request's sampled records."""
        head = orjson.dumps({"capture": self._head(model, call) | {"scored": len(predictions)}})[:-1]
        start = head + b',"records":['
        event = model.artifact.labels.event
        kept: list[bytes] = []
        size = len(start)
        for row, (prediction, id_) in enumerate(zip(predictions, ids, strict=True)):
            if self._share < 1 and crc32(f"{call.invocation}/{row}".encode()) >= self._limit:
                continue
            record = orjson.dumps(self._record(prediction, id_, event))
            if kept and size + len(record) > LONGEST:
                yield start + b",".join(kept) + b"]}\n"
                kept, size = [], len(start)
            kept.append(record)
            size += len(record) + 1
        if kept:
            yield start + b",".join(kept) + b"]}\n"

    def rejection(self, model: Model, error: InvalidRecords, call: Call) -> bytes:
        """A line about a request that was rejected: how many records, and which fields for which reasons."""
        counts: dict[str, dict[str, int]] = {}
        for found in error.errors:
            codes = counts.setdefault(found.field or "", {})
            codes[found.code] = codes.get(found.code, 0) + 1
        head = self._head(model, call) | {"rejected": error.rows, "errors": counts}
        return orjson.dumps({"capture": head}, option=orjson.OPT_APPEND_NEWLINE)

    def _head(self, model: Model, call: Call) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "time": call.time,
            "request_id": call.request_id,
            "model": model.artifact.name,
            "model_version": model.version,
            "share": self._share,
        }

    def _record(self, prediction: Prediction, id_: Id, event: str) -> dict[str, Any]:
        record: dict[str, Any] = {"phat": prediction.phat, "event": prediction.outcome == event}
        if id_ is not None and ID not in self._left_out:
            record["id"] = self._hash(id_) if ID in self._hashed else id_
        if self._left_out or self._hashed:
            values = {name: value for name, value in prediction.cleaned.items() if name not in self._left_out}
            record["values"] = values | {name: self._hash(values[name]) for name in self._hashed & values.keys()}
        else:
            record["values"] = prediction.cleaned
        return record

    def _hash(self, value: object) -> str | None:
        if value is None:
            return None
        return hashlib.blake2b(
            str(value).encode(errors="surrogatepass"), key=self._key, digest_size=_HASH_BYTES
        ).hexdigest()


def _names(variables: Mapping[str, str], variable: str, fields: frozenset[str]) -> frozenset[str]:
    named = {name.strip() for name in variables.get(variable, "").split(",")}
    names = frozenset(named - {"", NOTHING})
    if odd := sorted(names - fields - {ID}):
        raise CaptureRefused(f"{variable}: {odd[0]!r} is no field of the model; capture stays off")
    return names
