"""Names of fields and of the columns they make: which cannot be served, and which must be spelt exactly."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from phat.model.validation import ANSWERED
from phat.preprocessing.schema import Field
from phat.preprocessing.spelling import fold_name
from phat.preprocessing.terms import plain_columns
from phat.training.errors import DataError

_UNNAMED = re.compile(r"Unnamed: [0-9]+")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NAMES_OF_ROWS = frozenset(("id", "ids", "key", "rowname", "rownames", "number", "index", "uuid", "guid"))
_TOGETHER = re.compile(
    r"(account|case|client|customer|employee|household|loan|member|order|passenger|patient|person|record|respondent|"
    r"row|subject|user)(id|key|index|name|names|no|num|number)"
)


def unusable(name: str) -> str | None:
    """Why a column of the data is no field unless it is asked for; None if nothing speaks against its name."""
    if _UNNAMED.fullmatch(name):
        return "pandas gave it this name, as it had none"
    if name in ANSWERED:
        return "answers have a column of that name; rename it if the model needs it"
    if not name.isprintable():
        return "its name has characters that do not print; rename it if the model needs it"
    return None


def names_rows(name: str) -> bool:
    """Whether a column is called as those are whose values tell rows apart: id, key, row names, number, index."""
    words = [word.lower() for word in _WORD.findall(name)]
    return not _NAMES_OF_ROWS.isdisjoint(words) or _TOGETHER.fullmatch("".join(words)) is not None


def free_name(name: str, taken: Callable[[str], bool]) -> str:
    """The name, or with a number behind it if it is taken."""
    return next(free for free in (name, *(f"{name}_{number}" for number in range(2, 1_000))) if not taken(free))


def check_columns(fields: Iterable[Field]) -> None:
    """DataError if two fields make one column, or a field or column has a name that answers have."""
    made: dict[str, str] = {}
    for field in fields:
        if field.name in ANSWERED:
            raise DataError(f"field {field.name}: answers have a column of that name; rename it in the data")
        for column, level in plain_columns(field).items():
            maker = f"field {field.name}" if level is None else f"level {level} of field {field.name}"
            if column in ANSWERED:
                raise DataError(f"{maker} makes the column {column}, which answers have; rename the field in the data")
            if column in made:
                raise DataError(
                    f"{made[column]} and {maker} both make the column {column}; rename one field in the data, or leave "
                    "it out of the configuration"
                )
            made[column] = maker


def exact_names(fields: Sequence[Field], names: Iterable[str]) -> tuple[str, ...]:
    """Which of the data's columns, by `names`, make a record's keys be spelt exactly, as `Schema.exact_names` says.

    These are the columns that are no field and spelt like a field or model column but for letter case, blanks and the
    like, and fields that are spelt alike.
    """
    own: defaultdict[str, set[str]] = defaultdict(set)
    for field in fields:
        for name in (field.name, *plain_columns(field)):
            own[fold_name(name)].add(name)
    is_field = {field.name for field in fields}
    alike = ((name, own.get(fold_name(name), set())) for name in names)
    return tuple(sorted(name for name, same in alike if (name not in is_field and same) or len(same & is_field) > 1))
