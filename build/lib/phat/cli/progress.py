"""What rich draws in a terminal: tables, and what moves while a command works."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

console = Console(markup=False, emoji=False)
errors = Console(stderr=True, markup=False, emoji=False)


@contextmanager
def scoring(total: int) -> Iterator[Callable[[int, int], None]]:
    """A bar that is told how many rows are done, and how many of all bytes: rows, rows per second, time left."""
    texts = (TextColumn("{task.fields[rows]}"), TextColumn("{task.fields[speed]}"))
    with Progress(BarColumn(), TaskProgressColumn(), *texts, TimeRemainingColumn(), console=errors) as progress:
        task = progress.add_task("scoring", total=total, rows="", speed="")

        def show(rows: int, done: int) -> None:
            seconds = progress.tasks[0].elapsed or 0.0
            speed = f"{rows / seconds:,.0f}/s" if seconds else ""
            progress.update(task, completed=done, rows=f"{rows:,} rows", speed=speed)

        yield show
