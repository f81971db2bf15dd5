"""From a raw column to a field: its levels, what its gaps count as, its fill, centre and scale."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from phat.model.percent import percent
from phat.preprocessing.schema import MISSING_WORDS, OTHER, CategoryField, Field, Gap, NumberField
from phat.preprocessing.spelling import fold
from phat.training.config import FieldConfig
from phat.training.coverage import listed
from phat.training.data import Mask, Table, clean_column
from phat.training.errors import ConfigError, DataError
from phat.training.levels import Levels, read_levels
from phat.training.naming import free_name

GAP_LEVEL = "missing"
"""The level that the gaps of a category make, if the data have no other level or column of that name."""

_MOST_LEVELS = 1_000
"""Levels beyond which a field is no category, whatever the configuration says."""


class Column(NamedTuple):
    """A column of the data as a field is read from it, and cleaned; what its gaps count as is not known yet.

    `values` are numbers (Float64) or levels (Enum), null where they are missing.
    """

    config: FieldConfig
    field: Field
    values: pl.Series
    levels: Levels

    def where(self, kept: Mask) -> "Column":
        """The same of the rows (n) that are kept."""
        return self._replace(values=self.values.filter(pl.Series(kept)))

    @property
    def written(self) -> FieldConfig:
        """The configuration with what the data decided: words for a missing value that are levels."""
        if not self.levels.words:
            return self.config
        return replace(self.config, missing=tuple(sorted({*MISSING_WORDS} - {*map(fold, self.levels.words)})))

    def numbers(self) -> NDArray[np.float64]:
        """A number's values, NaN where they are missing."""
        return self.values.to_numpy()

    def gaps(self) -> NDArray[np.float64]:
        """1 in each row (n) in which it is missing, else 0."""
        return self.values.is_null().cast(pl.Float64).to_numpy()

    def folded(self, levels: Collection[str]) -> "Column":
        """The same with some levels of a category counting as one, `other`; and as those, what is not known."""
        kept = tuple(level for level in self.levels.counts if level not in levels and fold(level) != OTHER)
        config = replace(self.config, levels=(*kept, OTHER), unknown="other")
        names = (*kept, OTHER)
        texts = self.values.cast(pl.String)
        values = pl.select(
            pl.when(texts.is_in([*kept]) | texts.is_null()).then(texts).otherwise(pl.lit(OTHER))
        ).to_series()
        field = CategoryField(self.field.name, names, gap="zero", unknown="other", missing=self.field.missing)
        counts = {level: count for level, count in self.levels.counts.items() if level in kept}
        other = sum(self.levels.counts.values()) - sum(counts.values())
        return Column(config, field, values.cast(pl.Enum(names)), self.levels._replace(counts={**counts, OTHER: other}))


def read_column(table: Table, config: FieldConfig) -> Column:
    """Read and clean a column, gaps allowed; DataError if it is not there, cannot be read, or has too many levels."""
    cells = table.column(config.name)
    missing = MISSING_WORDS if config.missing is None else config.missing
    if config.kind == "number":
        number = NumberField(config.name, 0.0, missing=missing)
        field: Field = replace(number, boolean=_is_boolean(cells, number))
        return Column(config, field, clean_column(cells, field), Levels({}))
    levels = read_levels(cells, config.missing)
    if config.levels is not None:
        return _of_levels(cells, config, levels, missing)
    if len(levels.counts) > _MOST_LEVELS:
        raise DataError(
            f"field {config.name}: {len(levels.counts)} levels, expected {_MOST_LEVELS} at most; leave it out, or "
            "merge levels in the data"
        )
    field = CategoryField(config.name, tuple(levels.counts) or (GAP_LEVEL,), gap="zero", missing=missing)
    return Column(config, field, clean_column(cells, field), levels)


def _of_levels(cells: pl.Series, config: FieldConfig, levels: Levels, missing: tuple[str, ...]) -> Column:
    """A category of the configured levels; what all others are its policy for unknown levels says."""
    named = config.levels or ()
    if config.unknown == "other" and OTHER not in named:
        named = (*named, OTHER)
    field = CategoryField(config.name, named, gap="zero", unknown=config.unknown, missing=missing)
    values = clean_column(cells, field)
    counts = dict(values.drop_nulls().alias("level").value_counts().rows())
    known = {level: counts[level] for level in named if level in counts}
    return Column(config, field, values.cast(pl.Enum(named)), levels._replace(counts=known, merged=()))


def _is_boolean(cells: pl.Series, field: NumberField) -> bool:
    """Whether all values are true or false."""
    if cells.dtype != pl.String:
        return cells.dtype == pl.Boolean
    words = map(fold, cells.fill_null("").head(1).to_list() + cells.fill_null("").unique().to_list())
    return all(word in ("true", "false") or word in field.gaps for word in words)


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
    if not column.values.null_count() or getattr(column.config, key) != "refuse":
        return
    first = int(column.values.is_null().arg_true()[0])
    raise DataError(
        f"field {column.field.name}: {column.values.null_count()} of {table.rows} values are missing, the first in row "
        f'{table.number(first)}, and the configuration says {key} = "refuse"'
    )


def _number(field: NumberField, column: Column, training: Mask) -> Settled | str:
    values = column.numbers()[training]
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
    reference = _reference(column) if config.reference is None else config.reference
    if reference not in levels:
        raise ConfigError(f"field {config.name}: reference {reference!r} is not a level; levels are {listed(levels)}")
    if "other" in (config.unknown, config.gap) and OTHER not in levels:
        what = "unknown levels" if config.unknown == "other" else "gaps"
        raise ConfigError(f"field {config.name}: {what} cannot count as {OTHER!r}; levels are {listed(levels)}")
    fill = {"reference": reference, "other": OTHER}.get(config.gap, own)
    gap: Gap = "zero" if config.gap == "zero" else "error" if fill is None else "fill"
    if config.unknown == "missing" and gap == "error":
        raise ConfigError(
            f"field {config.name}: unknown levels cannot count as missing, as a missing value is an error; say what it "
            'is (gap = "reference"), or leave unknown out'
        )
    return replace(field, levels=levels, reference=reference, gap=gap, fill=fill, unknown=config.unknown)


def _reference(column: Column) -> str | None:
    """The most frequent level, so that the others are compared with what is usual."""
    return column.levels.most_frequent if column.levels.counts else None


def _own_level(field: CategoryField, column: Column, table: Table) -> str | None:
    """The level that gaps make, if they make one of their own and there are any."""
    if column.config.gap != "level" or not column.values.null_count():
        return None
    spelt, name = {*map(fold, column.levels.counts)}, field.name
    return free_name(GAP_LEVEL, lambda level: fold(level) in spelt or f"{name}_{level}" in table.frame.columns)


def gap_notice(column: Column, field: Field, cells: pl.Series, chosen: Collection[str]) -> str | None:
    """How many values of a field are missing, by spelling, and what they count as; None without any.

    `chosen` are the columns of the model.
    """
    if not column.values.null_count():
        return None
    words: Counter[str] = Counter()
    for word, count in cells.filter(column.values.is_null()).cast(pl.String).fill_null("").value_counts().rows():
        words[word.strip() or "blank"] += count
    spelt = ", ".join(f"{word} {count}" for word, count in sorted(words.items(), key=lambda item: (-item[1], item[0])))
    share = percent(words.total() / len(cells))
    return (
        f"field {field.name}: {words.total()} of {len(cells)} values ({share}) are missing ({spelt}) and "
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
    if config.gap == "other":
        return f"count as {field.fill}"
    return f"make a level of their own, {field.fill}"
