"""For each column of a fit what it is made of: all hypotheses at once, and which of them counts."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.expressions import Expression
from phat.preprocessing.spelling import fold
from phat.preprocessing.terms import Factor
from phat.takeover.recognition.ambiguous import Choice
from phat.takeover.recognition.hypotheses import (
    MOST_LEVELS,
    TOLERANCE,
    TOLERANCE_32,
    TRANSFORMS,
    Match,
    is_32,
    of_gap,
    of_number,
    of_table,
    of_threshold,
    within,
)
from phat.takeover.recognition.raw_columns import RawColumn

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_SAMPLE = 200
_ALIKE = 1 - 1e-6
"""Above it a correlation on the sample makes a candidate."""
_PAIRS: Mapping[str, Any] = {"*": np.multiply, "/": np.divide, "-": np.subtract, "+": np.add}
_MOST_FIELDS = 60
"""Numbers of which pairs are tried."""

Hints = Mapping[str, Mapping[str, Any]]
"""What a person says of fields, by name: `columns` that a field makes, and `breaks` of its thresholds."""


class Explained(NamedTuple):
    """What explains the columns: matches by place, products of two other columns, questions, and what is left."""

    matches: dict[int, Match]
    products: dict[int, tuple[int, int]]
    choices: list[Choice]
    left: list[int]


def explain_columns(
    names: Sequence[str], exog: Matrix, raws: Sequence[RawColumn], whole: Sequence[RawColumn], hints: Hints
) -> Explained:
    """What each column (n by k, without the constant) is made of; `raws` are the raw columns of the same rows (n).

    `whole` are the raw columns with all rows of the data, of which a scaler may have learned.
    """
    candidates = _candidates(exog, raws, whole, hints)
    matches: dict[int, Match] = {}
    choices: list[Choice] = []
    asked: set[int] = set()
    for place, found in enumerate(candidates):
        if not found and np.ptp(exog[:, place]) == 0:
            match, questions = _same_in_all_rows(names[place], exog[:, place], raws, hints)
            choices += questions
            asked |= {place} if questions else set()
            if match is not None:
                matches[place] = match
        if not found:
            continue
        ranked = sorted(found, key=lambda match: _rank(match, names[place], hints))
        best = _rank(ranked[0], names[place], hints)
        equal = {match.fields: match for match in ranked if _rank(match, names[place], hints) == best}
        if len(equal) > 1:
            options: list[Mapping[str, Any]] = [{fields[0]: {"columns": [names[place]]}} for fields in equal]
            choices.append(Choice(f"column {names[place]} has the same numbers in several fields", options))
        if ranked[0].interval is not None:
            choices.append(_threshold(names[place], ranked[0]))
        matches[place] = ranked[0]
    left = [place for place in range(len(names)) if place not in matches and place not in asked]
    products = dict(_products(exog, left, [*matches]))
    for place in [place for place in left if place not in products]:
        if (pair := _pair(exog[:, place], raws)) is not None:
            matches[place] = pair
    return Explained(matches, products, choices, [p for p in left if p not in products and p not in matches])


def _same_in_all_rows(
    name: str, column: Vector, raws: Sequence[RawColumn], hints: Hints
) -> tuple[Match | None, list[Choice]]:
    """A column that never changes in the fit: of a level that none of its rows has, if its name or a person says so."""
    categories = [raw for raw in raws if len(raw.levels) <= MOST_LEVELS and len({*raw.codes.tolist()} - {-1}) > 1]
    named = [raw for raw in categories if name in hints.get(raw.name, {}).get("columns", ())]
    named = named or [raw for raw in categories if _affinity(name, raw.name) == 1]
    if not named:
        options = [{raw.name: {"columns": [name]}} for raw in categories if raw.numbers is None]
        question = f"column {name} is {column[0]:g} in all rows of the fit; it belongs to"
        return None, [Choice(question, options)] if options else []
    used = sorted({*named[0].codes.tolist()} - {-1})
    table = tuple((named[0].levels[code], (float(column[0]),)) for code in used)
    return Match(Factor(("field", named[0].name), table), (named[0].name,), 45), []


def _threshold(name: str, match: Match) -> Choice:
    low, high = match.interval or (0.0, 0.0)
    field, value = match.fields[0], match.factor.of[2]
    question = f"column {name} is a threshold of {field} that lies from {low!r} to {high!r}"
    return Choice(question, [{field: {"breaks": [value]}}])


def _rank(match: Match, name: str, hints: Hints) -> tuple[int, int, int, int]:
    """The lower, the likelier: what a person says, then the names, then how simple it is."""
    named = any(name in hints.get(field, {}).get("columns", ()) for field in match.fields)
    affinity = min(_affinity(name, field) for field in match.fields)
    levels = len(match.factor.table or ())
    return (0 if named else 1, affinity, match.cost, levels)


def _affinity(name: str, field: str) -> int:
    """0 if a column has a field's name, 1 if it begins so, 2 if it holds the name, else 3."""
    column, own = fold(name), fold(field)
    if column == own:
        return 0
    if column.startswith(own) and not column[len(own) : len(own) + 1].isalnum():
        return 1
    return 2 if len(own) > 2 and own in column else 3


def _candidates(exog: Matrix, raws: Sequence[RawColumn], whole: Sequence[RawColumn], hints: Hints) -> list[list[Match]]:
    found: list[list[Match]] = [[] for _ in exog.T]
    tolerances = [TOLERANCE_32 if is_32(column) else TOLERANCE for column in exog.T]
    rows = _sample(exog)
    few = [place for place, column in enumerate(exog.T) if len(np.unique(column[rows])) <= MOST_LEVELS]
    for raw, all_rows in zip(raws, whole, strict=True):
        if raw.numbers is not None and all_rows.numbers is not None:
            for place in _correlated(raw.numbers[rows], exog[rows]):
                first = next(of_number(raw, exog[:, place], tolerances[place], all_rows.numbers), None)
                found[place] += [] if first is None else [first]
        for place in few:
            if any(match.fields == (raw.name,) and match.cost < 2 * len(TRANSFORMS) for match in found[place]):
                continue
            breaks = hints.get(raw.name, {}).get("breaks", ())
            made = of_gap(raw, exog[:, place]) or _table(raw, exog, place, tolerances[place], rows)
            made = made or of_threshold(raw, exog[:, place], breaks)
            found[place] += [] if made is None else [made]
    return found


def _table(raw: RawColumn, exog: Matrix, place: int, tolerance: float, rows: NDArray[np.intp]) -> Match | None:
    """A table of the field, if the sample does not speak against it."""
    codes, values = raw.codes[rows], exog[rows, place]
    order = np.lexsort((values, codes))
    same = codes[order][1:] == codes[order][:-1]
    if (np.abs(np.diff(values[order]))[same] > tolerance * np.abs(values).max()).any():
        return None
    return of_table(raw, exog[:, place], tolerance)


def _sample(exog: Matrix) -> NDArray[np.intp]:
    """Rows to look at first: some, and those of each column's extremes."""
    random = np.random.default_rng(0)
    some = random.choice(len(exog), min(_SAMPLE, len(exog)), replace=False)
    return np.unique(np.concatenate([some, exog.argmin(axis=0), exog.argmax(axis=0)]))


def _correlated(numbers: Vector, exog: Matrix) -> list[int]:
    """Places of columns that a transform of the numbers goes along with on the sample."""
    present = ~np.isnan(numbers)
    if present.sum() < 3:
        return []
    with np.errstate(all="ignore"):
        columns = _normal(exog[present].T)
        values = _normal(np.array([compute(numbers[present]) for compute, _ in TRANSFORMS.values()]))
        alike = np.abs(values @ columns.T) > _ALIKE
    return np.flatnonzero(alike.any(axis=0)).tolist()


def _normal(rows: Matrix) -> Matrix:
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).sum(axis=1, keepdims=True)))


def _products(exog: Matrix, left: Sequence[int], known: Sequence[int]) -> Iterator[tuple[int, tuple[int, int]]]:
    """Columns that are the product of two that are explained."""
    rows = _sample(exog)
    for place in left:
        column = exog[:, place]
        limit = TOLERANCE * np.abs(column).max()
        for a, b in ((a, b) for a, b in combinations(known, 2)):
            if (np.abs(exog[rows, a] * exog[rows, b] - column[rows]) <= limit).all() and within(
                exog[:, a] * exog[:, b], column, TOLERANCE
            ):
                yield place, (a, b)
                break


def _pair(column: Vector, raws: Sequence[RawColumn]) -> Match | None:
    """Two numbers multiplied, divided, subtracted or added, as they are or scaled."""
    complete = [raw for raw in raws if raw.numbers is not None and not np.isnan(raw.numbers).any()][:_MOST_FIELDS]
    rows = _sample(column[:, None])
    target = _normal(column[None, rows])
    for first in complete:
        for second in complete:
            for name, compute in _PAIRS.items():
                if first.name == second.name or (name in "*+" and first.name > second.name):
                    continue
                assert first.numbers is not None and second.numbers is not None  # noqa: PT018, S101  # they are complete
                with np.errstate(all="ignore"):
                    alike = abs(
                        float((_normal(compute(first.numbers[rows], second.numbers[rows])[None]) @ target.T)[0, 0])
                    )
                    if not alike > _ALIKE:
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
