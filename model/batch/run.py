"""A run: files in, one table of answers out, bad records refused or listed beside it."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl
from polars.io.plugins import register_io_source

from model.batch.error_tables import described
from model.batch.errors import BatchError, FileRefused, OutputRefused, RecordsRefused
from model.batch.places import Place, written
from model.batch.reading import File, in_order, open_file
from model.batch.scoring import Scored, Scorer
from model.loaded import Model

_ROW_GROUP = 100_000
_SHOWN = 5
"""Errors that are told where none are allowed."""
_LISTED = 100_000
"""Errors that are described and written at a time."""
_PARQUET, _CSV = (".parquet", ".pq"), (".csv",)

Progress = Callable[[int, int], None]
"""Told how many rows are done, and how many bytes of the inputs."""


@dataclass(frozen=True)
class Wanted:
    """What is asked of a run: kept columns, the level of an interval (None for none), what becomes of bad records."""

    keep: tuple[str, ...] = ()
    level: float | None = None
    on_error: Literal["fail", "skip"] = "fail"
    span: tuple[int, int] | None = None
    """Bytes of a CSV, or rows of a Parquet file: what is scored of it."""


@dataclass
class Summary:
    """What a run did; `scored` and `rejected` rows add up to `rows`."""

    files: int = 0
    rows: int = 0
    scored: int = 0
    events: int = 0
    rejected: int = 0
    errors: int = 0
    seconds: float = 0.0
    notices: list[str] = field(default_factory=list)


def score(
    model: Model, places: Sequence[Place], output: str, wanted: Wanted, progress: Progress | None = None
) -> Summary:
    """Score files, in order, into one output (CSV or Parquet by its name), which appears whole or not at all.

    Rows count from 1 in each file. With `on_error` "skip", bad records are listed in OUTPUT.errors.csv, which is
    complete before the output appears; with "fail" the first of them raise RecordsRefused. Raises BatchError.
    """
    if not output.endswith(_PARQUET + _CSV):
        raise OutputRefused(f"{output}: say which format by the name: .parquet or .csv")
    start = time.monotonic()
    run = _Run(model, places, wanted, progress)
    skips = wanted.on_error == "skip"
    with ExitStack() as stack:
        path = stack.enter_context(written(output))
        # Left first: the list of errors is there before the answers are.
        listed = stack.enter_context(written(f"{output}.errors.csv") if skips else nullcontext())
        run.write(path, output.endswith(_PARQUET), listed)
    run.summary.seconds = time.monotonic() - start
    return run.summary


class _Run:
    def __init__(self, model: Model, places: Sequence[Place], wanted: Wanted, progress: Progress | None) -> None:
        self.summary = Summary(files=len(places))
        self._skips = wanted.on_error == "skip"
        self._scorer = Scorer(model, wanted.keep, wanted.level, None if self._skips else _SHOWN)
        self._progress = progress or (lambda _rows, _bytes: None)
        self._span = wanted.span
        self._places = places
        self._several = len(places) > 1
        self._first = open_file(places[0], self._scorer, wanted.span)
        self._schema = self._output_schema(self._first)

    def _output_schema(self, file: File) -> pl.Schema:
        kept = self._scorer.keep
        if missing := [name for name in kept if name not in file.columns]:
            raise FileRefused(f"{file.place.name}: there is no column {missing[0]} to keep")
        added = self._scorer.added
        if twice := sorted(added.keys() & set(kept)):
            raise BatchError(f"column {twice[0]} cannot be kept: the answers have one of that name")
        return pl.Schema({name: file.schema[name] for name in kept} | added)

    def write(self, path: Path, parquet: bool, errors: Path | None) -> None:
        """Write the answers to one path, and what is wrong, if it is listed, to another."""
        with errors.open("wb") if errors else nullcontext() as listing:
            self._listing = listing
            self._list_errors(pl.DataFrame(schema=self._error_schema()), header=True)
            source = register_io_source(lambda *_: self._answers(), schema=self._schema, is_pure=True)
            if parquet:
                source.sink_parquet(path, row_group_size=_ROW_GROUP, engine="streaming")
            else:
                source.sink_csv(path, engine="streaming")

    def _error_schema(self) -> dict[str, pl.DataType]:
        text = pl.String()
        first = {"file": text} if self._several else {}
        return first | {"row": pl.Int64(), "field": text, "code": text, "detail": text}

    def _list_errors(self, errors: pl.DataFrame, header: bool = False) -> None:
        if self._listing is not None:
            errors.select(list(self._error_schema())).write_csv(self._listing, include_header=header)

    def _answers(self) -> Iterator[pl.DataFrame]:
        before = 0
        for number, place in enumerate(self._places):
            file = open_file(place, self._scorer, self._span) if number else self._first
            if self._output_schema(file) != self._schema:
                raise FileRefused(f"{place.name}: its kept columns are of other types than in {self._places[0].name}")
            self._note_missing(file)
            yield from self._of_file(file, before)
            before += place.size

    def _note_missing(self, file: File) -> None:
        absent = [name for name in self._scorer.fields if name not in file.columns]
        if absent:
            self.summary.notices.append(f"{file.place.name} has no column {', '.join(absent)}: missing in each row")

    def _of_file(self, file: File, before: int) -> Iterator[pl.DataFrame]:
        rows = 0
        with closing(in_order(file, self._scorer)) as parts:
            for end, scored in parts:
                self._account(scored, file.place.name, rows)
                rows += scored.rows
                self._progress(self.summary.rows, before + end)
                yield scored.answers.select(self._schema.names())

    def _account(self, scored: Scored, name: str, before: int) -> None:
        if scored.errors.height and not self._skips:
            bad = scored.errors["row"].n_unique()
            raise RecordsRefused(_told(name, described(scored.errors.head(_SHOWN), before), bad))
        for some in scored.errors.iter_slices(_LISTED):
            self._list_errors(described(some, before).with_columns(pl.lit(name).alias("file")))
        self.summary.rows += scored.rows
        self.summary.scored += scored.answers.height
        self.summary.events += scored.events
        self.summary.rejected += scored.rows - scored.answers.height
        self.summary.errors += scored.errors.height


def _told(name: str, errors: pl.DataFrame, bad: int) -> str:
    shown = [
        f"row {row['row']}, {row['field']}: {row['detail']}".replace(", :", ":") for row in errors.iter_rows(named=True)
    ]
    lines = "\n  ".join(shown)
    return (
        f"{name}: bad records, at least {bad}; nothing was written. The first errors:\n  {lines}\n"
        "Mend them, or have them listed and left out: --on-error skip"
    )
