"""A cell of a data frame as a client would send it; without numpy or pandas, which may not be installed."""

from collections.abc import Mapping
from typing import Any

_AS_THEY_ARE = (str, bool, int, type(None))
_GAPS = ("NAType", "NaTType")
"""The types of pandas' own missing values."""


def plain_value(value: Any) -> Any:
    """A cell as JSON has it: scalars of numpy as Python's, gaps (NaN, NaT, NA) as None; the rest is left as it is."""
    if type(value) in _AS_THEY_ARE:
        return value
    if type(value).__name__ in _GAPS:
        return None
    if hasattr(value, "dtype") and hasattr(value, "item") and value.ndim == 0:
        return plain_value(value.item())
    if isinstance(value, float) and value != value:  # noqa: PLR0124  # NaN
        return None
    return value


def plain_record(record: Mapping[Any, Any]) -> dict[str, Any]:
    """A record with such cells; keys that are no text, which JSON has not, are left out."""
    return {key: plain_value(value) for key, value in record.items() if isinstance(key, str)}


def frame_columns(frame: Any) -> dict[str, list[Any]]:
    """Such cells (n) of a pandas DataFrame by column; columns whose names are no text are left out.

    ValueError if two columns have one name.
    """
    if twice := sorted({str(name) for name in frame.columns[frame.columns.duplicated()]}):
        raise ValueError(f"there is more than one column of the name {', '.join(twice)}; rename them")
    return {name: list(map(plain_value, frame[name].tolist())) for name in frame.columns if isinstance(name, str)}


def plain_data(value: Any) -> Any:
    """The same for whatever a person writes in a notebook: mappings, and lists, tuples, arrays and series as lists."""
    if isinstance(value, Mapping):
        return {plain_value(key): plain_data(item) for key, item in value.items()}
    if hasattr(value, "tolist") and hasattr(value, "ndim") and value.ndim:
        return plain_data(value.tolist())
    return [plain_data(item) for item in value] if isinstance(value, list | tuple) else plain_value(value)
