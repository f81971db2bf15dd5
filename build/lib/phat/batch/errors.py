"""What can go wrong while files are scored.

BatchError
├── FileRefused      an input that cannot be read as a table
│   └── NoSuchFile     a name that stands for no file
├── RecordsRefused   bad records, where none are allowed
├── OutputRefused    a place where the answers cannot be written
└── StoreUnavailable S3 did not read or write as it should, which may pass
"""


class BatchError(Exception):
    """Base of everything that ends a run over files."""


class FileRefused(BatchError):
    """An input that cannot be read as a table; the message names the file and what is wrong."""


class NoSuchFile(FileRefused):
    """A name that stands for no file; the message has the name."""


class RecordsRefused(BatchError):
    """Bad records, where none are allowed; the message shows the first of them."""


class OutputRefused(BatchError):
    """A place where the answers cannot be written; the message says why."""


class StoreUnavailable(BatchError):
    """S3 did not read or write as it should, which may pass; the message names the object."""


class Irregular(Exception):
    """No error: the engine cannot be trusted with a part of a file, so that `preprocessing.tables` must read it.

    `to_end`: nor can it be with where the part's rows end, so with none after it.
    """

    def __init__(self, to_end: bool) -> None:
        super().__init__(to_end)
        self.to_end = to_end


class Unfinished(Exception):
    """No error: a part of a file ends within a cell; its `finished` gives one that does not."""
