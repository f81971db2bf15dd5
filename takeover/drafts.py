"""What a person says of fields on top of what a fit tells: a TOML file, and its draft."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from phat.model.artifact import Artifact
from phat.preprocessing.schema import Field
from phat.takeover.recognition.ambiguous import Choice
from phat.training.config import toml_key, toml_value
from phat.training.errors import ConfigError


def read_fields(path: Path) -> dict[str, dict[str, Any]]:
    """What a TOML file says of fields, a table each by the field's name; ConfigError if it is no such file."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    if wrong := [name for name, table in tables.items() if not isinstance(table, dict)]:
        raise ConfigError(f"{path}: {wrong[0]}: expected a table by the field's name, such as [age]")
    return tables


def draft_of(artifact: Artifact) -> str:
    """A file to edit, with each field of a model, and what may be said of it."""
    head = "# What is said of the fields on top of what the fit tells; an empty text says nothing."
    lines = (line for field in artifact.schema.fields for line in _field(field, artifact))
    return "\n".join([head, *lines]) + "\n"


def _field(field: Field, artifact: Artifact) -> Iterator[str]:
    yield f"\n[{toml_key(field.name)}]"
    yield f"label = {toml_value(artifact.texts.label(field.name))}"
    yield f"unit = {toml_value(artifact.texts.unit(field.name))}"
    if field.required:
        yield "# fill = ...           # what a missing value counts as; without it, one is refused"
    elif field.fill is not None:
        yield f"fill = {toml_value(field.fill)}"


def draft_of_choices(choices: Sequence[Choice]) -> str:
    """A file to edit with the likeliest answer to each question, and the others as comments."""
    lines = ["# The fit does not tell everything: keep one answer to each question."]
    for choice in choices:
        lines.append(f"\n# {choice.question}")
        for place, fields in enumerate(choice.fields):
            lines += [f"{'# ' if place else ''}{line}" for line in _tables(fields)]
    return "\n".join(lines) + "\n"


def _tables(fields: Mapping[str, Any]) -> Iterator[str]:
    for name, definition in fields.items():
        yield f"[{toml_key(name)}]"
        yield from (f"{key} = {toml_value(value)}" for key, value in definition.items())
