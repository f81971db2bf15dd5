"""A card as one HTML page that holds all it needs: no script, nothing of a network, every text escaped."""

from collections.abc import Iterator
from html import escape

from phat.model.card.parts import Card, Section, Table
from phat.model.look import stylesheet
from phat.model.visible import visible_line

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(card: Card) -> str:
    """The card as a whole page."""
    return "\n".join([
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Model card: {_text(card.name)}</title>",
        f"<style>{stylesheet()}</style>",
        "</head>",
        '<body class="look">',
        *_article(card, '<main class="report">', "</main>"),
        "</body>",
        "</html>",
        "",
    ])  # fmt: skip


def fragment(card: Card) -> str:
    """The card as a part of a page, such as a notebook's."""
    return "\n".join(
        _article(card, f'<div class="look"><style>{stylesheet()}</style><div class="report">', "</div></div>")
    )


def _article(card: Card, start: str, end: str) -> Iterator[str]:
    yield start
    yield f"<h1>{_text(card.name)}</h1>"
    yield f'<p class="note">Model card of version <code>{_text(card.version)}</code></p>'
    for place, section in enumerate(card.sections, 1):
        yield from _section(section, place)
    yield end


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
