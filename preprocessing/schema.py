"""What a model expects of a record: frozen fields, to and from plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["number", "category"]

MISSING_WORDS = frozenset(("", "nan", "na", "n/a", "null", "none"))
"""Spellings of a missing value, trimmed and in lower case."""


class SchemaError(ValueError):
    """A schema that contradicts itself; the message names the field."""


@dataclass(frozen=True, slots=True)
class Field:
    """One raw field of a record and what was learned about it in training.

    A number is served as `(value - centre) / scale`, and as `(fill - centre) / scale` when it is missing.
    A category has `levels`, one of them the `reference`; level `l` of field `f` makes the model column `f_l`
    when the model has a coefficient of that name, and no column otherwise. A missing category makes none.
    `required` fields refuse gaps. `label` and `unit` are for people.
    """

    name: str
    kind: Kind
    fill: float = 0.0
    centre: float = 0.0
    scale: float = 1.0
    levels: tuple[str, ...] = ()
    reference: str | None = None
    required: bool = False
    label: str = ""
    unit: str = ""
    by_spelling: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_spelling", {level.strip().casefold(): level for level in self.levels})
        if not self.name or self.name != self.name.strip():
            raise SchemaError(f"field {self.name!r}: a name must be text without blanks around it")
        if self.kind == "category":
            self._check_levels()
        elif not self.scale > 0:  # not NaN either
            raise SchemaError(f"field {self.name}: scale {self.scale} is not positive")

    def _check_levels(self) -> None:
        if len(self.by_spelling) < len(self.levels):
            raise SchemaError(f"field {self.name}: levels collide when letter case and outer blanks are ignored")
        if missing := MISSING_WORDS & self.by_spelling.keys():
            raise SchemaError(f"field {self.name}: level {min(missing)!r} spells a missing value")
        if self.reference not in self.levels:
            raise SchemaError(f"field {self.name}: reference {self.reference!r} is not one of its levels")

    def columns(self) -> dict[str, str | None]:
        """Names of the model columns this field can make, each with its level (None for a number)."""
        if self.kind == "number":
            return {self.name: None}
        return {f"{self.name}_{level}": level for level in self.levels}

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; what does not apply to the kind is left out."""
        common: dict[str, Any] = {"name": self.name, "kind": self.kind, "label": self.label, "unit": self.unit}
        common["required"] = self.required
        if self.kind == "number":
            return common | {"fill": self.fill, "centre": self.centre, "scale": self.scale}
        return common | {"levels": list(self.levels), "reference": self.reference}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Field":
        """Read a field; SchemaError names a key that is missing, unknown or of another type."""
        kind = data.get("kind")
        if not isinstance(kind, str) or kind not in _KEYS:
            raise SchemaError(f"field {data.get('name')!r}: kind {kind!r} is not one of {', '.join(_KEYS)}")
        expected = _KEYS[kind]
        if data.keys() != expected.keys():
            odd = sorted(data.keys() ^ expected.keys())
            raise SchemaError(f"field {data.get('name')!r}: missing or unknown keys {odd}")
        for key, kinds in expected.items():
            if type(data[key]) not in kinds:
                raise SchemaError(f"field {data['name']!r}: {key} is of the wrong type")
        return cls(**{key: _value(data[key]) for key in data})


_COMMON: dict[str, tuple[type, ...]] = {
    "name": (str,), "kind": (str,), "label": (str,), "unit": (str,), "required": (bool,)
}  # fmt: skip
_NUMBER: tuple[type, ...] = (float, int)
_KEYS: dict[str, dict[str, tuple[type, ...]]] = {
    "number": _COMMON | {"fill": _NUMBER, "centre": _NUMBER, "scale": _NUMBER},
    "category": _COMMON | {"levels": (list,), "reference": (str,)},
}


def _value(value: Any) -> Any:
    if isinstance(value, list):
        if not all(isinstance(item, str) for item in value):
            raise SchemaError("levels must be text")
        return tuple(value)
    return float(value) if type(value) is int else value


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of a record, by unique names, making unique column names."""

    fields: tuple[Field, ...]
    names: frozenset[str] = field(init=False, repr=False, compare=False)
    plan: tuple[tuple[str, Mapping[str, str] | None, Field], ...] = field(init=False, repr=False, compare=False)
    """Each field's name, its levels as they are spelt (None for a number), and the field, for the cleaning's loop."""

    def __post_init__(self) -> None:
        names = [item.name for item in self.fields]
        object.__setattr__(self, "names", frozenset(names))
        spelt = [{level: level for level in item.levels} if item.kind == "category" else None for item in self.fields]
        object.__setattr__(self, "plan", tuple(zip(names, spelt, self.fields, strict=True)))
        columns = [column for item in self.fields for column in item.columns()]
        for kind, found in (("field", names), ("column", columns)):
            twice = sorted({name for name in found if found.count(name) > 1})
            if twice:
                raise SchemaError(f"{kind} {twice[0]} is made twice")

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        return {"fields": [item.to_dict() for item in self.fields]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Schema":
        """Read a schema; SchemaError says what is wrong with it."""
        fields = data.get("fields")
        if data.keys() != {"fields"} or not isinstance(fields, list):
            raise SchemaError("a schema is an object with the list 'fields' alone")
        if not all(isinstance(item, dict) for item in fields):
            raise SchemaError("every field of a schema is an object")
        return cls(tuple(Field.from_dict(item) for item in fields))
