"""The artifact: one JSON file of plain data with everything needed to score, explain, check and watch a model.

`Artifact` is the frozen value, `to_bytes` and `from_bytes` write and read it without losing a bit. What makes an
artifact refused stands in `model.checks`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import orjson

from model.checks import check_artifact
from model.errors import ArtifactError
from preprocessing.schema import Schema, SchemaError

FORMAT = 1
"""Format version this code reads and writes."""

MAX_BYTES = 8 * 1024 * 1024
"""Largest file that is read: about 600 columns with their covariance."""

MAX_LEVELS = 100
"""How deep provenance and baseline may be nested: what reads, writes and shows them goes down by recursion."""

_KEYS: dict[str, tuple[type, ...]] = {
    "format": (int,),
    "name": (str,),
    "about": (str,),
    "schema": (dict,),
    "link": (str,),
    "constant": (str, type(None)),
    "coefficients": (dict,),
    "covariance": (list,),
    "cutoff": (float, int),
    "labels": (dict,),
    "golden": (list,),
    "provenance": (dict,),
    "baseline": (dict, type(None)),
}


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of the two decisions: `event` when `phat >= cutoff`, else `other`."""

    event: str
    other: str


@dataclass(frozen=True, slots=True)
class Golden:
    """A raw record and what the model must answer to it."""

    record: Mapping[str, object]
    phat: float
    linear_predictor: float
    standard_error: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "record", MappingProxyType(dict(self.record)))


@dataclass(frozen=True, slots=True)
class Artifact:
    """A fitted binary model as plain data, checked when it is made: ArtifactError names what is wrong.

    `coefficients` are by column name, in the order of the fit; `covariance` (k by k) is in the same order;
    `constant` names the constant's coefficient, if there is one. `provenance` says where the model comes from,
    `baseline` what its training data looked like, if that is known.
    """

    name: str
    about: str
    schema: Schema
    link: str
    constant: str | None
    coefficients: Mapping[str, float]
    covariance: tuple[tuple[float, ...], ...]
    cutoff: float
    labels: Labels
    golden: tuple[Golden, ...]
    provenance: Mapping[str, Any]
    baseline: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        for name in ("coefficients", "provenance", "baseline"):
            object.__setattr__(self, name, _freeze(getattr(self, name)))
        check_artifact(self)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the model columns in the order of the coefficients, the constant's included."""
        return tuple(self.coefficients)

    def to_bytes(self) -> bytes:
        """The file's bytes; the same artifact always gives the same."""
        data = {
            "format": FORMAT,
            "name": self.name,
            "about": self.about,
            "schema": self.schema.to_dict(),
            "link": self.link,
            "constant": self.constant,
            "coefficients": self.coefficients,
            "covariance": self.covariance,
            "cutoff": self.cutoff,
            "labels": {"event": self.labels.event, "other": self.labels.other},
            "golden": [_golden_to_dict(golden) for golden in self.golden],
            "provenance": self.provenance,
            "baseline": self.baseline,
        }
        return orjson.dumps(data, default=_thaw, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Artifact":
        """Read an artifact; ArtifactError names the reason when it is refused."""
        plain = _parse(data)
        try:
            schema = Schema.from_dict(plain["schema"])
        except SchemaError as error:
            raise ArtifactError(f"schema: {error}") from error
        return cls(
            name=plain["name"],
            about=plain["about"],
            schema=schema,
            link=plain["link"],
            constant=plain["constant"],
            coefficients=plain["coefficients"],
            covariance=_matrix(plain["covariance"]),
            cutoff=plain["cutoff"],
            labels=_labels(plain["labels"]),
            golden=tuple(_golden(item) for item in plain["golden"]),
            provenance=plain["provenance"],
            baseline=plain["baseline"],
        )


def checksum(data: bytes) -> str:
    """SHA-256 of a file's bytes, 64 lower-case hexadecimal digits."""
    return sha256(data).hexdigest()


def version(digest: str) -> str:
    """The version of the artifact whose checksum is `digest`: its first 12 digits."""
    return digest[:12]


def _parse(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise ArtifactError(f"the file has {len(data)} bytes, expected at most {MAX_BYTES}")
    try:
        plain = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ArtifactError(f"not JSON (truncated, or a number that is not finite?): {error}") from error
    if not isinstance(plain, dict):
        raise ArtifactError("the file holds no JSON object")
    if plain.get("format") != FORMAT or type(plain["format"]) is not int:
        raise ArtifactError(f"format version {plain.get('format')!r}, expected {FORMAT}")
    _check_keys(plain, _KEYS, "the artifact")
    return plain


def _check_keys(data: Mapping[str, Any], expected: Mapping[str, tuple[type, ...]], what: str) -> None:
    if odd := sorted(data.keys() ^ expected.keys()):
        raise ArtifactError(f"{what}: keys missing or unknown: {', '.join(odd)}")
    for key, types in expected.items():
        if type(data[key]) not in types:
            raise ArtifactError(f"{what}: {key} is of the wrong type")


def _labels(data: Mapping[str, Any]) -> Labels:
    _check_keys(data, {"event": (str,), "other": (str,)}, "labels")
    return Labels(data["event"], data["other"])


_GOLDEN: dict[str, tuple[type, ...]] = {
    "record": (dict,), "phat": (float, int), "linear_predictor": (float, int), "standard_error": (float, int)
}  # fmt: skip


def _golden(data: Any) -> Golden:
    if not isinstance(data, dict):
        raise ArtifactError("golden: an item is no object")
    _check_keys(data, _GOLDEN, "golden")
    return Golden(**data)


def _golden_to_dict(golden: Golden) -> dict[str, Any]:
    return {key: getattr(golden, key) for key in _GOLDEN}


def _matrix(rows: list[Any]) -> tuple[tuple[float, ...], ...]:
    if not all(isinstance(row, list) for row in rows):
        raise ArtifactError("covariance: a row is no list")
    return tuple(tuple(row) for row in rows)


def _freeze(value: Any, level: int = 1) -> Any:
    if level > MAX_LEVELS:
        raise ArtifactError(f"plain data is nested in more than {MAX_LEVELS} levels")
    if isinstance(value, Mapping):
        return MappingProxyType({key: _freeze(item, level + 1) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(_freeze(item, level + 1) for item in value)
    return value


def _thaw(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no plain data")
