"""Which way numbers are written: with a decimal comma (1.234,5) or a decimal point (1,234.5).

Both are one grammar, the cleaner's, with the two signs exchanged. A cell that is a number in one of them alone is
evidence; `1,234` is a number in both, and another one in each.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import polars as pl

from phat.batch.dialects.errors import Unclear
from phat.preprocessing.clean import NUMBER_SHAPE

_SIGNS, _EXCHANGED = [",", "."], [".", ","]
_GAPS = [" ", "\u00a0", "\u202f", "'", "\u2019"]
_GROUPED = "^\\s*[+-]?[0-9]{1,3}(?:[ \u00a0\u202f'\u2019][0-9]{3})+(?:[.,][0-9]*)?\\s*$"
"""Numbers whose thousands are separated by what separates none here."""

Reading = Literal["comma", "point", "either_comma", "either_point", "grouped"]
"""How a cell can be read: with a decimal comma alone, with a decimal point alone, in both ways as another number
(`1,234`, `1.234`), or in none, for the blank or apostrophe in it."""

READ_AS_COMMAS: tuple[Reading, ...] = ("comma", "either_comma", "either_point")
"""Readings that a decimal comma changes."""


class Tally:
    """Cells of a column that have commas, points or gaps as numbers may: how many, and the first, of each reading."""

    def __init__(self) -> None:
        self.counts: dict[Reading, int] = {}
        self.firsts: dict[Reading, str] = {}

    def add(self, cells: pl.Series) -> None:
        """Add cells of the column."""
        text = pl.col(cells.name)
        marked = cells.to_frame().filter(text.str.contains_any(_SIGNS))
        if marked.height:
            comma, point, sign = is_number(exchanged(text)), is_number(text), text.str.contains(",", literal=True)
            readings: dict[Reading, pl.Expr] = {
                "comma": comma & ~point, "point": point & ~comma,
                "either_comma": comma & point & sign, "either_point": comma & point & ~sign,
            }  # fmt: skip
            masks = marked.select(**readings)
            for reading in readings:
                self._note(reading, marked.to_series().filter(masks[reading]))
        gapped = cells.to_frame().filter(text.str.contains_any(_GAPS))
        if gapped.height:
            self._note("grouped", gapped.filter(text.str.contains(_GROUPED)).to_series())

    def _note(self, reading: Reading, cells: pl.Series) -> None:
        if len(cells):
            self.counts[reading] = self.counts.get(reading, 0) + len(cells)
            self.firsts.setdefault(reading, cells[0].strip())


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


def written_plainly(cells: pl.Series) -> pl.Series:
    """The same, in which numbers with a decimal comma, or points between thousands, are written plainly: 1234.5."""
    text = pl.col(cells.name)
    plain = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    number = text.str.contains_any(_SIGNS) & is_number(exchanged(text))
    return cells.to_frame().select(pl.when(number).then(plain).otherwise(text)).to_series()


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


def check_commas(tallies: Tallies) -> None:
    """Unclear if a column with decimal commas has numbers with a decimal point too."""
    for name, tally in tallies.items():
        comma = tally.firsts.get("comma") or tally.firsts.get("either_comma")
        if comma and (point := tally.firsts.get("point")):
            raise Unclear(f"column {name} has both numbers with a decimal comma ('{comma}') and '{point}'; correct it")


def first(tallies: Tallies, reading: Reading) -> str | None:
    """The first column that has cells of a reading, with the first of them."""
    return next((f"{name}: '{each.firsts[reading]}'" for name, each in tallies.items() if reading in each.firsts), None)


def named(tallies: Tallies, readings: Iterable[Reading]) -> list[str]:
    """The columns that have cells of some readings."""
    readings = frozenset(readings)
    return [name for name, tally in tallies.items() if readings & tally.firsts.keys()]
