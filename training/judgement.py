"""How good predictions are, in figures and in the sentences that fit, evaluate and monitor say of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from phat.model.coefficients import LEVEL
from phat.model.percent import percent
from phat.model.student import quantile

Vector = NDArray[np.float64]

CLIP = 1e-12
"""How close to 0 and 1 a probability counts as it is, where a logarithm is taken."""

_ROUNDING = 1e-9

_FAR = 4.0
"""Standard errors beyond which a difference is none of chance."""
_RATE = 0.1
"""Share of the rarer outcome's rate that the mean of phat may be off."""
_SLOPE = 0.2
"""What the calibration slope may be off."""
_CERTAIN = 30.0
"""A linear predictor beyond it is a probability of 0 or 1 to 13 digits or more, whatever the link."""
_JUDGED = 100_000
"""Rows by which single columns are judged."""
_TOO_GOOD = 0.99
_TOO_GOOD_ALONE = 0.95


class Figures(NamedTuple):
    """How good probabilities are on records whose outcome is known.

    `log_loss` and `brier` are means over the records; `mcfadden` is 1 - log_loss / the log loss of the event rate for
    every record (McFadden 1974): below 0 the model is worse than none. `rate_error` is the standard error of the event
    rate if each phat is right. Slope and intercept are those of the outcome's logistic regression on the logit of phat
    (Cox 1958); they are None, as is the slope's standard error, where phat separates the outcomes or never changes.
    """

    records: int
    event_rate: float
    mean_phat: float
    log_loss: float
    brier: float
    mcfadden: float
    auc: float
    rate_error: float
    calibration_slope: float | None
    calibration_intercept: float | None
    slope_error: float | None

    @property
    def worse_than_none(self) -> bool:
        """Whether the event rate for every record would be better, beyond rounding."""
        return self.mcfadden < -_ROUNDING

    @property
    def probabilities(self) -> str:
        """Whether the probabilities are right, in words: off beyond chance, or right as far as the records can say so.

        They can if mean and calibration slope are within the tolerances, and so are the standard errors of both.
        """
        if self.worse_than_none or self._rate_is_off or self._slope_is_off:
            return "its probabilities are off"
        rarer = min(self.event_rate, 1 - self.event_rate)
        close = max(abs(self.mean_phat - self.event_rate), self.rate_error) <= _RATE * rarer
        if self.calibration_slope is not None and self.slope_error is not None:
            close &= max(abs(self.calibration_slope - 1), self.slope_error) <= _SLOPE
        return (
            "its probabilities are right" if close else "these records do not tell whether its probabilities are right"
        )

    @property
    def _rate_is_off(self) -> bool:
        off = abs(self.mean_phat - self.event_rate)
        return off > _FAR * self.rate_error and off > _RATE * min(self.event_rate, 1 - self.event_rate)

    @property
    def _slope_is_off(self) -> bool:
        if self.calibration_slope is None or self.slope_error is None:
            return False
        away = abs(self.calibration_slope - 1)
        return away > _FAR * self.slope_error and away > _SLOPE

    def known(self) -> dict[str, float]:
        """The figures that there are, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}

    def sentence(self, where: str) -> str:
        """What they say; `where` are the records: "on 600 held-out rows"."""
        slope = "" if self.calibration_slope is None else f", calibration slope {self.calibration_slope:.2f}"
        events = round(self.records * self.event_rate)
        auc = auc_interval(self.auc, events, self.records - events)
        interval = f"AUC {self.auc:.3f} (95 % interval {auc['lower']:.3f} to {auc['upper']:.3f})"
        return f"{where}: {self._rates()}; McFadden {self.mcfadden:.3f}, {interval}{slope}"

    def _rates(self) -> str:
        return f"predicts {percent(self.mean_phat)}, happened {percent(self.event_rate)}"

    def doubts(self, where: str) -> Iterator[str]:
        """What speaks against the model, in sentences."""
        if self._rate_is_off:
            yield f"{where} the probabilities are off: the model {self._rates()}"
        if self.worse_than_none:
            null = self.log_loss / (1 - self.mcfadden)
            yield (
                f"{where} the model is worse than none: its log loss is {self.log_loss:.4f}, and {null:.4f} with the "
                f"event rate for every record (McFadden {self.mcfadden:.3f})"
            )
        if self.calibration_slope is not None and self._slope_is_off:
            how = "extreme" if self.calibration_slope < 1 else "timid"
            yield f"{where} the probabilities are too {how}: calibration slope {self.calibration_slope:.2f}, not 1"
        if self.auc > _TOO_GOOD:
            yield f"{where} the AUC is {self.auc:.4f}: a leak of what was known only after the outcome?"


def measure(target: Vector, phat: Vector) -> Figures:
    """The figures of some records: outcomes (1 for an event, both must be there) and probabilities, of one length."""
    inner = np.clip(phat, CLIP, 1 - CLIP)
    log_loss = float(-np.mean(target * np.log(inner) + (1 - target) * np.log1p(-inner)))
    rate = float(target.mean())
    null = -(rate * np.log(rate) + (1 - rate) * np.log1p(-rate))
    auc = float(roc_auc_score(target, phat))
    return Figures(
        records=len(target),
        event_rate=rate,
        mean_phat=float(phat.mean()),
        log_loss=log_loss,
        brier=float(np.mean((phat - target) ** 2)),
        mcfadden=float(1 - log_loss / null),
        auc=auc,
        rate_error=float(np.sqrt(np.mean(phat * (1 - phat)) / len(phat))),
        **_calibration(target, inner, auc),
    )


def _calibration(target: Vector, phat: Vector, auc: float) -> dict[str, float | None]:
    """Slope, intercept and the slope's standard error of the outcome on the logit of phat."""
    names = ("calibration_slope", "calibration_intercept", "slope_error")
    logit = np.log(phat / (1 - phat))
    if auc in (0.0, 1.0) or np.ptp(logit) == 0:
        return dict.fromkeys(names)
    fitted = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-9).fit(logit[:, None], target)
    p = fitted.predict_proba(logit[:, None])[:, 1]
    design = np.column_stack([logit, np.ones(len(logit))])
    information = (design * (p * (1 - p))[:, None]).T @ design
    error = np.sqrt(np.linalg.pinv(information)[0, 0])
    return dict(zip(names, map(float, (fitted.coef_[0, 0], fitted.intercept_[0], error)), strict=True))


def auc_interval(auc: float, events: int, others: int) -> dict[str, float]:
    """An AUC with its 95 % interval by Hanley and McNeil, Radiology 143 (1982), 29-36."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = (auc * (1 - auc) + (events - 1) * (q1 - auc**2) + (others - 1) * (q2 - auc**2)) / (events * others)
    half = quantile(LEVEL, None) * sqrt(max(0.0, variance))
    return {"value": auc, "lower": max(0.0, auc - half), "upper": min(1.0, auc + half)}


def leaks(columns: Iterable[tuple[str, Vector]], target: Vector) -> Iterator[str]:
    """A sentence that names the columns (n), each by name, that alone tell the outcomes (n) too well."""
    step = max(1, len(target) // _JUDGED)
    some = target[::step]
    if len(np.unique(some)) < 2:
        return
    telling = []
    for name, values in columns:
        auc = float(roc_auc_score(some, values[::step]))
        if max(auc, 1 - auc) > _TOO_GOOD_ALONE:
            telling.append(f"{name} (AUC {max(auc, 1 - auc):.3f})")
    if telling:
        yield (
            f"{', '.join(telling)} alone tell{'s' * (len(telling) == 1)} nearly every outcome: what was known only "
            "after it is a leak (drop = [...]), what is known before is a good column"
        )


def is_far(eta: Vector) -> NDArray[np.bool_]:
    """Which linear predictors are so far from 0 that the outcome is certain: such a row tells a fit nothing more."""
    return np.asarray(np.abs(eta) > _CERTAIN)


def far_rows(matrix: Vector, columns: Sequence[str], parameters: Vector, number: Callable[[int], int]) -> Iterator[str]:
    """A sentence that names the row with the farthest linear predictor, if any is far; `number` is that of a row."""
    eta = matrix @ parameters
    if count := int(is_far(eta).sum()):
        row = int(np.argmax(np.abs(eta)))
        parts = matrix[row] * parameters
        most = int(np.argmax(np.abs(parts)))
        yield (
            f"{count} of {len(eta)} rows have a certain outcome, above all row {number(row)}: its linear predictor is "
            f"{eta[row]:.1f}, of which {columns[most]} makes {parts[most]:.1f}; are its values right?"
        )
