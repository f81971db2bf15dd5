"""What a person wants to know of a model: a card in the terminal, and how two models differ.

A model's texts are data: no markup of rich's in them is obeyed, and nothing in them moves the terminal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from phat.model.answer import Binary, Classes
from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.model.visible import visible, visible_line
from phat.preprocessing.schema import Field, NumberField, kind_of
from phat.preprocessing.terms import PlainNumber
from phat.training.coefficients import coefficients

_SHOWN_LEVELS = 8
_NARROW = 12
"""Characters of a name before numbers that stay in one line, however narrow the terminal is."""


def card(model: Model) -> RenderableType:
    """A model card: what it is, fitted when on what, its figures, notices, fields and coefficients."""
    artifact = model.artifact
    head = Text(visible_line(artifact.name), style="bold") + Text(f" {model.version}", style="not bold")
    lines = [Text(visible(line)) for line in (artifact.texts.about, f"sha256 {model.sha256}") if line]
    facts, *others = tables(model)
    return Group(head, *lines, facts, *_notices(artifact), *others)


def tables(model: Model) -> list[Table]:
    """The card's tables: facts, fields, coefficients."""
    return [_facts(model.artifact), _fields(model.artifact), _coefficients(model.artifact)]


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


def _facts(artifact: Artifact) -> Table:
    provenance = artifact.provenance.to_dict()
    facts = [
        ("link", artifact.link),
        ("constant", artifact.constant or "none"),
        *_answer(artifact),
        ("golden records", str(len(artifact.golden))),
        ("baseline", artifact.baseline.source if artifact.baseline else "none"),
        ("proof", artifact.provenance.proof.text),
        *(
            (name, shown(value))
            for name, value in flat("", provenance)
            if name not in ("config", "notices") and not name.startswith("proof.")
        ),
    ]
    return table(["what", "value"], facts, "Model")


def _answer(artifact: Artifact) -> Iterator[tuple[str, str]]:
    """What the model answers."""
    match artifact.answer:
        case Binary(cutoff, labels):
            yield "cutoff", f"{cutoff:.6g}: {labels.event} at or above, else {labels.other}"
        case Classes(labels, thresholds):
            yield ("ordered classes" if thresholds else "classes"), ", ".join(labels)
            if thresholds:
                yield "thresholds", ", ".join(f"{each:.6g}" for each in thresholds)
        case _:
            yield "answer", "the mean of the outcome"
    if (offset := artifact.terms.offset_formula) is not None:
        yield "offset", offset
    if artifact.degrees_of_freedom is not None:
        yield "degrees of freedom", f"{artifact.degrees_of_freedom:.6g}"
    if artifact.scale is not None:
        yield "standard deviation", f"{artifact.scale**0.5:.6g} of an observation around its mean"


def _notices(artifact: Artifact) -> Iterator[Text]:
    for text in artifact.provenance.notices:
        yield Text(f"note: {visible_line(text)}", style="yellow")


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


def _fields(artifact: Artifact) -> Table:
    unit, numbers = artifact.texts.unit, artifact.terms.divide(artifact.schema)[0]
    rows = (
        (field.name, kind_of(field), _gap(field, unit(field.name)), _range(field, numbers.get(field.name)))
        for field in artifact.schema.fields
    )
    return table(["field", "kind", "missing means", "scale or levels"], rows, "Fields")


def _gap(field: Field, unit: str) -> str:
    if field.required:
        return "an error"
    if field.gap == "zero":
        return "no level"
    if field.gap == "as_fitted":
        return "as in the fit"
    return field.fill if isinstance(field.fill, str) else f"{field.fill:.6g} {unit}".strip()


def _range(field: Field, number: PlainNumber | None) -> str:
    if isinstance(field, NumberField):
        return "see the columns" if number is None else f"(value - {number.centre:.6g}) / {number.scale:.6g}"
    more = len(field.levels) - _SHOWN_LEVELS
    tail = f" and {more} more" if more > 0 else ""
    reference = "" if field.reference is None else f"; reference {field.reference}"
    return f"{', '.join(field.levels[:_SHOWN_LEVELS])}{tail}{reference}"


def _coefficients(artifact: Artifact) -> Table:
    """With the odds ratios and their 95 % intervals for the logit link, else with those of the coefficients."""
    odds = artifact.link == "logit"
    rows = [
        [
            each.column, f"{each.coefficient:+.4g}",
            "-" if each.standard_error is None else f"{each.standard_error:.3g}",
            "-" if each.z is None else f"{each.z:.2f}", "-" if each.p is None else _chance(each.p),
            *_digits([each.odds_ratio, each.odds_lower, each.odds_upper] if odds else [each.lower, each.upper]),
        ]
        for each in coefficients(artifact)
    ]  # fmt: skip
    statistic = "z" if artifact.degrees_of_freedom is None else "t"
    numbers = ["coefficient", "std\nerror", statistic, "p", *(["odds\nratio"] if odds else []), "95 %\nfrom", "\nto"]
    return table(["column", *numbers], rows, "Coefficients", len(numbers))


def _digits(numbers: Iterable[float | None]) -> list[str]:
    return ["-" if number is None else f"{number:.4g}" for number in numbers]


def _chance(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"
