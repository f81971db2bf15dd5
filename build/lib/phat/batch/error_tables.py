"""Tables of what is wrong with records: a line for each error, described in full only when it is shown.

A file of nothing but errors has more text in its list of errors than in itself. Until it is written, an error takes as
much memory as the value that it quotes.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from phat.preprocessing.errors import RecordError

ERRORS = pl.Schema(
    {
        "row": pl.UInt32(),
        "field": pl.Categorical(),
        "code": pl.Categorical(),
        "got": pl.String(),
        "expected": pl.Categorical(),
    }
)
"""Rows count from 0 within the table that was cleaned."""

Line = tuple[int, str, str, str, str]
"""A line of such a table."""

_DETAIL = RecordError("{}", "{}").detail


def error_table(rows: pl.Series, error: RecordError, got: pl.Series | None = None) -> pl.DataFrame:
    """The same error in many rows, in each of which something else may have been `got`."""
    texts = {"field": error.field or "", "code": error.code, "expected": error.expected}
    columns = {name: pl.lit(text) for name, text in texts.items()} | {"got": pl.lit(error.got if got is None else got)}
    table = rows.alias("row").to_frame().with_columns(**columns)
    return table.select(pl.col(name).cast(dtype) for name, dtype in ERRORS.items())


def error_line(row: int, error: RecordError) -> Line:
    """An error in one row."""
    return row, error.field or "", error.code, error.got, error.expected


def error_lines(lines: Sequence[Line]) -> pl.DataFrame:
    """Lines as a table."""
    return pl.DataFrame(lines, ERRORS, orient="row")


def joined(tables: Iterable[pl.DataFrame | None]) -> pl.DataFrame:
    """Tables of errors as one."""
    some = [table for table in tables if table is not None and table.height]
    return pl.concat(some) if some else ERRORS.to_frame()


def described(errors: pl.DataFrame) -> pl.DataFrame:
    """The same errors with text in place of codes, and a `detail` in place of what was got and what was expected."""
    texts = (pl.col(name).cast(pl.String) for name in ("field", "code"))
    return errors.with_columns(*texts, pl.format(_DETAIL, "got", "expected").alias("detail")).drop("got", "expected")
