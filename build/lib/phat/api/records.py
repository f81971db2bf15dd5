"""The raw records of a request, and what is known of where they come from."""

from collections.abc import Sequence
from typing import Any, NamedTuple

MAX_RECORDS = 10_000


class Records(NamedTuple):
    """Raw records in order; of a CSV also the line on which each begins, and the names in the header."""

    records: Sequence[Any]
    lines: Sequence[int] | None = None
    header: Sequence[str] | None = None
