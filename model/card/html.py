"""A card as one HTML page that holds all it needs: no script, nothing of a network, every text escaped."""

from collections.abc import Iterator
from html import escape

from phat.model.card.parts import Card, Section, Table
from phat.model.visible import visible_line

_STYLE = """
.phat-card { color-scheme: light dark; --ink: #1c1e21; --soft: #5a6068; --line: #d8dce1; --back: #fff; }
@media (prefers-color-scheme: dark) {
  .phat-card { --ink: #e8eaed; --soft: #a5acb5; --line: #3d434b; --back: #17191c; }
}
.phat-card { color: var(--ink); background: var(--back); font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem;
  margin: 0 auto; padding: 1.5rem; overflow-wrap: anywhere; }
.phat-card h1 { font-size: 1.8rem; line-height: 1.2; margin: 0; }
.phat-card h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
.phat-card p { margin: .4rem 0; max-width: 46rem; }
.phat-card .version { color: var(--soft); }
.phat-card ul { margin: .4rem 0; padding-left: 1.2rem; max-width: 46rem; }
.phat-card .wide { overflow-x: auto; }
.phat-card table { border-collapse: collapse; margin: .6rem 0; font-size: .9rem; }
.phat-card th, .phat-card td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left;
  vertical-align: top; min-width: 4rem; }
.phat-card thead th { border-bottom-width: 2px; vertical-align: bottom; }
.phat-card tbody th { font-weight: normal; }
.phat-card .number { text-align: right; max-width: 12rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
.phat-card td.number { white-space: nowrap; }
@media print {
  .phat-card { color-scheme: light; --ink: #000; --soft: #333; --line: #999; --back: #fff; }
  .phat-card { max-width: none; padding: 0; font-size: 10pt; }
  .phat-card .wide { overflow: visible; }
  .phat-card h2 { break-after: avoid; }
  .phat-card tr { break-inside: avoid; }
}
"""
_PAGE = """
body { margin: 0; }
@media (prefers-color-scheme: dark) { body { background: #17191c; } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(card: Card) -> str:
    """The card as a whole page."""
    return "\n".join([
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Model card: {_text(card.name)}</title>",
        f"<style>{_PAGE}</style>",
        "</head>",
        "<body>",
        fragment(card, "main"),
        "</body>",
        "</html>",
        "",
    ])  # fmt: skip


def fragment(card: Card, element: str = "div") -> str:
    """The card as a part of a page, such as a notebook's."""
    return "\n".join([
        f'<{element} class="phat-card">',
        f"<style>{_STYLE}</style>",
        f"<h1>{_text(card.name)}</h1>",
        f'<p class="version">Model card of version <code>{_text(card.version)}</code></p>',
        *(line for place, section in enumerate(card.sections, 1) for line in _section(section, place)),
        f"</{element}>",
    ])  # fmt: skip


def _section(section: Section, place: int) -> Iterator[str]:
    title = f"phat-card-{place}"
    yield f'<section aria-labelledby="{title}">'
    yield f'<h2 id="{title}">{_text(section.title)}</h2>'
    yield from (f"<p>{_text(sentence)}</p>" for sentence in section.sentences)
    if section.points:
        yield "<ul>"
        yield from (f"<li>{_text(point)}</li>" for point in section.points)
        yield "</ul>"
    if section.table is not None:
        yield from _table(section.table, title)
    yield "</section>"


def _table(table: Table, title: str) -> Iterator[str]:
    texts = len(table.columns) - table.numbers
    yield f'<div class="wide" tabindex="0" role="region" aria-labelledby="{title}"><table aria-labelledby="{title}">'
    heads = (f'<th scope="col"{_kind(place, texts)}>{_text(name)}</th>' for place, name in enumerate(table.columns))
    yield f"<thead><tr>{''.join(heads)}</tr></thead>"
    yield "<tbody>"
    for first, *others in table.rows:
        cells = (f"<td{_kind(place, texts)}>{_text(cell)}</td>" for place, cell in enumerate(others, 1))
        yield f'<tr><th scope="row">{_text(first)}</th>{"".join(cells)}</tr>'
    yield "</tbody>"
    yield "</table></div>"


def _kind(place: int, texts: int) -> str:
    return ' class="number"' if place >= texts else ""


def _text(text: str) -> str:
    return escape(visible_line(text))
