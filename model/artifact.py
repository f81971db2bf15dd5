"""The artifact: one JSON file of plain data with everything needed to score, explain, check and monitor a model.

`Artifact` is the frozen value, `to_bytes` and `from_bytes` write and read it without losing a bit. What makes an
artifact refused stands in `phat.model.validation`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any

import orjson

from phat.model.answer import Answer, Binary, Labels, answer_from_dict, classes_of
from phat.model.baseline import Baseline
from phat.model.errors import ArtifactError, NotBinary
from phat.model.pin import MAX_BYTES
from phat.model.provenance import Provenance
from phat.model.texts import Texts
from phat.model.validation import check_artifact
from phat.preprocessing.plain import NUMBER, Types, check_keys, check_list
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
    "covariance": (list, _NONE),
    "link": (str,),
    "answer": (dict,),
    "golden": (list,),
    "baseline": (dict, _NONE),
    "provenance": (dict,),
}
_OPTIONAL: dict[str, Types] = {
    "offset": (dict, _NONE), "scale": (*NUMBER, _NONE), "degrees_of_freedom": (*NUMBER, _NONE)
}  # fmt: skip
"""Keys that not all models have."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A raw record and what the model must answer to it, as `phat.model.predict.Prediction` has it.

    What the model does not have is None: a linear predictor where each class has one, a standard error without a
    covariance.
    """

    record: Mapping[str, object]
    answer: float
    linear_predictor: float | None
    standard_error: float | None
    probabilities: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "record", MappingProxyType(dict(self.record)))


@dataclass(frozen=True, slots=True)
class Artifact:
    """A fitted model as plain data, checked when it is made: ArtifactError names what is wrong.

    `coefficients` are by column name, in the order of the fit, in which `terms` say what the columns are made of and
    `covariance` (k by k) is too; without one there are no intervals. Where each class has coefficients of its own, they
    stand in the `answer`, and `coefficients` are empty. Intervals have the quantiles of Student's t with
    `degrees_of_freedom`, without these of the normal distribution; `scale` is the variance of an observation around its
    mean, if that is normal. `baseline` is what the training data looked like, if that is known.
    """

    name: str
    schema: Schema
    terms: Terms
    link: str
    coefficients: Mapping[str, float]
    covariance: tuple[tuple[float, ...], ...] | None
    answer: Answer
    golden: tuple[Golden, ...]
    scale: float | None = None
    degrees_of_freedom: float | None = None
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
        return self.terms.names

    @property
    def known_covariance(self) -> tuple[tuple[float, ...], ...]:
        """The covariance; ArtifactError where there is none."""
        if self.covariance is None:
            raise ArtifactError(f"model {self.name} has no covariance")
        return self.covariance

    @property
    def binary(self) -> Binary:
        """The answer of a model of two outcomes; NotBinary for one of another kind."""
        if not isinstance(self.answer, Binary):
            raise NotBinary(f"model {self.name} answers {self.answer.kind}: this takes models of two outcomes only")
        return self.answer

    @property
    def cutoff(self) -> float:
        """The `phat` from which the decision is the event; NotBinary where there is none."""
        return self.binary.cutoff

    @property
    def labels(self) -> Labels:
        """Names of the two decisions; NotBinary where there are none."""
        return self.binary.labels

    def to_bytes(self) -> bytes:
        """The file's bytes; the same artifact always gives the same.

        Raises ArtifactError for a provenance or baseline that would be refused when it is read.
        """
        data: dict[str, Any] = {
            "format": FORMAT,
            "name": self.name,
            "texts": self.texts.to_dict(),
            "schema": self.schema.to_dict(),
            **self.terms.to_dict(),
            "coefficients": dict(self.coefficients),
            "covariance": self.covariance,
            "link": self.link,
            "scale": self.scale,
            "degrees_of_freedom": self.degrees_of_freedom,
            "answer": self.answer.to_dict(),
            "golden": [_golden_to_dict(golden) for golden in self.golden],
            "baseline": None if self.baseline is None else self.baseline.to_dict(classes_of(self.answer)),
            "provenance": self.provenance.to_dict(),
        }
        Provenance.from_dict(data["provenance"])
        _baseline(data["baseline"], self.schema, self.columns, self.answer)
        data = {key: value for key, value in data.items() if value is not None or key in _KEYS}
        return orjson.dumps(data, default=_thaw, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Artifact":
        """Read an artifact; ArtifactError names the reason when it is refused."""
        plain = _parse(data)
        try:
            terms = Terms.from_dict(plain["factors"], plain["columns"], plain.get("offset"))
            schema = Schema.from_dict(plain["schema"], terms.by_field())
        except SchemaError as error:
            raise ArtifactError(f"schema: {error}") from error
        answer = answer_from_dict(plain["answer"])
        return cls(
            name=plain["name"],
            schema=schema,
            terms=terms,
            link=plain["link"],
            coefficients=plain["coefficients"],
            covariance=_matrix(plain["covariance"]),
            answer=answer,
            scale=plain.get("scale"),
            degrees_of_freedom=plain.get("degrees_of_freedom"),
            golden=tuple(_golden(item, number) for number, item in enumerate(plain["golden"], 1)),
            texts=Texts.from_dict(plain["texts"]),
            provenance=Provenance.from_dict(plain["provenance"]),
            baseline=_baseline(plain["baseline"], schema, terms.names, answer),
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
    check_keys(plain, "the artifact", _KEYS, _OPTIONAL, ArtifactError)
    return plain


_GOLDEN: dict[str, Types] = {
    "record": (dict,), "answer": NUMBER, "linear_predictor": (*NUMBER, _NONE), "standard_error": (*NUMBER, _NONE)
}  # fmt: skip


def _golden(data: Any, number: int) -> Golden:
    place = f"golden record {number}"
    check_keys(data, place, _GOLDEN, {"probabilities": (list,)}, ArtifactError)
    if "probabilities" not in data:
        return Golden(**data)
    check_list(data["probabilities"], f"{place}: probabilities", NUMBER, ArtifactError)
    return Golden(**{**data, "probabilities": tuple(data["probabilities"])})


def _golden_to_dict(golden: Golden) -> dict[str, Any]:
    probabilities = {"probabilities": list(golden.probabilities)} if golden.probabilities else {}
    return {key: getattr(golden, key) for key in _GOLDEN} | probabilities


def _baseline(data: Any, schema: Schema, columns: tuple[str, ...], answer: Answer) -> Baseline | None:
    return None if data is None else Baseline.from_dict(data, schema, columns, classes_of(answer))


def _matrix(rows: list[Any] | None) -> tuple[tuple[float, ...], ...] | None:
    if rows is None:
        return None
    if not all(isinstance(row, list) for row in rows):
        raise ArtifactError("covariance: a row is no list")
    return tuple(tuple(row) for row in rows)


def _thaw(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no plain data")
