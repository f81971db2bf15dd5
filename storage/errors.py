"""What can go wrong with files, here and in S3.

FilesError
├── FileRefused      an input that cannot be read as a table
│   └── NoSuchFile     a name that stands for no file
├── OutputRefused    a place where the answers cannot be written
└── StoreUnavailable S3 did not read or write as it should, which may pass
"""


class FilesError(Exception):
    """Base of everything that ends work on files."""


class FileRefused(FilesError):
    """An input that cannot be read as a table; the message names the file and what is wrong."""


class NoSuchFile(FileRefused):
    """A name that stands for no file; the message has the name."""


class OutputRefused(FilesError):
    """A place where the answers cannot be written; the message says why."""


class StoreUnavailable(FilesError):
    """S3 did not read or write as it should, which may pass; the message names the object."""
