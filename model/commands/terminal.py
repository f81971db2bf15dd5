"""How commands speak with a person in a terminal."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from model.batch.errors import BatchError
from model.errors import ModelError
from model.training.errors import TrainingError
from model.watch.errors import WatchError

INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


def told(command: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong is told in words, without a traceback."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except (TrainingError, BatchError, WatchError, ModelError, ClientError, BotoCoreError, OSError) as error:
            click.secho(f"phat: {error}", fg="red", err=True)
            sys.exit(1)

    return run


def notice(text: str) -> None:
    """Something to know that is no error."""
    click.secho(f"note: {text}", fg="yellow", err=True)


def kept_columns(option: str | None) -> tuple[str, ...]:
    """The columns that `--keep` names; none without it."""
    return () if option is None else tuple(name.strip() for name in option.split(","))
