"""Levels that a fit cannot estimate, of one row or one outcome, and how they are folded."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from phat.preprocessing.schema import CategoryField
from phat.training.config import ModelKind
from phat.training.coverage import listed
from phat.training.fields import Column

Vector = NDArray[np.float64]

_MANY = 20
"""So many rows with one outcome are none of chance."""
_LACKS: dict[ModelKind, str] = {
    "binary": "all rows of {} have the same outcome",
    "poisson": "nothing was counted in all rows of {}",
    "multinomial": "some classes never happened in rows of {}",
}
"""What a level lacks that has no finite coefficient, by what is predicted."""


class Repaired(NamedTuple):
    """A column whose levels can be estimated, columns of levels that count as the reference, and what was done."""

    column: Column
    without: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class _Group(NamedTuple):
    """A level, or None for the gaps, with its rows, the outcomes that it has, and those that it needs."""

    level: str | None
    rows: int
    outcomes: frozenset[float]
    needed: frozenset[float]

    @property
    def poor(self) -> bool:
        """Whether no coefficient can be estimated for it."""
        return self.rows < 2 or not self.needed <= self.outcomes


def fold_levels(column: Column, target: Vector, kind: ModelKind = "binary") -> Repaired | str:
    """Fold a category's levels that cannot be estimated from the target (n) of such a model; or why none is left.

    They have one row, one outcome, no count, or not every class.
    Together they count as one, `other`, if they can be estimated then; else as the reference.
    """
    if not isinstance(column.field, CategoryField):
        return Repaired(column)
    groups = _groups(column.values, target, kind)
    own_gaps = column.config.gap == "level"
    poor = [group for group in groups if group.poor and (group.level is not None or own_gaps)]
    if kind != "binary":  # more are none of chance, and would be answered wrongly: the fit refuses them by name
        poor = [group for group in poor if group.rows < _MANY]
    sound = [group for group in groups if group not in poor and group.level is not None]
    if not poor:
        return Repaired(column)
    if not sound or (len(sound) == 1 and not _together(poor)):
        lack = "have both outcomes" if kind == "binary" else "can be estimated"
        return f"no two of its levels {lack}: {_described(poor, kind)}"
    if _together(poor):
        return _as_other(column, poor, kind)
    return _as_reference(column, poor, sound, kind)


def _groups(values: pl.Series, target: Vector, kind: ModelKind) -> list[_Group]:
    """The levels with what they have, in their order; what each needs are all outcomes, all classes, or a count."""
    outcomes = {"binary": target, "multinomial": target, "poisson": (target > 0).astype(float)}.get(kind, target * 0)
    needed = frozenset({1.0} if kind == "poisson" else np.unique(outcomes).tolist())
    table = pl.DataFrame({"level": values.cast(pl.String), "outcome": outcomes})
    found = table.group_by("level").agg(pl.len().alias("rows"), pl.col("outcome").unique()).sort("level")
    return [_Group(level, rows, frozenset(seen), needed) for level, rows, seen in found.rows()]


def _together(poor: Sequence[_Group]) -> bool:
    """Whether several groups can be estimated as one."""
    outcomes = frozenset().union(*(each.outcomes for each in poor))
    return len(poor) > 1 and not _Group(None, sum(each.rows for each in poor), outcomes, poor[0].needed).poor


def _as_other(column: Column, poor: Sequence[_Group], kind: ModelKind) -> Repaired:
    levels = {group.level for group in poor if group.level is not None}
    if len(levels) < len(poor):  # the gaps too
        column = column._replace(config=replace(column.config, gap="other"))
    folded = column.folded(levels)
    reference = folded.config.reference
    if reference not in folded.levels.counts:
        folded = folded._replace(config=replace(folded.config, reference=None))
    notices = _notices(column, poor, kind, "other, as does when served a level that the data do not have")
    return Repaired(folded, (), tuple(notices))


def _as_reference(column: Column, poor: Sequence[_Group], sound: Sequence[_Group], kind: ModelKind) -> Repaired:
    reference = column.config.reference
    if reference not in {group.level for group in sound}:
        reference = max(sound, key=lambda group: group.rows).level
    config = replace(column.config, reference=reference)
    levels = tuple(group.level for group in poor if group.level is not None)
    if len(levels) < len(poor):
        config = replace(config, gap="reference")
    notices = tuple(_notices(column, poor, kind, f"the reference, {reference}"))
    return Repaired(column._replace(config=config), tuple(f"{column.field.name}_{level}" for level in levels), notices)


def _notices(column: Column, poor: Sequence[_Group], kind: ModelKind, what: str) -> Iterator[str]:
    count = "they count" if len(poor) > 1 else "it counts"
    yield f"field {column.field.name}: {_described(poor, kind)}; {count} as {what}"
    if kind == "binary" and (many := [group for group in poor if group.rows >= _MANY]):
        yield (
            f"field {column.field.name}: {_described(many, kind)}, which is none of chance: a leak of what was known "
            "only after the outcome?"
        )


def _described(poor: Sequence[_Group], kind: ModelKind) -> str:
    single = [_name(group) for group in poor if group.rows < 2]
    uniform = [f"{_name(group)} ({group.rows})" for group in poor if group.rows > 1]
    parts = [f"level{'s' * (len(single) > 1)} {listed(single)} in one row only"] if single else []
    parts += [_LACKS[kind].format(listed(uniform))] if uniform else []
    return "; ".join(parts)


def _name(group: _Group) -> str:
    return "a missing value" if group.level is None else group.level
