"""From a raw record to an answer: linear predictor, inverse link, outcome."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import exp, fsum, isfinite, nan
from operator import mul
from typing import NamedTuple

from phat.model.answer import Binary, Classes
from phat.model.artifact import Artifact
from phat.model.links import InverseLink, inverse_link
from phat.preprocessing.clean import Cleaned, clean_record
from phat.preprocessing.design import Design
from phat.preprocessing.errors import NumberOutOfRange, OutOfDomain, collect

_Answered = tuple[float, str, tuple[float, ...]]
"""Answer, outcome and the classes' probabilities, as `Prediction` has them."""


class Prediction(NamedTuple):
    """The model's answer to one record.

    `answer` is `phat`, the mean, or the probability of the most probable class; `outcome` is the decision, empty where
    there is none; `probabilities` are those of the classes in their order, where there are classes. The linear
    predictor is NaN where each class has one. `variables` are the model columns as the model saw them, by name, in
    alphabetical order and the constant last; `cleaned` is the record after cleaning, with None for what was missing.
    """

    answer: float
    linear_predictor: float
    outcome: str
    variables: dict[str, float]
    cleaned: Cleaned
    columns: tuple[str, ...]
    probabilities: tuple[float, ...] = ()
    offset: float = 0.0

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

    `columns` are the model's columns in the order of the coefficients, `answers` is how many figures an answer has: the
    probabilities of classes, else 1; `shown` are those that callers see, in
    alphabetical order and without the constant.
    """

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.columns = artifact.columns
        self.shown = sorted(name for name in self.columns if name != artifact.constant)
        columns = [*self.shown, *([] if artifact.constant is None else [artifact.constant])]
        self._design = Design(artifact.schema, artifact.terms.ordered(columns))
        self.inverse_link = _inverse(artifact)
        self._schema = artifact.schema
        self.answers = len(artifact.answer.labels) if isinstance(artifact.answer, Classes) else 1
        self._offset = self._design.offset
        self._coefficients = tuple(artifact.coefficients[name] for name in columns if artifact.coefficients)
        self._by_class: tuple[tuple[float, ...], ...] = ()
        match artifact.answer:
            case Binary(cutoff, (event, other)):
                self._answer = _decide(self.inverse_link, artifact.link, cutoff, event, other)
            case Classes() as classes if classes.thresholds:
                self._answer = _ordered(self.inverse_link, classes)
            case Classes() as classes:
                self._by_class = tuple(
                    tuple(by_column[name] for name in columns) for by_column in classes.coefficients.values()
                )
                self._labels = classes.labels
            case _:
                self._answer = _mean(self.inverse_link, artifact.link)

    def predict(self, records: Sequence[object]) -> list[Prediction]:
        """Score raw records in order; InvalidRecords names everything wrong in all of them."""
        return collect(records, self.predict_one)

    def predict_one(self, record: object) -> Prediction:
        """Score one raw record; ExceptionGroup[RecordError] holds everything wrong with it."""
        cleaned = clean_record(record, self._schema)
        variables = self._design.by_name(cleaned)
        if self._by_class:
            return self._most_probable(variables, cleaned)
        offset = 0.0 if self._offset is None else self._offset(cleaned)
        eta = _linear_predictor(self._coefficients, variables.values(), offset)
        answer, outcome, probabilities = self._answer(eta)
        return Prediction(answer, eta, outcome, variables, cleaned, self.columns, probabilities, offset)

    def _most_probable(self, variables: dict[str, float], cleaned: Cleaned) -> Prediction:
        """Multinomial logit: each class but the first has a linear predictor; source: Greene, 8th ed., 18.2.1."""
        etas = [0.0, *(_linear_predictor(each, variables.values(), 0.0) for each in self._by_class)]
        largest = max(etas)
        shares = [exp(eta - largest) for eta in etas]
        total = fsum(shares)
        probabilities = tuple(share / total for share in shares)
        outcome = self._labels[etas.index(largest)]
        return Prediction(max(probabilities), nan, outcome, variables, cleaned, self.columns, probabilities)


def _inverse(artifact: Artifact) -> InverseLink:
    inverse = inverse_link(artifact.link)
    assert inverse is not None  # noqa: S101  # the artifact was checked
    return inverse


def _linear_predictor(coefficients: Sequence[float], values: Iterable[float], offset: float) -> float:
    """Sum of coefficient times value, and the offset, correctly rounded: no order of summation shows in its bits."""
    try:
        eta = fsum((*map(mul, coefficients, values), offset)) if offset else fsum(map(mul, coefficients, values))
    except (OverflowError, ValueError):  # a partial sum beyond the range, or infinities of both signs
        eta = nan
    if not isfinite(eta):
        expected = "numbers for which the linear predictor stays within the range of 64-bit floats"
        raise ExceptionGroup("bad record", [NumberOutOfRange("numbers too large", expected)])
    return eta


def _decide(inverse: InverseLink, link: str, cutoff: float, event: str, other: str) -> Callable[[float], _Answered]:
    """`phat` and the decision; links that give no probability for some linear predictors refuse these."""

    def decide(eta: float) -> _Answered:
        phat = inverse(eta)
        if not 0.0 <= phat <= 1.0:
            raise _no_mean(eta, link, "a probability")
        return phat, event if phat >= cutoff else other, ()

    return decide


def _mean(inverse: InverseLink, link: str) -> Callable[[float], _Answered]:
    def mean(eta: float) -> _Answered:
        prediction = inverse(eta)
        if not isfinite(prediction):
            raise _no_mean(eta, link, "a finite mean")
        return prediction, "", ()

    return mean


def _no_mean(eta: float, link: str, what: str) -> ExceptionGroup[OutOfDomain]:
    error = OutOfDomain(f"a linear predictor of {eta!r}", f"one for which the link {link} gives {what}")
    return ExceptionGroup("bad record", [error])


def _ordered(inverse: InverseLink, classes: Classes) -> Callable[[float], _Answered]:
    """Ordered classes: differences of F(threshold - eta); source: McCullagh, J. R. Stat. Soc. B 42 (1980)."""

    def order(eta: float) -> _Answered:
        below = [0.0, *(inverse(threshold - eta) for threshold in classes.thresholds), 1.0]
        above = [1.0, *(inverse(eta - threshold) for threshold in classes.thresholds), 0.0]
        steps = zip(pairwise(below), pairwise(above), strict=True)
        probabilities = tuple(
            high - low if high < 0.5 else start - end for (low, high), (start, end) in steps
        )  # the tail that does not cancel
        likeliest = max(probabilities)
        return likeliest, classes.labels[probabilities.index(likeliest)], probabilities

    return order
