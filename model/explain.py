"""How sure the model is of an answer, and why it gave it."""

from collections.abc import Callable, Sequence
from math import exp, fsum, hypot, inf, isfinite, sqrt
from operator import sub
from typing import NamedTuple

from phat.model.artifact import Artifact


def standard_error(values: Sequence[float], covariance: Sequence[Sequence[float]]) -> float:
    """Standard error of the linear predictor, sqrt(x' V x), by the delta method's linear case.

    `values` are the model columns x in coefficient order (length k), `covariance` is V (k by k). Columns that are
    zero are skipped, and a variance that rounding made negative counts as zero; infinity if it leaves the range of
    64-bit floats. Source: Greene, Econometric Analysis, 8th ed., 4.4.4.
    """
    used = [(index, value) for index, value in enumerate(values) if value]
    try:
        variance = fsum(a * covariance[i][j] * b for i, a in used for j, b in used)
    except (OverflowError, ValueError):  # a partial sum beyond the range, or infinities of both signs
        variance = inf
    if isfinite(variance):
        return sqrt(max(0.0, variance))
    largest = max(abs(value) for _, value in used)
    spread = max(abs(covariance[i][j]) for i, _ in used for j, _ in used)
    scaled = fsum(a / largest * (covariance[i][j] / spread) * (b / largest) for i, a in used for j, b in used)
    return largest * sqrt(spread) * sqrt(max(0.0, scaled))


class Interval(NamedTuple):
    """Bounds of the answer, and the standard error of the linear predictor they come from."""

    lower: float
    upper: float
    standard_error: float


REAL, PROBABILITY = (-inf, inf), (0.0, 1.0)
"""Ranges of answers."""


def wald_interval(
    eta: float,
    error: float,
    z: float,
    inverse_link: Callable[[float], float],
    within: tuple[float, float] = REAL,
) -> Interval:
    """Bounds of the answer: `eta` plus and minus `z` standard errors, each through the inverse link, the lower first.

    What lies beyond the range `within` which answers are counts as its end. A bound is NaN where the link gives no
    finite mean. Source: McCullagh and Nelder, Generalized Linear Models, 2nd ed., 4.4.4; the same as statsmodels'
    `get_prediction(which="linear")` with the inverse link applied to its bounds.
    """
    least, most = within
    ends = inverse_link(eta - z * error), inverse_link(eta + z * error)
    lower, upper = (min(max(end, least), most) for end in ends)
    return Interval(upper, lower, error) if upper < lower else Interval(lower, upper, error)


def observation_interval(eta: float, error: float, scale: float, z: float) -> tuple[float, float]:
    """Bounds of a new observation with normal errors of variance `scale` around the mean `eta` (identity link).

    Source: Greene, Econometric Analysis, 8th ed., 4.8.1; the same as statsmodels' `summary_frame()` has in `obs_ci`.
    """
    half = z * hypot(error, sqrt(scale))
    return eta - half, eta + half


class Contribution(NamedTuple):
    """What a raw field, or fields together, add to the linear predictor: in all, and relative to the average record.

    `field` is the field's name, or the names of several that are in one product, with " : " between them.
    """

    field: str
    value: float
    relative: float | None


class Explainer:
    """Splits the linear predictor by raw field, and by fields together where a column is a product of several: `names`.

    Contributions and `constant` add up to it; the offset is in those of its fields. `relative` and `average` (the
    linear predictor at the training data's column means, which come from the artifact's baseline) are None where those
    means are not known.
    """

    def __init__(self, artifact: Artifact) -> None:
        places = {name: place for place, name in enumerate(artifact.columns)}
        groups = _columns_by_fields(artifact)
        offset = artifact.terms.offset_fields
        groups |= {} if not offset or offset in groups else {offset: []}
        self._terms = [[(places[name], artifact.coefficients[name]) for name in names] for names in groups.values()]
        self._offset = [*groups].index(offset) if offset else None
        self.names = tuple(map(" : ".join, groups))
        self.constant = 0.0 if artifact.constant is None else artifact.coefficients[artifact.constant]
        baseline = artifact.baseline
        self._means = None
        if baseline is not None and (self._offset is None or baseline.offset is not None):
            self._means = self._sums([baseline.columns[name] for name in artifact.columns], baseline.offset or 0.0)
        self.average = None if self._means is None else fsum((self.constant, *self._means))

    def _sums(self, values: Sequence[float], offset: float) -> list[float]:
        sums = [fsum(coefficient * values[place] for place, coefficient in terms) for terms in self._terms]
        if self._offset is not None:
            sums[self._offset] += offset
        return sums

    def contributions(self, values: Sequence[float], offset: float = 0.0) -> list[Contribution]:
        """The contribution of each field, in the schema's order, to the linear predictor of these model columns."""
        sums = self._sums(values, offset)
        relative = [None] * len(sums) if self._means is None else map(sub, sums, self._means)
        return list(map(Contribution, self.names, sums, relative))


def _columns_by_fields(artifact: Artifact) -> dict[tuple[str, ...], list[str]]:
    """The columns that each field makes alone, in the schema's order, then those that several fields make together."""
    by_fields: dict[tuple[str, ...], list[str]] = {(field.name,): [] for field in artifact.schema.fields}
    order = {field.name: place for place, field in enumerate(artifact.schema.fields)}
    for column in artifact.terms.columns:
        if column.product:
            fields = tuple(sorted(artifact.terms.fields(column), key=order.__getitem__))
            by_fields.setdefault(fields, []).append(column.name)
    return {fields: names for fields, names in by_fields.items() if names}


def ratio(difference: float) -> float | None:
    """By what a difference of log-odds multiplies the odds, or one of log-means the mean; None beyond 64-bit floats."""
    try:
        return exp(difference)
    except OverflowError:
        return None
