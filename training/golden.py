"""Which records become an artifact's golden records."""

from collections.abc import Mapping, Sequence
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from phat.model.artifact import Golden
from phat.preprocessing.clean import Cleaned
from phat.preprocessing.schema import CategoryField, Field, NumberField, Schema
from phat.preprocessing.terms import Terms

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

AT_LEAST = 24
_CANDIDATES = 2_000
"""Records from which golden ones are chosen, besides the first of each level and gap."""
_SPREAD = (0.0, 1.0, -1.0, 2.5, -2.5)
"""How far made-up records go from a number's centre, in scales."""
_QUANTILES = (0.5, 0.1, 0.9, 0.25, 0.75)


def choose_records(cleaned: Sequence[Cleaned], at_least: int = AT_LEAST) -> list[int]:
    """Indices of a few records that together meet every level, every number and every gap that the records have.

    Greedy: the record that adds most comes next, the first of equals, until nothing is added and there are `at_least`
    (or no more).
    """
    facets = {index: _facets(cleaned[index]) for index in _candidates(cleaned)}
    chosen: list[int] = []
    met: set[tuple[str, object]] = set()
    while facets:
        best = max(facets, key=lambda index: (len(facets[index] - met), -index))
        if facets[best] <= met and len(chosen) >= at_least:
            break
        chosen.append(best)
        met |= facets.pop(best)
    return chosen


def make_golden(
    records: Sequence[dict[str, object]], answers: Matrix, linear_predictors: Vector | None, errors: Vector | None
) -> tuple[Golden, ...]:
    """Golden records (n) with statsmodels' own figures: answers (n by 1, or by classes), linear predictors, errors."""
    size = len(records)
    etas = [None] * size if linear_predictors is None else linear_predictors.tolist()
    deviations = [None] * size if errors is None else errors.tolist()
    return tuple(
        Golden(record, max(figures), eta, error, tuple(figures) if len(figures) > 1 else ())
        for record, figures, eta, error in zip(records, answers.tolist(), etas, deviations, strict=True)
    )


def wald_errors(matrix: Matrix, covariance: Matrix) -> Vector:
    """Standard errors (n) of the linear predictors of model columns (n by k), by their coefficients' covariance."""
    return np.asarray(np.sqrt(np.einsum("ij,jk,ik->i", matrix, covariance, matrix).clip(0)))


def made_up(schema: Schema, sizes: Mapping[str, Sequence[float]]) -> list[dict[str, object]]:
    """Records that meet every level, several sizes of each number, and a gap in each field that allows one.

    `sizes` are those of the numbers, by field; 0 and a few around it without.
    """
    size = max(
        AT_LEAST, 2 + max(len(field.levels) if isinstance(field, CategoryField) else 0 for field in schema.fields)
    )
    rows = zip(*(cycle(_values(field, sizes.get(field.name, _SPREAD))) for field in schema.fields), strict=True)
    names = [field.name for field in schema.fields]
    return [dict(zip(names, row, strict=True)) for row in islice(filter(_has_value, rows), size)]


def _has_value(row: Sequence[object]) -> bool:
    """Whether a record is not missing altogether, which is refused."""
    return any(value is not None for value in row)


def sizes_of_scales(schema: Schema, terms: Terms) -> dict[str, list[float]]:
    """Sizes of the numbers that have a centre and a scale: these and a few scales from the centre."""
    numbers = terms.divide(schema)[0]
    return {name: [centre + scale * step for step in _SPREAD] for name, (_, centre, scale) in numbers.items()}


def sizes_of_values(schema: Schema, cleaned: Sequence[Cleaned]) -> dict[str, list[float]]:
    """Sizes of the numbers in records: quantiles of their values, to three digits, so that no record is told."""
    sizes: dict[str, list[float]] = {}
    for field in schema.fields:
        values = [value for record in cleaned if isinstance(value := record[field.name], float)]
        if isinstance(field, NumberField) and not field.boolean and values:
            sizes[field.name] = [float(f"{each:.3g}") for each in np.quantile(values, _QUANTILES)]
    return sizes


def _values(field: Field, sizes: Sequence[float]) -> list[object]:
    gap: list[object] = [] if field.required else [None]
    if isinstance(field, CategoryField):
        return [*field.levels, *gap]
    if field.boolean:
        return [True, False, *gap]
    return [*sizes, *gap]


def _candidates(cleaned: Sequence[Cleaned]) -> list[int]:
    """The first records, and the first of each level and gap."""
    firsts: dict[tuple[str, object], int] = {}
    for index, record in enumerate(cleaned[_CANDIDATES:], _CANDIDATES):
        for facet in _facets(record):
            firsts.setdefault(facet, index)
    return sorted({*range(min(_CANDIDATES, len(cleaned))), *firsts.values()})


def _facets(cleaned: Cleaned) -> set[tuple[str, object]]:
    return {(name, "number" if isinstance(value, float) else value) for name, value in cleaned.items()}
