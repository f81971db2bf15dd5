"""The frame that a fit was given, as raw rows: right where its columns are what clients have."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from phat.preprocessing.schema import NumberField, Schema
from phat.preprocessing.terms import PlainNumber, Terms
from phat.takeover.fitted import Fitted
from phat.training.coverage import listed
from phat.training.raw import Raw

_MEAN, _DEVIATION = 1e-6, 0.01
"""How near to 0 a mean, and to 1 a standard deviation, are of a field that looks standardised."""


def own_rows(fit: Fitted, schema: Schema, terms: Terms) -> Raw | None:
    """The fit's own rows as raw records, where each field is one of its columns as it is.

    None if they are lost, have names that the fit does not know, or any field is more than a plain number.
    """
    if fit.exog is None or fit.own_names != fit.columns or not _are_columns(schema, terms):
        return None
    names = [field.name for field in schema.fields]
    values = fit.exog[:, [fit.columns.index(name) for name in names]].tolist()
    return Raw([dict(zip(names, row, strict=True)) for row in values], {}, range(len(values)))


def _are_columns(schema: Schema, terms: Terms) -> bool:
    """Whether each field is a number, and a column of the same name as it is."""
    numbers, *_ = terms.divide(schema)
    return all(
        isinstance(field, NumberField)
        and not field.boolean
        and numbers.get(field.name) == PlainNumber(field.name, 0.0, 1.0)
        for field in schema.fields
    )


def doubts_of_scale(raw: Raw, schema: Schema) -> list[str]:
    """Notices of fields that look standardised, min-max scaled or coded, which clients' values may not be."""
    names = [field.name for field in schema.fields if isinstance(field, NumberField) and not field.boolean]
    columns = {name: _present(record[name] for record in raw.records) for name in names}
    looks: dict[str, list[str]] = {}
    for name, look in _looks(columns):
        looks.setdefault(look, []).append(name)
    return [
        f"{listed(names)}: {look} in the fit's own frame: clients must send such values; "
        "if theirs are others, export with data, the raw rows"
        for look, names in looks.items()
    ]


def _present(values: Iterable[object]) -> NDArray[np.float64]:
    numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
    present: NDArray[np.float64] = numbers[~np.isnan(numbers)]
    return present


def _looks(columns: dict[str, NDArray[np.float64]]) -> Iterator[tuple[str, str]]:
    for name, values in columns.items():
        if values.size and (look := _look(values)) is not None:
            yield name, look


def _look(values: NDArray[np.float64]) -> str | None:
    distinct: Sequence[float] = np.unique(values).tolist()
    if set(distinct) <= {0.0, 1.0}:
        return "only 0 and 1"
    if (distinct[0], distinct[-1]) == (0.0, 1.0):
        return "from 0 to 1, as if min-max scaled"
    if abs(values.mean()) < _MEAN and any(abs(values.std(ddof=ddof) - 1) < _DEVIATION for ddof in (0, 1)):
        return "mean 0 and standard deviation 1, as if standardised"
    return None
