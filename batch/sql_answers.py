"""What a model answers, in SQL: figures from linear predictors, the decision, and when neither is certain.

The columns `eta 0`, `eta 1` ... are linear predictors, `size` is the sum of their terms' sizes, the largest of them.
"""

from collections.abc import Iterator, Sequence
from sys import float_info
from typing import Any

from sqlglot import exp

from phat.batch.sql_expressions import case, column, double, equal, named, word
from phat.batch.sql_links import bounded, inverse_link
from phat.batch.sql_terms import Reason
from phat.model.answer import Binary, Classes
from phat.model.artifact import Artifact

OUTCOME, REASON = "business_outcome", "reason"
INEXACT = "linear_predictor: inexact"
_OUT_OF_DOMAIN = "linear_predictor: out_of_domain"
_LARGEST_SUM = 100.0
"""Sum of the terms' sizes up to which a plain sum of them gives a probability that is exact enough."""
_NEAR = 1e-11
"""How near to the cutoff, or to each other, probabilities may come before the last bits of a sum decide."""
_ROUNDING = 1e-12
"""How far a plain sum of a few thousand terms may be off, of the sum of their sizes."""


class Answered:
    """The answer as columns: `steps` add columns to the linear predictors, one after the other; the last has `figures`.

    `reasons` are why there are none; `uncertain` is where the decision, which is NULL for a mean, hangs on last bits.
    """

    steps: Sequence[Sequence[exp.Expr]]
    reasons: Sequence[Reason] = ()
    outcome: exp.Expr | None = None
    uncertain: exp.Expr | None = None

    def __init__(self, artifact: Artifact) -> None:
        self.figures = artifact.answer.figures
        self.names = (*((OUTCOME,) if self.figures[0] != "prediction" else ()), *self.figures, REASON)


def answered(artifact: Artifact) -> Answered:
    """The answer of a model of any kind."""
    match artifact.answer:
        case Binary():
            return _Probability(artifact)
        case Classes() as classes:
            return _Ordered(artifact, classes) if classes.thresholds else _Multinomial(artifact, classes)
    return _Mean(artifact)


class _Figure(Answered):
    """One figure by an inverse link."""

    def __init__(self, artifact: Artifact) -> None:
        super().__init__(artifact)
        [self.figure] = self.figures
        self.inverse = inverse_link(artifact.link, column("bounded"))
        mean = self.inverse.mean
        if self.inverse.defined is not None:
            mean = case((self.inverse.defined.copy(), mean))
        self.steps = [[named(bounded(artifact.link, column("eta 0")), "bounded")], [named(mean, self.figure)]]

    def of_the_link(self) -> Iterator[Reason]:
        """Where the link gives no mean, or it is not certain that it does."""
        if self.inverse.by_sign:
            off = exp.Mul(this=column("size"), expression=double(_ROUNDING))
            yield Reason(exp.LTE(this=exp.Abs(this=column("eta 0")), expression=off), INEXACT)
        if self.inverse.defined is not None:
            yield Reason(exp.not_(exp.paren(self.inverse.defined.copy())), _OUT_OF_DOMAIN)


class _Probability(_Figure):
    def __init__(self, artifact: Artifact) -> None:
        super().__init__(artifact)
        phat, cutoff, labels = column(self.figure), double(artifact.cutoff), artifact.labels
        self.reasons = [_larger("size", _LARGEST_SUM), *self.of_the_link(), *self._bounds(artifact.link)]
        event = exp.GTE(this=phat, expression=cutoff)
        self.outcome = case((event, word(labels.event)), default=word(labels.other))
        distance = exp.Abs(this=exp.Sub(this=phat.copy(), expression=cutoff.copy()))
        self.uncertain = exp.LTE(this=distance, expression=double(_NEAR))

    def _bounds(self, link: str) -> Iterator[Reason]:
        """Of links whose inverse may be no probability: where it is none, or may be."""
        if link not in ("logit", "probit", "cloglog", "loglog", "cauchy"):
            phat = column(self.figure)
            for bound in (0.0, 1.0):
                distance = exp.Abs(this=exp.Sub(this=phat.copy(), expression=double(bound)))
                yield Reason(exp.LTE(this=distance, expression=double(_NEAR)), INEXACT)
            outside = exp.or_(
                exp.LT(this=phat, expression=double(0.0)), exp.GT(this=phat.copy(), expression=double(1.0))
            )
            yield Reason(outside, _OUT_OF_DOMAIN)


class _Mean(_Figure):
    def __init__(self, artifact: Artifact) -> None:
        super().__init__(artifact)
        self.reasons = [_larger("size", float_info.max), *self.of_the_link(), _larger(self.figure, float_info.max)]


class _OfClasses(Answered):
    """The most probable class is the outcome."""

    def __init__(self, artifact: Artifact, classes: Classes) -> None:
        super().__init__(artifact)
        self.reasons = [_larger("size", float_info.max)]
        columns = [column(name) for name in self.figures]
        largest = exp.func("greatest", *columns)
        self.outcome = case(
            *(
                (equal(each.copy(), largest.copy()), word(label))
                for each, label in zip(columns, classes.labels, strict=True)
            )
        )
        off = exp.Add(this=double(_NEAR), expression=exp.Mul(this=column("size"), expression=double(_ROUNDING)))
        ahead = exp.GTE(this=_second(columns), expression=exp.Sub(this=exp.func("greatest", *columns), expression=off))
        self.uncertain = ahead


def _second(columns: Sequence[exp.Column]) -> exp.Expr:
    """The second largest of some columns."""
    pairs = [
        exp.func("least", one.copy(), other.copy())
        for place, one in enumerate(columns) for other in columns[place + 1 :]
    ]  # fmt: skip
    return exp.func("greatest", *pairs) if len(pairs) > 1 else pairs[0]


class _Multinomial(_OfClasses):
    def __init__(self, artifact: Artifact, classes: Classes) -> None:
        super().__init__(artifact, classes)
        etas = [double(0.0), *(column(f"eta {place}") for place in range(len(classes.labels) - 1))]
        largest = named(exp.func("greatest", *(eta.copy() for eta in etas)), "largest")
        shares = [
            named(exp.Exp(this=exp.Sub(this=eta, expression=column("largest"))), f"share {place}")
            for place, eta in enumerate(etas)
        ]
        total: Any = column("share 0")
        for place in range(1, len(etas)):
            total = exp.Add(this=total, expression=column(f"share {place}"))
        self.steps = [
            [largest],
            shares,
            [named(total, "total")],
            [
                named(exp.Div(this=column(f"share {place}"), expression=column("total")), name)
                for place, name in enumerate(self.figures)
            ],
        ]


class _Ordered(_OfClasses):
    """Differences of F(threshold - eta), of the tail that does not cancel."""

    def __init__(self, artifact: Artifact, classes: Classes) -> None:
        super().__init__(artifact, classes)
        tails, last = [], len(classes.thresholds)
        distances = []
        for place, threshold in enumerate(classes.thresholds, 1):
            distance = exp.paren(exp.Sub(this=double(threshold), expression=column("eta 0")))
            for side, value in (("below", distance), ("above", exp.paren(exp.Neg(this=distance.copy())))):
                distances.append(named(bounded(artifact.link, value), f"to {side} {place}"))
                tails.append(named(inverse_link(artifact.link, column(f"to {side} {place}")).mean, f"{side} {place}"))
        ends = {"below 0": double(0.0), "above 0": double(1.0), f"below {last + 1}": double(1.0),
                f"above {last + 1}": double(0.0)}  # fmt: skip

        def tail(name: str) -> exp.Expr:
            return ends[name].copy() if name in ends else column(name)

        figures = []
        for place, name in enumerate(self.figures):
            below = exp.Sub(this=tail(f"below {place + 1}"), expression=tail(f"below {place}"))
            above = exp.Sub(this=tail(f"above {place}"), expression=tail(f"above {place + 1}"))
            low = exp.LT(this=tail(f"below {place + 1}"), expression=double(0.5))
            figures.append(named(case((low, below), default=above), name))
        self.steps = [distances, tails, figures]


def _larger(name: str, bound: float) -> Reason:
    """A column is larger than a bound, or no number."""
    return Reason(exp.not_(exp.paren(exp.LTE(this=exp.Abs(this=column(name)), expression=double(bound)))), INEXACT)
