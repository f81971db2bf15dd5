"""Records of a file as they are read: their raw cells, and where they stand."""

from typing import NamedTuple

import polars as pl


class Records(NamedTuple):
    """Some records of a file, raw.

    `lines` are the lines on which they begin, counted from 0 on the first line of their part; None in a file that has
    no lines. `skipped` rows among them were blank, and are none of them.
    """

    table: pl.DataFrame
    lines: pl.Series | None = None
    skipped: int = 0

    def without(self, blank: pl.Series) -> "Records":
        """The same without these rows, which are blank."""
        if not len(blank):
            return self
        kept = pl.repeat(True, self.table.height, eager=True).scatter(blank, False)
        lines = None if self.lines is None else self.lines.filter(kept)
        return Records(self.table.filter(kept), lines, self.skipped + len(blank))

    def with_lines(self, errors: pl.DataFrame) -> pl.DataFrame:
        """Errors in these records, each with the line on which its record begins."""
        lines = pl.lit(None) if self.lines is None else pl.lit(self.lines.gather(errors["row"]))
        return errors.with_columns(lines.cast(pl.Int64).alias("line"))
