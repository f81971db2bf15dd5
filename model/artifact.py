"""The artifact: one JSON file of plain data with everything needed to score, explain, check and monitor a model.

`Artifact` is the frozen value, `to_bytes` and `from_bytes` write and read it without losing a bit. What makes an
artifact refused stands in `phat.model.validation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from phat.model.baseline import Baseline
from phat.model.errors import ArtifactError
from phat.model.pin import MAX_BYTES
from phat.model.provenance import Provenance
from phat.model.texts import Texts
from phat.model.validation import check_artifact
from phat.preprocessing.plain import NUMBER, Types, check_keys
from phat.preprocessing.schema import Schema, SchemaError
from phat.preprocessing.terms import Terms

FORMAT = 2
"""Format version this code reads and writes."""

_NONE = type(None)
_KEYS: dict[str, Types] = {
    "format": (int,),
    "name": (str,),
    "texts": (dict,),
    "schema": (dict,),
    "factors": (list,),
    "columns": (list,),
    "coefficients": (dict,),
    "covariance": (list,),
    "link": (str,),
    "answer": (dict,),
    "golden": (list,),
    "baseline": (dict, _NONE),
    "provenance": (dict,),
}
_RESERVED: dict[str, Types] = {
    "offset": (_NONE,), "scale": (_NONE,), "degrees_of_freedom": (_NONE,)
}  # fmt: skip
"""Keys of format 2 that models with other terms and of other kinds have; here they may be there and are empty."""

BINARY = "binary"


class Labels(NamedTuple):
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

    `coefficients` are by column name, in the order of the fit, in which `terms` say what the columns are made of and
    `covariance` (k by k) is too. `baseline` is what its training data looked like, if that is known.
    """

    name: str
    schema: Schema
    terms: Terms
    link: str
    coefficients: Mapping[str, float]
    covariance: tuple[tuple[float, ...], ...]
    cutoff: float
    labels: Labels
    golden: tuple[Golden, ...]
    texts: Texts = field(default_factory=Texts)
    provenance: Provenance = field(default_factory=Provenance)
    baseline: Baseline | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "coefficients", MappingProxyType(dict(self.coefficients)))
        check_artifact(self)

    @property
    def constant(self) -> str | None:
        """The name of the constant's column, if there is one."""
        return self.terms.constant

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the model columns in the order of the coefficients, the constant's included."""
        return tuple(self.coefficients)

    def to_bytes(self) -> bytes:
        """The file's bytes; the same artifact always gives the same.

        Raises ArtifactError for a provenance or baseline that would be refused when it is read.
        """
        labels = {"event": self.labels.event, "other": self.labels.other}
        data: dict[str, Any] = {
            "format": FORMAT,
            "name": self.name,
            "texts": self.texts.to_dict(),
            "schema": self.schema.to_dict(),
            **self.terms.to_dict(),
            "coefficients": dict(self.coefficients),
            "covariance": self.covariance,
            "link": self.link,
            "answer": {"kind": BINARY, "cutoff": self.cutoff, "labels": labels},
            "golden": [_golden_to_dict(golden) for golden in self.golden],
            "baseline": None if self.baseline is None else self.baseline.to_dict(),
            "provenance": self.provenance.to_dict(),
        }
        Provenance.from_dict(data["provenance"])
        _baseline(data["baseline"], self.schema, self.coefficients)
        return orjson.dumps(data, default=_thaw, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Artifact":
        """Read an artifact; ArtifactError names the reason when it is refused."""
        plain = _parse(data)
        try:
            terms = Terms.from_dict(plain["factors"], plain["columns"])
            schema = Schema.from_dict(plain["schema"], terms.by_field())
        except SchemaError as error:
            raise ArtifactError(f"schema: {error}") from error
        answer = _answer(plain["answer"])
        return cls(
            name=plain["name"],
            schema=schema,
            terms=terms,
            link=plain["link"],
            coefficients=plain["coefficients"],
            covariance=_matrix(plain["covariance"]),
            cutoff=answer["cutoff"],
            labels=_labels(answer["labels"]),
            golden=tuple(_golden(item, number) for number, item in enumerate(plain["golden"], 1)),
            texts=Texts.from_dict(plain["texts"]),
            provenance=Provenance.from_dict(plain["provenance"]),
            baseline=_baseline(plain["baseline"], schema, plain["coefficients"]),
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
        raise ArtifactError(f"format version {plain.get('format')!r}, expected {FORMAT}: fit or import the model again")
    check_keys(plain, "the artifact", _KEYS, _RESERVED, ArtifactError)
    if used := [key for key in _RESERVED if plain.get(key)]:
        raise ArtifactError(f"{used[0]}: this version serves no model that has it")
    return plain


def _answer(data: Mapping[str, Any]) -> Mapping[str, Any]:
    check_keys(data, "answer", {"kind": (str,), "cutoff": NUMBER, "labels": (dict,)}, {}, ArtifactError)
    if data["kind"] != BINARY:
        raise ArtifactError(f"answer: kind {data['kind']!r} is not served, only {BINARY}")
    return data


def _labels(data: Mapping[str, Any]) -> Labels:
    check_keys(data, "answer.labels", {"event": (str,), "other": (str,)}, {}, ArtifactError)
    return Labels(data["event"], data["other"])


_GOLDEN: dict[str, Types] = {
    "record": (dict,), "phat": NUMBER, "linear_predictor": NUMBER, "standard_error": NUMBER
}  # fmt: skip


def _golden(data: Any, number: int) -> Golden:
    check_keys(data, f"golden record {number}", _GOLDEN, {}, ArtifactError)
    return Golden(**data)


def _golden_to_dict(golden: Golden) -> dict[str, Any]:
    return {key: getattr(golden, key) for key in _GOLDEN}


def _baseline(data: Any, schema: Schema, coefficients: Mapping[str, float]) -> Baseline | None:
    return None if data is None else Baseline.from_dict(data, schema, tuple(coefficients))


def _matrix(rows: list[Any]) -> tuple[tuple[float, ...], ...]:
    if not all(isinstance(row, list) for row in rows):
        raise ArtifactError("covariance: a row is no list")
    return tuple(tuple(row) for row in rows)


def _thaw(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no plain data")
