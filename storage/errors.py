"""What can go wrong with files, here and in S3.

FilesError
├── FileRefused      an input that cannot be read as a table
│   └── NoSuchFile     a name that stands for no file
├── OutputRefused    a place where the answers cannot be written
└── StoreUnavailable S3 did not read or write as it should, which may pass

EnginePanic          a panic of a library in Rust, which `panics_caught` makes an Exception
"""

from collections.abc import Iterator
from contextlib import contextmanager

from phat.model.errors import is_panic


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


class EnginePanic(Exception):
    """A library in Rust (polars, obstore) panicked; the message is its own."""


@contextmanager
def panics_caught() -> Iterator[None]:
    """Raise EnginePanic in place of a library's panic.

    It is raised as a BaseException, which passes every `except Exception` and would end the whole run.
    """
    try:
        yield
    except BaseException as error:
        if not is_panic(error):
            raise
        raise EnginePanic(f"a library panicked: {error}") from error
