"""A model card as a page of HTML, which needs nothing else, and as Markdown; no text of a model is obeyed in either."""

import re
from collections.abc import Iterator
from html import escape

from phat.model.visible import visible, visible_line
from phat.training.model_card import Card, CardTable, Section

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --soft: #52606d; --line: #d7dde3; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --soft: #a3b0bd; --line: #3a4652; --paper: #161d24; } }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0; }
main { max-width: 860px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { margin: 0; font-size: 30px; overflow-wrap: anywhere; } h2 { margin: 36px 0 8px; font-size: 19px; }
.version { color: var(--soft); font-size: 14px; } .lead { font-size: 18px; }
p { margin: 6px 0; overflow-wrap: anywhere; } .wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; margin-top: 8px; }
th, td { padding: 6px 10px 6px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } td.number, th.number { text-align: right; white-space: nowrap; }
@media print { body { font-size: 11pt; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
"""
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")


def as_html(card: Card) -> str:
    """The card as one page of HTML, without scripts and addresses."""
    body = "".join([*_head(card), *(part for section in card.sections for part in _section(section))])
    title = escape(f"{visible_line(card.name)} {card.version}: model card")
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body><main>\n{body}</main></body>\n</html>\n"
    )


def as_fragment(card: Card) -> str:
    """The card for a page that has styles of its own, such as a notebook's."""
    return f"<div>{''.join([*_head(card), *(part for each in card.sections for part in _section(each))])}</div>"


def _head(card: Card) -> Iterator[str]:
    yield f'<h1>{_text(card.name)}</h1>\n<p class="version">version {_text(card.version)}</p>\n'
    yield from (f'<p class="lead">{_text(sentence)}</p>\n' for sentence in card.lead)


def _section(section: Section) -> Iterator[str]:
    yield f"<h2>{_text(section.title)}</h2>\n"
    yield from (f"<p>{_text(sentence)}</p>\n" for sentence in section.sentences)
    if section.table is not None:
        yield _table(section.table)


def _table(table: CardTable) -> str:
    first = len(table.columns) - table.numbers
    kinds = ["" if place < first else ' class="number"' for place in range(len(table.columns))]
    head = "".join(f'<th scope="col"{kind}>{_text(name)}</th>' for name, kind in zip(table.columns, kinds, strict=True))
    rows = "".join(
        f"<tr>{''.join(f'<td{kind}>{_text(cell)}</td>' for cell, kind in zip(row, kinds, strict=True))}</tr>\n"
        for row in table.rows
    )
    return f'<div class="wide" tabindex="0"><table>\n<tr>{head}</tr>\n{rows}</table></div>\n'


def _text(text: str) -> str:
    return escape(visible(text))


def as_markdown(card: Card) -> str:
    """The card as Markdown, as GitHub shows it."""
    parts = [f"# {_plain(card.name)}", f"Version `{card.version}`", *map(_plain, card.lead)]
    for section in card.sections:
        parts += [f"## {_plain(section.title)}", *map(_plain, section.sentences)]
        if section.table is not None:
            parts.append(_markdown_table(section.table))
    return "\n\n".join(parts) + "\n"


def _markdown_table(table: CardTable) -> str:
    first = len(table.columns) - table.numbers
    rules = ["---" if place < first else "---:" for place in range(len(table.columns))]
    rows = [table.columns, *table.rows]
    lines = [f"| {' | '.join(map(_plain, row))} |" for row in rows]
    return "\n".join([lines[0], f"| {' | '.join(rules)} |", *lines[1:]])


def _plain(text: str) -> str:
    """A text in one line in which nothing is Markdown or HTML; numbers at its head begin no list."""
    line = _SPECIAL.sub(r"\\\1", visible_line(text))
    return re.sub(r"^(\s*)([-+]|[0-9]+[.)])(\s)", r"\1\\\2\3", line)
