"""Cells of CSV rows, as the engine splits them."""

from codecs import BOM_UTF8
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import polars as pl
from polars.exceptions import PolarsError

_LAST, _FINITE = " last column filled", " numbers finite"
"""Names of columns; no header's has blanks around it."""
_HEADS = (BOM_UTF8, b"x\x01")
"""What the engine takes, at the head of whatever it is given, for a file's own BOM and for compressed data."""


class Split(NamedTuple):
    """Rows split into cells, and whether each row's last column is filled."""

    table: pl.DataFrame
    last_filled: bool


class Splitter:
    """Splits rows below a header of two or more columns; of each `columns` are taken, an empty cell as null.

    Columns of `numbers` that look like plain numbers in a sample are read as Float64 where all their cells can be.
    """

    def __init__(self, header: Sequence[str], columns: Sequence[str], numbers: Iterable[str], sample: bytes) -> None:
        self._header, self._columns = header, columns
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

    def _plain(self, numbers: Iterable[str], sample: bytes) -> frozenset[str]:
        try:
            table = _read(sample, self._texts)
        except PolarsError:
            return frozenset()
        return frozenset(name for name in numbers if _is_plain(table[name]))

    def _plan(self, plain: Collection[str]) -> tuple[dict[str, pl.DataType], list[pl.Expr]]:
        schema: dict[str, pl.DataType] = dict.fromkeys(map(str, range(len(self._header))), pl.String())
        schema |= {str(self._header.index(name)): pl.Float64() for name in plain}
        cells = {name: pl.col(str(self._header.index(name))) for name in self._columns}
        chosen = [cells[name] if name in plain else gapped(cells[name]) for name in cells]
        last = pl.col(str(len(self._header) - 1)).is_not_null().alias(_LAST)
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
