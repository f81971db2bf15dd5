"""Which way numbers are written: with a decimal comma (1.234,5) or a decimal point (1,234.5).

Both are one grammar, the cleaner's, with the two signs exchanged. A cell that is a number in one of them alone is
evidence; `1,234` is a number in both, and another one in each.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import polars as pl

from phat.batch.dialects.errors import Unclear
from phat.preprocessing.clean import NUMBER_SHAPE

_SIGNS, _EXCHANGED = [",", "."], [".", ","]
GAPS = [" ", "\u00a0", "\u202f", "'", "\u2019"]
"""What separates thousands elsewhere, and in no number here."""
_GROUPED = "^\\s*[+-]?[0-9]{1,3}(?:[ \u00a0\u202f'\u2019][0-9]{3})+(?:[.,][0-9]*)?\\s*$"
"""Numbers whose thousands are separated by what separates none here."""

Reading = Literal["comma", "point", "either_comma", "either_point", "grouped"]
"""How a cell can be read: with a decimal comma alone, with a decimal point alone, in both ways as another number
(`1,234`, `1.234`), or in none, for the blank or apostrophe in it."""

READ_AS_COMMAS: tuple[Reading, ...] = ("comma", "either_comma", "either_point")
"""Readings that a decimal comma changes."""


class Tally:
    """Cells of a column that have commas, points or gaps as numbers may: the first of each reading."""

    def __init__(self) -> None:
        self.firsts: dict[Reading, str] = {}

    def add(self, cells: pl.Series, comma: pl.Series, point: pl.Series) -> None:
        """Add cells of the column, of which some are numbers with a decimal `comma`, and some with a `point`."""
        sign = cells.str.contains(",", literal=True)
        either = comma & point
        self._note("comma", cells, comma & ~point)
        self._note("point", cells, point & ~comma)
        self._note("either_comma", cells, either & sign)
        self._note("either_point", cells, either & ~sign)

    def add_gapped(self, cells: pl.Series) -> None:
        """Add cells of the column, of which some may have gaps."""
        self._note("grouped", cells, cells.str.contains(_GROUPED))

    def _note(self, reading: Reading, cells: pl.Series, mask: pl.Series) -> None:
        if reading not in self.firsts and (place := mask.arg_max()) is not None and mask[place]:
            self.firsts[reading] = cells[place].strip()


Tallies = Mapping[str, Tally]
"""By the name of the column."""


def exchanged(text: pl.Expr) -> pl.Expr:
    """The text with commas for points and points for commas."""
    return text.str.replace_many(_SIGNS, _EXCHANGED)


def is_number(text: pl.Expr) -> pl.Expr:
    """Whether a text is a number as the cleaner reads it."""
    return text.str.contains(NUMBER_SHAPE)


def plainly(text: str) -> str:
    """A number with a decimal comma, written plainly."""
    return text.replace(".", "").replace(",", ".")


class Numbers:
    """The cells of a table, all of them texts, that are numbers and have a comma or a point."""

    def __init__(self, table: pl.DataFrame) -> None:
        self._table = table
        signs = table.select(pl.all().str.contains_any(_SIGNS).any()).row(0)
        self._signed = [name for name, some in zip(table.columns, signs, strict=True) if some]
        texts, signed = pl.col(self._signed), pl.col(self._signed).str.contains_any(_SIGNS)
        self._comma = table.select(signed & is_number(exchanged(texts))).fill_null(value=False)
        self._point = table.select(signed & is_number(texts)).fill_null(value=False)

    def tally(self, tallies: dict[str, Tally], names: Sequence[str]) -> None:
        """Add what they are to the tallies of columns, which have these names."""
        gaps = self._table.select(pl.all().str.contains_any(GAPS).any()).row(0)
        for name, column, gapped in zip(names, self._table.columns, gaps, strict=True):
            tally = tallies.setdefault(name, Tally())
            if column in self._comma.columns:
                tally.add(self._table[column], self._comma[column], self._point[column])
            if gapped:
                tally.add_gapped(self._table[column])

    def written_plainly(self) -> pl.DataFrame:
        """The table, in which numbers with a decimal comma, or points between thousands, are written plainly."""
        return self._table.with_columns(
            pl.when(self._comma[name]).then(_plain(pl.col(name))).otherwise(pl.col(name)).alias(name)
            for name in self._signed
        )


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)


def decide(tallies: Tallies) -> str:
    """The decimal mark of a file whose cells are not separated by commas; Unclear if its numbers have both.

    A comma, if some number has one and nothing speaks for points.
    """
    comma, point = first(tallies, "comma"), first(tallies, "point")
    if not (comma or point):
        comma, point = first(tallies, "either_comma"), first(tallies, "either_point")
    if comma and point:
        raise Unclear(
            f"some numbers have commas ({comma}) and others have points ({point}); say which is the decimal mark: "
            "--decimal , or --decimal ."
        )
    return "," if comma else "."


def guessed(tallies: Tallies) -> str:
    """The decimal mark that the first rows of a file speak for; the others may still decide."""
    return "," if first(tallies, "comma") or first(tallies, "either_comma") else "."


def check_commas(tallies: Tallies) -> None:
    """Unclear if a column with decimal commas, or points between thousands, has numbers with a decimal point too."""
    for name, tally in tallies.items():
        comma = next((tally.firsts[each] for each in READ_AS_COMMAS if each in tally.firsts), None)
        if comma and (point := tally.firsts.get("point")):
            raise Unclear(
                f"column {name}: with a decimal comma '{comma}' is {plainly(comma)}, and '{point}' is no number; "
                "correct the one or the other"
            )


def first(tallies: Tallies, reading: Reading) -> str | None:
    """The first column that has cells of a reading, with the first of them."""
    return next((f"{name}: '{each.firsts[reading]}'" for name, each in tallies.items() if reading in each.firsts), None)


def named(tallies: Tallies, readings: Iterable[Reading]) -> list[str]:
    """The columns that have cells of some readings."""
    readings = frozenset(readings)
    return [name for name, tally in tallies.items() if readings & tally.firsts.keys()]
