"""What kinds a table's columns are of: a configuration to start from."""

from phat.preprocessing.clean import clean_number, is_missing
from phat.preprocessing.errors import RecordError
from phat.training.config import Config, FieldConfig, Kind
from phat.training.data import Cells, Table
from phat.training.errors import DataError
from phat.training.levels import read_levels
from phat.training.naming import unusable

_SAMPLE = 2_000
"""Rows from which kinds are inferred."""
_NUMBERS = 0.9
"""Share of a column's values that must be numbers for it to be one; the others are then errors."""
_MOST_LEVELS = 50
"""A column of text with more levels is no category."""


def infer_config(table: Table, target: str, name: str = "model") -> tuple[Config, list[str]]:
    """A configuration with kinds inferred from the data, and notices about columns that were left out."""
    table.column(target)
    notices = [f"column {place} has no name and is left out" for place in table.unnamed]
    fields: list[FieldConfig] = []
    for column, cells in table.columns.items():
        if column == target:
            continue
        inferred = unusable(column) or _infer_field(column, cells)
        if isinstance(inferred, str):
            notices.append(f"column {column} is left out: {inferred}")
        else:
            fields.append(inferred)
    if not fields:
        raise DataError("no column can be a field of a model")
    return Config(target=target, fields=tuple(fields), name=name), notices


def _infer_field(column: str, cells: Cells) -> FieldConfig | str:
    """The field that a column is, or why it is none."""
    kind = _infer_kind(cells[:: max(1, len(cells) // _SAMPLE)])
    if kind is None:
        return f"it is text with more than {_MOST_LEVELS} levels"
    if kind == "number":
        return FieldConfig(column, kind)
    levels = read_levels(cells).counts
    return FieldConfig(column, kind, reference=next(iter(levels))) if levels else "all its values are missing"


def _infer_kind(sample: Cells) -> Kind | None:
    present = [text for text in sample if not is_missing(text)]
    if present and sum(map(_is_number, present)) >= _NUMBERS * len(present):
        return "number"
    return "category" if len(read_levels(sample).counts) <= _MOST_LEVELS else None


def _is_number(text: str) -> bool:
    try:
        clean_number(text)
    except RecordError:
        return False
    return True
