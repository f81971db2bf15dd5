"""How two models differ: coefficients, fields and the decision, and where the models come from."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rich.table import Table

from phat.model.answer import Answer, Binary, Classes
from phat.model.artifact import Artifact
from phat.model.coefficients import coefficients
from phat.preprocessing.schema import kind_of
from phat.training.card import flat, table

Values = Mapping[str, Any]


class Difference(NamedTuple):
    """What differs: its name, both values (None where a model has none), and new - old if both are numbers."""

    name: str
    old: Any
    new: Any

    @property
    def change(self) -> float | None:
        """The new number less the old one."""
        return self.new - self.old if _is_number(self.old) and _is_number(self.new) else None

    @property
    def size(self) -> float:
        """How large the change is; what only one model has counts as 0 in the other."""
        if self.change is not None:
            return abs(self.change)
        return max((abs(value) for value in (self.old, self.new) if _is_number(value)), default=0.0)

    @property
    def share(self) -> float:
        """The change as a share of the larger number, 1 where only one model has one, 0 of texts."""
        largest = max((abs(value) for value in (self.old, self.new) if _is_number(value)), default=0.0)
        return self.size / largest if largest else 0.0


def differences(old: Artifact, new: Artifact) -> dict[str, list[Difference]]:
    """What differs between two models, by title, the largest change first; a title without a difference is not there.

    Coefficients are ordered by their change, other numbers by its share of them; texts follow. A field that one model
    alone has is one difference.
    """
    common = {field.name for field in old.schema.fields} & {field.name for field in new.schema.fields}
    compared = {
        "Coefficients": _compare(_coefficients(old), _coefficients(new), lambda each: each.size),
        "Decision": _compare(_decision(old), _decision(new), lambda each: each.share),
        "Fields": _compare(dict(_fields(old, common)), dict(_fields(new, common)), lambda each: each.share),
        "Origin and figures": _compare(_origin(old), _origin(new), lambda each: each.share),
    }
    return {title: rows for title, rows in compared.items() if rows}


def difference_tables(compared: Mapping[str, Sequence[Difference]]) -> Iterator[Table]:
    """The differences as tables, four digits a number."""
    for title, rows in compared.items():
        cells = ([each.name, _text(each.old), _text(each.new), _change(each)] for each in rows)
        yield table(["what", "old", "new", "change"], cells, title, numbers=3 if title == "Coefficients" else 0)


def _compare(old: Values, new: Values, order: Callable[[Difference], float]) -> list[Difference]:
    names = [*old, *(name for name in new if name not in old)]
    rows = [Difference(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]
    return sorted(rows, key=order, reverse=True)


def _decision(artifact: Artifact) -> Values:
    return {
        "name": artifact.name,
        "link": artifact.link,
        "constant": artifact.constant or "none",
        "offset": artifact.terms.offset_formula,
        "answer": artifact.answer.kind,
        **dict(_answer(artifact.answer)),
    }


def _coefficients(artifact: Artifact) -> Values:
    return {each.column: each.coefficient for each in coefficients(artifact)}


def _answer(answer: Answer) -> Iterator[tuple[str, Any]]:
    if isinstance(answer, Binary):
        yield "cutoff", answer.cutoff
        yield "labels", " / ".join(answer.labels)
    elif isinstance(answer, Classes):
        yield "labels", " / ".join(answer.labels)
        yield from ((f"threshold {number}", value) for number, value in enumerate(answer.thresholds, 1))


def _fields(artifact: Artifact, common: Collection[str]) -> Iterator[tuple[str, Any]]:
    numbers, _, others = artifact.terms.divide(artifact.schema)
    for field in artifact.schema.fields:
        if field.name not in common:
            yield field.name, kind_of(field)
            continue
        for key, value in field.to_dict().items():
            if key != "name" and value != "":
                yield f"{field.name}: {key}", ", ".join(map(str, value)) if isinstance(value, list) else value
        if number := numbers.get(field.name):
            yield f"{field.name}: centre", number.centre
            yield f"{field.name}: scale", number.scale
    for column in others:
        yield f"column {column.name}", artifact.terms.formula(column)


def _origin(artifact: Artifact) -> Values:
    return {name: value for name, value in flat("", artifact.provenance.to_dict()) if name != "config"}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return _number(value) if _is_number(value) else str(value)


def _number(value: float, sign: str = "") -> str:
    """Four digits, and all of a count."""
    whole = isinstance(value, int) or 10_000 <= abs(value) < 1e9
    return f"{value:{sign},.0f}" if whole else f"{value:{sign}.4g}"


def _change(each: Difference) -> str:
    if each.change is None:
        return "added" if each.old is None else "removed" if each.new is None else ""
    return _number(each.change, "+")
