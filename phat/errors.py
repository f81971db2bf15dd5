"""What the library raises of its own; the rest is raised by the packages that it calls."""

from collections.abc import Sequence
from typing import Any

from phat.preprocessing.errors import InputError, InvalidRecords, RecordError

_SHOWN = 5


class InvalidRows(InputError):
    """Rows that the model refuses.

    `errors` holds the first hundred as pairs of the row's label (of a DataFrame's index; of a list the place, from 0)
    and what is wrong; `total` counts all of them, `rows` the rows that have any.
    """

    def __init__(self, refused: InvalidRecords, labels: Sequence[Any]) -> None:
        self.errors = tuple((labels[(error.row or 1) - 1], error) for error in refused.errors)
        self.total = refused.total
        self.rows = refused.rows
        shown = "".join(f"\n  index {label!r}, {_place(error)}" for label, error in self.errors[:_SHOWN])
        more = f"\n  and {self.total - _SHOWN} more errors" if self.total > _SHOWN else ""
        super().__init__(f'{self.rows} of {len(labels)} rows are refused (on_error="nan" skips them):{shown}{more}')


class AbsentField(UserWarning):
    """A field that no row has, so that it counts as missing in all of them."""


class NotInstalled(ImportError):
    """A library that is an extra is not installed; the message says which."""


def _place(error: RecordError) -> str:
    return f"{error.field}: {error.detail}" if error.field else error.detail
