"""The parts of an answer that `include=` chooses: each as members of JSON and as columns of CSV."""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from phat.api.kinds import RATIOS
from phat.api.negotiate import Included
from phat.model.answer import Binary, Mean
from phat.model.explain import (
    PROBABILITY,
    REAL,
    Contribution,
    observation_interval,
    ratio,
    standard_error,
    wald_interval,
)
from phat.model.model import Model
from phat.model.predict import Prediction
from phat.preprocessing.spreadsheet import harmless

if TYPE_CHECKING:
    from typing import Protocol

    class Part(Protocol):
        """One part: what it adds to a prediction in JSON under its name, and in CSV in its columns."""

        @property
        def name(self) -> str:
            """Its name in `include=` and in JSON."""

        @property
        def columns(self) -> Sequence[str]:
            """Names of the columns of `cells`."""

        def item(self, prediction: Prediction) -> Any:
            """The member of a prediction in JSON."""

        def cells(self, prediction: Prediction) -> Sequence[Any]:
            """The cells of a prediction in CSV."""


def make_parts(model: Model, chosen_parts: Included) -> "list[Part]":
    """The parts that were asked for, in the order in which every answer has them."""
    makers: dict[str, Callable[[], Part]] = {
        "variables": lambda: Variables(model),
        "imputed": Imputed,
        "interval": lambda: WaldInterval(model, chosen_parts.level),
        "prediction_interval": lambda: ObservationInterval(model, chosen_parts.level),
        "contributions": lambda: Contributions(model),
    }
    return [make() for name, make in makers.items() if name in chosen_parts.parts]


class Variables:
    """The model columns as the model saw them, without the constant, in alphabetical order."""

    name = "variables"

    def __init__(self, model: Model) -> None:
        self.columns = model.predictor.shown
        self._constant = model.artifact.constant is not None

    def item(self, prediction: Prediction) -> Mapping[str, float]:
        """Values by column name."""
        if self._constant:  # it is the last
            return dict(zip(self.columns, prediction.variables.values(), strict=False))
        return prediction.variables

    def cells(self, prediction: Prediction) -> Sequence[float]:
        """The values alone."""
        return list(prediction.variables.values())[: len(self.columns)]


class Imputed:
    """The record's fields that were missing."""

    name = "imputed"
    columns = ("imputed",)

    def item(self, prediction: Prediction) -> list[str]:
        """Their names."""
        return prediction.imputed

    def cells(self, prediction: Prediction) -> Sequence[str]:
        """Their names with spaces between."""
        return (harmless(" ".join(prediction.imputed)),)


def _quantile(model: Model, level: float) -> float:
    from phat.model.student import quantile  # noqa: PLC0415  # what only intervals need

    return quantile(level, model.artifact.degrees_of_freedom)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


class WaldInterval:
    """Bounds of the answer at a level, and the standard error of the linear predictor.

    A figure is None when it leaves the range of 64-bit floats, or is no mean.
    """

    name = "interval"
    columns = ("interval_lower", "interval_upper", "interval_level", "interval_standard_error")

    def __init__(self, model: Model, level: float) -> None:
        self._covariance = model.artifact.known_covariance
        self._inverse_link = model.predictor.inverse_link
        self._level = level
        self._quantile = _quantile(model, level)
        self._range = PROBABILITY if isinstance(model.artifact.answer, Binary) else REAL

    def item(self, prediction: Prediction) -> Mapping[str, float | None]:
        """Bounds, level, standard error."""
        return dict(zip(("lower", "upper", "level", "standard_error"), self.cells(prediction), strict=True))

    def cells(self, prediction: Prediction) -> Sequence[float | None]:
        """The same four."""
        error = standard_error(prediction.values, self._covariance)
        lower, upper, _ = wald_interval(
            prediction.linear_predictor, error, self._quantile, self._inverse_link, self._range
        )
        return _finite(lower), _finite(upper), self._level, _finite(error)


class ObservationInterval:
    """Bounds of a new observation at a level, of a model with normal errors."""

    name = "prediction_interval"
    columns = ("prediction_interval_lower", "prediction_interval_upper", "prediction_interval_level")

    def __init__(self, model: Model, level: float) -> None:
        self._covariance = model.artifact.known_covariance
        self._scale = model.artifact.scale or 0.0
        self._level = level
        self._quantile = _quantile(model, level)

    def item(self, prediction: Prediction) -> Mapping[str, float | None]:
        """Bounds and level."""
        return dict(zip(("lower", "upper", "level"), self.cells(prediction), strict=True))

    def cells(self, prediction: Prediction) -> Sequence[float | None]:
        """The same three."""
        error = standard_error(prediction.values, self._covariance)
        bounds = observation_interval(prediction.linear_predictor, error, self._scale, self._quantile)
        return *map(_finite, bounds), self._level


class Contributions:
    """What each raw field adds to the linear predictor, and relative to the average training record.

    Under the logit link also as odds ratios, under the log link as ratios of means. What is not known, or has no
    meaning for the model, is not there.
    """

    name = "contributions"

    def __init__(self, model: Model) -> None:
        self._explainer = model.explainer
        self._ratio = RATIOS.get(model.artifact.link)
        self._relative = self._explainer.average is not None
        kinds = list(self._figures(Contribution("", 0.0, 0.0 if self._relative else None)))
        names = self._explainer.names
        self.columns = ["contribution_constant", *(f"{kind}_{name}" for name in names for kind in kinds)]

    def _figures(self, part: Contribution) -> dict[str, float | None]:
        figures: dict[str, float | None] = {"contribution": part.value}
        if self._ratio:
            figures[self._ratio] = ratio(part.value)
        if part.relative is not None:
            figures["relative_contribution"] = part.relative
            if self._ratio:
                figures[f"relative_{self._ratio}"] = ratio(part.relative)
        return figures

    def item(self, prediction: Prediction) -> Mapping[str, Any]:
        """The linear predictor, the constant, and the fields' contributions, the largest first."""
        shares = self._explainer.contributions(prediction.values, prediction.offset)
        shares.sort(key=lambda contribution: -abs(contribution.value))
        return {
            "linear_predictor": prediction.linear_predictor,
            "constant": self._explainer.constant,
            "fields": [{"field": contribution.field, **self._figures(contribution)} for contribution in shares],
        }

    def cells(self, prediction: Prediction) -> Sequence[float | None]:
        """The constant, and the figures of each field in the schema's order, then of those that act together."""
        shares = self._explainer.contributions(prediction.values, prediction.offset)
        return [self._explainer.constant, *(figure for each in shares for figure in self._figures(each).values())]


def explanation(model: Model) -> Mapping[str, Any]:
    """What a reader of contributions must know once: the fields' labels and units, and who is average."""
    average, baseline = model.explainer.average, model.artifact.baseline
    known: dict[str, Any] | None = None
    if average is not None and baseline is not None:
        known = {"linear_predictor": average, "source": baseline.source}
        if (name := {Binary: "phat", Mean: "prediction"}.get(type(model.artifact.answer))) is not None:
            known[name] = _finite(model.predictor.inverse_link(average))
    texts = model.artifact.texts
    fields = {name: {"label": texts.label(name), "unit": texts.unit(name)} for name, *_ in model.artifact.schema.plan}
    return {"link": model.artifact.link, "average": known, "fields": fields}
