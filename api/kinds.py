"""What the answers of each kind of model have: members in JSON, columns in CSV, their form, and their parts."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from phat.model.answer import Binary, Classes

if TYPE_CHECKING:
    from typing import Protocol

    from phat.model.artifact import Artifact
    from phat.model.predict import Prediction

    class Kind(Protocol):
        """What each prediction of a model has, whatever else is included."""

        @property
        def columns(self) -> Sequence[str]:
            """Names of the columns of `cells`."""

        def item(self, prediction: Prediction) -> dict[str, Any]:
            """The members of a prediction in JSON."""

        def cells(self, prediction: Prediction) -> Sequence[Any]:
            """The cells of a prediction in CSV."""

        def nothing(self) -> dict[str, Any]:
            """The members of a record that is refused, where the others are answered nevertheless."""


def kind_of(artifact: "Artifact") -> "Kind":
    """What the answers of a model have."""
    if isinstance(artifact.answer, Binary):
        return BinaryKind()
    return ClassesKind(artifact.answer) if isinstance(artifact.answer, Classes) else MeanKind()


class BinaryKind:
    """A decision and the probability of the event."""

    columns = ("business_outcome", "phat")

    def item(self, prediction: "Prediction") -> dict[str, Any]:
        """Both by name."""
        return {"business_outcome": prediction.outcome, "phat": prediction.answer}

    def cells(self, prediction: "Prediction") -> Sequence[Any]:
        """The same two."""
        return prediction.outcome, prediction.answer

    def nothing(self) -> dict[str, Any]:
        """Both missing."""
        return dict.fromkeys(self.columns)


class MeanKind:
    """The mean of the outcome."""

    columns = ("prediction",)

    def item(self, prediction: "Prediction") -> dict[str, Any]:
        """It by name."""
        return {"prediction": prediction.answer}

    def cells(self, prediction: "Prediction") -> Sequence[Any]:
        """It alone."""
        return (prediction.answer,)

    def nothing(self) -> dict[str, Any]:
        """It missing."""
        return dict.fromkeys(self.columns)


class ClassesKind:
    """The most probable class, and the probability of each."""

    def __init__(self, answer: Classes) -> None:
        self._labels = answer.labels
        self.columns = ("business_outcome", *answer.figures)

    def item(self, prediction: "Prediction") -> dict[str, Any]:
        """The class, and the probabilities by class."""
        probabilities = dict(zip(self._labels, prediction.probabilities, strict=True))
        return {"business_outcome": prediction.outcome, "probabilities": probabilities}

    def cells(self, prediction: "Prediction") -> Sequence[Any]:
        """The class, and the probabilities in the classes' order."""
        return prediction.outcome, *prediction.probabilities

    def nothing(self) -> dict[str, Any]:
        """Neither."""
        return {"business_outcome": None, "probabilities": None}


def available_parts(artifact: "Artifact") -> tuple[str, ...]:
    """What `include=` may name for a model."""
    has = {
        "interval": artifact.covariance is not None and not isinstance(artifact.answer, Classes),
        "prediction_interval": artifact.scale is not None,
        "contributions": bool(artifact.coefficients),
    }
    return tuple(part for part in PARTS if has.get(part, True))


PARTS = ("variables", "imputed", "interval", "prediction_interval", "contributions")
"""What `include=` may name, besides `none`, if the model has it."""

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}


def answer_schema(artifact: "Artifact") -> Mapping[str, Any]:
    """The members of a prediction in JSON Schema, by name."""
    match artifact.answer:
        case Binary(labels=labels):
            return {
                "business_outcome": {"enum": [labels.event, labels.other]},
                "phat": _SHARE | {"description": "The event's probability."},
            }
        case Classes(labels=classes):
            probabilities = {
                "type": "object",
                "required": list(classes),
                "properties": dict.fromkeys(classes, _SHARE),
                "additionalProperties": False,
                "description": "Of each class; they add up to 1.",
            }
            return {"business_outcome": {"enum": list(classes)}, "probabilities": probabilities}
    return {"prediction": {"type": "number", "description": "The mean of the outcome for such a record."}}


def decision_text(artifact: "Artifact") -> str:
    """What the answers mean, in a sentence."""
    match artifact.answer:
        case Binary(cutoff, labels):
            return f"The decision is `{labels.event}` when `phat` is {cutoff:g} or more, else `{labels.other}`."
        case Classes(labels=classes):
            return f"The decision is the most probable of {', '.join(f'`{label}`' for label in classes)}."
    return "The `prediction` is the mean of the outcome for such records."


RATIOS: Mapping[str, str] = {"logit": "odds_ratio", "log": "mean_ratio"}
"""What a difference of linear predictors multiplies, by the link."""
