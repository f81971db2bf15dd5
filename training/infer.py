"""What kinds a table's columns are of: a configuration to start from."""

from collections.abc import Sequence

import polars as pl

from phat.training.config import Config, FieldConfig
from phat.training.coverage import listed
from phat.training.data import Table
from phat.training.dates import derived_notice
from phat.training.errors import DataError
from phat.training.levels import Levels, read_levels
from phat.training.naming import names_rows, unusable
from phat.training.values import Values

MOST_LEVELS = 100
"""Levels that a category keeps; of more the rarest count as one."""
_FEWEST_ROWS = 10
"""Rows that a level of a column of very many levels must have to stand for itself."""
_MOSTLY = 0.9
"""Share of a column's values that must be of a kind for it to be of that kind; the others are then errors."""
_DIFFERENT = 0.5
"""Share of distinct texts from which they are nearly all different, as those of names and comments are."""
_FEW = 20
"""So few distinct values are never nearly all different."""
_NOT_READ = (pl.Binary, pl.Object, pl.Duration, pl.Time)
_CODES = (3, 10)
"""Between so few and so many distinct whole numbers may be codes."""


class _Notices:
    """What is to be said of single columns, and of several together."""

    def __init__(self) -> None:
        self.single: list[str] = []
        self.codes: list[str] = []
        self.unique: list[str] = []

    def all(self) -> list[str]:
        """The notices in the order of the columns, those of several at the end."""
        together = []
        if self.unique:
            together.append(
                f"no whole number stands twice in {listed(self.unique)}: taken for a number; leave the column out "
                "(drop = [...] in the configuration) if it only numbers or names the rows"
            )
        if self.codes:
            together.append(
                f"few different whole numbers stand in {listed(self.codes)}: taken for a number; say kind = "
                '"category" in the configuration if they are codes'
            )
        return [*self.single, *together]


def infer_config(table: Table, target: str, name: str = "model", dates: Sequence[str] = ()) -> tuple[Config, list[str]]:
    """A configuration with kinds inferred from all rows, and notices about columns that were left out or doubtful.

    `dates` are columns of which fields have been made (see `phat.training.dates`).
    """
    table.column(target)
    notices = _Notices()
    notices.single += [f"column {place} has no name and is left out" for place in table.unnamed]
    notices.single += [derived_notice(table, column) for column in dates]
    fields: list[FieldConfig] = []
    for column in table.frame.columns:
        if column == target or column in dates:
            continue
        inferred = unusable(column) or _infer_field(column, table.column(column), notices)
        if isinstance(inferred, str):
            notices.single.append(f"column {column} is left out: {inferred}")
        else:
            fields.append(inferred)
    if not fields:
        raise DataError(
            f"no column can be a field of a model: {'; '.join(notices.all()) or 'there is only the target'}"
        )
    return Config(target=target, fields=tuple(fields), name=name, derive=tuple(dates)), notices.all()


def _infer_field(column: str, cells: pl.Series, notices: _Notices) -> FieldConfig | str:
    """The field that a column is, or why it is none."""
    if cells.dtype.is_nested() or cells.dtype in _NOT_READ:
        return f"it holds {cells.dtype}, expected numbers, texts, dates or truth values"
    values = Values(cells)
    numbers = values.numbers >= _MOSTLY * values.present
    if reason := _no_field(column, values, numbers):
        return reason
    if numbers and not values.zeros:
        return _number(column, values, notices)
    if not numbers and values.decimal_commas >= _MOSTLY * values.present:
        raise DataError(
            f"column {column}: its values, such as {values.example}, are numbers with a decimal comma; read the file "
            "with --decimal , or leave the column out (--drop)"
        )
    return _category(column, cells, values, notices)


def _no_field(column: str, values: Values, numbers: bool) -> str | None:
    """Why a column is not used unless somebody asks for it: it is empty, tells rows apart, or holds dates."""
    if not values.present:
        return "all its values are missing"
    if values.counting:
        return "it numbers the rows"
    if values.all_different and values.present > _FEW and names_rows(column) and (values.whole or not numbers):
        return "its values are all different, and by its name it tells rows apart"
    if not numbers and values.present and values.date is not None:
        return (
            f"it holds dates ({values.date}), and dates to come are none of the data's; its year, month and days "
            f"become fields with --derive {column} (derive = [...] in the configuration), which clients then send"
        )
    return None


def _number(column: str, values: Values, notices: _Notices) -> FieldConfig:
    if values.whole and values.all_different and values.present > _FEW:
        notices.unique.append(column)
    elif values.whole and _CODES[0] <= values.distinct <= _CODES[1]:
        notices.codes.append(column)
    return FieldConfig(column, "number")


def _category(column: str, cells: pl.Series, values: Values, notices: _Notices) -> FieldConfig | str:
    levels = read_levels(cells)
    codes = f"codes such as {values.zeros[0]}, whose first 0 tells that they are no numbers, " if values.zeros else ""
    rows = sum(levels.counts.values())
    if not levels.counts:
        return "all its values are missing"
    if len(levels.counts) > max(_FEW, _DIFFERENT * rows):
        return f"{codes or 'its texts '}are nearly all different: {len(levels.counts)} in {rows} rows"
    if codes:
        notices.single.append(f"field {column} is a category: it has {codes.rstrip(', ')}")
    if len(levels.counts) <= MOST_LEVELS:
        return FieldConfig(column, "category", reference=levels.most_frequent)
    return _folded(column, levels, notices)


def _folded(column: str, levels: Levels, notices: _Notices) -> FieldConfig | str:
    """A category of the most frequent levels; all others count as one, `other`."""
    by_size = sorted(levels.counts, key=lambda level: (-levels.counts[level], level))
    kept = [level for level in by_size[: MOST_LEVELS - 1] if levels.counts[level] >= _FEWEST_ROWS]
    if not kept:
        return f"it has {len(levels.counts)} levels, none of them in {_FEWEST_ROWS} rows"
    rare = by_size[len(kept) :]
    notices.single.append(folded_notice(column, rare, sum(levels.counts[level] for level in rare)))
    return FieldConfig(column, "category", reference=kept[0], levels=tuple(sorted(kept)), unknown="other")


def folded_notice(field: str, levels: Sequence[str], rows: int) -> str:
    """That rare levels count as one."""
    return (
        f"field {field}: {len(levels)} rare levels ({listed(levels)}; {rows} rows together) count as one, other, as "
        "does when served a level that the data do not have"
    )
