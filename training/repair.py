"""Levels that a fit cannot estimate, of one row or one outcome, and how they are folded."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.schema import CategoryField
from phat.training.coverage import listed
from phat.training.fields import Column
from phat.training.leaks import outcomes_by_level

Vector = NDArray[np.float64]

_MANY = 20
"""So many rows with one outcome are none of chance."""


class Repaired(NamedTuple):
    """A column whose levels can be estimated, columns of levels that count as the reference, and what was done."""

    column: Column
    without: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class _Group(NamedTuple):
    """A level, or None for the gaps, with its rows and events (None where there are none to count)."""

    level: str | None
    rows: int
    events: int | None

    @property
    def poor(self) -> bool:
        """Whether no coefficient can be estimated for it."""
        return self.rows < 2 or self.events in (0, self.rows)


def fold_levels(column: Column, target: Vector, *, binary: bool = True) -> Repaired | str:
    """Fold a category's levels that cannot be estimated from the outcomes (n, 1 for an event); or why none is left.

    Of a target that is not `binary` these are the levels of one row.
    Together they count as one, `other`, if they can be estimated then; else as the reference.
    """
    if not isinstance(column.field, CategoryField):
        return Repaired(column)
    counts = outcomes_by_level(column.values, target).rows()
    groups = [_Group(level, rows, int(events) if binary else None) for level, rows, events in counts]
    own_gaps = column.config.gap == "level"
    poor = [group for group in groups if group.poor and (group.level is not None or own_gaps)]
    sound = [group for group in groups if group not in poor and group.level is not None]
    if not poor:
        return Repaired(column)
    if not sound or (len(sound) == 1 and not _together(poor)):
        return f"no two of its levels have both outcomes: {_described(poor)}"
    if _together(poor):
        return _as_other(column, poor)
    return _as_reference(column, poor, sound)


def _together(poor: Sequence[_Group]) -> bool:
    """Whether several groups can be estimated as one."""
    events = None if poor[0].events is None else sum(each.events or 0 for each in poor)
    return len(poor) > 1 and not _Group(None, sum(each.rows for each in poor), events).poor


def _as_other(column: Column, poor: Sequence[_Group]) -> Repaired:
    levels = {group.level for group in poor if group.level is not None}
    if len(levels) < len(poor):  # the gaps too
        column = column._replace(config=replace(column.config, gap="other"))
    folded = column.folded(levels)
    reference = folded.config.reference
    if reference not in folded.levels.counts:
        folded = folded._replace(config=replace(folded.config, reference=None))
    notices = _notices(column, poor, "other, as does when served a level that the data do not have")
    return Repaired(folded, (), tuple(notices))


def _as_reference(column: Column, poor: Sequence[_Group], sound: Sequence[_Group]) -> Repaired:
    reference = column.config.reference
    if reference not in {group.level for group in sound}:
        reference = max(sound, key=lambda group: group.rows).level
    config = replace(column.config, reference=reference)
    levels = tuple(group.level for group in poor if group.level is not None)
    if len(levels) < len(poor):
        config = replace(config, gap="reference")
    notices = tuple(_notices(column, poor, f"the reference, {reference}"))
    return Repaired(column._replace(config=config), tuple(f"{column.field.name}_{level}" for level in levels), notices)


def _notices(column: Column, poor: Sequence[_Group], what: str) -> Iterator[str]:
    yield f"field {column.field.name}: {_described(poor)}; {'they count' if len(poor) > 1 else 'it counts'} as {what}"
    if many := [group for group in poor if group.rows >= _MANY]:
        yield (
            f"field {column.field.name}: {_described(many)}, which is none of chance: a leak of what was known only "
            "after the outcome?"
        )


def _described(poor: Sequence[_Group]) -> str:
    single = [_name(group) for group in poor if group.rows < 2]
    uniform = [f"{_name(group)} ({group.rows})" for group in poor if group.rows > 1]
    parts = [f"level{'s' * (len(single) > 1)} {listed(single)} in one row only"] if single else []
    parts += [f"all rows of {listed(uniform)} have the same outcome"] if uniform else []
    return "; ".join(parts)


def _name(group: _Group) -> str:
    return "a missing value" if group.level is None else group.level
