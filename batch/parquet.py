"""Parquet files in batches of rows, of which only the chosen columns are read."""

import os
from collections.abc import Iterator
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from phat.batch.headers import Choose
from phat.batch.records import Records
from phat.preprocessing.errors import quote
from phat.storage.errors import EnginePanic, FileRefused, FilesError, StoreUnavailable, panics_caught
from phat.storage.files import Place
from phat.storage.objects import S3, rooted, split_address

# Row groups that the engine reads ahead: as many as it likes would be as many as the file has, up to a hundred MB more.
os.environ.setdefault("POLARS_ROW_GROUP_PREFETCH_SIZE", "2")

MAGIC = b"PAR1"
_ROWS = 50_000
"""Rows in a batch."""

Span = tuple[int, int]
"""First row, and the row after the last, from 0."""


class ParquetFile:
    """A Parquet file, of which the chosen columns are read; FileRefused says what is wrong. It has no lines."""

    first_line: int | None = None

    def __init__(self, place: Place, choose: Choose, span: Span | None = None) -> None:
        self.place = place
        table, schema, self.rows = _scanned(place)
        names = quote(",".join(schema))
        chosen = choose(
            place.name, list(schema), lambda fields: f"its columns {names} name none of the model's fields ({fields})"
        )
        self.header = list(schema)
        self.absent = chosen.absent
        self.columns = list(chosen.columns)
        self.schema: dict[str, pl.DataType] = {name: schema[key] for name, key in chosen.columns.items()}
        self._start, self._end = span or (0, self.rows)
        cells = [pl.col(key).alias(name) for name, key in chosen.columns.items()]
        self._table = table.slice(self._start, self._end - self._start).select(cells)

    def blocks(self, start: int | None = None) -> Iterator["Batch"]:
        """The file's rows, in order; none is Unfinished, so nobody asks for those from a `start` on."""
        if start is not None:
            raise NotImplementedError
        at = self._start
        try:
            with panics_caught():
                for batch in self._table.collect_batches(chunk_size=_ROWS, maintain_order=True):
                    at += batch.height
                    yield Batch(self, batch, at)
        except (PolarsError, EnginePanic, OSError) as error:
            raise _refused(self.place, error, f"broken after row {at}") from None
        self.place.check()
        end = max(self._start, min(self._end, self.rows))
        if at != end:  # the engine ends without an error where one of its threads panicked
            raise FileRefused(f"{self.place.name}: broken after row {at}: expected rows up to {end}")

    def check_rows(self, rows: int) -> None:
        """It may have none."""


class Batch:
    """Some rows of a Parquet file."""

    lines = 0

    def __init__(self, file: ParquetFile, table: pl.DataFrame, row: int) -> None:
        self._table = table
        self.end = int(file.place.size * row / max(file.rows, 1))

    def records(self) -> Records:
        """Its rows."""
        return Records(self._table)

    def finished(self) -> "Batch":
        """It always is."""
        return self

    def careful(self, before: int, line: int | None, to_end: bool) -> Iterator[Records]:
        """Nothing is left to be careful about."""
        raise AssertionError(f"a Parquet file is never irregular: {before}, {line}, {to_end}")


def count_rows(place: Place) -> int:
    """How many rows a Parquet file has; FileRefused or StoreUnavailable if it cannot be read."""
    return _scanned(place)[2]


def _scanned(place: Place) -> tuple[pl.LazyFrame, pl.Schema, int]:
    """A file's table, its schema, and how many rows it has."""
    try:
        with panics_caught():
            table = pl.scan_parquet(_source(place.name), storage_options=_options(place.name), glob=False)
            return table, table.collect_schema(), int(table.select(pl.len()).collect().item())
    except (PolarsError, EnginePanic, OSError) as error:
        raise _refused(place, error, "it cannot be read as Parquet") from None


def _source(name: str) -> str:
    """The name by which the engine reads a file: `_options` know of a slash that a key begins with."""
    bucket, key = split_address(name)
    return f"{S3}{bucket}{key}" if name.startswith(S3) and key.startswith("/") else name


def _options(name: str) -> dict[str, Any] | None:
    """How the engine reaches S3: as all else does, by the environment."""
    if not name.startswith(S3):
        return None
    bucket, key = split_address(name)
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION")
    options = {name.lower(): os.environ[name] for name in names if os.environ.get(name)}
    if address := os.environ.get("AWS_ENDPOINT_URL"):
        options |= {"aws_endpoint_url": address, "aws_allow_http": str(address.startswith("http://")).lower()}
    if key.startswith("/"):
        options |= {"aws_endpoint_url": rooted(bucket), "aws_virtual_hosted_style_request": "true"}
    return options


def _refused(place: Place, error: Exception, what: str) -> FilesError:
    """What an error of the engine means: the store's are OSErrors."""
    kind = StoreUnavailable if isinstance(error, OSError) and place.name.startswith(S3) else FileRefused
    reason = str(error).partition("\n")[0][:200]
    return kind(f"{place.name}: {what}: {reason}")
