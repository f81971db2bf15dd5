"""All rows of one file as a table of raw cells, for those who need them at once."""

from collections.abc import Callable, Sequence

import polars as pl

from phat.batch.error_tables import ERRORS
from phat.batch.headers import Chosen
from phat.batch.pipeline import File, in_order, open_file
from phat.batch.scoring import Scored
from phat.storage.files import Place


def open_whole(place: Place) -> File:
    """A file of which all columns with a name are read, each cell as it is written; FileRefused says what is wrong.

    `header` has the names in the file, blank ones too.
    """
    return open_file(place, _everything)


def read_all(file: File) -> pl.DataFrame:
    """The rows of a file, blank ones aside: texts of a CSV, an empty cell as null; values of a Parquet file."""
    empty = pl.DataFrame(schema=file.schema)
    return pl.concat([empty, *(scored.answers for _, scored in in_order(file, _as_they_are))], rechunk=True)


def _everything(_file: str, names: Sequence[str], _unknown: Callable[[object], str]) -> Chosen:
    """All columns, each kept exactly."""
    return Chosen({}, {name: name for name in names}, frozenset(), ())


def _as_they_are(table: pl.DataFrame) -> Scored:
    return Scored(table, ERRORS.to_frame(), table.height)
