"""Which spellings in a category's column are levels, and which mean a missing value."""

from collections import Counter, defaultdict
from collections.abc import Collection
from typing import NamedTuple

import polars as pl

from phat.model.percent import percent
from phat.preprocessing.schema import MISSING_WORDS
from phat.preprocessing.spelling import fold

_OFTEN_LEVELS = ("n/a", "na", "none")
"""Words for a missing value that are real levels in real data, such as NA for North America."""

_SHOWN = 3
"""How many levels of several spellings are named."""

_COMMON = 0.01
"""The share of a column's values above which they are taken for levels."""


class Levels(NamedTuple):
    """Levels in alphabetical order, each with its count; `words` are those that usually mean a missing value."""

    counts: dict[str, int]
    words: tuple[str, ...] = ()
    merged: tuple[tuple[str, ...], ...] = ()
    """Spellings that were taken for one level, the first of each its own."""

    @property
    def most_frequent(self) -> str:
        """The level of the most rows, of several the first; there must be one."""
        return max(self.counts, key=self.counts.__getitem__)

    def notices(self, name: str, rows: int) -> list[str]:
        """What a person should know of the levels of this field."""
        words = [
            f"field {name}: {word} is a level, as it makes {self.counts[word]} of {rows} values "
            f'({percent(self.counts[word] / rows)}); say missing = ["{fold(word)}"] in the configuration if it is a gap'
            for word in self.words
        ]
        merged = [
            f"field {name}: {', '.join(spellings)} are one level, {spellings[0]}" for spellings in self.merged[:_SHOWN]
        ]
        if len(self.merged) > _SHOWN:
            merged.append(f"field {name}: {len(self.merged) - _SHOWN} more levels have several spellings")
        return [*words, *merged]


def read_levels(cells: pl.Series, missing: Collection[str] | None = None) -> Levels:
    """The levels of a column; of several spellings of one level the most common stands.

    Blank text is no level, nor are the words that `missing` lists. Without a list these are the usual ones, except for
    `none`, `na` and `n/a` where one of these makes more than 1 % of the values.
    """
    groups: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, count in spellings(cells):
        groups[fold(text)][text.strip()] += count
    if missing is None:
        common = {word for word in _OFTEN_LEVELS if groups[word].total() > _COMMON * len(cells)}
        gaps = {*MISSING_WORDS} - common
    else:
        common, gaps = set(), {*map(fold, missing)}
    spelt = {key: max(sorted(group), key=group.__getitem__) for key, group in groups.items() if group and key}
    levels = {spelt[key]: groups[key].total() for key in sorted(spelt.keys() - gaps)}
    merged = [
        (spelt[key], *sorted(groups[key].keys() - {spelt[key]}))
        for key in sorted(spelt.keys() - gaps)
        if len(groups[key]) > 1
    ]
    return Levels(levels, tuple(spelt[key] for key in sorted(common)), tuple(merged))


def spellings(cells: pl.Series) -> list[tuple[str, int]]:
    """The distinct values of a column as the cleaning spells them, each with its count; empty cells aside.

    NaN is a gap, as it is to the cleaning.
    """
    cells = cells.fill_nan(None) if cells.dtype.is_float() else cells
    counts = cells.drop_nulls().alias("value").value_counts()
    return [(_spelling(value), count) for value, count in counts.rows()]


def _spelling(value: object) -> str:
    """A value as `phat.preprocessing.clean` spells it to find its level."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else repr(value) if isinstance(value, int | float) else str(value)
