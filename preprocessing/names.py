"""Which key of a record, or name in a header, means which field.

A field's own key is used when it is there. Only when it is absent are other keys looked at: one that is spelt alike but
for letter case, outer blanks, invisible characters and Unicode's composition is that field. Two such keys, and a key
that is the name of a model column made of an absent field, are errors: no guess is made.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from phat.preprocessing.errors import ColumnName, DuplicateField, NoKnownField, RecordError, quote
from phat.preprocessing.spelling import fold_name

_MOST_REMEMBERED, _LONGEST_REMEMBERED = 64, 16_384
"""How many sets of keys are remembered, and how many characters one may have: a client's records have the same."""

_LARGEST_SHOWN = 8
"""How many fields a message lists."""


ID = "id"
"""The key of a record's own id, unless a field is called so."""


class Match(NamedTuple):
    """What names mean: the key of each field that is there, what is wrong with the names, and the key of the id."""

    keys: dict[str, str]
    errors: list[RecordError]
    id: str | None


class Names:
    """The names of a schema's fields, those of the model columns that each category makes, and those of other columns.

    What is spelt like another column of the training data may be that column: it is no field's name, unless exactly so.
    """

    def __init__(self, fields: Sequence[str], columns: Mapping[str, Collection[str]], others: Collection[str]) -> None:
        self._fields, self._columns, self._others = tuple(fields), columns, others
        self._with_id = self._fields if ID in fields else (*fields, ID)
        self._blank: dict[str, Any] = dict.fromkeys(fields)
        self._remembered: dict[tuple[str, ...], Match] = {}

    @cached_property
    def _by_fold(self) -> dict[str, str]:
        """Field by folded name; fields that must be spelt exactly, or would be spelt alike, have none."""
        by_fold: dict[str, list[str]] = {}
        for name in self._with_id:
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

    def is_exact(self, name: str) -> bool:
        """Whether a field's name must be spelt exactly."""
        return fold_name(name) not in self._by_fold

    def match(self, names: Collection[str]) -> Match:
        """Which of these names mean which field; names that mean none are in no part of the answer."""
        keys = {name: name for name in self._with_id if name in names}
        alike: dict[str, list[str]] = {}
        columns: dict[str, str] = {}
        for name in self._like_fields(names):
            if name in keys:
                continue
            folded = fold_name(name)
            field = self._by_fold.get(folded)
            if field is None:
                field = self._by_column.get(folded)
                if field is not None and field not in keys:
                    columns.setdefault(field, name)
            elif field not in keys:
                alike.setdefault(field, []).append(name)
        errors: list[RecordError] = [_duplicate(field, same) for field, same in alike.items() if len(same) > 1]
        errors += [_column(field, name) for field, name in columns.items() if field not in alike]
        keys |= {field: same[0] for field, same in alike.items()}
        return Match(keys, errors, None if ID in self._fields else keys.pop(ID, None))

    def _like_fields(self, names: Collection[str]) -> list[str]:
        """The names that may mean a field, quickly told from many that do not."""
        known = self._known
        return [name for name in names if not name.isascii() or name.strip().lower() in known]

    @cached_property
    def _known(self) -> frozenset[str]:
        """Folded names that mean a field, or would."""
        return frozenset(self._by_fold) | frozenset(self._by_column)

    def complete(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The fields' values of a record that lacks one of them under its own key; None for those that are absent.

        Raises ExceptionGroup[RecordError] for keys of which two mean one field, or that are a model column's name;
        NoKnownField is in it if no key means a field.
        """
        match = self._remembered.get(tuple(record)) or self._match_of(record)
        if match.errors and (errors := [error for error in match.errors if error.field in self._fields]):
            raise ExceptionGroup("bad record", errors)
        if not match.keys:
            raise ExceptionGroup("bad record", [NoKnownField("none of the model's fields", f"at least one of {self}")])
        values = self._blank.copy()
        for field, key in match.keys.items():
            values[field] = record[key]
        return values

    def id_key(self, record: Mapping[str, Any]) -> str | None:
        """The key of the record's own id, None if there is none.

        Raises ExceptionGroup[DuplicateField] if there are two.
        """
        match = self._remembered.get(tuple(record)) or self._match_of(record)
        if match.errors and (errors := [error for error in match.errors if error.field not in self._fields]):
            raise ExceptionGroup("bad record", errors)
        return match.id

    def _match_of(self, record: Mapping[str, Any]) -> Match:
        """The match of a record's keys, remembered for the next record that has the same."""
        names = tuple(record)
        match = self.match(names)
        if sum(map(len, names)) <= _LONGEST_REMEMBERED:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[names] = match
        return match

    def __str__(self) -> str:
        """A few of the fields, for a message."""
        more = ", ..." if len(self._fields) > _LARGEST_SHOWN else ""
        return ", ".join(self._fields[:_LARGEST_SHOWN]) + more


def _duplicate(field: str, names: Sequence[str]) -> RecordError:
    return DuplicateField(" and ".join(map(quote, names[:2])), "one key for this field", field=field)


def _column(field: str, name: str) -> RecordError:
    return ColumnName(quote(name), f"the raw field {field}, of which this model column is made", field=field)
