"""What the names of a file's columns mean: they name fields as the keys of a record do."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from phat.preprocessing.absent import Absent, absent_from
from phat.preprocessing.names import ID, Match
from phat.preprocessing.schema import Schema, kind_of
from phat.storage.errors import FileRefused


class Chosen(NamedTuple):
    """The columns of a file that are read: the name in the file of each field, and of each column that is kept.

    Of `numbers`, which are fields too, no cell needs to be kept as it is written. `absent` fields have no column.
    """

    fields: Mapping[str, str]
    kept: Mapping[str, str]
    numbers: frozenset[str]
    absent: Sequence[Absent]

    @property
    def columns(self) -> dict[str, str]:
        """The name in the file of each column of a table that is read."""
        return {**self.fields, **self.kept}


class Choose(Protocol):
    """What is read of a file, by its name and those of its columns; see `Chooser`."""

    def __call__(self, file: str, names: Sequence[str], unknown: Callable[[object], str], /) -> Chosen:
        """The columns that are read; `unknown` says what is wrong with names of which none is known."""


class Chooser(NamedTuple):
    """Chooses what is read of a file: the fields of a schema, and columns that are kept exactly."""

    schema: Schema
    keep: Sequence[str] = ()

    def __call__(self, file: str, names: Sequence[str], unknown: Callable[[object], str]) -> Chosen:
        """What is read of a file of this name whose columns have these names.

        A column that is kept may be named as the field, or the id, that it is. Raises FileRefused if two columns are
        one field, for names of model columns in place of fields, and if a field that allows no gaps has no column;
        `unknown` says what is wrong with names of which none is one of some fields.
        """
        match = self.schema.naming.match(dict.fromkeys(names))
        if wrong := [str(error) for error in match.errors if error.field in {*self.schema.names, *self.keep}]:
            raise FileRefused(f"{file}: {'; '.join(wrong)}")
        if not match.keys:
            raise FileRefused(f"{file}: {unknown(self.schema.naming)}")
        absent = absent_from(names, match, self.schema)
        _check_required(file, absent)
        kept = self._kept({*names}, match)
        exact = {*kept.values()}
        kinds = {field.name: kind_of(field) for field in self.schema.fields}
        numbers = (name for name, key in match.keys.items() if kinds[name] == "number" and key not in exact)
        return Chosen(match.keys, kept, frozenset(numbers), absent)

    def _kept(self, names: set[str], match: Match) -> dict[str, str]:
        """The name in the file of each kept column that it has."""
        keys = {ID: match.id, **match.keys}
        kept = {name: name if name in names else keys.get(name) for name in self.keep}
        return {name: key for name, key in kept.items() if key}


def _check_required(file: str, absent: Sequence[Absent]) -> None:
    """Refuse a file without a column of a field that allows no gaps: none of its records could be scored."""
    if required := [each for each in absent if each.field.required]:
        names = [each.field.name + (f" ({each.ignored('column')})" if each.similar else "") for each in required]
        raise FileRefused(f"{file}: no column {', '.join(names)}: the model was fitted without gaps there")
