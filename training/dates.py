"""Numbers of dates, on request: the year, the month and the days since 1970-01-01 of a column of dates."""

import tomllib
from collections.abc import Sequence

import polars as pl

from phat.model.artifact import Artifact
from phat.preprocessing.clean import is_missing
from phat.training.data import Table
from phat.training.errors import DataError

_DAY = 10
"""Characters of a date without its time."""
_PARTS = ("year", "month", "days")


def names_of(column: str) -> tuple[str, ...]:
    """Names of the fields that a column of dates makes: `signup_year`, `signup_month`, `signup_days`."""
    return tuple(f"{column}_{part}" for part in _PARTS)


def derived_notice(table: Table, column: str) -> str:
    """What clients must send in place of a date, with the first row as an example."""
    row = {name: table.column(name)[0] for name in (column, *names_of(column))}
    made = ", ".join(f"{name} {row[name]}" for name in names_of(column))
    return f"clients send, of {column} {row[column]}: {made} (days since 1970-01-01)"


def with_dates(table: Table, columns: Sequence[str]) -> Table:
    """The table with the fields of its columns of dates (ISO 8601: 2024-03-05, 2024-03, also with a time).

    The time of day is left aside; a month is its first day. DataError for a cell that is no date, and for a column of
    the data that has the name of such a field.
    """
    for column in columns:
        dates = _dates(column, table.column(column))
        parts = {"year": dates.dt.year(), "month": dates.dt.month(), "days": dates.to_physical()}
        for part, values in parts.items():
            name = f"{column}_{part}"
            if name in table.frame.columns:
                raise DataError(f"column {name} of the data has the name of what is derived from {column}; rename it")
            table = Table(
                table.frame.with_columns(values.cast(pl.Int64).cast(pl.String).alias(name)),
                table.unnamed,
                table.numbers,
                table.notices,
            )
    return table


def _dates(column: str, cells: pl.Series) -> pl.Series:
    if cells.dtype.is_temporal():
        return cells.cast(pl.Date)
    texts = cells.cast(pl.String).str.strip_chars()
    gaps = {text for text in texts.drop_nulls().unique().to_list() if is_missing(text)}
    texts = texts.to_frame("date").select(pl.when(~pl.col("date").is_in([*gaps])).then(pl.col("date"))).to_series()
    days = texts.str.slice(0, _DAY)
    whole = pl.select(pl.when(days.str.len_chars() == len("2024-03")).then(days + "-01").otherwise(days)).to_series()
    dates = whole.str.to_date("%Y-%m-%d", strict=False)
    wrong = (dates.is_null() & texts.is_not_null()).arg_true()
    if len(wrong):
        raise DataError(
            f"column {column}: {len(wrong)} of {len(cells)} values are no dates, the first in row {wrong[0] + 1}: got "
            f"{texts[int(wrong[0])]!r}, expected one such as 2024-03-05 or 2024-03"
        )
    return dates


def derived_dates(artifact: Artifact) -> tuple[str, ...]:
    """The columns of dates of which a model's fields were made, as the configuration of its fit says."""
    config = artifact.provenance.config
    return tuple(tomllib.loads(config).get("derive", ())) if config else ()
