"""Capture of what was scored, for the monitor: lines on stdout next to the log's.

The stage's variables say what is captured, so that a change of them takes effect at once and makes no new version.
Capture is off unless `captureShare` is above 0. A line has the head of its request, and records: own id, the answer
(`phat` and whether it is an `event`; `prediction`; or `outcome` and `probabilities` in the classes' order), and the
values of the fields as they were cleaned. A rejected request's line counts fields and
codes, and has no value. Which records a share below 1 holds hangs on Lambda's id of the invocation, as a caller can
choose the gateway's; the line has that one, as the log does.

Fields named in `captureLeaveOut` (or `id`) are left out; those in `captureHash` are there as a keyed hash, by which
equal values have equal hashes and no value can be read. The key is in SSM, `captureHashKeyName` its name, and
it is read when the first request needs it. With a field left out or hashed a score is kept in steps alone
(`model.coarse`), of classes the outcome alone, and the head says so. A name that is no field of the model turns
capture off, and is logged: it may be a slip, and what it should have hidden would be written; so does a key that cannot
be read. As a variable cannot be empty, a lone - stands for nothing in lists, and the key's name has one in front.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import orjson

from phat.api.score import Id
from phat.api.telemetry import Call, log_reason
from phat.model.answer import Binary, Classes, Mean
from phat.model.artifact import Artifact
from phat.model.coarse import Steps
from phat.model.hashes import KeyUnreadable, keyed_hash, read_key
from phat.model.model import Model
from phat.model.predict import Prediction
from phat.preprocessing.errors import InvalidRecords
from phat.preprocessing.names import ID
from phat.preprocessing.spelling import exact_id

FORMAT = 1
SHARE, LEAVE_OUT, HASH, HASH_KEY_NAME = "captureShare", "captureLeaveOut", "captureHash", "captureHashKeyName"
NOTHING = "-"
LONGEST = 190_000
"""Bytes of a line; with its envelope it stays below the 200 KB that a log event may reach here."""
_END = b"]}\n"


class CaptureRefused(Exception):
    """Settings that are refused, or a key that cannot be read; the message says which, got and expected."""


class Settings(NamedTuple):
    """What is captured: the share of the records, the fields that are left out or hashed, and where the key is."""

    share: float
    left_out: frozenset[str] = frozenset()
    hashed: frozenset[str] = frozenset()
    key_name: str = ""
    own_id: bool = True
    """Whether an id is not a field of the model, so that `phat` has nothing of it."""

    @classmethod
    def from_variables(cls, variables: Mapping[str, str], fields: frozenset[str]) -> "Settings | None":
        """Read a stage's variables; None if capture is off. CaptureRefused if they are wrong."""
        share = read_share(variables)
        if share == 0:
            return None
        left_out, hashed = (_names(variables, name, fields) for name in (LEAVE_OUT, HASH))
        key_name = variables.get(HASH_KEY_NAME, "").removeprefix(NOTHING).strip()
        if hashed and not key_name:
            expected = "expected the name of an SSM parameter (SecureString)"
            raise CaptureRefused(f"{HASH_KEY_NAME}: got nothing, {expected}, as {HASH} names fields")
        return cls(share, left_out, hashed, key_name, ID not in fields)

    @property
    def hides(self) -> bool:
        """Whether a field of the model is left out or hashed."""
        return bool((self.left_out | self.hashed) - ({ID} if self.own_id else set()))

    @property
    def head(self) -> dict[str, Any]:
        """What each line says of them."""
        named = {"left_out": sorted(self.left_out), "hashed": sorted(self.hashed)}
        return {"share": self.share} | {name: fields for name, fields in named.items() if fields}


class Capture:
    """What is captured of requests, for one model."""

    def __init__(self, settings: Settings, artifact: Artifact, key: bytes = b"") -> None:
        self._share, self._left_out, self._hashed = settings.share, settings.left_out, settings.hashed
        self._key = key
        self._limit = round(self._share * 2**32)
        self._answer = _captured(artifact, settings.hides)
        self._settings = settings.head | ({"coarse": True} if settings.hides else {})

    @classmethod
    def from_variables(cls, variables: Mapping[str, str], artifact: Artifact) -> "Capture | None":
        """As a stage's variables say, with the key from SSM if they name hashes; None if capture is off.

        Raises CaptureRefused.
        """
        settings = Settings.from_variables(variables, artifact.schema.names)
        if settings is None:
            return None
        if settings.hides and isinstance(artifact.answer, Mean) and artifact.baseline is None:
            raise CaptureRefused(
                f"{LEAVE_OUT} and {HASH}: got fields of a model without a baseline, by whose steps means are kept; "
                "to their last digit they would give the fields away: expected none, or a model with a baseline"
            )
        try:
            return cls(settings, artifact, read_key(settings.key_name) if settings.hashed else b"")
        except KeyUnreadable as error:
            raise CaptureRefused(f"{HASH_KEY_NAME}: {error}") from None

    def lines(self, model: Model, predictions: Sequence[Prediction], ids: Sequence[Id], call: Call) -> Iterator[bytes]:
        """Lines about a request's sampled records, none above LONGEST.

        A record that is alone too long for a line (a caller chooses how long an id is) is left out whole, as without
        its id it could not be deleted on demand; the head counts those, and the log says so.
        """
        head = self._head(model, call) | {"scored": len(predictions)}
        sampled = (
            orjson.dumps(self._record(prediction, id_))
            for row, (prediction, id_) in enumerate(zip(predictions, ids, strict=True))
            if self._share >= 1 or crc32(f"{call.invocation}/{row}".encode()) < self._limit
        )
        start = _start(head)
        room = LONGEST - len(_start(head | {"too_long": len(predictions)})) - len(_END)
        kept: list[bytes] = []
        size, too_long = 0, 0
        for record in sampled:
            if len(record) > room:
                too_long += 1
                continue
            if size + len(record) > room:
                yield start + b",".join(kept) + _END
                kept, size = [], 0
            kept.append(record)
            size += len(record) + 1
        if too_long:
            log_reason(
                "records not captured", f"{too_long} records of request {call.request_id} are longer than a line"
            )
            start = _start(head | {"too_long": too_long})
        if kept or too_long:
            yield start + b",".join(kept) + _END

    def rejection(self, model: Model, error: InvalidRecords, call: Call) -> bytes:
        """A line about a request that was rejected: how many records, and which fields for which reasons."""
        counts: dict[str, dict[str, int]] = {}
        for record_error in error.errors:
            codes = counts.setdefault(record_error.field or "", {})
            codes[record_error.code] = codes.get(record_error.code, 0) + 1
        head = self._head(model, call) | {"rejected": error.rows, "errors": counts, "total": error.total}
        line = orjson.dumps({"capture": head}, option=orjson.OPT_APPEND_NEWLINE)
        if len(line) <= LONGEST:
            return line
        return orjson.dumps({"capture": head | {"errors": {}}}, option=orjson.OPT_APPEND_NEWLINE)

    def _head(self, model: Model, call: Call) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "time": call.time,
            "request_id": call.request_id,
            "model": model.artifact.name,
            "model_version": model.version,
            **self._settings,
        }

    def _record(self, prediction: Prediction, id_: Id) -> dict[str, Any]:
        record = self._answer(prediction)
        if id_ is not None and ID not in self._left_out:
            record["id"] = keyed_hash(ID, exact_id(id_), self._key) if ID in self._hashed else id_
        if self._left_out or self._hashed:
            values = {name: value for name, value in prediction.cleaned.items() if name not in self._left_out}
            record["values"] = values | {name: self._hash(name, values[name]) for name in self._hashed & values.keys()}
        else:
            record["values"] = prediction.cleaned
        return record

    def _hash(self, name: str, value: object) -> str | None:
        return None if value is None else keyed_hash(name, value, self._key)


def _captured(artifact: Artifact, hides: bool) -> Callable[[Prediction], dict[str, Any]]:
    """What is kept of an answer, in steps where fields are hidden."""
    match artifact.answer:
        case Classes():
            if hides:
                return lambda prediction: {"outcome": prediction.outcome}
            return lambda prediction: {"outcome": prediction.outcome, "probabilities": prediction.probabilities}
        case Binary(labels=labels):
            event, score = labels.event, Steps(artifact.baseline).mean if hides else float
            return lambda prediction: {"phat": score(prediction.answer), "event": prediction.outcome == event}
    score = Steps(artifact.baseline).mean if hides else float
    return lambda prediction: {"prediction": score(prediction.answer)}


def _start(head: Mapping[str, Any]) -> bytes:
    """A line up to its first record."""
    return orjson.dumps({"capture": head})[:-1] + b',"records":['


def read_share(variables: Mapping[str, str]) -> float:
    """The share of the records that a stage's variables ask for, 0 if they ask for none; CaptureRefused."""
    text = variables.get(SHARE) or "0"
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise CaptureRefused(f"{SHARE}: got {text[:40]!r}, expected a number from 0 to 1")
    return share


def _names(variables: Mapping[str, str], variable: str, fields: frozenset[str]) -> frozenset[str]:
    named = {name.strip() for name in variables.get(variable, "").split(",")}
    names = frozenset(named - {"", NOTHING})
    if odd := sorted(names - fields - {ID}):
        raise CaptureRefused(f"{variable}: {odd[0]!r} is no field of the model; capture stays off")
    return names
