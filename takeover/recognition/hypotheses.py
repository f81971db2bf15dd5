"""What one column of a fit may be made of: numbers, their transforms, tables of levels, thresholds, gaps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.expressions import Expression
from phat.preprocessing.terms import Factor
from phat.takeover.recognition.raw_columns import RawColumn

Vector = NDArray[np.float64]

TOLERANCE = 1e-12
"""How far a cell may be off, relative to its column's largest."""
TOLERANCE_32 = 1e-6
"""The same in a column of 32-bit floats."""
ROWS_A_LEVEL = 4
"""Rows that each level of a table must have on average, or any column is a table of a continuous field."""
MOST_LEVELS = 200

TRANSFORMS: Mapping[str, tuple[Callable[[Any], Any], Callable[[Expression], Expression]]] = {
    "": (lambda x: x, lambda of: of),
    "log": (np.log, lambda of: ("log", of)),
    "log1p": (np.log1p, lambda of: ("log1p", of)),
    "sqrt": (np.sqrt, lambda of: ("sqrt", of)),
    "square": (np.square, lambda of: ("**", of, 2)),
    "cube": (lambda x: x**3, lambda of: ("**", of, 3)),
    "inverse": (lambda x: 1 / x, lambda of: ("/", 1, of)),
    "exp": (np.exp, lambda of: ("exp", of)),
    "abs": (np.abs, lambda of: ("abs", of)),
    "fourth": (lambda x: x**4, lambda of: ("**", of, 4)),
    "log10": (np.log10, lambda of: ("log10", of)),
    "log2": (np.log2, lambda of: ("log2", of)),
    "floor": (np.floor, lambda of: ("floor", of)),
    "round": (np.rint, lambda of: ("round", of, 0)),
}
"""Transforms of a number, the simplest first: what they compute, and the expression."""


class Match(NamedTuple):
    """What reproduces a column: a factor of one value, from which fields, how simple (0 is simplest).

    `gap` is the column's value at the gaps of the one field, and `fill` the raw number that gives it, if that can be
    told. `interval` is where a threshold lies, if only that is known, exclusive and inclusive.
    """

    factor: Factor
    fields: tuple[str, ...]
    cost: int
    gap: float | None = None
    fill: float | None = None
    interval: tuple[float, float] | None = None


def within(values: Vector, column: Vector, tolerance: float) -> bool:
    """Whether all values are those of the column, to a tolerance relative to its largest."""
    limit = tolerance * float(np.abs(column).max(initial=0.0))
    return bool((np.abs(values - column) <= limit).all())


def is_32(column: Vector) -> bool:
    """Whether a column holds 32-bit floats, and not small whole numbers alone."""
    with np.errstate(over="ignore"):
        rounded = column.astype(np.float32)
    return bool((rounded == column).all() and not (column == np.floor(column)).all())


def of_number(raw: RawColumn, column: Vector, tolerance: float, whole: Vector) -> Iterator[Match]:
    """A field's number as it is, transformed, or scaled, its gaps filled by one number; `whole` are all its rows."""
    numbers = raw.numbers
    assert numbers is not None  # noqa: S101  # the caller looks for them
    present = ~np.isnan(numbers)
    if not present.any() or np.ptp(numbers[present]) == 0:
        return
    gaps = column[~present]
    if len(gaps) and np.ptp(gaps) > tolerance * float(np.abs(column).max()):
        return
    for cost, (name, (compute, express)) in enumerate(TRANSFORMS.items()):
        with np.errstate(all="ignore"):
            values, everything = compute(numbers[present]), compute(whole[~np.isnan(whole)])
        if not np.isfinite(values).all() or np.ptp(values) == 0:
            continue
        line = _line(values, everything, column[present], tolerance)
        if line is None:
            continue
        centre, scale = line
        of = _scaled(express(("field", raw.name)), centre, scale)
        gap = float(gaps[0]) if len(gaps) else None
        fill = None if gap is None else _raw_fill(name, gap, line)
        yield Match(Factor(of), (raw.name,), 2 * cost + (line != (0.0, 1.0)), gap, fill)


def _scaled(of: Expression, centre: float, scale: float) -> Expression:
    if (centre, scale) == (0.0, 1.0):
        return of
    return ("/", ("-", of, centre), scale)


_INVERSES: Mapping[str, Callable[[float], float]] = {
    "": lambda x: x, "log": lambda x: float(np.exp(x)), "log1p": lambda x: float(np.expm1(x)), "sqrt": lambda x: x * x
}  # fmt: skip


def _raw_fill(transform: str, gap: float, line: tuple[float, float]) -> float | None:
    """The raw number that the transform and the scaling make the value at a gap of; None if that cannot be told."""
    if transform not in _INVERSES:
        return None
    with np.errstate(all="ignore"):
        fill = _INVERSES[transform](gap * line[1] + line[0])
    return float(fill) if np.isfinite(fill) else None


def _line(values: Vector, whole: Vector, column: Vector, tolerance: float) -> tuple[float, float] | None:
    """Centre and scale for which (value - centre) / scale is the column; those that scalers learn are tried first."""
    if within(values, column, tolerance):
        return 0.0, 1.0
    low, high = int(np.argmin(values)), int(np.argmax(values))
    spread = column[high] - column[low]
    if spread == 0 or not np.isfinite(spread):
        return None
    scale = (values[high] - values[low]) / spread
    centre = values[low] - column[low] * scale
    rough = np.abs((values - centre) / scale - column) <= max(tolerance, 1e-9) * max(1.0, np.abs(column).max())
    if not rough.all():
        return None
    for known in _known_lines(values, whole):
        if within((values - known[0]) / known[1], column, tolerance):
            return known
    return (float(centre), float(scale)) if within((values - centre) / scale, column, tolerance) else None


def _known_lines(values: Vector, whole: Vector) -> Iterator[tuple[float, float]]:
    """What scalers learn, of the fit's rows and of all rows."""
    for sample in (values, whole):
        mean, quartiles = float(sample.mean()), np.quantile(sample, [0.25, 0.5, 0.75])
        lines = [
            (mean, float(sample.std())), (mean, float(sample.std(ddof=1))), (mean, 1.0),
            (float(sample.min()), float(np.ptp(sample))), (float(quartiles[1]), float(quartiles[2] - quartiles[0])),
            (0.0, float(np.abs(sample).max())),
            *((0.0, power) for power in (1e-3, 1e-2, 10.0, 100.0, 1e3, 1e4, 1e6)),
        ]  # fmt: skip
        yield from ((float(centre), float(scale)) for centre, scale in lines if np.isfinite(scale) and scale != 0)


def of_table(raw: RawColumn, column: Vector, tolerance: float) -> Match | None:
    """A table of a field's levels: one value for each, and one for its gaps."""
    used = np.unique(raw.codes[raw.codes >= 0])
    if not 2 <= len(used) <= MOST_LEVELS or len(column) < ROWS_A_LEVEL * len(used):
        return None
    rows: list[tuple[Any, tuple[float, ...]]] = []
    limit = tolerance * float(np.abs(column).max())
    for code in (*used.tolist(), *([-1] if (raw.codes < 0).any() else [])):
        values = column[raw.codes == code]
        if np.ptp(values) > limit:
            return None
        rows.append((raw.levels[code] if code >= 0 else None, (float(values[0]),)))
    if len({values for _, values in rows}) < 2:  # of one value the field says nothing
        return None
    return Match(Factor(("field", raw.name), tuple(rows)), (raw.name,), 40)


def of_gap(raw: RawColumn, column: Vector) -> Match | None:
    """1 where the field has a gap, or where it has none."""
    gap = (raw.codes < 0).astype(float)
    if 0 < gap.sum() < len(gap):
        if np.array_equal(gap, column):
            return Match(Factor(("missing", ("field", raw.name))), (raw.name,), 30)
        if np.array_equal(1 - gap, column):
            return Match(Factor(("not", ("missing", ("field", raw.name)))), (raw.name,), 31)
    return None


def of_threshold(raw: RawColumn, column: Vector, breaks: Sequence[float]) -> Match | None:
    """1 from a threshold on, or below it; without a break that is given, only between which values it lies is known."""
    numbers = raw.numbers
    if numbers is None or {*np.unique(column).tolist()} != {0.0, 1.0}:
        return None
    present = ~np.isnan(numbers)
    gaps = column[~present]
    inside, outside = numbers[present & (column == 1)], numbers[present & (column == 0)]
    if not len(inside) or not len(outside) or (len(gaps) and np.ptp(gaps)):
        return None
    above = float(inside.min()) > float(outside.max())
    if not above and not float(inside.max()) < float(outside.min()):
        return None
    low, high = (outside.max(), inside.min()) if above else (inside.max(), outside.min())
    given = [each for each in breaks if low <= each <= high]
    value = given[0] if given else round_between(float(low), float(high))
    strict = value == low if above else value < high
    operation = (">" if strict else ">=") if above else ("<=" if value == low else "<")
    whole = bool((numbers[present] == np.floor(numbers[present])).all()) and high - low == 1
    interval = None if given or whole else (float(low), float(high))
    if whole and not given:
        value, operation = float(high), ">=" if above else "<"
    gap = float(gaps[0]) if len(gaps) else None
    return Match(Factor((operation, ("field", raw.name), value)), (raw.name,), 50, gap, interval=interval)


COMPARISONS = (">", ">=", "<", "<=")


def round_between(low: float, high: float) -> float:
    """The number of the fewest digits above `low` and up to `high`."""
    for digits in range(-12, 13):
        step = 10.0**-digits
        value = np.floor(high / step) * step
        if value > low:
            return float(round(value, max(digits, 0)))
    return high
