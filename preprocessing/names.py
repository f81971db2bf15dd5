"""Which key of a record, or name in a header, means which field.

A field's own key is used when it is there. Only when it is absent are other keys looked at: one that is spelt alike but
for letter case, outer blanks, invisible characters and Unicode's composition is that field. Two such keys, and a key
that is the name of a model column made of an absent field, are errors: no guess is made.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from preprocessing.errors import ColumnName, DuplicateField, NoKnownField, RecordError, quote
from preprocessing.spelling import fold_name

_CACHED, _LONGEST_CACHED = 4096, 256
"""How many names are kept folded, and how long they may be: records of one client have the same keys."""

_LARGEST_SHOWN = 8
"""How many fields a message lists."""


class Match(NamedTuple):
    """What names mean: the key of each field that is there, and what is wrong with the names."""

    keys: dict[str, str]
    errors: list[RecordError]


class Names:
    """The names of a schema's fields, those of the model columns that each category makes, and those of other columns.

    What is spelt like another column of the training data may be that column: it is no field's name, unless exactly so.
    """

    def __init__(self, fields: Sequence[str], columns: Mapping[str, Collection[str]], others: Collection[str]) -> None:
        self._fields, self._columns, self._others = tuple(fields), columns, others

    @cached_property
    def _fold(self) -> Callable[[str], str]:
        cached = lru_cache(_CACHED)(fold_name)
        return lambda name: cached(name) if len(name) <= _LONGEST_CACHED else fold_name(name)

    @cached_property
    def _by_fold(self) -> dict[str, str]:
        """Field by folded name; fields that must be spelt exactly, or would be spelt alike, have none."""
        by_fold: dict[str, list[str]] = {}
        for name in self._fields:
            by_fold.setdefault(fold_name(name), []).append(name)
        return {key: names[0] for key, names in by_fold.items() if len(names) == 1 and key not in self._taken}

    @cached_property
    def _by_column(self) -> dict[str, str]:
        """Field by the folded name of a model column that it makes."""
        by_fold = {fold_name(column): field for field, columns in self._columns.items() for column in columns}
        return {key: field for key, field in by_fold.items() if key not in self._taken}

    @cached_property
    def _taken(self) -> frozenset[str]:
        """Folded names of the training data's other columns."""
        return frozenset(map(fold_name, self._others))

    def match(self, names: Collection[str]) -> Match:
        """Which of these names mean which field; names that mean none are in neither part of the answer."""
        keys = {name: name for name in self._fields if name in names}
        alike: dict[str, list[str]] = {}
        columns: dict[str, str] = {}
        for name in names:
            if name in keys:
                continue
            folded = self._fold(name)
            field = self._by_fold.get(folded)
            if field is None:
                field = self._by_column.get(folded)
                if field is not None and field not in keys:
                    columns.setdefault(field, name)
            elif field not in keys:
                alike.setdefault(field, []).append(name)
        errors: list[RecordError] = [_duplicate(field, same) for field, same in alike.items() if len(same) > 1]
        errors += [_column(field, name) for field, name in columns.items() if field not in alike]
        return Match(keys | {field: same[0] for field, same in alike.items()}, errors)

    def complete(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The fields' values of a record that lacks one of them under its own key; None for those that are absent.

        Raises ExceptionGroup[RecordError] for keys of which two mean one field, or that are a model column's name;
        NoKnownField is in it if no key means a field.
        """
        match = self.match(record.keys())
        if match.errors:
            raise ExceptionGroup("bad record", match.errors)
        if not match.keys:
            raise ExceptionGroup("bad record", [NoKnownField("none of the model's fields", f"at least one of {self}")])
        return {name: record[match.keys[name]] if name in match.keys else None for name in self._fields}

    def __str__(self) -> str:
        """A few of the fields, for a message."""
        more = ", ..." if len(self._fields) > _LARGEST_SHOWN else ""
        return ", ".join(self._fields[:_LARGEST_SHOWN]) + more


def _duplicate(field: str, names: Sequence[str]) -> RecordError:
    return DuplicateField(" and ".join(map(quote, names[:2])), "one key for this field", field=field)


def _column(field: str, name: str) -> RecordError:
    return ColumnName(quote(name), f"the raw field {field}, of which this model column is made", field=field)
