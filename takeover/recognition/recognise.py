"""From the columns of a fit without a formula, and the raw rows, to fields and terms."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from phat.preprocessing.expressions import fields_of
from phat.preprocessing.schema import CategoryField, Field, NumberField
from phat.preprocessing.spelling import fold
from phat.preprocessing.terms import Column, Factor, Terms
from phat.takeover.fitted import Fitted, Matrix
from phat.takeover.recognition.ambiguous import Ambiguous, Choice
from phat.takeover.recognition.explain import Explained, Hints, explain_columns
from phat.takeover.recognition.hypotheses import COMPARISONS, Match
from phat.takeover.recognition.pairs import explain_offset
from phat.takeover.recognition.raw_columns import RawColumn, RawRows, read_columns
from phat.takeover.recognition.rows import by_content
from phat.takeover.takeover import Takeover
from phat.training.alignment import Alignment, alignments
from phat.training.coverage import listed
from phat.training.errors import NotServable

CONSTANTS = ("const", "constant", "intercept", "(intercept)", "one", "ones")
"""What constants are called, in any letter case."""
_SHOWN = 5


def recognise(fit: Fitted, given: RawRows, hints: Hints) -> Takeover:
    """The fields and terms of a fit that still has its columns (n by k), by the raw rows.

    `hints` are what a person says of fields. Ambiguous lists what numbers alone cannot decide, NotServable what they do
    not explain.
    """
    assert fit.exog is not None  # noqa: S101  # the caller looks for it
    whole = read_columns(given.columns)
    constant = _constant(fit.columns, fit.exog)
    places = [place for place, name in enumerate(fit.columns) if name != constant]
    names, exog = [fit.columns[place] for place in places], fit.exog[:, places]
    best: tuple[Alignment, Explained] | None = None
    for alignment in _alignments(fit, whole, given):
        raws = [raw.take(alignment.rows) for raw in whole]
        explained = explain_columns(names, exog, raws, whole, hints)
        if best is None or len(explained.left) < len(best[1].left):
            best = alignment, explained
        if not explained.left:
            break
    if best is None:
        raise NotServable(
            f"the fit used {len(fit.exog)} rows, the data have {len(given.labels)}, and nothing tells which are which: "
            "neither the fit's index, nor gaps, nor numbers that both have; give the rows that the fit used, in order"
        )
    alignment, explained = best
    if explained.left:
        raise NotServable(_unexplained([(names[place], exog[:, place]) for place in explained.left], alignment))
    if len(explained.matches) + len(explained.products) < len(names):  # a column that never changes
        raise Ambiguous(explained.choices)
    raws = [raw.take(alignment.rows) for raw in whole]
    made = _Assembly(fit.columns, constant, names, explained, raws)
    if choices := [*explained.choices, *_unseen(made.levels, whole, hints)]:
        raise Ambiguous(choices)
    offset = None if fit.offset is None else offset_of(fit, raws, whole)
    terms = Terms(tuple(made.factors), tuple(made.columns), offset)
    return Takeover(made.fields(offset), terms, tuple(made.notices), alignment)


def offset_of(fit: Fitted, raws: Sequence[RawColumn], whole: Sequence[RawColumn]) -> Factor:
    """What the offset and exposure of a fit are made of; NotServable if no raw column tells."""
    offset = fit.offset
    assert offset is not None  # noqa: S101  # the caller looks for it
    if np.ptp(offset) == 0:
        raise NotServable("the offset is the same number in all rows: fit without it, or add it to the constant")
    factor = explain_offset(offset, raws, whole)
    if factor is None:
        raise NotServable(
            f"the fit has an offset or exposure (from {offset.min():g} to {offset.max():g} on the linear predictor's "
            "scale) that no column of the data makes, neither as it is nor as its logarithm: add the column to the data"
        )
    return factor


def _alignments(fit: Fitted, whole: Sequence[RawColumn], given: RawRows) -> Iterator[Alignment]:
    assert fit.exog is not None  # noqa: S101  # as above
    texts = {name: ["" if cell is None else str(cell) for cell in cells] for name, cells in given.columns.items()}
    yield from alignments(len(fit.exog), fit.labels, given.labels, texts, [True] * len(given.labels))
    yield from by_content(fit.columns, fit.exog, whole)


def _constant(names: Sequence[str], exog: Matrix) -> str | None:
    """The constant: a column of ones, rather one that is called so."""
    ones = [name for name, column in zip(names, exog.T, strict=True) if (column == 1).all()]
    named = [name for name in ones if fold(name) in CONSTANTS]
    return next(iter([*named, *ones]), None)


def _unexplained(columns: Sequence[tuple[str, Any]], alignment: Alignment) -> str:
    shown = [f"{name} (from {values.min():g} to {values.max():g})" for name, values in columns[:_SHOWN]]
    more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    return (
        f"nothing in the data reproduces the columns {', '.join(shown)}{more} of the fit, its rows aligned "
        f"{alignment.by}: add the raw columns that they were made of, make them part of the data, or define the fields"
    )


def _unseen(levels: Mapping[str, Sequence[str]], whole: Sequence[RawColumn], hints: Hints) -> Iterator[Choice]:
    """Questions of levels that are in the data and in no row that the fit used."""
    by_name = {raw.name: raw for raw in whole}
    for name, used in levels.items():
        unseen = sorted(set(by_name[name].levels) - set(used))
        if unseen and "unknown" not in hints.get(name, {}):
            question = f"field {name} has levels in the data that no row of the fit has ({listed(unseen)})"
            yield Choice(f"{question}; they are refused with", [{name: {"unknown": "error"}}])


class _Assembly:
    """The factors and columns of what explains a fit; tables of one field are one factor."""

    def __init__(
        self, order: Sequence[str], constant: str | None, names: Sequence[str], explained: Explained,
        raws: Sequence[RawColumn],
    ) -> None:  # fmt: skip
        self._raws = {raw.name: raw for raw in raws}
        self._matches = {names[place]: match for place, match in explained.matches.items()}
        self.factors: list[Factor] = []
        self.notices = [
            f"column {constant} is 1 in all rows of the fit, and no field makes it: it is the constant"
            for _ in (constant,) if constant is not None and fold(constant) not in CONSTANTS
        ]  # fmt: skip
        self._numbers = {
            name for match in self._matches.values() if match.factor.table is None for name in match.fields
        }
        self._fills = self._one_fill()
        products: dict[str, tuple[tuple[int, int], ...]] = {} if constant is None else {constant: ()}
        self.levels: dict[str, list[str]] = {}
        self._gaps: dict[str, tuple[float, ...] | None] = {}
        for field in dict.fromkeys(match.fields[0] for match in self._matches.values() if match.factor.table):
            products |= self._tables(field)
        for name, match in self._matches.items():
            if match.factor.table is None:
                products[name] = ((self._add(self._number(match)), 0),)
        for place, pair in explained.products.items():
            products[names[place]] = tuple(factor for part in pair for factor in products[names[part]])
        self.columns = [Column(name, products[name]) for name in order]

    def _add(self, factor: Factor) -> int:
        if factor not in self.factors:
            self.factors.append(factor)
        return self.factors.index(factor)

    def _one_fill(self) -> dict[str, float]:
        """The fields whose gaps are one raw number in all of their columns."""
        fills: dict[str, set[float | None]] = {}
        for match in self._matches.values():
            if len(match.fields) == 1 and (self._raws[match.fields[0]].codes < 0).any():
                fills.setdefault(match.fields[0], set()).add(None if match.gap is None else match.fill)
        firsts = {name: next(iter(values)) for name, values in fills.items()}
        return {
            name: first
            for name, first in firsts.items()
            if first is not None and all(_alike(value, first) for value in fills[name])
        }

    def _number(self, match: Match) -> Factor:
        of = match.factor.of
        if match.gap is None or match.fields[0] in self._fills:
            return match.factor
        if of[0] in COMPARISONS:  # which are false for a gap
            return Factor(("if", ("missing", ("field", match.fields[0])), 1, of)) if match.gap else match.factor
        return Factor(("fill", of, match.gap))

    def _tables(self, field: str) -> dict[str, tuple[tuple[int, int], ...]]:
        """The columns that are tables of one field, as one factor."""
        raw = self._raws[field]
        named = {
            name: dict(match.factor.table)
            for name, match in self._matches.items()
            if match.factor.table is not None and match.fields == (field,)
        }
        keys = [key for key in next(iter(named.values())) if key is not None]
        gap = tuple(table[None][0] for table in named.values()) if None in next(iter(named.values())) else None
        rows = [(self._key(key, raw), tuple(table[key][0] for table in named.values())) for key in keys]
        self.levels[field], self._gaps[field] = keys, gap
        if gap is not None and any(gap):
            rows.append((None, gap))
        factor = self._add(Factor(("field", field), tuple(rows)))
        return {name: ((factor, place),) for place, name in enumerate(named)}

    def _key(self, level: str, raw: RawColumn) -> Any:
        """A level as the table's key: a number where the field is one."""
        return float(level) if self._is_number(raw) else level

    def _is_number(self, raw: RawColumn) -> bool:
        return raw.numbers is not None and (raw.boolean or raw.name in self._numbers)

    def fields(self, offset: Factor | None) -> tuple[Field, ...]:
        """The fields in the order of the data's columns."""
        used = {name for match in self._matches.values() for name in match.fields}
        used |= set() if offset is None else {*fields_of(offset.of)}
        return tuple(self._field(raw) for raw in self._raws.values() if raw.name in used)

    def _field(self, raw: RawColumn) -> Field:
        gaps = bool((raw.codes < 0).any())
        if raw.name not in self.levels or self._is_number(raw):
            if raw.name in self._fills:
                return NumberField(raw.name, fill=self._fills[raw.name], boolean=raw.boolean)
            return NumberField(raw.name, gap="as_fitted" if gaps else None, boolean=raw.boolean)
        gap = self._gaps[raw.name]
        zeros = [level for level in self.levels[raw.name] if self._is_reference(raw.name, level)]
        policy: Any = None if gap is None else "as_fitted" if any(gap) else "zero"
        reference = zeros[0] if len(zeros) == 1 else None
        return CategoryField(raw.name, tuple(self.levels[raw.name]), reference=reference, gap=policy)

    def _is_reference(self, field: str, level: str) -> bool:
        """Whether all columns are 0 for a level."""
        tables = [factor.table for factor in self.factors if factor.table and factor.of == ("field", field)]
        return not any(value for table in tables for key, values in table if key == level for value in values)


def _alike(value: float | None, other: float) -> bool:
    return value is not None and abs(value - other) <= 1e-12 * max(1.0, abs(other))
