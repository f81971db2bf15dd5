"""What a card is made of: plain frozen data, which each form (terminal, HTML, Markdown) shows in its own way.

Texts may be anybody's: a form makes them safe.
"""

from typing import NamedTuple


class Table(NamedTuple):
    """Rows of cells under the names of columns; the last `numbers` columns hold numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: int = 0


class Section(NamedTuple):
    """A part with a title: sentences, then a list of `points`, then a table, each if there is any."""

    title: str
    sentences: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    table: Table | None = None


class Card(NamedTuple):
    """What a person wants to know of a model, the most important first."""

    name: str
    version: str
    sections: tuple[Section, ...]
