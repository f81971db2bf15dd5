"""Files opened by what they begin with, and their parts scored in order while the next are in work."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Protocol

import polars as pl

from model.batch.errors import Irregular, Unfinished
from model.batch.parquet_files import MAGIC, ParquetFile
from model.batch.places import Place
from model.batch.scoring import Scored, Scorer

_WORKERS = 1 + min(4, os.cpu_count() or 1)
"""One more than cores: each waits for the engine and for the store now and then."""
_AHEAD = _WORKERS + 1
"""Blocks that are read before the oldest is written."""


class Part(Protocol):
    """Some rows of a file, that can be read apart from all others."""

    @property
    def end(self) -> int:
        """The byte of the file up to which it, and all before it, reaches."""

    def table(self) -> pl.DataFrame:
        """Its rows; Irregular if `careful` must read them, Unfinished if it ends too early."""

    def finished(self) -> "Part":
        """The part as it must be when it was found Unfinished."""

    def careful(self, before: int, to_end: bool) -> Iterator[pl.DataFrame]:
        """Its rows, or all from it on, read slowly."""


class File(Protocol):
    """An input, of which some columns are read."""

    place: Place
    header: list[str]
    columns: list[str]
    schema: dict[str, pl.DataType]

    def blocks(self, start: int | None = None) -> Iterator[Part]:
        """Its parts, in order, from the beginning or from where one begins."""


def open_file(place: Place, scorer: Scorer, span: tuple[int, int] | None = None) -> File:
    """A file to read, CSV or Parquet by what it begins with."""
    fields = scorer.fields
    wanted = {*fields, *scorer.keep}
    if place.read(0, len(MAGIC)) == MAGIC:
        return ParquetFile(place, wanted, span)
    from model.batch.csv_files import CsvFile  # noqa: PLC0415  # 50 ms for numpy, that Parquet need not wait for

    numbers = {name for name, kind in fields.items() if kind == "number"} - set(scorer.keep)
    return CsvFile(place, wanted, numbers, span)


def in_order(file: File, scorer: Scorer) -> Iterator[tuple[int, Scored]]:
    """The scored parts of a file, in order, each with the byte it reaches; several are in work at once."""
    rows = 0
    waiting: deque[tuple[Part, Future[Scored]]] = deque()
    parts: Iterator[Part] = iter(file.blocks())
    with ThreadPoolExecutor(_WORKERS) as pool:
        while True:
            while len(waiting) < _AHEAD and (part := next(parts, None)) is not None:
                waiting.append((part, pool.submit(_scored, part, scorer)))
            if not waiting:
                return
            part, future = waiting.popleft()
            try:
                found = future.result()
                rows += found.rows
                yield part.end, found
            except Unfinished:
                whole = part.finished()
                _drop(waiting)
                parts = chain((whole,), file.blocks(whole.end))
            except Irregular as irregular:
                for table in part.careful(rows, irregular.to_end):
                    rows += table.height
                    yield part.end, scorer(table)
                if irregular.to_end:
                    return


def _drop(waiting: deque[tuple[Part, Future[Scored]]]) -> None:
    """Forget parts that began in the wrong place."""
    for _, future in waiting:
        future.cancel()
    waiting.clear()


def _scored(part: Part, scorer: Scorer) -> Scored:
    return scorer(part.table())
