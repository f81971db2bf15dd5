"""What the training data looked like: the frozen values that drift is measured against."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf, isfinite
from types import MappingProxyType
from typing import Any, NamedTuple

from phat.model.errors import ArtifactError
from phat.preprocessing.plain import NUMBER, Types, check_keys, check_list
from phat.preprocessing.schema import CategoryField, Field, Schema


class FieldBaseline(NamedTuple):
    """The values of one field: the share of records where it is `missing`, and `shares` of those that have a value.

    A number's shares are by bin between `edges` (one more than bins), closed on the left, the last on both sides; a
    category's are by `levels`.
    """

    missing: float
    shares: tuple[float, ...]
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        if self.levels:
            return {"missing": self.missing, "shares": dict(zip(self.levels, self.shares, strict=True))}
        return {"missing": self.missing, "edges": list(self.edges), "shares": list(self.shares)}

    @classmethod
    def from_dict(cls, data: Any, field: Field) -> "FieldBaseline":
        """Read what is known of a field; ArtifactError names what is wrong."""
        place = f"baseline.fields.{field.name}"
        if isinstance(field, CategoryField):
            check_keys(data, place, {"missing": NUMBER, "shares": (dict,)}, {}, ArtifactError)
            check_keys(data["shares"], f"{place}.shares", dict.fromkeys(field.levels, NUMBER), {}, ArtifactError)
            shares = tuple(data["shares"][level] for level in field.levels)
            return cls(_share(data["missing"], place), _shares(shares, place), levels=field.levels)
        check_keys(data, place, {"missing": NUMBER, "edges": (list,), "shares": (list,)}, {}, ArtifactError)
        edges = _edges(data["edges"], len(data["shares"]), place)
        return cls(_share(data["missing"], place), _shares(data["shares"], place), edges=edges)


class ScoreBins(NamedTuple):
    """Records, events and mean `phat` in bins of `phat` between `edges` (one more than bins); of means likewise.

    `events` are None where no outcomes are known, and of means; `mean_phat` is None where it is not known.
    """

    edges: tuple[float, ...]
    records: tuple[int, ...]
    mean_phat: tuple[float, ...] | None = None
    events: tuple[int, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; what is None is left out."""
        plain = {name: getattr(self, name) for name in ("edges", "records", "mean_phat", "events")}
        return {name: list(values) for name, values in plain.items() if values is not None}

    @classmethod
    def from_dict(cls, data: Any, place: str) -> "ScoreBins":
        """Read bins; ArtifactError names what is wrong."""
        lists: Types = (list,)
        optional = {"mean_phat": lists, "events": lists}
        check_keys(data, place, {"edges": lists, "records": lists}, optional, ArtifactError)
        for key, values in data.items():
            check_list(values, f"{place}.{key}", (int,) if key in ("records", "events") else NUMBER, ArtifactError)
            least = -inf if key == "mean_phat" else 0
            if key != "edges" and (
                len(values) != len(data["records"]) or not all(least <= value < inf for value in values)
            ):
                raise ArtifactError(f"{place}.{key}: expected a number of 0 or more for each bin")
        edges = _edges(data["edges"], len(data["records"]), place)
        return cls(edges, **{key: tuple(values) for key, values in data.items() if key != "edges"})


class ClassShares(NamedTuple):
    """The answers of a model of classes: by class the mean `probability`, and the share of records it was likeliest in.

    Each of both has a share for each class, in the classes' order.
    """

    probability: tuple[float, ...]
    likeliest: tuple[float, ...]

    def to_dict(self, labels: Sequence[str]) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        return {name: dict(zip(labels, getattr(self, name), strict=True)) for name in self._fields}

    @classmethod
    def from_dict(cls, data: Any, labels: Sequence[str]) -> "ClassShares":
        """Read the shares of these classes; ArtifactError names what is wrong."""
        place = "baseline.classes"
        check_keys(data, place, dict.fromkeys(cls._fields, (dict,)), {}, ArtifactError)
        for name, by_class in data.items():
            check_keys(by_class, f"{place}.{name}", dict.fromkeys(labels, NUMBER), {}, ArtifactError)
        read = {name: _shares([data[name][label] for label in labels], f"{place}.{name}") for name in cls._fields}
        return cls(**read)


class Baseline(NamedTuple):
    """What `records` of training data looked like: each field, the mean of each model column, and the answers.

    The answers are a `score`, or shares of `classes`. `offset` is the mean of the model's offset, if it has one.
    `source` says in words which data they were.
    """

    source: str
    records: int
    fields: Mapping[str, FieldBaseline]
    columns: Mapping[str, float]
    score: ScoreBins | None
    offset: float | None = None
    classes: ClassShares | None = None

    def to_dict(self, labels: Sequence[str] = ()) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; `labels` are the classes, where the model has some."""
        score = {} if self.score is None else {"score": self.score.to_dict()}
        classes = {} if self.classes is None else {"classes": self.classes.to_dict(labels)}
        return {
            "source": self.source,
            "records": self.records,
            "fields": {name: field.to_dict() for name, field in self.fields.items()},
            "columns": dict(self.columns),
            **score,
            **classes,
            **({} if self.offset is None else {"offset": self.offset}),
        }

    @classmethod
    def from_dict(cls, data: Any, schema: Schema, columns: Sequence[str], labels: Sequence[str] = ()) -> "Baseline":
        """Read the baseline of a model with these fields, columns and classes; ArtifactError names what is wrong."""
        answers: dict[str, Types] = {"classes": (dict,)} if labels else {"score": (dict,)}
        check_keys(data, "baseline", _KEYS | answers, {"offset": NUMBER}, ArtifactError)
        if data["records"] < 1:
            raise ArtifactError(f"baseline.records: got {data['records']}, expected 1 or more")
        named = {field.name: field for field in schema.fields}
        check_keys(data["fields"], "baseline.fields", dict.fromkeys(named, (dict,)), {}, ArtifactError)
        check_keys(data["columns"], "baseline.columns", dict.fromkeys(columns, NUMBER), {}, ArtifactError)
        for name, mean in data["columns"].items():
            if not isfinite(mean):
                raise ArtifactError(f"baseline.columns: the mean of {name} is not finite")
        fields = {name: FieldBaseline.from_dict(data["fields"][name], field) for name, field in named.items()}
        score = None if labels else ScoreBins.from_dict(data["score"], "baseline.score")
        classes = ClassShares.from_dict(data["classes"], labels) if labels else None
        means = MappingProxyType(data["columns"])
        return cls(data["source"], data["records"], MappingProxyType(fields), means, score, data.get("offset"), classes)


_KEYS: dict[str, Types] = {"source": (str,), "records": (int,), "fields": (dict,), "columns": (dict,)}


def _share(value: float, place: str) -> float:
    if not 0 <= value <= 1:
        raise ArtifactError(f"{place}: missing: got {value}, expected a share from 0 to 1")
    return value


def _shares(values: Sequence[Any], place: str) -> tuple[float, ...]:
    check_list(list(values), f"{place}.shares", NUMBER, ArtifactError)
    if not all(0 <= value <= 1 for value in values):
        raise ArtifactError(f"{place}.shares: expected shares from 0 to 1")
    return tuple(values)


def _edges(values: list[Any], bins: int, place: str) -> tuple[float, ...]:
    check_list(values, f"{place}.edges", NUMBER, ArtifactError)
    if len(values) != bins + 1 and not (len(values) == bins == 1):  # one value alone is one bin
        raise ArtifactError(f"{place}.edges: got {len(values)} for {bins} bins, expected one more than bins")
    if not all(isfinite(value) for value in values) or any(low >= high for low, high in pairwise(values)):
        raise ArtifactError(f"{place}.edges: expected finite numbers that rise")
    return tuple(values)
