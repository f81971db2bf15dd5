"""What a model answers: the probability of an event, a mean, or the probabilities of classes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from phat.model.errors import ArtifactError
from phat.preprocessing.plain import NUMBER, check_keys, check_list

PROBABILITY = "probability"
"""What the name of a class's probability begins with, in tables."""

ByColumn = Mapping[str, float]


class Labels(NamedTuple):
    """Names of the two decisions: `event` when `phat >= cutoff`, else `other`."""

    event: str
    other: str


BINARY, MEAN, CLASSES = "binary", "mean", "classes"
"""The kinds of answers."""


class Binary(NamedTuple):
    """The probability of an event, `phat`, and the decision that a cutoff makes of it."""

    cutoff: float
    labels: Labels

    @property
    def kind(self) -> str:
        """What files call it."""
        return BINARY

    @property
    def figures(self) -> tuple[str, ...]:
        """The name of its one figure."""
        return ("phat",)

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `answer_from_dict` reads back."""
        return {"kind": self.kind, "cutoff": self.cutoff, "labels": self.labels._asdict()}


class Mean(NamedTuple):
    """The mean of an outcome that is an amount, a count or a share: `prediction`."""

    kind: str = MEAN

    @property
    def figures(self) -> tuple[str, ...]:
        """The name of its one figure."""
        return ("prediction",)

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `answer_from_dict` reads back."""
        return {"kind": self.kind}


_NONE: Mapping[str, ByColumn] = MappingProxyType({})


class Classes(NamedTuple):
    """The probabilities of two or more classes, by `labels`.

    Ordered classes have rising `thresholds` (one less) on the scale of the one linear predictor: the first classes
    together have the probability of being below a threshold. Others have `coefficients`, the columns' by class, for
    all classes but the first, whose linear predictor is 0.
    """

    labels: tuple[str, ...]
    thresholds: tuple[float, ...] = ()
    coefficients: Mapping[str, ByColumn] = _NONE

    @property
    def kind(self) -> str:
        """What files call it."""
        return CLASSES

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


def equations(answer: Answer, coefficients: ByColumn) -> list[ByColumn]:
    """The coefficients of each linear predictor that a model has: its own, or those by class but the first."""
    return [*answer.coefficients.values()] if isinstance(answer, Classes) and answer.coefficients else [coefficients]


def classes_of(answer: Answer) -> tuple[str, ...]:
    """The labels of the classes, if the answer has some."""
    return answer.labels if isinstance(answer, Classes) else ()


def answer_from_dict(data: Mapping[str, Any]) -> Answer:
    """Read what a model answers; ArtifactError names what is wrong."""
    match data.get("kind"):
        case "binary":
            check_keys(data, "answer", {"kind": (str,), "cutoff": NUMBER, "labels": (dict,)}, {}, ArtifactError)
            check_keys(data["labels"], "answer.labels", {"event": (str,), "other": (str,)}, {}, ArtifactError)
            return Binary(data["cutoff"], Labels(**data["labels"]))
        case "mean":
            check_keys(data, "answer", {"kind": (str,)}, {}, ArtifactError)
            return Mean()
        case "classes":
            return _classes(data)
    raise ArtifactError(f"answer: kind {data.get('kind')!r}, expected binary, mean or classes")


def _classes(data: Mapping[str, Any]) -> Classes:
    optional = {"thresholds": (list,), "coefficients": (dict,)}
    check_keys(data, "answer", {"kind": (str,), "labels": (list,)}, optional, ArtifactError)
    check_list(data["labels"], "answer.labels", (str,), ArtifactError)
    check_list(data.get("thresholds", []), "answer.thresholds", NUMBER, ArtifactError)
    coefficients = data.get("coefficients", {})
    check_keys(coefficients, "answer.coefficients", {}, dict.fromkeys(coefficients, (dict,)), ArtifactError)
    frozen = {label: MappingProxyType(by_column) for label, by_column in coefficients.items()}
    return Classes(tuple(data["labels"]), tuple(data.get("thresholds", ())), MappingProxyType(frozen))
