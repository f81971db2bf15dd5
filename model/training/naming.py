"""Names of fields and of the columns they make: which cannot be served, and which must be spelt exactly."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from model.checks import ANSWERED
from model.training.errors import DataError
from preprocessing.schema import Field
from preprocessing.spelling import fold_name

_UNNAMED = re.compile(r"Unnamed: [0-9]+")


def unusable(name: str) -> str | None:
    """Why a column of the data is no field unless it is asked for; None if nothing speaks against its name."""
    if _UNNAMED.fullmatch(name):
        return "pandas gave it this name, as it had none"
    if name in ANSWERED:
        return "answers have a column of that name; rename it if the model needs it"
    if not name.isprintable():
        return "its name has characters that do not print; rename it if the model needs it"
    return None


def free_name(name: str, taken: Callable[[str], bool]) -> str:
    """The name, or with a number behind it if it is taken."""
    return next(free for free in (name, *(f"{name}_{number}" for number in range(2, 1_000))) if not taken(free))


def check_columns(fields: Iterable[Field]) -> None:
    """DataError if two fields make one column, or a field or column has a name that answers have."""
    made: dict[str, str] = {}
    for field in fields:
        if field.name in ANSWERED:
            raise DataError(f"field {field.name}: answers have a column of that name; rename it in the data")
        for column, level in field.columns().items():
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
    """The names that a record must spell exactly, as the data's columns of these `names` would else be confused.

    A column that is no field may be spelt like a field or a model column but for letter case, blanks and the like; so
    may two fields.
    """
    own: defaultdict[str, list[str]] = defaultdict(list)
    for field in fields:
        for name in dict.fromkeys((field.name, *field.columns())):
            own[fold_name(name)].append(name)
    is_field = {field.name for field in fields}
    exact: dict[str, None] = {}
    for name in names:
        alike = own.get(fold_name(name), [])
        if name not in is_field and alike:
            exact |= dict.fromkeys((name, *alike))
        elif len(is_field.intersection(alike)) > 1:
            exact |= dict.fromkeys(is_field.intersection(alike))
    return tuple(sorted(exact))
