"""How commands speak with a person in a terminal: all that they print of others' texts is made visible here."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from phat.model.errors import ModelError
from phat.model.visible import visible, visible_line
from phat.monitoring.errors import MonitoringError
from phat.storage.errors import FilesError
from phat.training.errors import TrainingError


class OutputPath(click.Path):
    """A file to write, in a folder that is there and can be written to."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path; a usage error, before any work, if nothing can be written there."""
        path = Path(str(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"{path}: there is no folder {path.parent}", param, ctx)
        if not path.exists() and not os.access(path.parent, os.W_OK):
            self.fail(f"{path}: the folder {path.parent} cannot be written to", param, ctx)
        return path


INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT = OutputPath(dir_okay=False, writable=True)


def example(*commands: str) -> str:
    """The end of a command's help: how it is called."""
    return "\n".join(["\b", "Example:", *(f"  {command}" for command in commands)])


def reports_errors(command: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong is told in words, without a traceback."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except (TrainingError, FilesError, MonitoringError, ModelError, ClientError, BotoCoreError, OSError) as error:
            click.secho(f"phat: {visible(str(error))}", fg="red", err=True)
            sys.exit(1)

    return run


def notice(text: str) -> None:
    """Something to know that is no error."""
    click.secho(f"note: {visible_line(text)}", fg="yellow", err=True)


def say(text: str) -> None:
    """What a command has to say, line breaks included."""
    click.echo(visible(text))


def say_written(**paths: Path | None) -> None:
    """Where each part of the result is, if it was written."""
    for what, path in paths.items():
        if path is not None:
            say(f"{what} written to {path}")


def give(text: str) -> None:
    """What a command makes for another program: exact in a file or a pipe, visible where a terminal shows it."""
    shown = visible(text) if sys.stdout.isatty() else text
    click.echo(shown, color=True)  # or click would take terminal escapes out of a file
    if shown != text:
        notice("characters that a terminal would act on are shown as escapes; in a file they are exact")


def kept_columns(option: str | None) -> tuple[str, ...]:
    """The columns that `--keep` names; none without it."""
    return () if option is None else tuple(name.strip() for name in option.split(","))
