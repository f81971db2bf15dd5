"""A large file in parts, so that many machines can score it: by bytes of a CSV, by rows of a Parquet file."""

from itertools import pairwise
from math import ceil

from phat.batch.parquet import MAGIC, count_rows
from phat.storage.files import Place

Span = tuple[int, int]


def split_file(place: Place, size: int) -> list[Span]:
    """Spans that cover a file, each of about `size` bytes; FileRefused if it cannot be read.

    A CSV's are bytes: a row belongs to the span in which it begins. A Parquet file's are rows.
    """
    count = max(1, ceil(place.size / size))
    parquet = place.read(0, len(MAGIC)) == MAGIC
    whole = count_rows(place) if parquet else place.size
    return list(pairwise(whole * number // count for number in range(count + 1)))
