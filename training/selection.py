"""Which of the columns that the fields can make are the model's."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from sklearn.linear_model import LogisticRegression

from phat.preprocessing.terms import plain_columns
from phat.training.config import Config
from phat.training.coverage import listed
from phat.training.design import Matrix, Prepared, Vector
from phat.training.errors import ConfigError, FitError

_DEPENDENT = 1e-8
"""The part of a column, relative to it, that others do not make up: less is rounding."""


def choose(prepared: Prepared, config: Config) -> Prepared:
    """The columns of the model, as configured or kept by the screen; those that others make up are left out."""
    candidates = prepared.candidates()
    possible = len(candidates)
    if config.columns:
        if unknown := [name for name in config.columns if name not in candidates]:
            raise ConfigError(f"columns: no field makes {', '.join(unknown)}; possible are {', '.join(candidates)}")
        return prepared.of(config.columns)
    if len(candidates) > config.screen:
        rows = prepared.training
        matrix = prepared.matrix(candidates, None)[rows]
        kept = screen(matrix, prepared.target[rows], candidates, config.screen, constant=config.constant)
        candidates = [*kept, *_levels_of_gaps(prepared, kept, candidates)]
    screened = possible - len(candidates)
    constant = prepared.constant if config.constant else None
    columns = [*candidates, *([constant] if constant else [])]
    chosen = prepared.of(candidates)
    dependent = dependent_columns(chosen.matrix(columns, constant), columns)
    notices = [
        f"column {name} is left out: it is {f'a linear combination of {listed(others)}' if others else '0 in all rows'}"
        for name, others in dependent.items()
    ]
    dropped = replace(prepared.dropped, screened=screened, dependent=len(dependent))
    return replace(prepared.of([name for name in candidates if name not in dependent], notices), dropped=dropped)


def _levels_of_gaps(prepared: Prepared, kept: Collection[str], candidates: Collection[str]) -> list[str]:
    """The columns of levels that gaps count as, of fields that the model has: else a gap would be the reference."""
    columns = [
        f"{field.name}_{field.fill}"
        for field in prepared.schema.fields
        if isinstance(field.fill, str) and not plain_columns(field).keys().isdisjoint(kept)
    ]
    return [column for column in columns if column in candidates and column not in kept]


def screen(matrix: Matrix, target: Vector, columns: Sequence[str], keep: int, *, constant: bool) -> list[str]:
    """The columns with the largest coefficients of an L1-penalised logistic regression, the largest first."""
    if len(columns) <= keep:
        return list(columns)
    model = LogisticRegression(l1_ratio=1.0, solver="liblinear", C=1.0, fit_intercept=constant, random_state=0)
    size = np.abs(model.fit(matrix, target).coef_[0])
    order = [index for index in np.argsort(-size, kind="stable")[:keep] if size[index] > 0]
    if not order:
        raise FitError("the L1 screen keeps no column: nothing in the data tells the event")
    return [columns[index] for index in order]


def dependent_columns(matrix: Matrix, columns: Sequence[str]) -> dict[str, list[str]]:
    """The columns that others before them make up, each with those; a constant comes before all.

    By Gram and Schmidt's way, twice for the rounding. Source: Björck, Numerical Methods for Least Squares Problems,
    2.4.
    """
    scaled = matrix / largest(matrix)
    order = sorted(range(len(columns)), key=lambda index: np.ptp(scaled[:, index]) > 0)
    basis = np.empty((len(matrix), 0))
    kept: list[int] = []
    dependent: dict[str, list[str]] = {}
    for index in order:
        column = scaled[:, index]
        for _ in range(2):
            column = column - basis @ (basis.T @ column)
        size = np.linalg.norm(column)
        if size > _DEPENDENT * np.linalg.norm(scaled[:, index]):
            basis = np.column_stack([basis, column / size])
            kept.append(index)
        else:
            dependent[columns[index]] = [columns[other] for other in _makers(scaled, kept, index)]
    return dependent


def largest(matrix: Matrix) -> Vector:
    """The largest absolute value of each column, 1 of a column of nothing: divided by it columns are of one scale."""
    values = np.abs(matrix).max(axis=0, initial=0.0)
    return np.where(values > 0, values, 1.0)


def _makers(matrix: Matrix, kept: Sequence[int], index: int) -> list[int]:
    """Which of the kept columns make up another."""
    if not matrix[:, index].any():
        return []
    weights = np.abs(np.linalg.lstsq(matrix[:, kept], matrix[:, index], rcond=None)[0])
    return [other for other, weight in zip(kept, weights, strict=True) if weight > _DEPENDENT]
