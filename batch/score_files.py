"""A run: files in, one table of answers out, bad records refused or listed next to it."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal

import polars as pl
from polars.io.plugins import register_io_source

from phat.batch.error_tables import described
from phat.batch.errors import RecordsRefused
from phat.batch.inputs import ERRORS, check_output
from phat.batch.kept import check_kept
from phat.batch.pipeline import File, in_order, open_file
from phat.batch.scoring import OUTCOME, Scored, Scorer
from phat.model.model import Model
from phat.preprocessing.spreadsheet import FORMULA, NUMBER, harmless
from phat.storage.errors import FileRefused, FilesError, OutputRefused, StoreUnavailable
from phat.storage.files import Place
from phat.storage.writing import exists, remove, written

_ROW_GROUP = 100_000
_SHOWN = 5
"""Errors that are told where none are allowed."""
_LISTED = 100_000
"""Errors that are described and written at a time."""
_PARQUET, _CSV = (".parquet", ".pq"), (".csv",)

Progress = Callable[[int, int], None]
"""Told how many rows are done, and how many bytes of the inputs."""


@dataclass(frozen=True)
class ScoreOptions:
    """What is asked of a run: kept columns, the level of intervals (None for none), what becomes of bad records.

    With `observations` there are bounds of a new observation besides those of the answer.
    """

    keep: tuple[str, ...] = ()
    level: float | None = None
    observations: bool = False
    on_error: Literal["fail", "skip"] = "fail"
    span: tuple[int, int] | None = None
    """Bytes of a CSV, or rows of a Parquet file: what is scored of it."""
    spreadsheet: bool = False
    """Whether text in a CSV that a spreadsheet would run is made harmless, rather than kept exactly."""

    def __post_init__(self) -> None:
        check_kept(self.keep)


@dataclass
class Summary:
    """What a run did; `scored` and `rejected` rows add up to `rows`, `skipped` ones were blank and are not counted.

    `outcomes` are how often each decision was made, of models that make some.
    """

    files: int = 0
    rows: int = 0
    scored: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    skipped: int = 0
    errors: int = 0
    seconds: float = 0.0
    notices: list[str] = field(default_factory=list)


def score_files(
    model: Model, places: Sequence[Place], output: str, options: ScoreOptions, progress: Progress | None = None
) -> Summary:
    """Score files, in order, into one output (CSV or Parquet by its name), which appears whole or not at all.

    Rows count from 1 in each file. With `on_error` "skip", bad records are listed in OUTPUT.errors.csv, which is
    complete before the output appears; with "fail" the first of them raise RecordsRefused,
    and such a list of a former run is removed. An output that is one of the
    files is OutputRefused. Raises FilesError.
    """
    if options.level is not None and not 0 < options.level < 1:  # not NaN either
        raise FilesError(f"level: got {options.level}, expected a number between 0 and 1")
    if not output.endswith(_PARQUET + _CSV):
        raise OutputRefused(f"{output or repr(output)}: say which format by the name: .parquet or .csv")
    if options.spreadsheet and not output.endswith(_CSV):
        raise OutputRefused(f"{output}: got a Parquet file to make harmless for a spreadsheet, expected a .csv")
    check_output(output, places)
    start = time.monotonic()
    run = _Run(model, places, options, progress)
    errors = f"{output}{ERRORS}"
    with ExitStack() as stack:
        path = stack.enter_context(written(output))
        # Left first: the list of errors is there, or that of a former run is not, before the answers are.
        replaced = written(errors) if options.on_error == "skip" else _removed(errors, run.summary.notices)
        listed = stack.enter_context(replaced)
        run.write(path, output.endswith(_PARQUET), listed)
    run.summary.seconds = time.monotonic() - start
    return run.summary


@contextmanager
def _removed(name: str, notices: list[str]) -> Iterator[None]:
    """The list of errors that a former run left is removed when the block ends well: it is not about the new answers.

    A notice says where a store does not let it be looked up or deleted.
    """
    yield
    try:
        if exists(name):
            remove(name)
    except StoreUnavailable as error:
        notices.append(f"a list of errors of a former run may be left: {error}")


class _Run:
    def __init__(self, model: Model, places: Sequence[Place], options: ScoreOptions, progress: Progress | None) -> None:
        self.summary = Summary(files=len(places))
        self._skips = options.on_error == "skip"
        enough = None if self._skips else _SHOWN
        self._scorer = Scorer(model, options.keep, options.level, enough, options.observations)
        self._progress = progress or (lambda _rows, _bytes: None)
        self._span = options.span
        self._shows = _harmless if options.spreadsheet else _exact
        self._places = places
        self._several = len(places) > 1
        self._first = open_file(places[0], self._scorer.choose, options.span)
        self._schema = self._output_schema(self._first)

    def _output_schema(self, file: File) -> pl.Schema:
        kept = self._scorer.keep
        if missing := [name for name in kept if name not in file.columns]:
            raise FileRefused(f"{file.place.name}: there is no column {missing[0]} to keep")
        check_kept(kept, self._scorer.added)
        return pl.Schema({name: file.schema[name] for name in kept} | self._scorer.added)

    def write(self, path: Path, parquet: bool, errors: Path | None) -> None:
        """Write the answers to one path, and what is wrong, if it is listed, to another."""
        with errors.open("wb") if errors else nullcontext() as listing:
            self._listing = listing
            self._list_errors(pl.DataFrame(schema=self._error_schema()), header=True)
            schema = self._shows(self._schema.to_frame()).schema
            answers = self._answers()
            first = [*islice(answers, 1)]  # what is refused at once is, before a sink has begun to make its file
            source = register_io_source(lambda *_: chain(first, answers), schema=schema, is_pure=True)
            if parquet:
                source.sink_parquet(path, row_group_size=_ROW_GROUP, engine="streaming")
            else:
                _check_csv(schema)
                source.sink_csv(path, engine="streaming")

    def _error_schema(self) -> dict[str, pl.DataType]:
        text = pl.String()
        first = {"file": text} if self._several else {}
        return first | {"row": pl.Int64(), "line": pl.Int64(), "field": text, "code": text, "detail": text}

    def _list_errors(self, errors: pl.DataFrame, header: bool = False) -> None:
        if self._listing is not None:
            shown = self._shows(errors.select(list(self._error_schema())))
            shown.write_csv(self._listing, include_header=header)

    def _answers(self) -> Iterator[pl.DataFrame]:
        before = 0
        for number, place in enumerate(self._places):
            file = open_file(place, self._scorer.choose, self._span) if number else self._first
            if self._output_schema(file) != self._schema:
                raise FileRefused(f"{place.name}: its kept columns are of other types than in {self._places[0].name}")
            self._note_columns(file)
            yield from self._of_file(file, before)
            before += place.size

    def _note_columns(self, file: File) -> None:
        name = file.place.name
        self.summary.notices += [
            f"{name} has no column {absent.field.name}: {absent.effect('column')}" for absent in file.absent
        ]
        if self._scorer.added.keys() <= {*file.header}:
            answers = " and ".join(self._scorer.added)
            self.summary.notices.append(f"{name} has columns {answers}: they may be answers, scored again")

    def _of_file(self, file: File, before: int) -> Iterator[pl.DataFrame]:
        with closing(in_order(file, self._scorer)) as parts:
            for end, scored in parts:
                self._account(scored, file.place.name)
                self._progress(self.summary.rows, before + end)
                yield self._shows(scored.answers.select(self._schema.names()))

    def _account(self, scored: Scored, name: str) -> None:
        bad = scored.rows - scored.answers.height
        if scored.errors.height and not self._skips:
            raise RecordsRefused(_refusal(name, described(scored.errors.head(_SHOWN)), bad))
        for some in scored.errors.iter_slices(_LISTED):
            self._list_errors(described(some).with_columns(pl.lit(name).alias("file")))
        self.summary.rows += scored.rows
        self.summary.scored += scored.answers.height
        if OUTCOME in scored.answers.columns:
            for outcome, count in scored.answers[OUTCOME].value_counts().iter_rows():
                self.summary.outcomes[outcome] = self.summary.outcomes.get(outcome, 0) + count
        self.summary.rejected += bad
        self.summary.skipped += scored.skipped
        self.summary.errors += scored.errors.height


def _refusal(name: str, errors: pl.DataFrame, bad: int) -> str:
    """What is said where no bad records are allowed."""
    shown = "\n  ".join(_shown(error) for error in errors.iter_rows(named=True))
    return (
        f"{name}: bad records, at least {bad}; nothing was written. The first errors:\n  {shown}\n"
        "Correct them, or have them listed and left out: --on-error skip"
    )


def _shown(error: Mapping[str, Any]) -> str:
    """An error in a line."""
    line = f"line {error['line']}" if error["line"] is not None else ""
    place = ", ".join(filter(None, (f"row {error['row']}", line, error["field"])))
    return f"{place}: {error['detail']}"


def _check_csv(schema: pl.Schema) -> None:
    """FilesError for a column that a CSV cannot hold."""
    for name, dtype in schema.items():
        if dtype.is_nested() or dtype in (pl.Binary, pl.Duration, pl.Object):
            raise FilesError(f"column {name} cannot be kept in a CSV: it holds {dtype}; expected a Parquet output")


def _exact(table: pl.DataFrame) -> pl.DataFrame:
    return table


def _harmless(table: pl.DataFrame) -> pl.DataFrame:
    """Text, and names of columns, as a spreadsheet will not run them; numbers stay."""
    names = [harmless(name) for name in table.columns]
    check_kept(names)
    text = pl.col(pl.String, pl.Categorical, pl.Enum).cast(pl.String)
    formula = text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
    shown = table.with_columns(pl.when(formula).then(pl.lit("'") + text).otherwise(text).name.keep())
    return shown.rename(dict(zip(table.columns, names, strict=True)))
