"""For each column of a fit what it is made of: all hypotheses at once, and which of them counts."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
from phat.takeover.recognition.pairs import of_pair
from phat.takeover.recognition.raw_columns import RawColumn
from phat.takeover.recognition.sampling import ALIKE, normal, sample

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

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
    for place, possible in enumerate(candidates):
        if not possible and np.ptp(exog[:, place]) == 0:
            match, questions = _same_in_all_rows(names[place], exog[:, place], raws, hints)
            choices += questions
            asked |= {place} if questions else set()
            if match is not None:
                matches[place] = match
        if not possible:
            continue
        ranked = sorted(possible, key=lambda match: _rank(match, names[place], hints))
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
        if (pair := of_pair(exog[:, place], raws)) is not None:
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
    candidates: list[list[Match]] = [[] for _ in exog.T]
    tolerances = [TOLERANCE_32 if is_32(column) else TOLERANCE for column in exog.T]
    rows = sample(exog)
    few = [place for place, column in enumerate(exog.T) if len(np.unique(column[rows])) <= MOST_LEVELS]
    for raw, all_rows in zip(raws, whole, strict=True):
        if raw.numbers is not None and all_rows.numbers is not None:
            for place in _correlated(raw.numbers[rows], exog[rows]):
                first = next(of_number(raw, exog[:, place], tolerances[place], all_rows.numbers), None)
                candidates[place] += [] if first is None else [first]
        for place in few:
            if any(match.fields == (raw.name,) and match.cost < 2 * len(TRANSFORMS) for match in candidates[place]):
                continue
            breaks = hints.get(raw.name, {}).get("breaks", ())
            made = of_gap(raw, exog[:, place]) or _table(raw, exog, place, tolerances[place], rows)
            made = made or of_threshold(raw, exog[:, place], breaks)
            candidates[place] += [] if made is None else [made]
    return candidates


def _table(raw: RawColumn, exog: Matrix, place: int, tolerance: float, rows: NDArray[np.intp]) -> Match | None:
    """A table of the field, if the sample does not speak against it."""
    codes, values = raw.codes[rows], exog[rows, place]
    order = np.lexsort((values, codes))
    same = codes[order][1:] == codes[order][:-1]
    if (np.abs(np.diff(values[order]))[same] > tolerance * np.abs(values).max()).any():
        return None
    return of_table(raw, exog[:, place], tolerance)


def _correlated(numbers: Vector, exog: Matrix) -> list[int]:
    """Places of columns that a transform of the numbers goes along with on the sample."""
    present = ~np.isnan(numbers)
    if present.sum() < 3:
        return []
    with np.errstate(all="ignore"):
        columns = normal(exog[present].T)
        values = normal(np.array([compute(numbers[present]) for compute, _ in TRANSFORMS.values()]))
        alike = np.abs(values @ columns.T) > ALIKE
    return np.flatnonzero(alike.any(axis=0)).tolist()


def _products(exog: Matrix, left: Sequence[int], known: Sequence[int]) -> Iterator[tuple[int, tuple[int, int]]]:
    """Columns that are the product of two that are explained."""
    rows = sample(exog)
    for place in left:
        column = exog[:, place]
        limit = TOLERANCE * np.abs(column).max()
        for a, b in ((a, b) for a, b in combinations(known, 2)):
            if (np.abs(exog[rows, a] * exog[rows, b] - column[rows]) <= limit).all() and within(
                exog[:, a] * exog[:, b], column, TOLERANCE
            ):
                yield place, (a, b)
                break
