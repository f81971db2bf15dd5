"""The raw records of a request, and what is known of where they come from."""

from collections.abc import Sequence
from typing import NamedTuple

MAX_RECORDS = 10_000
ID = "id"
"""The key of a record's own id, unless a field is called so."""


class Records(NamedTuple):
    """Raw records in order; of a CSV also the line on which each begins, and the names in the header."""

    records: Sequence[object]
    lines: Sequence[int] | None = None
    header: Sequence[str] | None = None
