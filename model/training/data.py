"""Raw customers from a CSV, read as text so that no second cleaner is at work, and what kinds their columns are of."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model.training.config import Config, FieldConfig
from model.training.errors import DataError
from preprocessing.clean import clean_number, clean_value, is_missing
from preprocessing.errors import MalformedTable, RecordError
from preprocessing.schema import Field, Kind
from preprocessing.tables import read_table

_SAMPLE = 2_000
"""Rows from which kinds are inferred."""
_NUMBERS = 0.9
"""Share of a column's values that must be numbers for it to be one; the others are then errors."""
_MOST_LEVELS = 50
"""A column of text with more levels is no category."""
_SHOWN = 5

Cells = Sequence[str]


@dataclass(frozen=True)
class Table:
    """Raw text, column by column."""

    columns: dict[str, Cells]
    rows: int

    def column(self, name: str) -> Cells:
        """A column's cells; DataError if there is no such column."""
        if name not in self.columns:
            raise DataError(f"there is no column {name}; the data have {', '.join(list(self.columns)[:20])}")
        return self.columns[name]


def read_csv(path: Path) -> Table:
    """Read a CSV (UTF-8, comma, header row); DataError says where it is broken."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, rows = read_table(file)
            columns = list(zip(*rows, strict=True))
    except MalformedTable as error:
        raise DataError(f"{path}: {error}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 near byte {error.start + 1} of a block; save it as UTF-8") from None
    if not columns:
        raise DataError(f"{path}: there are no rows below the header")
    return Table(dict(zip(header, columns, strict=True)), len(columns[0]))


def file_checksum(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_levels(cells: Cells) -> dict[str, int]:
    """A category's levels in alphabetical order, each with its count; of several spellings the most common stands."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, count in Counter(cells).items():
        if not is_missing(text):
            spellings[text.strip().casefold()][text.strip()] += count
    found = {max(sorted(group), key=group.__getitem__): group.total() for group in spellings.values()}
    return dict(sorted(found.items(), key=lambda item: item[0].casefold()))


def infer_config(table: Table, target: str, name: str = "model") -> tuple[Config, list[str]]:
    """A configuration with kinds inferred from the data, and notices about columns that were left out."""
    table.column(target)
    fields: list[FieldConfig] = []
    notices: list[str] = []
    for column, cells in table.columns.items():
        if column == target:
            continue
        kind = _infer_kind(cells[:_SAMPLE])
        if kind is None:
            notices.append(f"column {column} is left out: all missing, or text with more than {_MOST_LEVELS} levels")
        else:
            fields.append(FieldConfig(column, kind, reference=_reference(cells) if kind == "category" else None))
    if not fields:
        raise DataError("no column can be a field of a model")
    return Config(target=target, fields=tuple(fields), name=name), notices


def _infer_kind(sample: Cells) -> Kind | None:
    present = [text for text in sample if not is_missing(text)]
    if not present:
        return None
    if sum(map(_is_number, present)) >= _NUMBERS * len(present):
        return "number"
    return "category" if len(find_levels(present)) <= _MOST_LEVELS else None


def _is_number(text: str) -> bool:
    try:
        clean_number(text)
    except RecordError:
        return False
    return True


def _reference(cells: Cells) -> str:
    return next(iter(find_levels(cells)))


def clean_column(cells: Cells, field: Field) -> list[float | str | None]:
    """A column cleaned by the one cleaning; DataError shows the first values that cannot be read and counts them."""
    cleaned: list[float | str | None] = []
    errors: list[RecordError] = []
    for row, text in enumerate(cells, 1):
        try:
            cleaned.append(clean_value(text, field))
        except RecordError as error:
            error.row = row
            errors.append(error)
    if errors:
        shown = "\n  ".join(str(error) for error in errors[:_SHOWN])
        raise DataError(
            f"field {field.name}: {len(errors)} of {len(cells)} values cannot be read; mend them, or leave the field "
            f"out or change its kind in the configuration:\n  {shown}"
        )
    return cleaned


def read_target(table: Table, config: Config) -> list[bool]:
    """Whether each row is an event; DataError if the target is not binary, has gaps, or no value is the event's."""
    cells = [text.strip() for text in table.column(config.target)]
    if gaps := [row for row, text in enumerate(cells, 1) if is_missing(text)]:
        raise DataError(f"target {config.target} is missing in {len(gaps)} rows, the first {gaps[0]}; drop those rows")
    values = sorted(set(cells))
    if len(values) != 2:
        shown = ", ".join(values[:_SHOWN]) + (", ..." if len(values) > _SHOWN else "")
        raise DataError(f"target {config.target} is not binary: it has {len(values)} values ({shown}), expected 2")
    if config.event not in values:
        raise DataError(
            f"target {config.target} has the values {values[0]} and {values[1]}, and none is the event "
            f"{config.event!r}; say which is: --event {values[1]}, or event = {values[1]!r} in the configuration"
        )
    return [text == config.event for text in cells]
