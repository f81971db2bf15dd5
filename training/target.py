"""The column of outcomes: which records are events, however that is spelt."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

import polars as pl

from phat.model.percent import percent
from phat.preprocessing.clean import is_missing
from phat.preprocessing.schema import NumberField
from phat.preprocessing.spelling import fold
from phat.training.config import Config
from phat.training.data import Table, clean_column
from phat.training.errors import DataError

PAIRS = {"1": "0", "true": "false", "yes": "no", "y": "n", "t": "f"}
"""The event of each pair of outcomes that is understood without being named; letter case does not count."""

_WHOLE = re.compile(r"([+-]?[0-9]+)\.0+")
_MOST_CLASSES = 20
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


def read_target(table: Table, config: Config) -> Outcomes:
    """The target of a fit; DataError if it has gaps, is not binary, or it is not known which value is the event."""
    outcomes = read_outcomes(table.column(config.target), config.event, config.target)
    if gaps := [row for row, event in enumerate(outcomes.events) if event is None]:
        raise DataError(
            f"target {config.target} is missing in {len(gaps)} rows, the first {table.number(gaps[0])}; drop those rows"
        )
    return outcomes


def read_outcomes(cells: Sequence[str] | pl.Series, event: str | None, column: str) -> Outcomes:
    """Read a column of outcomes, texts or values as a file has them; `event` is the one that is the event, if named.

    A named event is also the event of another pair that is understood: 1 is yes. Raises DataError unless there are two
    outcomes of which one is known to be the event.
    """
    texts = [*cells] if not isinstance(cells, pl.Series) else cells.cast(pl.String).fill_null("").to_list()
    counts = Counter(texts)
    key_of = {text: _key(text) for text in counts}
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


def _key(text: str) -> str | None:
    """What an outcome is known by, None if it is missing: `1.0` is `1`, `Yes` is `yes`."""
    if is_missing(text):
        return None
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
        f"target {column} has the values {one} and {two}, and {reason}; say which is: --event {two} (or {one}), or "
        f"event = {two!r} in the configuration"
    )
