"""Files opened by what they begin with, and their parts scored in order while the next are in work."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from threading import Event
from typing import Protocol

import polars as pl

from phat.batch.errors import Irregular, Unfinished
from phat.batch.headers import Choose
from phat.batch.parquet import MAGIC, ParquetFile
from phat.batch.records import Records
from phat.batch.scoring import Scored
from phat.preprocessing.absent import Absent
from phat.storage.files import Place

_WORKERS = 1 + min(4, os.cpu_count() or 1)
"""One more than cores: each waits for the engine and for the store now and then."""
_AHEAD = _WORKERS + 1
"""Blocks that are read before the oldest is written."""

Scoring = Callable[[pl.DataFrame], Scored]
"""What becomes of a table of raw records."""


class Chunk(Protocol):
    """Some rows of a file, that can be read apart from all others; `lines` is how many it has, once it was read."""

    lines: int

    @property
    def end(self) -> int:
        """The byte of the file up to which it, and all before it, reaches."""

    def records(self) -> Records:
        """Its rows; Irregular if `careful` must read them, Unfinished if it ends too early."""

    def finished(self) -> "Chunk":
        """The part as it must be when it was found Unfinished."""

    def careful(self, before: int, line: int | None, to_end: bool) -> Iterator[Records]:
        """Its rows, or all from it on, read slowly; `before` rows stand before, the first begins on this line."""


class File(Protocol):
    """An input, of which some columns are read.

    `first_line` is the number of the line on which its first row begins, None if nobody knows it; `absent` fields have
    no column.
    """

    place: Place
    header: list[str]
    columns: list[str]
    schema: dict[str, pl.DataType]
    first_line: int | None
    absent: Sequence[Absent]

    def check_rows(self, rows: int) -> None:
        """FileRefused if that is how many rows were read, and too few for a file."""

    def blocks(self, start: int | None = None) -> Iterator[Chunk]:
        """Its parts, in order, from the beginning or from where one begins."""


def open_file(place: Place, choose: Choose, span: tuple[int, int] | None = None) -> File:
    """A file to read, CSV or Parquet by what it begins with, of which the chosen columns are read."""
    if place.read(0, len(MAGIC)) == MAGIC:
        return ParquetFile(place, choose, span)
    from phat.batch.csv.reader import CsvFile  # noqa: PLC0415  # 50 ms for numpy, that Parquet need not wait for

    return CsvFile(place, choose, span)


def in_order(file: File, scorer: Scoring) -> Generator[tuple[int, Scored], None, None]:
    """The scored parts of a file, in order, each with the byte it reaches; several are in work at once.

    Errors have their row (from 1) and line in the file. When it is closed, parts in work are given up. FileRefused if
    the file has no rows and must have some.
    """
    rows, line = 0, file.first_line
    waiting: deque[tuple[Chunk, Future[Scored]]] = deque()
    parts: Iterator[Chunk] = iter(file.blocks())
    with ThreadPoolExecutor(_WORKERS) as pool, _set_at_end() as ended:
        while True:
            while len(waiting) < _AHEAD and (part := next(parts, None)) is not None:
                waiting.append((part, pool.submit(_scored, part, scorer, ended)))
            if not waiting:
                break
            part, future = waiting.popleft()
            try:
                scored = future.result()
                yield part.end, _located(scored, rows, line)
                rows += scored.rows
            except Unfinished:
                whole = part.finished()
                _drop(waiting)
                parts = chain((whole,), file.blocks(whole.end))
                continue
            except Irregular as irregular:
                for records in part.careful(rows, line, irregular.to_end):
                    scored = _score(records, scorer)
                    yield part.end, _located(scored, rows, line)
                    rows += scored.rows
                if irregular.to_end:
                    break
            line = None if line is None else line + part.lines
    file.check_rows(rows)


def _drop(waiting: deque[tuple[Chunk, Future[Scored]]]) -> None:
    """Forget parts that began in the wrong place."""
    for _, future in waiting:
        future.cancel()
    waiting.clear()


@contextmanager
def _set_at_end() -> Iterator[Event]:
    """What is set when the block ends, however it does."""
    event = Event()
    try:
        yield event
    finally:
        event.set()


def _scored(part: Chunk, scorer: Scoring, ended: Event) -> Scored:
    """A part scored; CancelledError if nobody waits for it any more."""
    if ended.is_set():
        raise CancelledError
    records = part.records()
    if ended.is_set():
        raise CancelledError
    return _score(records, scorer)


def _score(records: Records, scorer: Scoring) -> Scored:
    scored = scorer(records.table)
    errors = records.with_lines(scored.errors) if scored.errors.height else scored.errors
    return scored._replace(errors=errors, skipped=records.skipped)


def _located(scored: Scored, rows: int, line: int | None) -> Scored:
    """The same, of a part before which so many rows stand, and whose first begins on this line of the file."""
    if not scored.errors.height:
        return scored
    places = (pl.col("row").cast(pl.Int64) + rows + 1, pl.col("line") + pl.lit(line, pl.Int64))
    return scored._replace(errors=scored.errors.with_columns(places))
