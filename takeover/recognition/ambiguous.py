"""What numbers alone cannot decide, as arguments to paste."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from phat.training.errors import TrainingError


class Choice(NamedTuple):
    """One question about a column: `question` in words, and the `fields` that decide it, the likeliest first."""

    question: str
    fields: Sequence[Mapping[str, Any]]


class Ambiguous(TrainingError):
    """More than one thing explains a column of the fit; `choices` are the questions, each with arguments to paste."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self.choices = tuple(choices)
        lines = [
            f"{choice.question}: " + " or ".join(f"fields={_python(fields)}" for fields in choice.fields)
            for choice in self.choices
        ]
        super().__init__("the fit does not tell everything; choose, and export again with\n  " + "\n  ".join(lines))


def merge(fields: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Definitions of several choices as one argument."""
    merged: dict[str, dict[str, Any]] = {}
    for each in fields:
        for name, definition in each.items():
            merged.setdefault(name, {}).update(definition)
    return merged


def _python(fields: Mapping[str, Any]) -> str:
    text = orjson.dumps(fields).decode()
    return text.replace(":true", ":True").replace(":false", ":False").replace(":null", ":None")
