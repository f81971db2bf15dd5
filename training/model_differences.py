"""How two models differ: coefficients, fields and the decision, and where the models come from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rich.table import Table

from phat.model.artifact import Artifact
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

    Coefficients are ordered by their change, other numbers by its share of them; texts follow.
    """
    groups: dict[str, tuple[Callable[[Artifact], Values], Callable[[Difference], float]]] = {
        "Coefficients": (lambda artifact: artifact.coefficients, lambda each: each.size),
        "Decision and fields": (lambda artifact: dict(_definition(artifact)), lambda each: each.share),
        "Origin and figures": (_origin, lambda each: each.share),
    }
    compared = {
        title: sorted(_compare(values(old), values(new)), key=order, reverse=True)
        for title, (values, order) in groups.items()
    }
    return {title: rows for title, rows in compared.items() if rows}


def difference_tables(compared: Mapping[str, Sequence[Difference]]) -> Iterator[Table]:
    """The differences as tables, four digits a number."""
    for title, rows in compared.items():
        cells = ([each.name, _text(each.old), _text(each.new), _change(each)] for each in rows)
        yield table(["what", "old", "new", "change"], cells, title, numbers=3 if title == "Coefficients" else 0)


def _compare(old: Values, new: Values) -> Iterator[Difference]:
    for name in [*old, *(name for name in new if name not in old)]:
        if old.get(name) != new.get(name):
            yield Difference(name, old.get(name), new.get(name))


def _definition(artifact: Artifact) -> Iterator[tuple[str, Any]]:
    yield "name", artifact.name
    yield "link", artifact.link
    yield "constant", artifact.constant or "none"
    yield "cutoff", artifact.cutoff
    yield "labels", f"{artifact.labels.event} / {artifact.labels.other}"
    for field in artifact.schema.fields:
        for key, value in field.to_dict().items():
            if key != "name" and value != "":
                yield f"{field.name}: {key}", ", ".join(map(str, value)) if isinstance(value, list) else value


def _origin(artifact: Artifact) -> Values:
    return {name: value for name, value in flat("", artifact.provenance.to_dict()) if name != "config"}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _change(each: Difference) -> str:
    if each.change is None:
        return "added" if each.old is None else "removed" if each.new is None else ""
    return f"{each.change:+.4g}"
