"""How good a model of amounts, counts or classes is, in figures and in sentences."""

from collections.abc import Iterator
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.model.percent import percent
from phat.training.config import ModelKind

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_ROUNDING = 1e-9
_OVERDISPERSED = 1.5
"""Pearson's statistic over its degrees of freedom, beyond which counts vary more than Poisson's."""
_OFF = 0.1
_FAR = 4.0
"""Standard errors beyond which a difference is none of chance."""
_ALL = 0.99
"""The share of the deviance, or of the log loss, beyond which a model is suspect of knowing the answer."""
_TENTHS = 10


class MeanFigures(NamedTuple):
    """How good means are on records whose value is known.

    `explained` is the share of the deviance of the mean for every record that the model explains: R-squared of OLS.
    `rmse` and `mae` are in the target's unit, as is `mean_error`, the standard error of the mean of their errors.
    `dispersion` is Pearson's statistic by record, of counts.
    """

    records: int
    mean: float
    mean_predicted: float
    rmse: float
    mae: float
    explained: float
    mean_error: float
    dispersion: float | None = None

    @property
    def worse_than_none(self) -> bool:
        """Whether the mean for every record would be better, beyond rounding."""
        return self.explained < -_ROUNDING

    def known(self) -> dict[str, float]:
        """The figures that there are, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}

    def sentence(self, where: str) -> str:
        """What they say; `where` are the records."""
        return (
            f"{where}: predicts {self.mean_predicted:.6g} on average, happened {self.mean:.6g}; explains "
            f"{percent(self.explained)} of the deviance, root mean squared error {self.rmse:.4g}, mean absolute error "
            f"{self.mae:.4g}"
        )

    def doubts(self, where: str) -> Iterator[str]:
        """What speaks against the model, in sentences."""
        if self.worse_than_none:
            yield f"{where} the model is worse than the mean for every record (explained {self.explained:.4f})"
        off = abs(self.mean_predicted - self.mean)
        if off > _OFF * abs(self.mean) and off > _FAR * self.mean_error and self.records >= 100:
            yield f"{where} the model predicts {self.mean_predicted:.6g} on average, happened {self.mean:.6g}"

    def suspicions(self, where: str) -> Iterator[str]:
        """What is to be known of the fit besides, in sentences."""
        if self.explained > _ALL:
            yield _suspect(where, self.explained, "deviance")
        if self.dispersion is not None and self.dispersion > _OVERDISPERSED:
            yield (
                f"{where} counts vary {self.dispersion:.1f} times as much as Poisson's, so that intervals are too "
                "narrow (a negative binomial fit, or cov_type='HC0' in a notebook, takes that into account)"
            )


class ClassFigures(NamedTuple):
    """How good the probabilities of classes are on records whose class is known.

    `log_loss` is the mean over the records, `null_log_loss` that of the classes' shares for every record; `accuracy` is
    the share of records whose most probable class happened, `most_common` that of the most common class.
    """

    records: int
    log_loss: float
    null_log_loss: float
    accuracy: float
    most_common: float

    @property
    def worse_than_none(self) -> bool:
        """Whether the classes' shares for every record would be better, beyond rounding."""
        return self.log_loss > self.null_log_loss + _ROUNDING

    def known(self) -> dict[str, float]:
        """The figures by name."""
        return dict(self._asdict())

    def sentence(self, where: str) -> str:
        """What they say; `where` are the records."""
        return (
            f"{where}: log loss {self.log_loss:.4f}, {self.null_log_loss:.4f} without a model; the most probable class "
            f"happened in {percent(self.accuracy)}, the most common one in {percent(self.most_common)}"
        )

    def doubts(self, where: str) -> Iterator[str]:
        """What speaks against the model, in sentences."""
        if self.worse_than_none:
            yield f"{where} the model is worse than the classes' shares for every record"

    def suspicions(self, where: str) -> Iterator[str]:
        """What is to be known of the fit besides, in sentences."""
        if self.null_log_loss and (gained := 1 - self.log_loss / self.null_log_loss) > _ALL:
            yield _suspect(where, gained, "log loss")


def _suspect(where: str, share: float, of: str) -> str:
    return f"{where} the model explains {percent(share)} of the {of}: is one of its fields made of the target?"


class QuantileFigures(NamedTuple):
    """How good a quantile is on records whose value is known: which share of them lies at or below it, of `quantile`.

    `pinball` is the mean pinball loss, in the target's unit, and `explained` what of that of the quantile for every
    record is gone. Source: Koenker and Machado, J. Am. Stat. Assoc. 94 (1999), 1296-1310.
    """

    records: int
    quantile: float
    below: float
    pinball: float
    explained: float

    @property
    def worse_than_none(self) -> bool:
        """Whether one quantile for every record would be better, beyond rounding."""
        return self.explained < -_ROUNDING

    def known(self) -> dict[str, float]:
        """The figures by name."""
        return dict(self._asdict())

    def sentence(self, where: str) -> str:
        """What they say; `where` are the records."""
        return (
            f"{where}: {percent(self.below)} of the outcomes lie at or below the prediction, {percent(self.quantile)} "
            f"should; pinball loss {self.pinball:.4g}, {percent(self.explained)} less than without a model"
        )

    def doubts(self, where: str) -> Iterator[str]:
        """What speaks against the model, in sentences."""
        error = sqrt(self.quantile * (1 - self.quantile) / self.records)
        if abs(self.below - self.quantile) > max(_FAR * error, _OFF * min(self.quantile, 1 - self.quantile)):
            below, expected = percent(self.below), percent(self.quantile)
            yield f"{where} {below} of the outcomes lie at or below the prediction, and not {expected}"
        if self.worse_than_none:
            yield f"{where} the model is worse than one quantile for every record (explained {self.explained:.4f})"

    def suspicions(self, where: str) -> Iterator[str]:
        """What is to be known of the fit besides, in sentences."""
        if self.explained > _ALL:
            yield _suspect(where, self.explained, "pinball loss")


def measure_quantile(quantile: float, target: Vector, predicted: Vector) -> QuantileFigures:
    """The figures of some records: values (n), and predicted quantiles (n) of a probability."""
    loss, without = (_pinball(quantile, target - each) for each in (predicted, np.quantile(target, quantile)))
    return QuantileFigures(
        len(target), quantile, float((target <= predicted).mean()), loss, 1 - loss / without if without > 0 else 0.0
    )


def _pinball(quantile: float, error: Vector) -> float:
    return float(np.mean(np.where(error >= 0, quantile * error, (quantile - 1) * error)))


OtherFigures = MeanFigures | ClassFigures | QuantileFigures


def measure_mean(kind: ModelKind, target: Vector, predicted: Vector, exposure: Vector | None = None) -> MeanFigures:
    """The figures of some records: values (n), predicted means (n), and the exposure (n) of a rate, if there is one."""
    weight = np.ones(len(target)) if exposure is None else exposure
    null = weight * (target.sum() / weight.sum())
    error = target - predicted
    deviance, without = float(_deviance(kind, target, predicted)), float(_deviance(kind, target, null))
    return MeanFigures(
        records=len(target),
        mean=float(target.mean()),
        mean_predicted=float(predicted.mean()),
        rmse=float(np.sqrt(np.mean(error**2))),
        mae=float(np.abs(error).mean()),
        explained=1 - deviance / without if without > 0 else 0.0,
        mean_error=float(error.std() / np.sqrt(len(target))),
        dispersion=float(np.mean(error**2 / predicted)) if kind == "poisson" else None,
    )


def measure_classes(target: Vector, probabilities: Matrix) -> ClassFigures:
    """The figures of some records: the places of their classes (n), and each class's probability (n by classes)."""
    places = target.astype(int)
    shares = np.bincount(places, minlength=probabilities.shape[1]) / len(places)
    happened = probabilities[np.arange(len(places)), places]
    return ClassFigures(
        records=len(target),
        log_loss=float(-np.log(np.maximum(happened, 1e-15)).mean()),
        null_log_loss=float(-np.log(shares[places]).mean()),
        accuracy=float((probabilities.argmax(axis=1) == places).mean()),
        most_common=float(shares.max()),
    )


def tenths(target: Vector, predicted: Vector) -> list[dict[str, Any]]:
    """Tenths of the records from the lowest prediction up: what was predicted, and what happened, on average."""
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, _TENTHS) if len(part)]
    return [
        {"records": len(part), "predicted": float(predicted[part].mean()), "happened": float(target[part].mean())}
        for part in parts
    ]


def _deviance(kind: ModelKind, target: Vector, mean: Vector) -> Any:
    """Source: McCullagh and Nelder, Generalized Linear Models, 2nd ed., 2.3.1."""
    if kind == "poisson":
        ratio = np.where(target > 0, target / np.maximum(mean, np.finfo(float).tiny), 1.0)
        return 2 * np.sum(target * np.log(ratio) - (target - mean))
    if kind == "gamma":
        return 2 * np.sum(-np.log(target / mean) + (target - mean) / mean)
    return np.sum((target - mean) ** 2)
