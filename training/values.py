"""What a raw column holds, seen from its values alone: numbers, dates, codes, the numbers of rows."""

from functools import cached_property

import polars as pl

from phat.batch.columns import clean_columns
from phat.batch.dialects.decimals import exchanged, is_number
from phat.preprocessing.schema import MISSING_WORDS, NumberField

_ISO = (
    r"^\s*[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
    r"\s*(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?)?)?\s*$"
)
"""ISO 8601: a month, a day, or a day with a time."""
_WRITTEN = r"^\s*[0-9]{1,2}([/.-])[0-9]{1,2}[/.-]([0-9]{4}|[0-9]{2})([T ].*)?\s*$"
"""Days as people write them: 3/31/2024, 31.3.24."""
_ZEROS = r"^\s*0[0-9]+\s*$"
_MOSTLY = 0.9
"""Share of the values that must be dates for a column of dates."""


class Values:
    """The values of a raw column that are not missing; what needs all of them is found out when it is asked for."""

    def __init__(self, cells: pl.Series) -> None:
        self._cells = cells.alias("value")
        words = pl.col("value").str.strip_chars().str.to_lowercase()
        gaps = ["", *MISSING_WORDS, *(["NaN"] if cells.dtype.is_float() else [])]
        present = self._cells.cast(pl.String).to_frame().filter(words.is_in(gaps).not_())
        self._counts = present["value"].value_counts()
        self.rows = len(cells)
        self.present: int = present.height
        self.distinct: int = self._counts.height

    @property
    def example(self) -> str:
        """One of the values."""
        return str(self._counts["value"].min()).strip()

    @property
    def all_different(self) -> bool:
        """Whether no value stands twice."""
        return self.present == self.distinct

    @cached_property
    def cleaned(self) -> pl.Series:
        """The number that each row's cell means, null where it means none; true and false are none."""
        if self._cells.dtype == pl.Boolean:
            return pl.Series([None], dtype=pl.Float64).new_from_index(0, self.rows)
        return clean_columns(self._cells.to_frame(), [NumberField("value", 0.0)])["value"].values

    @property
    def numbers(self) -> int:
        """How many values are numbers."""
        return self.rows - self.cleaned.null_count()

    @cached_property
    def whole(self) -> bool:
        """Whether all numbers are whole."""
        numbers = self.cleaned.drop_nulls()
        return bool(len(numbers) and (numbers == numbers.floor()).all())

    @cached_property
    def zeros(self) -> list[str]:
        """Distinct texts of digits that begin with 0, which no number is written with; the shortest first."""
        texts = self._counts["value"].filter(self._counts["value"].str.contains(_ZEROS)).to_list()
        return sorted(map(str.strip, texts), key=lambda text: (len(text), text))

    @cached_property
    def date(self) -> str | None:
        """One of the values, if nearly all are dates or months; None if they are not."""
        for pattern in (_ISO, _WRITTEN) if self._counts["value"].str.contains("[-/.]").any() else ():
            dates = self._counts.filter(pl.col("value").str.contains(pattern))
            if dates["count"].sum() >= _MOSTLY * self.present:
                return str(dates["value"].min()).strip()
        return None

    @property
    def decimal_commas(self) -> int:
        """How many values are numbers if a comma is their decimal mark; 0 if no value has a comma."""
        texts = self._counts["value"]
        if not texts.str.contains(",", literal=True).any():
            return 0
        return int(self._counts.filter(is_number(exchanged(pl.col("value"))))["count"].sum())

    @property
    def counting(self) -> bool:
        """Whether the column counts the rows of the file up or down by 1, without a gap."""
        if not (self.all_different and self.present == self.numbers == self.rows > 2 and self.whole):
            return False
        steps = self.cleaned.diff().drop_nulls()
        return bool((steps == 1).all() or (steps == -1).all())
