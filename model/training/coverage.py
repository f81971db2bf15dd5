"""What a proof says nothing about: levels, gaps and columns that none of its records had."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from preprocessing.clean import Cleaned
from preprocessing.schema import Schema

_SHOWN = 8
_NOTHING = 1e-9
"""A direction is not told by records whose part of it is so small, relative to the largest."""


def untested(schema: Schema, cleaned: Sequence[Cleaned]) -> list[str]:
    """Notices of levels and gaps that the schema allows and no proven record has."""
    values = {field.name: {record[field.name] for record in cleaned} for field in schema.fields}
    levels = [
        f"{level} of {field.name}" for field in schema.fields for level in field.levels
        if level not in values[field.name]
    ]  # fmt: skip
    gaps = [field.name for field in schema.fields if not field.required and None not in values[field.name]]
    notices = [f"levels that no proven record has: {listed(levels)}"] if levels else []
    if gaps:
        notices.append(f"fields in which no proven record has a gap, which counts as defined: {listed(gaps)}")
    return notices


def undetermined(matrix: NDArray[np.float64], columns: Sequence[str]) -> list[str]:
    """A notice of the columns (n by k) whose coefficients could be others without a difference in these records."""
    size = np.sqrt((matrix**2).sum(axis=0))
    scaled = matrix / np.where(size > 0, size, 1.0)
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    free = np.abs(vectors[:, values <= _NOTHING * values.max()]).max(axis=1, initial=0.0) > _NOTHING
    names = [name for name, is_free in zip(columns, free, strict=True) if is_free]
    return [f"columns that the expected records do not prove, as they are 0 or go together: {listed(names)}"] * bool(
        names
    )


def listed(names: Sequence[str]) -> str:
    """Names, the first few and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
