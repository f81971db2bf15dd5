"""Fields that nothing sent has: each counts as missing, which its sender may not have meant."""

from collections.abc import Collection
from itertools import islice
from typing import NamedTuple

from phat.preprocessing.errors import quote
from phat.preprocessing.names import Match
from phat.preprocessing.schema import Field, Schema
from phat.preprocessing.spelling import fold_name

_ALIKE = 0.6
"""How alike, by difflib's ratio, an ignored name must be to be shown."""

_MOST_COMPARED = 1_000
"""How many ignored names are compared, the first."""


class Absent(NamedTuple):
    """A field that is absent, and a name like its own that was ignored."""

    field: Field
    similar: str | None

    def effect(self, noun: str) -> str:
        """What the field counts as, and which name was ignored; `noun` is what a name stands for: a key, a column."""
        return "; ".join(filter(None, (self._counts_as(), self.ignored(noun))))

    def ignored(self, noun: str) -> str:
        """Which name like the field's was ignored; nothing if there is none."""
        return f"the {noun} {quote(self.similar)} was ignored" if self.similar else ""

    def _counts_as(self) -> str:
        if self.field.gap == "zero":
            return "it counts as missing, with all its columns 0"
        fill = self.field.fill
        return f"it counts as missing, as {fill if isinstance(fill, str) else format(fill, '.6g')}"


def absent_from(names: Collection[str], match: Match, schema: Schema) -> list[Absent]:
    """The fields that none of these names means, in the schema's order; `match` says what the names mean."""
    if len(match.keys) == len(schema.fields):
        return []
    used = {*match.keys.values(), match.id}
    ignored = list(islice((name for name in names if name not in used), _MOST_COMPARED))
    return [Absent(field, _similar(field.name, ignored)) for field in schema.fields if field.name not in match.keys]


def _similar(name: str, ignored: Collection[str]) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415  # for records that lack a field and have other keys

    by_fold = {fold_name(key): key for key in ignored if len(key) <= 2 * len(name) + 8}
    close = get_close_matches(fold_name(name), by_fold, 1, _ALIKE)
    return by_fold[close[0]] if close else None
