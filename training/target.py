"""The column of outcomes: which records are events, however that is spelt."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from shlex import quote
from typing import NamedTuple

import numpy as np
import polars as pl

from phat.model.percent import percent
from phat.preprocessing.clean import is_missing
from phat.preprocessing.schema import MISSING_WORDS, NumberField
from phat.preprocessing.spelling import fold
from phat.training.config import Config
from phat.training.data import Table, clean_column
from phat.training.errors import DataError

PAIRS = {"1": "0", "true": "false", "yes": "no", "y": "n", "t": "f"}
"""The event of each pair of outcomes that is understood without being named; letter case does not count."""

_WHOLE = re.compile(r"([+-]?[0-9]+)\.0+")
_MOST_CLASSES = 20
_COMMON = 0.01
"""The share of rows beyond which `none` is an outcome."""
_SHOWN = 5


class Outcomes(NamedTuple):
    """Whether each record is an event, None where that is not known; `event` and `other` as the data spell them."""

    events: list[bool | None]
    event: str
    other: str

    def notice(self, column: str) -> str:
        """How the column was understood."""
        known = [event for event in self.events if event is not None]
        rows = f"{sum(known)} of {len(known)} rows ({percent(sum(known) / len(known))})"
        return f"target {column}: {self.event} is the event, in {rows}; {self.other} is not"


def with_outcomes(table: Table, target: str) -> tuple[Table, list[str]]:
    """The rows whose outcome is known, and a notice of the others, which teach nothing; DataError if none is."""
    texts = _texts(table.column(target))
    gaps = _gaps(Counter(texts))
    missing = {text for text in set(texts) if is_missing(text, gaps)}
    kept = np.array([text not in missing for text in texts], dtype=bool)
    if kept.all():
        return table, []
    if not kept.any():
        raise DataError(f"target {target} is missing in all rows")
    first = table.number(int(kept.argmin()))
    rows = f"{int((~kept).sum())} of {table.rows} rows are left out, the first row {first}"
    return table.where(kept), [f"{rows}: target {target} is missing there"]


def read_target(table: Table, config: Config) -> Outcomes:
    """The target of a fit, without gaps; DataError if it is not binary, or it is not known which value is the event."""
    return read_outcomes(table.column(config.target), config.event, config.target)


def read_outcomes(cells: Sequence[str] | pl.Series, event: str | None, column: str) -> Outcomes:
    """Read a column of outcomes, texts or values as a file has them; `event` is the one that is the event, if named.

    A named event is also the event of another pair that is understood: 1 is yes. Raises DataError unless there are two
    outcomes of which one is known to be the event.
    """
    texts = _texts(cells)
    counts = Counter(texts)
    gaps = _gaps(counts)
    key_of = {text: None if is_missing(text, gaps) else _key(text) for text in counts}
    keys = [key_of[text] for text in texts]
    spellings = _spellings(counts, key_of)
    if len(spellings) != 2:
        shown = ", ".join(sorted(spellings.values())[:_SHOWN]) + (", ..." if len(spellings) > _SHOWN else "")
        values = f"it has {len(spellings)} values ({shown}), expected 2"
        raise DataError(f"target {column} is not binary: {values}{_other_kind(spellings.values(), column)}")
    key = _event(spellings, event, column)
    [other] = spellings.keys() - {key}
    return Outcomes([None if each is None else each == key for each in keys], spellings[key], spellings[other])


def _other_kind(values: Collection[str], column: str) -> str:
    """By which other kinds of model so many values may be predicted, if by any."""
    if len(values) < 3:
        return ""
    kinds = ["multinomial (classes)"] if len(values) <= _MOST_CLASSES else []
    with suppress(DataError):  # of values that are no numbers
        numbers = clean_column(pl.Series([*values], dtype=pl.String), NumberField(column, 0.0))
        whole = bool((numbers == numbers.floor()).all() and (numbers >= 0).all())
        kinds = [*(["poisson (counts)"] if whole else []), "ols (amounts)", *kinds]
        kinds += ["gamma (amounts above 0)"] if (numbers > 0).all() and not whole else []
    return f"; other kinds of models predict such: --kind {', '.join(kinds)}" if kinds else ""


def _texts(cells: Sequence[str] | pl.Series) -> list[str]:
    return cells.cast(pl.String).fill_null("").to_list() if isinstance(cells, pl.Series) else [*cells]


def _gaps(counts: Mapping[str, int]) -> frozenset[str]:
    """Spellings of a missing outcome: the usual ones, but for `none` where many rows say it: then it is an outcome."""
    none = sum(count for text, count in counts.items() if fold(text) == "none")
    usual = {"", *MISSING_WORDS}
    return frozenset(usual - {"none"} if none > _COMMON * sum(counts.values()) else usual)


def _key(text: str) -> str:
    """What an outcome is known by: `1.0` is `1`, `Yes` is `yes`."""
    folded = fold(text)
    whole = _WHOLE.fullmatch(folded)
    return whole[1] if whole else folded


def _spellings(counts: Mapping[str, int], key_of: Mapping[str, str | None]) -> dict[str, str]:
    """The most common spelling of each outcome."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, count in counts.items():
        if (key := key_of[text]) is not None:
            spellings[key][text.strip()] += count
    return {key: max(sorted(spelt), key=spelt.__getitem__) for key, spelt in spellings.items()}


def _event(spellings: dict[str, str], event: str | None, column: str) -> str:
    """The key of the outcome that is the event."""
    understood = [yes for yes, no in PAIRS.items() if spellings.keys() == {yes, no}]
    key = None if event is None else _key(event)
    if key in spellings:
        return str(key)
    if understood and (event is None or key in PAIRS):
        return understood[0]
    one, two = sorted(spellings.values())
    reason = "it is not known which is the event" if event is None else f"none is the event {event!r}"
    raise DataError(
        f"target {column} has the values {one} and {two}, and {reason}; say which is: --event {quote(two)} (or "
        f"{quote(one)}), or event = {two!r} in the configuration"
    )
