"""What rich draws in a terminal: tables, and what moves while a command works. Nothing moves in a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

_PIPE = 120
"""Characters of a line of a table in a pipe or a file."""

console = Console(markup=False, emoji=False, width=None if sys.stdout.isatty() else _PIPE)
_errors = Console(stderr=True, markup=False, emoji=False)

_NAME = TextColumn("{task.description}")


@contextmanager
def stages(count: int) -> Iterator[Callable[[str], None]]:
    """A bar that is told the name of each of so many stages as it begins; it vanishes in the end."""
    steps = TextColumn("{task.fields[begun]} of {task.total}")
    with _progress(_NAME, BarColumn(), steps, transient=True) as progress:
        task = progress.add_task("", total=count, begun=0)
        begun = 0

        def begin(name: str) -> None:
            nonlocal begun
            begun += 1
            progress.update(task, description=name, completed=begun - 1, begun=begun, refresh=True)

        yield begin


@contextmanager
def rows(name: str, total: int) -> Iterator[Callable[[int, int], None]]:
    """A bar that is told how many rows are done, and how much of the total: rows, rows per second, time left."""
    texts = (TextColumn("{task.fields[rows]}"), TextColumn("{task.fields[speed]}"))
    with _progress(_NAME, BarColumn(), TaskProgressColumn(), *texts, TimeRemainingColumn()) as progress:
        task = progress.add_task(name, total=total, rows="", speed="")

        def show(count: int, done: int) -> None:
            seconds = progress.tasks[0].elapsed or 0.0
            speed = f"{count / seconds:,.0f}/s" if seconds else ""
            progress.update(task, completed=done, rows=f"{count:,} rows", speed=speed)

        yield show


def _progress(*columns: ProgressColumn, transient: bool = False) -> Progress:
    return Progress(*columns, console=_errors, transient=transient, disable=not sys.stderr.isatty())
