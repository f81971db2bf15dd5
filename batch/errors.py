"""What can go wrong while files are scored, besides what `phat.storage.errors` has."""

from phat.storage.errors import FilesError


class RecordsRefused(FilesError):
    """Bad records, where none are allowed; the message shows the first of them."""


class NoInterval(FilesError):
    """Bounds of answers were asked for, and the model has none; the message says why."""


class Irregular(Exception):
    """No error: the engine cannot be trusted with a part of a file, so that `preprocessing.tables` must read it.

    `to_end`: nor can it be with where the part's rows end, so with none after it.
    """

    def __init__(self, to_end: bool) -> None:
        super().__init__(to_end)
        self.to_end = to_end


class Unfinished(Exception):
    """No error: a part of a file ends within a cell; its `finished` gives one that does not."""
