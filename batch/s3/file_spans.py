"""A large file in parts, so that many machines can score it: by bytes of a CSV, by rows of a Parquet file."""

from collections.abc import Mapping
from itertools import pairwise
from math import ceil
from typing import Any, NamedTuple

from phat.batch.parquet import MAGIC, count_rows
from phat.preprocessing.plain import Types, check_keys
from phat.storage.errors import FilesError
from phat.storage.files import Place, S3Object

Span = tuple[int, int]


class FilePart(NamedTuple):
    """One of the parts `of` a file in S3: its `number` from 0, `start` and `end`, of the object with this `etag`."""

    number: int
    of: int
    start: int
    end: int
    etag: str | None

    @property
    def span(self) -> Span:
        """Where it starts and ends, in bytes of a CSV and in rows of a Parquet file."""
        return self.start, self.end

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> "FilePart | None":
        """Read a part, None for a whole file; FilesError names what is wrong."""
        if data is None:
            return None
        check_keys(data, "part", _KEYS, {}, FilesError)
        return cls(**data)


_KEYS: dict[str, Types] = {"number": (int,), "of": (int,), "start": (int,), "end": (int,), "etag": (str, type(None))}


def parts(place: S3Object, size: int) -> list[FilePart]:
    """The parts of an object, each of about `size` bytes; FileRefused if it cannot be read."""
    spans = split_file(place, size)
    return [FilePart(number, len(spans), *span, place.etag) for number, span in enumerate(spans)]


def split_file(place: Place, size: int) -> list[Span]:
    """Spans that cover a file, each of about `size` bytes; FileRefused if it cannot be read.

    A CSV's are bytes: a row belongs to the span in which it begins. A Parquet file's are rows.
    """
    count = max(1, ceil(place.size / size))
    parquet = place.read(0, len(MAGIC)) == MAGIC
    whole = count_rows(place) if parquet else place.size
    return list(pairwise(whole * number // count for number in range(count + 1)))
