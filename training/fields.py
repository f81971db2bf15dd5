"""From a raw column to a field: its levels, what its gaps count as, its fill, centre and scale."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import compress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.schema import MISSING_WORDS, OTHER, CategoryField, Field, Gap, NumberField
from phat.preprocessing.spelling import fold
from phat.training.config import FieldConfig
from phat.training.coverage import listed
from phat.training.data import Cells, Table, Values, clean_column
from phat.training.errors import ConfigError, DataError
from phat.training.judgement import percent
from phat.training.levels import Levels, read_levels
from phat.training.naming import free_name

Mask = NDArray[np.bool_]

GAP_LEVEL = "missing"
"""The level that the gaps of a category make, if the data have no other level or column of that name."""

_MOST_LEVELS = 1_000
"""Levels beyond which a field is no category, whatever the configuration says."""


class Column(NamedTuple):
    """A column of the data as a field is read from it, and cleaned; what its gaps count as is not known yet."""

    config: FieldConfig
    field: Field
    values: Values
    levels: Levels

    def where(self, kept: Sequence[bool]) -> "Column":
        """The same of the rows that are kept."""
        return self._replace(values=list(compress(self.values, kept)))


def read_column(table: Table, config: FieldConfig) -> Column:
    """Read and clean a column, gaps allowed; DataError if it is not there, cannot be read, or has too many levels."""
    cells = table.column(config.name)
    missing = MISSING_WORDS if config.missing is None else config.missing
    levels = Levels({})
    if config.kind == "number":
        number = NumberField(config.name, 0.0, missing=missing)
        field: Field = replace(number, boolean=_is_boolean(cells, number))
    else:
        levels = read_levels(cells, config.missing)
        if len(levels.counts) > _MOST_LEVELS:
            raise DataError(
                f"field {config.name}: {len(levels.counts)} levels, expected {_MOST_LEVELS} at most; leave it out, or "
                "merge levels in the data"
            )
        names = tuple(levels.counts) or (GAP_LEVEL,)
        field = CategoryField(config.name, names, gap="zero", missing=missing)
    return Column(config, field, clean_column(cells, field), levels)


def _is_boolean(cells: Cells, field: NumberField) -> bool:
    """Whether all values are true or false."""
    return all(word in ("true", "false") or word in field.gaps for word in map(fold, cells))


class Settled(NamedTuple):
    """A field as it is served, and the centre and scale of a number."""

    field: Field
    scaling: tuple[float, float] | None = None


def settle(column: Column, table: Table, training: Mask) -> Settled | str:
    """The field as it is served, or why it is left out; fill, centre and scale are learned on the `training` rows.

    The column's values are those of the table's rows. Raises ConfigError for a policy that does not go with the data,
    and DataError for gaps that are refused.
    """
    _refuse_gaps(column, table)
    if isinstance(column.field, NumberField):
        return _number(column.field, column, training)
    category = _category(column.field, column, table)
    return category if isinstance(category, str) else Settled(category)


def _refuse_gaps(column: Column, table: Table) -> None:
    key = "fill" if isinstance(column.field, NumberField) else "gap"
    gaps = [row for row, value in enumerate(column.values) if value is None]
    if gaps and getattr(column.config, key) == "refuse":
        raise DataError(
            f"field {column.field.name}: {len(gaps)} of {table.rows} values are missing, the first in row "
            f'{table.number(gaps[0])}, and the configuration says {key} = "refuse"'
        )


def _number(field: NumberField, column: Column, training: Mask) -> Settled | str:
    values = np.array([np.nan if value is None else value for value in column.values], dtype=float)[training]
    present = values[~np.isnan(values)]
    if not present.size or present.min() == present.max():
        return "it never changes in the training rows"
    with np.errstate(all="ignore"):
        fill = _fill(column.config.fill, present)
        filled = present if fill is None else np.where(np.isnan(values), fill, values)
        centre, scale = (float(filled.mean()), float(filled.std())) if column.config.standardise else (0.0, 1.0)
    if not (np.isfinite([fill or 0.0, centre, scale]).all() and scale > 0):
        return "its numbers are too large, or too close to each other, to be standardised"
    return Settled(replace(field, fill=fill, gap=None), (centre, scale))


def _fill(fill: str | float, present: NDArray[np.float64]) -> float | None:
    """What a gap counts as, None if it is an error."""
    if not isinstance(fill, str):
        return float(fill)
    if fill == "refuse":
        return None
    return float(present.mean() if fill == "mean" else np.median(present))


def _category(field: CategoryField, column: Column, table: Table) -> CategoryField | str:
    config, own = column.config, _own_level(field, column, table)
    present = field.levels if column.levels.counts else ()
    levels = present if own is None else (*present, own)
    if len(levels) < 2:
        return f"it has {len(levels)} level"
    reference = levels[0] if config.reference is None else config.reference
    if reference not in levels:
        raise ConfigError(f"field {config.name}: reference {reference!r} is not a level; levels are {listed(levels)}")
    fill = reference if config.gap == "reference" else own
    gap: Gap = "zero" if config.gap == "zero" else "error" if fill is None else "fill"
    if config.unknown == "missing" and gap == "error":
        raise ConfigError(
            f"field {config.name}: unknown levels cannot count as missing, as a missing value is an error; say what it "
            'is (gap = "reference"), or leave unknown out'
        )
    if config.unknown == "other" and OTHER not in levels:
        raise ConfigError(f"field {config.name}: unknown levels cannot count as {OTHER!r}; levels are {listed(levels)}")
    return replace(field, levels=levels, reference=reference, gap=gap, fill=fill, unknown=config.unknown)


def _own_level(field: CategoryField, column: Column, table: Table) -> str | None:
    """The level that gaps make, if they make one of their own and there are any."""
    if column.config.gap != "level" or None not in column.values:
        return None
    spelt, name = {*map(fold, column.levels.counts)}, field.name
    return free_name(GAP_LEVEL, lambda level: fold(level) in spelt or f"{name}_{level}" in table.columns)


def gap_notice(column: Column, field: Field, cells: Cells, chosen: Collection[str]) -> str | None:
    """How many values of a field are missing, by spelling, and what they count as; None without any.

    `chosen` are the columns of the model.
    """
    gaps = Counter(text.strip() or "blank" for text, value in zip(cells, column.values, strict=True) if value is None)
    if not gaps:
        return None
    spelt = ", ".join(f"{word} {count}" for word, count in gaps.most_common())
    share = percent(gaps.total() / len(cells))
    return (
        f"field {field.name}: {gaps.total()} of {len(cells)} values ({share}) are missing ({spelt}) and "
        f"{_count_as(column.config, field, chosen)}"
    )


def _count_as(config: FieldConfig, field: Field, chosen: Collection[str]) -> str:
    if isinstance(field, NumberField):
        return f"count as {field.fill:.6g}" + (f", the {config.fill}" if isinstance(config.fill, str) else "")
    if field.gap == "zero":
        return "count as no level: all its columns are 0"
    if field.fill == field.reference:
        return f"count as the reference, {field.fill}"
    if f"{field.name}_{field.fill}" not in chosen:
        return f"count as {field.reference}, as the model has no column of the level {field.fill}"
    return f"make a level of their own, {field.fill}"
