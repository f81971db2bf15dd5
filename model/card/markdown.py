"""A card as Markdown (GitHub's), in which no text of a model's is markup."""

import re
from collections.abc import Iterator

from phat.model.card.parts import Card, Section, Table
from phat.model.visible import visible_line

_MARKS = re.compile(r"[\\`*_\[\]|~#$]|:(?=//)|(?<=www)\.|(?<=WWW)\.")
"""What is markup wherever it stands, or makes a link of an address."""
_BEGINS = re.compile(r"([-+=]|[0-9]{1,9}(?=[.)]))")
"""What makes a list or a heading of a line that it begins."""


def markdown(card: Card) -> str:
    """The card as Markdown; what is hidden in a text, line breaks included, is shown as escapes."""
    return "\n".join(_lines(card)) + "\n"


def _lines(card: Card) -> Iterator[str]:
    yield f"# {escaped(card.name)}"
    yield ""
    yield f"Model card of version `{card.version}`"
    for section in card.sections:
        yield ""
        yield f"## {escaped(section.title)}"
        yield from _body(section)


def _body(section: Section) -> Iterator[str]:
    for sentence in section.sentences:
        yield from ("", escaped(sentence))
    if section.points:
        yield ""
        yield from (f"- {escaped(point)}" for point in section.points)
    if section.table is not None:
        yield ""
        yield from _table(section.table)


def _table(table: Table) -> Iterator[str]:
    texts = len(table.columns) - table.numbers
    yield _row(table.columns)
    yield "| " + " | ".join("---" if place < texts else "---:" for place in range(len(table.columns))) + " |"
    yield from map(_row, table.rows)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(map(_inner, cells)) + " |"


def escaped(text: str) -> str:
    """A text that Markdown shows as it is spelt, in one line, and makes no link, picture or list of."""
    return _begun(_inner(text))


def _inner(text: str) -> str:
    """The same of a text that does not begin a line."""
    line = visible_line(text.replace("\n", " ").replace("\t", " ")).strip()
    marked = _MARKS.sub(lambda match: "\\" + match[0], line)
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        marked = marked.replace(mark, entity)
    return marked


def _begun(line: str) -> str:
    """The line with what would make more than a paragraph of it taken for what it is."""
    match = _BEGINS.match(line)
    if match is None:
        return line
    end = match.end()
    return f"{line[:end]}\\{line[end:]}" if match[0][0].isdigit() else f"\\{line}"
