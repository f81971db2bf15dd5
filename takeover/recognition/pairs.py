"""Columns and offsets that two raw numbers make."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.expressions import Expression
from phat.preprocessing.terms import Factor
from phat.takeover.recognition.hypotheses import TOLERANCE, Match, of_number, within
from phat.takeover.recognition.raw_columns import RawColumn
from phat.takeover.recognition.sampling import ALIKE, normal, sample

Vector = NDArray[np.float64]

_PAIRS: Mapping[str, Any] = {"*": np.multiply, "/": np.divide, "-": np.subtract, "+": np.add}
_MOST_FIELDS = 60
"""Numbers of which pairs are tried."""


def of_pair(column: Vector, raws: Sequence[RawColumn]) -> Match | None:
    """Two numbers multiplied, divided, subtracted or added, as they are or scaled."""
    complete = [raw for raw in raws if raw.numbers is not None and not np.isnan(raw.numbers).any()][:_MOST_FIELDS]
    rows = sample(column[:, None])
    target = normal(column[None, rows])
    for first in complete:
        for second in complete:
            for name, compute in _PAIRS.items():
                if first.name == second.name or (name in "*+" and first.name > second.name):
                    continue
                assert first.numbers is not None and second.numbers is not None  # noqa: PT018, S101  # they are complete
                with np.errstate(all="ignore"):
                    alike = abs(
                        float((normal(compute(first.numbers[rows], second.numbers[rows])[None]) @ target.T)[0, 0])
                    )
                    if not alike > ALIKE:
                        continue
                    values = compute(first.numbers, second.numbers)
                of: Expression = (name, ("field", first.name), ("field", second.name))
                made = RawColumn("", values, (), first.codes, boolean=False)
                match = next(of_number(made, column, TOLERANCE, values), None)
                if match is not None:
                    return Match(Factor(_put(match.factor.of, of)), (first.name, second.name), 60 + match.cost)
    return None


def _put(expression: Expression, of: Expression) -> Expression:
    """The expression with `of` in place of the nameless field."""
    if expression == ("field", ""):
        return of
    return tuple(_put(each, of) for each in expression) if isinstance(expression, tuple) else expression


def explain_offset(offset: Vector, raws: Sequence[RawColumn], whole: Sequence[RawColumn]) -> Factor | None:
    """What an offset is made of: a number or its logarithm, or two of these added."""
    for raw, all_rows in zip(raws, whole, strict=True):
        if raw.numbers is None or all_rows.numbers is None or np.isnan(raw.numbers).any():
            continue
        match = next(of_number(raw, offset, TOLERANCE, all_rows.numbers), None)
        if match is not None:
            return match.factor
    return _sum(offset, raws)


def _sum(offset: Vector, raws: Sequence[RawColumn]) -> Factor | None:
    parts: list[tuple[Expression, Vector]] = []
    for raw in raws[:_MOST_FIELDS]:
        if raw.numbers is not None and not np.isnan(raw.numbers).any():
            parts.append((("field", raw.name), raw.numbers))
            if (raw.numbers > 0).all():
                parts.append((("log", ("field", raw.name)), np.log(raw.numbers)))
    for (one, first), (other, second) in combinations(parts, 2):
        if within(first + second, offset, TOLERANCE):
            return Factor(("+", one, other))
    return None
