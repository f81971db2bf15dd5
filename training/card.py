"""A model's card in the terminal, as rich draws it, and the tables of how two models differ.

A model's texts are data: no markup of rich's in them is obeyed, and nothing in them moves the terminal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from phat.model.card.card import NOTICES
from phat.model.card.card import card as card_of
from phat.model.card.parts import Section
from phat.model.model import Model
from phat.model.visible import visible_line

_NARROW = 12
"""Characters of a name before numbers that stay in one line, however narrow the terminal is."""


def card(model: Model) -> RenderableType:
    """A model's card: what it predicts, its figures, data, limits, fields, coefficients, notices and origin."""
    made = card_of(model)
    head = Text(visible_line(made.name), style="bold") + Text(f" {made.version}", style="not bold")
    return Group(head, *(part for section in made.sections for part in _section(section)))


def tables(model: Model) -> list[Table]:
    """The card's tables: figures, data, fields, coefficients, origin."""
    return [_drawn(section) for section in card_of(model).sections if section.table is not None]


def _section(section: Section) -> Iterator[RenderableType]:
    yield Text()
    if section.table is None or section.sentences or section.points:
        yield Text(visible_line(section.title), style="bold")
    yield from (Text(visible_line(sentence)) for sentence in section.sentences)
    style = "yellow" if section.title == NOTICES else ""
    yield from (Text(f"- {visible_line(point)}", style=style) for point in section.points)
    if section.table is not None:
        yield _drawn(section)


def _drawn(section: Section) -> Table:
    assert section.table is not None  # noqa: S101  # for the types
    columns, rows, numbers = section.table
    titled = not (section.sentences or section.points)
    names = [
        *columns[: len(columns) - numbers],
        *(name.replace(" ", "\n", 1) for name in columns[len(columns) - numbers :]),
    ]
    return table(names, rows, section.title if titled else None, numbers)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None, numbers: int = 0) -> Table:
    """A table none of whose cells is cut; the last `numbers` columns hold numbers, which stay in one line."""
    rows = list(rows)
    drawn = Table(title=title, title_justify="left")
    if numbers:  # all of a coefficient fits into 80 characters
        drawn = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    texts = len(columns) - numbers
    for index, column in enumerate(columns):
        if index < texts:
            longest = max((len(row[index]) for row in rows), default=0)
            drawn.add_column(Text(column), overflow="fold", min_width=min(longest, _NARROW) if numbers else None)
        else:
            drawn.add_column(Text(column), justify="right", no_wrap=True)
    for row in rows:
        drawn.add_row(*map(_cell, row))
    return drawn


def _cell(text: str) -> Text:
    return Text(visible_line(text))


def flat(prefix: str, data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Figures and texts by dotted name; lists are too long for a card."""
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from flat(f"{prefix}{name}.", value)
        elif value is not None and not isinstance(value, tuple | list):
            yield f"{prefix}{name}", value


def shown(value: Any) -> str:
    """A figure with six digits, anything else as text."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
