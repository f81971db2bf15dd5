"""How commands speak with a person in a terminal."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from model.batch.errors import BatchError
from model.errors import ModelError
from model.training.errors import TrainingError
from model.watch.errors import WatchError

INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)

console = Console()
errors = Console(stderr=True)


def told(command: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong is told in words, without a traceback."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except (TrainingError, BatchError, WatchError, ModelError, ClientError, BotoCoreError, OSError) as error:
            errors.print(f"phat: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
            sys.exit(1)

    return run


def notice(text: str) -> None:
    """Something to know that is no error."""
    errors.print(f"note: {text}", style="yellow", markup=False, highlight=False, soft_wrap=True)
