"""From a raw record to `phat`: linear predictor, inverse link, outcome."""

from collections.abc import Callable, Iterable, Sequence
from math import erfc, exp, expm1, fsum, isfinite, sqrt
from operator import mul
from typing import NamedTuple

from phat.model.artifact import Artifact
from phat.preprocessing.clean import Cleaned, clean_record
from phat.preprocessing.design import Design
from phat.preprocessing.errors import NumberOutOfRange, collect


def logistic(eta: float) -> float:
    """Inverse of the logit link, 1 / (1 + exp(-eta)), written so that neither tail overflows or cancels."""
    if eta >= 0:
        return 1.0 / (1.0 + exp(-eta))
    small = exp(eta)
    return small / (1.0 + small)


def normal_cdf(eta: float) -> float:
    """Inverse of the probit link, the standard normal distribution function, by erfc for both tails."""
    return 0.5 * erfc(-eta / sqrt(2.0))


def complementary_log_log(eta: float) -> float:
    """Inverse of the complementary log-log link, 1 - exp(-exp(eta)), by expm1 for the lower tail."""
    return -expm1(-exp(eta)) if eta < 700.0 else 1.0


INVERSE_LINKS: dict[str, Callable[[float], float]] = {
    "logit": logistic,
    "probit": normal_cdf,
    "cloglog": complementary_log_log,
}
"""Inverse link by name (McCullagh and Nelder, Generalized Linear Models, 2nd ed., 4.3.1)."""


class Prediction(NamedTuple):
    """The model's answer to one record.

    `variables` are the model columns as the model saw them, by name, in alphabetical order and the constant last;
    `cleaned` is the record after cleaning, with None for what was missing.
    """

    phat: float
    linear_predictor: float
    outcome: str
    variables: dict[str, float]
    cleaned: Cleaned
    columns: tuple[str, ...]

    @property
    def values(self) -> list[float]:
        """The variables' values in the order of the coefficients, as the covariance has them."""
        return [self.variables[name] for name in self.columns]

    @property
    def imputed(self) -> list[str]:
        """Names of the record's fields that were missing, in schema order."""
        return [name for name, value in self.cleaned.items() if value is None]


class Predictor:
    """An artifact made ready to score; holds no state between records, so a batch and a single record agree.

    `columns` are the model's columns in the order of the coefficients; `shown` are those that callers see, in
    alphabetical order and without the constant.
    """

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.columns = artifact.columns
        self.shown = sorted(name for name in self.columns if name != artifact.constant)
        columns = [*self.shown, *([] if artifact.constant is None else [artifact.constant])]
        self._coefficients = tuple(artifact.coefficients[name] for name in columns)
        self._design = Design(artifact.schema, artifact.terms.ordered(columns))
        self.inverse_link = INVERSE_LINKS[artifact.link]
        self._schema = artifact.schema
        self._cutoff, self._event, self._other = artifact.cutoff, artifact.labels.event, artifact.labels.other

    def predict(self, records: Sequence[object]) -> list[Prediction]:
        """Score raw records in order; InvalidRecords names everything wrong in all of them."""
        return collect(records, self.predict_one)

    def predict_one(self, record: object) -> Prediction:
        """Score one raw record; ExceptionGroup[RecordError] holds everything wrong with it."""
        cleaned = clean_record(record, self._schema)
        variables = self._design.by_name(cleaned)
        eta = self._linear_predictor(variables.values())
        phat = self.inverse_link(eta)
        outcome = self._event if phat >= self._cutoff else self._other
        return Prediction(phat, eta, outcome, variables, cleaned, self.columns)

    def _linear_predictor(self, values: Iterable[float]) -> float:
        """Sum of coefficient times value, correctly rounded, so that no order of summation shows in its bits."""
        try:
            eta = fsum(map(mul, self._coefficients, values))
        except (OverflowError, ValueError):  # a partial sum beyond the range, or infinities of both signs
            eta = float("nan")
        if not isfinite(eta):
            expected = "numbers for which the linear predictor stays within the range of 64-bit floats"
            raise ExceptionGroup("bad record", [NumberOutOfRange("numbers too large", expected)])
        return eta
