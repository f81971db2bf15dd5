"""Cells of CSV rows, as the engine splits them."""

from codecs import BOM_UTF8
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import polars as pl
from polars.exceptions import PolarsError

_LAST, _FINITE = " last column filled", " numbers finite"
"""Names of columns; no header's has blanks around it."""
_BLANK = r"^[\s\x1c-\x1f]*$"
"""Text that `str.strip` leaves nothing of."""
_HEADS = (BOM_UTF8, b"x\x01")
"""What the engine takes, at the head of whatever it is given, for a file's own BOM and for compressed data."""


class Split(NamedTuple):
    """Rows split into cells, and whether each row's last column is filled."""

    table: pl.DataFrame
    last_filled: bool


class Splitter:
    """Splits rows of two or more cells, of which those of some `places` are taken, by name; an empty one as null.

    Columns of `numbers` that look like plain numbers in a sample are read as Float64 where all their cells can be.
    """

    def __init__(self, length: int, places: Mapping[str, int], numbers: Iterable[str], sample: bytes) -> None:
        self._length, self._places = length, places
        self._texts = self._plan(())
        plain = self._plain(numbers, sample)
        self._numbers = self._plan(plain) if plain else None

    def __call__(self, data: bytes) -> Split:
        """Split whole rows; PolarsError if the engine cannot."""
        if self._numbers is not None:
            try:
                table = _read(data, self._numbers)
                if table.drop_in_place(_FINITE).all():
                    return Split(table, table.drop_in_place(_LAST).all())
            except PolarsError:  # some cell is no plain number
                pass
        table = _read(data, self._texts).drop(_FINITE)
        return Split(table, table.drop_in_place(_LAST).all())

    def blank(self, data: bytes) -> pl.Series:
        """Of each row, whether all of its cells are blank; PolarsError if the engine cannot split them."""
        schema = self._texts[0]
        return _read(data, (schema, [pl.all_horizontal(map(_is_blank, schema))])).to_series()

    def _plain(self, numbers: Iterable[str], sample: bytes) -> frozenset[str]:
        try:
            table = _read(sample, self._texts)
        except PolarsError:
            return frozenset()
        return frozenset(name for name in numbers if _is_plain(table[name]))

    def _plan(self, plain: Collection[str]) -> tuple[dict[str, pl.DataType], list[pl.Expr]]:
        schema: dict[str, pl.DataType] = dict.fromkeys(map(str, range(self._length)), pl.String())
        schema |= {str(self._places[name]): pl.Float64() for name in plain}
        cells = {name: pl.col(str(place)) for name, place in self._places.items()}
        chosen = [cells[name] if name in plain else gapped(cells[name]) for name in cells]
        last = pl.col(str(self._length - 1)).is_not_null().alias(_LAST)
        finite = pl.all_horizontal(pl.lit(value=True), *(cells[name].is_finite() for name in plain)).alias(_FINITE)
        return schema, [*(column.alias(name) for name, column in zip(cells, chosen, strict=True)), last, finite]


def _read(data: bytes, plan: tuple[dict[str, pl.DataType], list[pl.Expr]]) -> pl.DataFrame:
    schema, chosen = plan
    if data.startswith(_HEADS):
        data = BOM_UTF8 + data  # one is dropped
    return pl.scan_csv(data, has_header=False, schema=schema).select(chosen).collect(engine="in-memory")


def _is_plain(cells: pl.Series) -> bool:
    numbers = cells.cast(pl.Float64, strict=False)
    return bool((numbers.is_finite().fill_null(False) | cells.is_null()).all())


def gapped(text: pl.Expr) -> pl.Expr:
    """An empty cell is null, whether it was quoted or not."""
    return pl.when(text != "").then(text)


def blank_rows(table: pl.DataFrame) -> pl.Series:
    """The rows whose cells are all blank."""
    texts = [name for name, dtype in table.schema.items() if dtype == pl.String]
    numbers = [pl.col(name).is_null() for name in table.columns if name not in texts]
    first, *others = (*([pl.all_horizontal(numbers)] if numbers else []), *map(_is_blank, texts))  # the fastest first
    rows = table.select(first.arg_true()).to_series()
    for blank in others:
        if not len(rows):
            break
        rows = rows.gather(table[rows].select(blank.arg_true()).to_series())
    return rows


def _is_blank(name: str) -> pl.Expr:
    return pl.col(name).is_null() | pl.col(name).str.contains(_BLANK)
