"""What a model answers to many records: figures of whole columns, and which of them the row path must give.

Whole columns are summed plainly, where the row path's sums are correctly rounded. A record goes the row path's way when
its decision hangs on the last bits, when a sum leaves the range of 64-bit floats, and when the link gives no mean.
"""

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING

import polars as pl

from phat.batch.linear_predictors import Sums
from phat.model.answer import Binary, Classes
from phat.model.artifact import Artifact
from phat.model.links import InverseLink

if TYPE_CHECKING:
    from typing import Protocol

    class Answers(Protocol):
        """The answers of one kind of models."""

        def figures(self, sums: Sums) -> pl.DataFrame:
            """The columns of figures."""

        def outcome(self) -> pl.Expr | None:
            """The decision, from the figures; None where there is none."""

        def uncertain(self, sums: Sums, figures: pl.DataFrame) -> pl.Series:
            """Which records the row path must answer."""


_LARGEST_SUM = 100.0
"""Sum of the terms' sizes up to which a plain sum of a few dozen is off by less than 4e-13, so `phat` by 1e-13."""
_EXACT = 1e-13
"""How far `phat` may be off because of a plain sum."""
_NEAR = 1e-12
"""How near to the cutoff, or to each other, probabilities may come before their last bits decide."""
_LARGEST_MEAN = 1e300
"""Means beyond it are the row path's, which tells those that are finite."""
_ALWAYS_PROBABILITIES = ("logit", "probit", "cloglog", "loglog", "cauchy")
"""Links whose inverse is a probability whatever the linear predictor is."""


def make_answers(artifact: Artifact, inverse: InverseLink, rounding: float) -> "Answers":
    """What answers for a model; `rounding` is how far a sum may be off, of the sum of its terms' sizes."""
    of_columns = inverse_of_columns(artifact.link, inverse)
    match artifact.answer:
        case Binary():
            return _Binary(artifact, of_columns, rounding)
        case Classes() as classes if classes.thresholds:
            return _Ordered(classes, of_columns, rounding)
        case Classes() as classes:
            return _Multinomial(classes, rounding)
    return _Mean(artifact, of_columns, rounding)


OfColumns = Callable[[pl.Expr], pl.Expr]


def inverse_of_columns(link: str, inverse: InverseLink) -> OfColumns:
    """An inverse link of whole columns; the usual ones without a call for each row.

    Where exp overflows the logit's is 0, off by less than the smallest normal float.
    """
    if link in _INVERSE:
        return _INVERSE[link]
    return lambda eta: eta.map_elements(inverse, pl.Float64)


_INVERSE: dict[str, OfColumns] = {
    "logit": lambda eta: 1.0 / (1.0 + (-eta).exp()),
    "log": lambda eta: eta.exp(),
    "identity": lambda eta: eta,
    "sqrt": lambda eta: eta * eta,
    "inverse": lambda eta: 1.0 / eta,
}


def _doubtful(sums: Sums) -> pl.Series:
    """Records that the row path must look at whatever the answer is."""
    odd = ~reduce(lambda one, other: one & other, (eta.is_finite() for eta in sums.etas)).fill_null(False)
    return odd if sums.doubtful is None else odd | sums.doubtful


class _Binary:
    def __init__(self, artifact: Artifact, inverse: OfColumns, rounding: float) -> None:
        self._cutoff, self._labels = artifact.cutoff, artifact.labels
        self._inverse, self._rounding = inverse, rounding
        self._bounded = artifact.link in _ALWAYS_PROBABILITIES
        [self._name] = artifact.answer.figures

    def figures(self, sums: Sums) -> pl.DataFrame:
        return pl.select(self._inverse(pl.lit(sums.etas[0])).alias(self._name))

    def outcome(self) -> pl.Expr:
        event = pl.col(self._name) >= self._cutoff
        return pl.when(event).then(pl.lit(self._labels.event)).otherwise(pl.lit(self._labels.other))

    def uncertain(self, sums: Sums, figures: pl.DataFrame) -> pl.Series:
        phat = figures[self._name]
        near = ((phat - self._cutoff).abs() <= _NEAR) | _doubtful(sums)
        if not self._bounded:
            near |= ~((phat >= _NEAR) & (phat <= 1 - _NEAR)).fill_null(False)
        large = ~(sums.sizes <= _LARGEST_SUM)
        if not large.any():
            return near | large
        rows = large.arg_true()
        eta, error = sums.etas[0].gather(rows), sums.sizes.gather(rows) * self._rounding
        lower, upper = (self._inverse(pl.lit(bound)) for bound in (eta - error, eta + error))
        return near | large.scatter(rows, pl.select(~((upper - lower).abs() <= _EXACT)).to_series())


class _Mean:
    def __init__(self, artifact: Artifact, inverse: OfColumns, rounding: float) -> None:
        self._inverse, self._rounding = inverse, rounding
        self._everywhere = artifact.link in ("identity", "log")
        [self._name] = artifact.answer.figures

    def figures(self, sums: Sums) -> pl.DataFrame:
        return pl.select(self._inverse(pl.lit(sums.etas[0])).alias(self._name))

    def outcome(self) -> None:
        return None

    def uncertain(self, sums: Sums, figures: pl.DataFrame) -> pl.Series:
        odd = ~(figures[self._name].abs() <= _LARGEST_MEAN).fill_null(False) | _doubtful(sums)
        if self._everywhere:
            return odd
        return odd | (sums.etas[0].abs() <= sums.sizes * self._rounding)  # on which side of 0 it is


class _Classes:
    """Those of classes: the most probable one is the outcome."""

    def __init__(self, classes: Classes, rounding: float) -> None:
        self._classes, self._rounding = classes, rounding
        self._names = classes.figures

    def outcome(self) -> pl.Expr:
        labels = pl.lit(pl.Series(self._classes.labels))
        return labels.gather(pl.concat_list(self._names).list.arg_max())

    def uncertain(self, sums: Sums, figures: pl.DataFrame) -> pl.Series:
        rising = pl.concat_list(self._names).list.sort()
        ahead = figures.select(rising.list.get(-1) - rising.list.get(-2)).to_series()
        certain = ahead > sums.sizes * (2 * self._rounding) + _NEAR  # a probability's slope is at most 1/2
        return ~certain.fill_null(False) | _doubtful(sums)


class _Multinomial(_Classes):
    def figures(self, sums: Sums) -> pl.DataFrame:
        etas = pl.DataFrame([pl.Series("first", [0.0]).new_from_index(0, len(sums.sizes))]).with_columns(
            eta.alias(str(place)) for place, eta in enumerate(sums.etas)
        )
        shares = etas.select((pl.all() - pl.max_horizontal(pl.all())).exp())
        total = pl.sum_horizontal(pl.all())
        named = shares.select(pl.all() / total)
        named.columns = list(self._names)
        return named


class _Ordered(_Classes):
    def __init__(self, classes: Classes, inverse: OfColumns, rounding: float) -> None:
        super().__init__(classes, rounding)
        self._inverse = inverse

    def figures(self, sums: Sums) -> pl.DataFrame:
        eta = pl.lit(sums.etas[0])
        below = [pl.lit(0.0), *(self._inverse(threshold - eta) for threshold in self._classes.thresholds), pl.lit(1.0)]
        above = [pl.lit(1.0), *(self._inverse(eta - threshold) for threshold in self._classes.thresholds), pl.lit(0.0)]
        steps = zip(below, below[1:], above, above[1:], self._names, strict=False)
        return pl.select(
            pl.when(high < 0.5).then(high - low).otherwise(start - end).alias(name)
            for low, high, start, end, name in steps
        )
