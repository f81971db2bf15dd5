"""Options by which every command that reads a table is told how it is written."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from phat.batch.dialects.options import Dialect
from phat.storage.errors import FilesError

_OPTIONS = (
    click.option("--encoding", metavar="NAME", help="Of a CSV that is not UTF-8: latin-1, cp1252, utf-16-le ..."),
    click.option(
        "--decimal",
        metavar="MARK",
        help="The decimal mark of its numbers: , (1.234,5) or . (1,234.5); found out without.",
    ),
    click.option("--separator", metavar="SIGN", help="What separates its cells: , ; | or tab; found out without."),
)


def table_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --encoding, --decimal and --separator to a command, which gets them as its `dialect`."""

    @wraps(command)
    def run(*args: Any, encoding: str | None, decimal: str | None, separator: str | None, **options: Any) -> None:
        try:
            dialect = Dialect(encoding, decimal, separator)
        except FilesError as error:
            raise click.UsageError(f"--{error}") from None
        command(*args, dialect=dialect, **options)

    decorated: Callable[..., None] = run
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
