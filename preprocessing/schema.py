"""What a model expects of a record: frozen fields, to and from plain data."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from phat.preprocessing.names import Names
from phat.preprocessing.plain import NUMBER, Types, check_keys, check_list
from phat.preprocessing.spelling import fold

Gap = Literal["error", "fill", "zero", "as_fitted"]
Unknown = Literal["error", "missing", "other"]

MISSING_WORDS = ("n/a", "na", "nan", "none", "null")
"""Spellings of a missing value where a field names none of its own; letter case and outer blanks do not count."""

OTHER = "other"
"""The level that unknown ones count as, where a field says so."""

_YES_NO = {"yes": "true", "no": "false"}
_DECORATION = dict.fromkeys(map(ord, "$%(), "))
_WHOLE = re.compile(r"(-?(?:0|[1-9][0-9]{0,15}))(\.0)?")
_EXACT = 2**53
"""Below it, a 64-bit float is the integer that was written."""


class SchemaError(ValueError):
    """A schema that contradicts itself; the message names the field."""


@dataclass(frozen=True, slots=True)
class NumberField:
    """A raw field whose value is a number; `boolean` numbers were true and false in training: they mean 1 and 0.

    `gap` says what a missing value is: an "error"; "fill": it counts as `fill`; "as_fitted": what the columns'
    expressions make of a gap, as they did in training. Without it, a field with a fill has "fill", and one without
    "error". `missing` are the spellings of a missing value, besides blank text.
    """

    name: str
    fill: float | None = None
    gap: Gap | None = None
    missing: tuple[str, ...] = MISSING_WORDS
    boolean: bool = False
    gaps: frozenset[str] = field(init=False, repr=False, compare=False)
    """Folded spellings of a missing value."""

    def __post_init__(self) -> None:
        _settle(self)
        if self.gap == "zero" or (self.gap == "fill") != isinstance(self.fill, float | int):
            raise SchemaError(f"field {self.name}: gap {self.gap} does not go with fill {self.fill!r} in a number")
        if words := [word for word in self.missing if _is_number(word)]:
            raise SchemaError(f"field {self.name}: missing word {words[0]!r} is a number")

    @property
    def required(self) -> bool:
        """Whether a missing value is an error."""
        return self.gap == "error"

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `field_from_dict` reads back."""
        return _to_dict(self, "number")


@dataclass(frozen=True, slots=True)
class CategoryField:
    """A raw field whose value is one of `levels`; one of them may be the `reference`, which no column stands for.

    `gap` says what a missing value is: an "error"; "fill": it counts as the level `fill`; "zero": all columns of the
    field are 0; "as_fitted": what the columns' expressions make of a gap. Without it, a field with a fill has "fill",
    and one without "error". `missing` are the spellings of a missing value, besides blank text; a level so spelt is
    that level. `unknown` says what a level is that the model was not fitted with: an "error", "missing", or the level
    "other".
    """

    name: str
    levels: tuple[str, ...]
    reference: str | None = None
    fill: str | None = None
    gap: Gap | None = None
    unknown: Unknown = "error"
    missing: tuple[str, ...] = MISSING_WORDS
    by_spelling: Mapping[str, str] = field(init=False, repr=False, compare=False)
    """Each level by itself, which goes before all other spellings."""
    by_fold: Mapping[str, str] = field(init=False, repr=False, compare=False)
    """Level by each folded spelling that means it alone."""
    gaps: frozenset[str] = field(init=False, repr=False, compare=False)
    """Folded spellings of a missing value; a level's spelling is none."""

    def __post_init__(self) -> None:
        _settle(self, self.levels)
        object.__setattr__(self, "by_spelling", {level: level for level in self.levels})
        object.__setattr__(self, "by_fold", _by_fold(self.levels, self.fill))
        self._check_levels()
        if (self.gap == "fill") != (self.fill in self.levels):
            raise SchemaError(f"field {self.name}: gap {self.gap} does not go with fill {self.fill!r}")
        if self.unknown == "other" and OTHER not in self.levels:
            raise SchemaError(f"field {self.name}: unknown levels count as {OTHER!r}, which is not one of its levels")
        if self.unknown == "missing" and self.gap == "error":
            raise SchemaError(f"field {self.name}: unknown levels count as missing, and a missing value is an error")

    def _check_levels(self) -> None:
        if not self.levels:
            raise SchemaError(f"field {self.name}: a category has no levels")
        if twice := [level for level, count in Counter(self.levels).items() if count > 1]:
            raise SchemaError(f"field {self.name}: level {twice[0]!r} is there twice")
        if "" in map(str.strip, self.levels):
            raise SchemaError(f"field {self.name}: a level is blank")
        if self.reference is not None and self.reference not in self.levels:
            raise SchemaError(f"field {self.name}: reference {self.reference!r} is not one of its levels")

    @property
    def required(self) -> bool:
        """Whether a missing value is an error."""
        return self.gap == "error"

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `field_from_dict` reads back."""
        return _to_dict(self, "category")


Field = NumberField | CategoryField


def _settle(item: Field, levels: Sequence[str] = ()) -> None:
    """Set what follows from what was given, and check the name."""
    object.__setattr__(item, "gap", item.gap or ("error" if item.fill is None else "fill"))
    object.__setattr__(item, "gaps", frozenset(("", *map(fold, item.missing))) - {*map(fold, levels)})
    if not item.name or item.name != item.name.strip():
        raise SchemaError(f"field {item.name!r}: a name must be text without blanks around it")


def field_from_dict(data: Mapping[str, Any]) -> Field:
    """Read a field; SchemaError names a key that is missing, unknown or of another type."""
    place = f"field {data.get('name')!r}"
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in _KEYS:
        raise SchemaError(f"{place}: kind {kind!r} is not one of {', '.join(_KEYS)}")
    check_keys(data, place, _KEYS[kind], {}, SchemaError)
    for key in ("levels", "missing"):
        check_list(data.get(key, []), f"{place}: {key}", (str,), SchemaError)
    for key, known in _POLICIES.items():
        if data.get(key, known[0]) not in known:
            raise SchemaError(f"{place}: {key} {data[key]!r} is not one of {', '.join(known)}")
    values = {key: _value(value) for key, value in data.items() if key != "kind"}
    return NumberField(**values) if kind == "number" else CategoryField(**values)


_NONE = type(None)
_KEYS: dict[str, dict[str, Types]] = {
    "number": {
        "name": (str,), "kind": (str,), "gap": (str,), "fill": (*NUMBER, _NONE), "missing": (list,), "boolean": (bool,),
    },
    "category": {
        "name": (str,), "kind": (str,), "levels": (list,), "reference": (str, _NONE), "gap": (str,),
        "fill": (str, _NONE), "unknown": (str,), "missing": (list,),
    },
}  # fmt: skip
_POLICIES: dict[str, tuple[str, ...]] = {
    "gap": ("error", "fill", "zero", "as_fitted"), "unknown": ("error", "missing", "other")
}  # fmt: skip


def kind_of(item: Field) -> str:
    """What files and answers call the kind of a field: "number" or "category"."""
    return "number" if isinstance(item, NumberField) else "category"


def levels_of(item: Field) -> tuple[str, ...]:
    """The levels of a category; a number has none."""
    return item.levels if isinstance(item, CategoryField) else ()


def _to_dict(item: Field, kind: str) -> dict[str, Any]:
    plain = {key: kind if key == "kind" else getattr(item, key) for key in _KEYS[kind]}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in plain.items()}


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    return float(value) if type(value) is int else value


def _is_number(word: str) -> bool:
    """Whether a word is a number before it could be missing, as `$5` and `(5%)` are."""
    try:
        float(word.translate(_DECORATION))
    except ValueError:
        return False
    return any(map(str.isdigit, word))


def _by_fold(levels: Sequence[str], own_of_gaps: object) -> dict[str, str]:
    """Level by each folded spelling that is its alone, other spellings of whole numbers and booleans included."""
    own = [(fold(level), level) for level in levels]
    taken = {folded for folded, _ in own}
    by_fold: dict[str, set[str]] = {}
    for folded, level in (*own, *(pair for pair in _aliases(levels, own_of_gaps) if pair[0] not in taken)):
        by_fold.setdefault(folded, set()).add(level)
    return {folded: means.pop() for folded, means in by_fold.items() if len(means) == 1}


def _aliases(levels: Sequence[str], own_of_gaps: object) -> Iterator[tuple[str, str]]:
    """`1.0` for `1` and the other way round; true for yes and false for no, in a field that has no other levels."""
    for level in levels:
        whole = _WHOLE.fullmatch(level.strip())
        if whole and abs(int(whole[1])) < _EXACT:
            yield (whole[1] if whole[2] else f"{whole[1]}.0"), level
    words = {level: fold(level) for level in levels}
    if {word for level, word in words.items() if word in _YES_NO or level != own_of_gaps} == _YES_NO.keys():
        yield from ((_YES_NO[word], level) for level, word in words.items() if word in _YES_NO)


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of a record, by unique names.

    `exact_names` are names of the training data's other columns: a field whose name is spelt alike (see
    `preprocessing.names`) is matched exactly only, and a key of a record that is spelt like a model column may be the
    other column, and is ignored. `columns` are the names of the model columns that each field alone makes.
    """

    fields: tuple[Field, ...]
    exact_names: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    names: frozenset[str] = field(init=False, repr=False, compare=False)
    plan: tuple[tuple[str, Mapping[str, str] | None, Field], ...] = field(init=False, repr=False, compare=False)
    """Each field's name, its levels as they are spelt (None for a number), and the field, for the cleaning's loop."""
    naming: Names = field(init=False, repr=False, compare=False)
    """Which keys of a record mean which field."""

    def __post_init__(self) -> None:
        names = [item.name for item in self.fields]
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise SchemaError(f"field {min(twice)} is made twice")
        object.__setattr__(self, "names", frozenset(names))
        spelt = [item.by_spelling if isinstance(item, CategoryField) else None for item in self.fields]
        object.__setattr__(self, "plan", tuple(zip(names, spelt, self.fields, strict=True)))
        columns = {item.name: (*_level_columns(item), *self.columns.get(item.name, ())) for item in self.fields}
        object.__setattr__(self, "naming", Names(names, columns, self.exact_names))

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back."""
        return {"fields": [item.to_dict() for item in self.fields], "exact_names": list(self.exact_names)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], columns: Mapping[str, tuple[str, ...]] | None = None) -> "Schema":
        """Read a schema; SchemaError says what is wrong with it."""
        check_keys(data, "schema", {"fields": (list,)}, {"exact_names": (list,)}, SchemaError)
        if not all(isinstance(item, dict) for item in data["fields"]):
            raise SchemaError("every field of a schema is an object")
        exact = data.get("exact_names", [])
        check_list(exact, "exact_names", (str,), SchemaError)
        return cls(tuple(field_from_dict(item) for item in data["fields"]), tuple(exact), columns or {})


def _level_columns(item: Field) -> Iterator[str]:
    """What the columns of a category's levels are usually called."""
    return (f"{item.name}_{level}" for level in item.levels) if isinstance(item, CategoryField) else iter(())
