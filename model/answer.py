"""What a model answers: the probability of an event, a mean, or the probabilities of classes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from phat.model.errors import ArtifactError
from phat.preprocessing.plain import NUMBER, check_keys, check_list

PROBABILITY = "probability"
"""What the name of a class's probability begins with, in tables."""

ByColumn = Mapping[str, float]


class Labels(NamedTuple):
    """Names of the two decisions: `event` when `phat >= cutoff`, else `other`."""

    event: str
    other: str


@dataclass(frozen=True, slots=True)
class Binary:
    """The probability of an event, `phat`, and the decision that a cutoff makes of it."""

    cutoff: float
    labels: Labels
    kind: ClassVar[str] = "binary"

    def __post_init__(self) -> None:
        if isinstance(self.cutoff, bool) or not isinstance(self.cutoff, int | float):
            raise ArtifactError("cutoff is not a number")
        if not 0 <= self.cutoff <= 1:
            raise ArtifactError(f"cutoff {self.cutoff} is not between 0 and 1")
        if self.labels.event == self.labels.other:
            raise ArtifactError("both labels are the same")

    @property
    def figures(self) -> tuple[str, ...]:
        """The name of its one figure."""
        return ("phat",)

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `answer_from_dict` reads back."""
        return {"kind": self.kind, "cutoff": self.cutoff, "labels": self.labels._asdict()}


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of an outcome that is an amount, a count or a share: `prediction`."""

    kind: ClassVar[str] = "mean"

    @property
    def figures(self) -> tuple[str, ...]:
        """The name of its one figure."""
        return ("prediction",)

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `answer_from_dict` reads back."""
        return {"kind": self.kind}


@dataclass(frozen=True, slots=True)
class Classes:
    """The probabilities of two or more classes, by `labels`.

    Ordered classes have rising `thresholds` (one less) on the scale of the one linear predictor: the first classes
    together have the probability of being below a threshold. Others have `coefficients`, the columns' by class, for
    all classes but the first, whose linear predictor is 0.
    """

    labels: tuple[str, ...]
    thresholds: tuple[float, ...] = ()
    coefficients: Mapping[str, ByColumn] = field(default_factory=lambda: MappingProxyType({}))
    kind: ClassVar[str] = "classes"

    def __post_init__(self) -> None:
        frozen = {label: MappingProxyType(dict(by_column)) for label, by_column in self.coefficients.items()}
        object.__setattr__(self, "coefficients", MappingProxyType(frozen))
        if len(self.labels) < 2 or len(set(self.labels)) < len(self.labels):
            raise ArtifactError(f"classes: got labels {', '.join(self.labels)}, expected two or more, all different")
        if bool(self.thresholds) == bool(self.coefficients):
            raise ArtifactError("classes: expected thresholds, or coefficients by class, and not both")
        if self.thresholds and len(self.thresholds) != len(self.labels) - 1:
            raise ArtifactError(f"classes: {len(self.thresholds)} thresholds for {len(self.labels)} classes")
        if not all(map(isfinite, self.thresholds)) or any(low >= high for low, high in pairwise(self.thresholds)):
            raise ArtifactError("classes: expected finite thresholds, each above the one before it")
        if self.coefficients and tuple(self.coefficients) != self.labels[1:]:
            raise ArtifactError("classes: expected coefficients for each class but the first, in the labels' order")

    @property
    def figures(self) -> tuple[str, ...]:
        """The names of the classes' probabilities, in their order, as tables have them."""
        return tuple(f"{PROBABILITY}_{label}" for label in self.labels)

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `answer_from_dict` reads back."""
        made: dict[str, Any] = {"kind": self.kind, "labels": list(self.labels)}
        if self.thresholds:
            return made | {"thresholds": list(self.thresholds)}
        return made | {"coefficients": {label: dict(by_column) for label, by_column in self.coefficients.items()}}


Answer = Binary | Mean | Classes


def answer_from_dict(data: Mapping[str, Any]) -> Answer:
    """Read what a model answers; ArtifactError names what is wrong."""
    match data.get("kind"):
        case Binary.kind:
            check_keys(data, "answer", {"kind": (str,), "cutoff": NUMBER, "labels": (dict,)}, {}, ArtifactError)
            check_keys(data["labels"], "answer.labels", {"event": (str,), "other": (str,)}, {}, ArtifactError)
            return Binary(data["cutoff"], Labels(**data["labels"]))
        case Mean.kind:
            check_keys(data, "answer", {"kind": (str,)}, {}, ArtifactError)
            return Mean()
        case Classes.kind:
            return _classes(data)
    raise ArtifactError(f"answer: kind {data.get('kind')!r}, expected binary, mean or classes")


def _classes(data: Mapping[str, Any]) -> Classes:
    optional = {"thresholds": (list,), "coefficients": (dict,)}
    check_keys(data, "answer", {"kind": (str,), "labels": (list,)}, optional, ArtifactError)
    check_list(data["labels"], "answer.labels", (str,), ArtifactError)
    check_list(data.get("thresholds", []), "answer.thresholds", NUMBER, ArtifactError)
    coefficients = data.get("coefficients", {})
    check_keys(coefficients, "answer.coefficients", {}, dict.fromkeys(coefficients, (dict,)), ArtifactError)
    return Classes(tuple(data["labels"]), tuple(data.get("thresholds", ())), coefficients)
