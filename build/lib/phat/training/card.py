"""What a person wants to know of a model: a card in the terminal, and how two models differ.

A model's texts are data: no markup of rich's in them is obeyed, and nothing in them moves the terminal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.model.visible import visible, visible_line
from phat.preprocessing.schema import Field

_SHOWN_LEVELS = 8


def card(model: Model) -> RenderableType:
    """A model card: what it is, fitted when on what, its figures, its fields and coefficients."""
    artifact = model.artifact
    head = Text(visible_line(artifact.name), style="bold") + Text(f" {model.version}", style="not bold")
    lines = [Text(visible(line)) for line in (artifact.texts.about, f"sha256 {model.sha256}") if line]
    return Group(head, *lines, _facts(artifact), *_notices(artifact), _fields(artifact), _coefficients(artifact))


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(_cell(column))
    for row in rows:
        table.add_row(*map(_cell, row))
    return table


def _cell(text: str) -> Text:
    return Text(visible_line(text))


def _facts(artifact: Artifact) -> Table:
    labels, provenance = artifact.labels, artifact.provenance.to_dict()
    facts = [
        ("link", artifact.link),
        ("constant", artifact.constant or "none"),
        ("cutoff", f"{artifact.cutoff:.6g}: {labels.event} at or above, else {labels.other}"),
        ("golden records", str(len(artifact.golden))),
        ("baseline", artifact.baseline.source if artifact.baseline else "none"),
        ("proof", artifact.provenance.proof.text),
        *(
            fact
            for fact in _flat("", provenance)
            if fact[0] not in ("config", "notices") and not fact[0].startswith("proof.")
        ),
    ]
    return _table(["what", "value"], facts, "Model")


def _notices(artifact: Artifact) -> Iterator[Text]:
    for text in artifact.provenance.notices:
        yield Text(f"note: {visible_line(text)}", style="yellow")


def _flat(prefix: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Figures and texts by dotted name; lists are too long for a card."""
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        elif isinstance(value, float):
            yield f"{prefix}{name}", f"{value:.6g}"
        elif value is not None and not isinstance(value, tuple):
            yield f"{prefix}{name}", str(value)


def _fields(artifact: Artifact) -> Table:
    unit = artifact.texts.unit
    rows = ((field.name, field.kind, _gap(field, unit(field.name)), _range(field)) for field in artifact.schema.fields)
    return _table(["field", "kind", "missing means", "scale or levels"], rows, "Fields")


def _gap(field: Field, unit: str) -> str:
    if field.required:
        return "an error"
    if field.gap == "zero":
        return "no level"
    return field.fill if isinstance(field.fill, str) else f"{field.fill:.6g} {unit}".strip()


def _range(field: Field) -> str:
    if field.kind == "number":
        return f"(value - {field.centre:.6g}) / {field.scale:.6g}"
    more = len(field.levels) - _SHOWN_LEVELS
    tail = f" and {more} more" if more > 0 else ""
    reference = "" if field.reference is None else f"; reference {field.reference}"
    return f"{', '.join(field.levels[:_SHOWN_LEVELS])}{tail}{reference}"


def _coefficients(artifact: Artifact) -> Table:
    rows = (
        (name, f"{value:+.6g}", f"{artifact.covariance[index][index] ** 0.5:.4g}")
        for index, (name, value) in enumerate(artifact.coefficients.items())
    )
    return _table(["column", "coefficient", "standard error"], rows, "Coefficients")


def differences(old: Artifact, new: Artifact) -> list[tuple[str, str, str]]:
    """What differs between two models: place, old value, new value; fields, levels, coefficients, cutoff, figures."""
    before, after = dict(_places(old)), dict(_places(new))
    names = [*before, *(name for name in after if name not in before)]
    pairs = [(name, before.get(name, "-"), after.get(name, "-")) for name in names]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _places(artifact: Artifact) -> Iterator[tuple[str, str]]:
    yield "name", artifact.name
    yield "link", artifact.link
    yield "constant", artifact.constant or "none"
    yield "cutoff", repr(artifact.cutoff)
    yield "labels", f"{artifact.labels.event} / {artifact.labels.other}"
    for field in artifact.schema.fields:
        plain = field.to_dict()
        for key, value in plain.items():
            if key != "name" and value != "":
                yield f"field {field.name}: {key}", ", ".join(value) if isinstance(value, list) else str(value)
    for name, value in artifact.coefficients.items():
        yield f"coefficient {name}", repr(value)
    yield from (
        (f"provenance: {name}", value) for name, value in _flat("", artifact.provenance.to_dict()) if name != "config"
    )


def difference_table(rows: list[tuple[str, str, str]], old: str, new: str) -> Table:
    """The differences as a table."""
    return _table(["what", old, new], rows)
