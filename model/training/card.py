"""What a person wants to know of a model: a card in the terminal, and how two models differ."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from model.artifact import Artifact
from model.loaded import Model
from preprocessing.schema import Field

_SHOWN_LEVELS = 8


def card(model: Model) -> RenderableType:
    """A model card: what it is, fitted when on what, its figures, its fields and coefficients."""
    artifact = model.artifact
    lines = [f"[bold]{artifact.name}[/bold] {model.version}", artifact.texts.about, f"sha256 {model.sha256}"]
    head = Text.from_markup("\n".join(line for line in lines if line))
    return Group(head, _facts(artifact), _fields(artifact), _coefficients(artifact))


def _facts(artifact: Artifact) -> Table:
    table = Table("what", "value", title="Model", title_justify="left")
    table.add_row("link", artifact.link)
    table.add_row("constant", artifact.constant or "none")
    table.add_row("cutoff", f"{artifact.cutoff:.6g}: {artifact.labels.event} at or above, else {artifact.labels.other}")
    table.add_row("golden records", str(len(artifact.golden)))
    table.add_row("baseline", artifact.baseline.source if artifact.baseline else "none")
    table.add_row("proof", artifact.provenance.proof.text)
    for name, value in _flat("", artifact.provenance.to_dict()):
        if name != "config" and not name.startswith("proof."):
            table.add_row(name, value)
    return table


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
    table = Table("field", "kind", "missing means", "scale or levels", title="Fields", title_justify="left")
    for field in artifact.schema.fields:
        table.add_row(field.name, field.kind, _gap(field, artifact.texts.unit(field.name)), _range(field))
    return table


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
    return f"{', '.join(field.levels[:_SHOWN_LEVELS])}{tail}; reference {field.reference}"


def _coefficients(artifact: Artifact) -> Table:
    table = Table("column", "coefficient", "standard error", title="Coefficients", title_justify="left")
    for index, (name, value) in enumerate(artifact.coefficients.items()):
        table.add_row(name, f"{value:+.6g}", f"{artifact.covariance[index][index] ** 0.5:.4g}")
    return table


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
    table = Table("what", old, new)
    for row in rows:
        table.add_row(*row)
    return table
