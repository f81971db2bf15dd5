"""What a proof says nothing about: levels, gaps and columns that none of its records had."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.clean import Cleaned
from phat.preprocessing.schema import Schema, levels_of

_SHOWN = 8
_NOTHING = 1e-6
"""A column whose part in a combination is smaller is not in it."""


def untested(schema: Schema, cleaned: Sequence[Cleaned]) -> list[str]:
    """Notices of levels and gaps that the schema allows and no proven record has."""
    values = {field.name: {record[field.name] for record in cleaned} for field in schema.fields}
    levels = [
        f"{level} of {field.name}" for field in schema.fields for level in levels_of(field)
        if level not in values[field.name]
    ]  # fmt: skip
    gaps = [field.name for field in schema.fields if not field.required and None not in values[field.name]]
    notices = [f"levels that no proven record has: {listed(levels)}"] if levels else []
    if gaps:
        notices.append(f"fields in which no proven record has a gap, which counts as defined: {listed(gaps)}")
    return notices


def dependent(matrix: NDArray[np.float64], columns: Sequence[str]) -> list[str]:
    """Columns (n by k) that are 0 or make up each other in all rows, so that their coefficients could be others."""
    size = np.sqrt((matrix**2).sum(axis=0))
    triangle = np.linalg.qr(matrix / np.where(size > 0, size, 1.0), mode="r")
    _, values, vectors = np.linalg.svd(triangle)
    rank = int((values > max(matrix.shape) * np.finfo(float).eps * values.max()).sum())
    free = np.abs(vectors[rank:]).max(axis=0, initial=0.0) > _NOTHING
    return [name for name, is_free in zip(columns, free.tolist(), strict=True) if is_free]


def listed(names: Sequence[str]) -> str:
    """Names, the first few and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
