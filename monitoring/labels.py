"""What really happened: outcomes by id, from CSV and Parquet files."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import polars as pl
from polars.exceptions import PolarsError

from phat.batch.finding import find
from phat.batch.parquet import MAGIC
from phat.model.answer import Answer, Binary, classes_of
from phat.monitoring.errors import OutcomesRefused
from phat.preprocessing.clean import clean_number, is_missing
from phat.preprocessing.errors import RecordError
from phat.preprocessing.spelling import fold, fold_id
from phat.storage.errors import EnginePanic, FilesError, panics_caught
from phat.storage.files import Place
from phat.training.errors import DataError
from phat.training.target import PAIRS, read_outcomes

Pair = tuple[str, str]


class KnownOutcomes(NamedTuple):
    """Outcomes by id (1 for the event; a number; or a class's place), and what was wrong with the files.

    `repeated` labels say the same again, `conflicting` ids have labels that contradict each other and are left out;
    `unread` are sentences about files that were left out.
    """

    by_id: dict[str, float]
    repeated: int = 0
    conflicting: int = 0
    unread: tuple[str, ...] = ()


class _File(NamedTuple):
    name: str
    ids: list[str]
    cells: list[str]


def read_labels(
    name: str, answer: Answer, id_column: str = "id", outcome_column: str = "outcome", event: str | None = None
) -> KnownOutcomes:
    """Outcomes by id, for a model of this answer; `name` is a CSV or Parquet, here or in S3, or a folder of them.

    Of two outcomes they are read as `fit` reads a target, file by file: 1, 1.0, true and yes are events. Means have
    numbers, classes their names. Blank outcomes are no labels. Files and cells that cannot be read so are named and
    left out; OutcomesRefused if no file can be read, none has an event, or no cell is a number or a class.
    """
    files, unread = [], []
    for place in find([name]):
        try:
            files.append(_read(place, id_column, outcome_column))
        except (FilesError, OutcomesRefused) as error:
            unread.append(str(error))
    if isinstance(answer, Binary):
        events, refused = _outcomes(files, outcome_column, event)
        rows = [(id_, float(happened)) for id_, happened in events]
    else:
        rows, refused = _values(files, answer)
    unread += refused
    if not (any(y for _, y in rows) if isinstance(answer, Binary) else rows):
        raise OutcomesRefused("; ".join(unread) or _no_event(name, files, event))
    by_id: dict[str, set[float]] = {}
    for id_, y in rows:
        by_id.setdefault(id_, set()).add(y)
    clear = {id_: next(iter(labels)) for id_, labels in by_id.items() if len(labels) == 1}
    repeated = sum(id_ in clear for id_, _ in rows) - len(clear)
    return KnownOutcomes(clear, repeated, len(by_id) - len(clear), tuple(unread))


def _values(files: Sequence[_File], answer: Answer) -> tuple[list[tuple[str, float]], list[str]]:
    """Ids with numbers, or places of classes, and a sentence about the cells of each file that are neither."""
    rows: list[tuple[str, float]] = []
    refused: list[str] = []
    labels = classes_of(answer)
    places = {fold(label): float(place) for place, label in enumerate(labels)}
    for file in files:
        odd: list[str] = []
        for id_, cell in zip(file.ids, file.cells, strict=True):
            value = places.get(fold(cell), places.get(fold(cell).removesuffix(".0"))) if places else _number(cell)
            if value is None:
                odd.append(cell)
            else:
                rows.append((id_, value))
        if odd:
            expected = f"one of {', '.join(labels)}" if places else "a number"
            refused.append(f"{file.name}: {len(odd):,} outcomes, the first {odd[0][:40]!r}, expected {expected}")
    return rows, refused


def _number(cell: str) -> float | None:
    with suppress(RecordError):
        return clean_number(cell)
    return None


def _no_event(name: str, files: Sequence[_File], event: str | None) -> str:
    values = sorted({cell.strip() for file in files for cell in file.cells})
    got = (
        f"got {', '.join(map(repr, values[:3]))} in {sum(len(file.cells) for file in files)} labels"
        if values
        else "got none"
    )
    expected = "1, true or yes" if event is None else repr(event)
    return f"{name}: no outcome is the event: {got}, expected some {expected}"


def _read(place: Place, id_column: str, outcome_column: str) -> _File:
    """Ids and outcomes of a file, without those that are missing."""
    data = place.read(0, place.size)
    try:
        with panics_caught():
            table = pl.read_parquet(data) if data.startswith(MAGIC) else pl.read_csv(data, infer_schema=False)
            columns = table.columns if data.startswith(MAGIC) else _header(data)
            for name in (id_column, outcome_column):
                if name not in table.columns:
                    raise OutcomesRefused(f"{place.name}: there is no column {name}; it has {', '.join(columns[:8])}")
                if (count := columns.count(name)) > 1:
                    raise OutcomesRefused(f"{place.name}: got {count} columns {name}, expected one")
            texts = table.select(_text(table, id_column).alias("id"), _text(table, outcome_column).alias("outcome"))
    except (PolarsError, EnginePanic) as error:
        raise OutcomesRefused(f"{place.name}: {str(error).splitlines()[0]}") from None
    rows = [(fold_id(id_), cell) for id_, cell in texts.iter_rows() if id_ and cell and not is_missing(cell)]
    rows = [(id_, cell) for id_, cell in rows if id_]
    return _File(place.name, [id_ for id_, _ in rows], [cell for _, cell in rows])


def _header(data: bytes) -> list[str]:
    """The names of a CSV's columns as they are spelt: of those that are alike the engine renames all but the first."""
    first = pl.read_csv(data, has_header=False, n_rows=1, infer_schema=False)
    return ["" if name is None else str(name) for name in first.row(0)]


def _text(table: pl.DataFrame, name: str) -> pl.Expr:
    """A column as text; of floats that are whole, as integers have it."""
    column = pl.col(name)
    if not table.schema[name].is_float():
        return column.cast(pl.String)
    whole = (column == column.floor()) & (column.abs() < 2**53)
    return pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(column.cast(pl.String))


def _outcomes(files: Sequence[_File], column: str, event: str | None) -> tuple[list[tuple[str, bool]], list[str]]:
    """Ids with whether the event happened, and a sentence about each file of which that is not known.

    A file of one outcome alone is read by the pairs of the others, or by those that are understood.
    """
    rows: list[tuple[str, bool]] = []
    pairs: list[Pair] = []
    others: list[tuple[_File, str]] = []
    for file in files:
        try:
            outcomes = read_outcomes(file.cells, event, column)
        except DataError as error:
            if file.cells:
                others.append((file, str(error)))
            continue
        pairs.append((outcomes.event, outcomes.other))
        rows += _joined(file, outcomes.events)
    known = [*pairs, *_understood(event, column)]
    refused: list[str] = []
    for file, reason in others:
        events = next(_by_pairs(file, known, column), None)
        if events is None:
            refused.append(f"{file.name}: {_alone(file, known) or reason}")
        else:
            rows += _joined(file, events)
    return rows, refused


def _understood(event: str | None, column: str) -> Iterator[Pair]:
    """The pairs of outcomes, event first, that need no file to be known.

    Where the event is named these are the ones that it is an event of, as `fit` reads a file that has both: 1 is also
    yes, 0 is 0 alone.
    """
    for pair in PAIRS.items():
        with suppress(DataError):
            outcomes = read_outcomes(pair, event, column)
            yield outcomes.event, outcomes.other
    if event is not None:
        yield event, f"not {event}"


def _by_pairs(file: _File, pairs: Iterable[Pair], column: str) -> Iterator[list[bool | None]]:
    """Its outcomes by each pair that has them."""
    for event, other in pairs:
        with suppress(DataError):
            yield read_outcomes([*file.cells, event, other], event, column).events[:-2]


def _alone(file: _File, pairs: Sequence[Pair]) -> str | None:
    """What is wrong with a file of one outcome alone, which no pair has."""
    if len({cell.strip().casefold() for cell in file.cells}) > 1:
        return None
    event, other = pairs[0]
    return f"got the outcome {file.cells[0].strip()!r} alone, expected {event!r} or {other!r}"


def _joined(file: _File, events: Sequence[bool | None]) -> list[tuple[str, bool]]:
    return [(id_, bool(event)) for id_, event in zip(file.ids, events, strict=True)]
