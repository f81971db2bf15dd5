"""A model's card and what two models differ in, as rich shows them anywhere."""

import io

import pytest
from rich.console import Console, RenderableType

from phat.model.artifact import Labels
from phat.model.provenance import Provenance
from phat.model.texts import Texts
from phat.preprocessing.schema import Field, Schema
from phat.training.card import card, difference_table
from tests.unit.model.other import other_model

HOSTILE = [
    "[months]",
    "[/x]",
    "[red]a[/red]",
    ":smile:",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "a\rb",
    "\u202egnp.exe",
    "a\nb",
]


def shown(renderable: RenderableType) -> str:
    """What a console of rich's own defaults prints, wide enough for a line a row."""
    file = io.StringIO()
    Console(file=file, width=400).print(renderable)
    return file.getvalue()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_models_texts_are_data(text: str) -> None:
    """Labels, names, levels, units and provenance are shown as they are spelt, whatever markup they look like."""
    name, level = f"n{text}", f"l{text}"
    field = Field(name, "category", gap="zero", levels=(level, "other"), reference="other")
    schema = Schema((field, Field("debt", "number", fill=0.0)))
    changes = {
        "schema": schema,
        "texts": Texts(f"about{text}", units={"debt": f"u{text}"}),
        "labels": Labels(f"event{text}", "no"),
        "coefficients": {f"{name}_{level}": 1.0, "debt": 2.0}, "covariance": ((1.0, 0.0), (0.0, 1.0)),
        "provenance": Provenance(libraries={f"key{text}": f"value{text}"}),
    }  # fmt: skip
    printed = shown(card(other_model(**changes)))
    spelt = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    for word in ("n", "l", "u", "event", "key", "value"):
        assert f"{word}{spelt}" in printed
    assert all(char.isprintable() or char == "\n" for char in printed)
    assert "about" + spelt.replace("\\u000a", "\n") in printed


@pytest.mark.parametrize("text", HOSTILE)
def test_differences_are_data(text: str) -> None:
    """So are the places and values of differences, and the names of the files."""
    printed = shown(difference_table([(f"place{text}", f"old{text}", f"new{text}")], f"a{text}", f"b{text}"))
    spelt = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    for word in ("place", "old", "new", "a", "b"):
        assert f"{word}{spelt}" in printed
    assert all(char.isprintable() or char == "\n" for char in printed)
