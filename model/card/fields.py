"""What a record must have, what its gaps count as, and what is refused."""

from collections.abc import Iterator

from phat.model.answer import Classes
from phat.model.artifact import Artifact
from phat.model.card.parts import Section, Table
from phat.preprocessing.schema import CategoryField, Field, NumberField, kind_of

_SHOWN_LEVELS = 8


def fields_section(artifact: Artifact) -> Section:
    """Each field with label, unit, kind, what a gap and an unknown level count as, and its levels or range."""
    rows = tuple(_row(artifact, field) for field in artifact.schema.fields)
    columns: tuple[str, ...] = ("field", "kind", "a gap counts as", "levels, or range", "an unknown level counts as")
    labels = artifact.texts.labels
    if labels:
        columns = (*columns, "label")
        rows = tuple((*row, labels.get(row[0], "")) for row in rows)
    return Section(f"Fields ({len(rows)})", table=Table(columns, rows))


def _row(artifact: Artifact, field: Field) -> tuple[str, ...]:
    unit = artifact.texts.unit(field.name)
    kind = f"{kind_of(field)}, {unit}" if unit else kind_of(field)
    return field.name, kind, _gap(field, unit), _range(artifact, field), _unknown(field)


def _gap(field: Field, unit: str) -> str:
    if field.required:
        return "an error"
    if field.gap == "zero":
        return "no level"
    if field.gap == "as_fitted":
        return "as in the fit"
    return field.fill if isinstance(field.fill, str) else f"{field.fill:.6g} {unit}".strip()


def _range(artifact: Artifact, field: Field) -> str:
    if isinstance(field, NumberField):
        if artifact.baseline is None:
            return "not known"
        edges = artifact.baseline.fields[field.name].edges
        return f"{edges[0]:.6g} to {edges[-1]:.6g}"
    more = len(field.levels) - _SHOWN_LEVELS
    tail = f" and {more} more" if more > 0 else ""
    reference = "" if field.reference is None else f"; reference {field.reference}"
    return f"{', '.join(field.levels[:_SHOWN_LEVELS])}{tail}{reference}"


def _unknown(field: Field) -> str:
    if isinstance(field, CategoryField):
        return {"error": "an error", "missing": "a gap", "other": "other"}[field.unknown]
    return ""


def limit_sentences(artifact: Artifact) -> Iterator[str]:
    """What is refused, and where answers are no more than an extrapolation."""
    fields = artifact.schema.fields
    required = [field.name for field in fields if field.required]
    if required:
        yield f"A record without {_listed(required)} is refused."
    strict = [field.name for field in fields if isinstance(field, CategoryField) and field.unknown == "error"]
    if strict:
        yield f"A level that the fit never saw is refused in {_listed(strict)}."
    yield "A number that cannot be read, or that an expression of the model is not defined for, is refused."
    if any(isinstance(field, NumberField) for field in fields):
        baseline = artifact.baseline
        known = f"ranges below are of {baseline.source}" if baseline else "their ranges are not in the file"
        yield f"Numbers beyond those of training are not refused: such an answer is an extrapolation ({known})."
    if artifact.covariance is None:
        reason = " for models of classes" if isinstance(artifact.answer, Classes) else ": the file has no covariance"
        yield f"There are no intervals{reason}."
    yield "It is right for records like those of its fit; that a record is one is not checked."


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN_LEVELS])
    return f"{shown} and {len(names) - _SHOWN_LEVELS} more fields" if len(names) > _SHOWN_LEVELS else shown
