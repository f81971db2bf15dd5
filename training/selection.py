"""Which of the columns that the fields can make are the model's."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from phat.preprocessing.terms import plain_columns
from phat.training.config import Config
from phat.training.coverage import listed
from phat.training.design import Matrix, Prepared, Vector, refuse_repairs
from phat.training.errors import ConfigError, FitError
from phat.training.separation import one_outcome, uniform_rows

EVENTS_A_COLUMN = 10
"""Fewer events or other rows a column than this make coefficients unreliable (Peduzzi et al. 1996)."""

_ROUNDING = 1e-12
"""What is smaller, relative to a column, is rounding."""
_DEPENDENT = 1e-8
"""The part of a column that others do not make up, relative to its spread, below which it is theirs to 8 digits."""
_NEARLY = 1e-3
"""Below this part a coefficient has no meaning of its own: its variance is 10^6 times what it would be alone."""


def choose(prepared: Prepared, config: Config) -> Prepared:
    """The columns of the model, as configured or kept by the screen; those that others make up are left out."""
    candidates = prepared.candidates()
    possible = len(candidates)
    _check_names(config, candidates, prepared)
    kept = [*(config.columns or (name for name in candidates if name not in config.drop))]
    size = None if config.columns else _screened_size(prepared, config, len(kept))
    constant = prepared.constant if config.constant else None
    chosen = prepared.of(kept)
    columns = [*kept, *([constant] if constant else [])]
    matrix = chosen.matrix(columns, constant)
    repairs = [f"column {columns[place]} is left out: {uniform_rows(matrix[:, place], chosen.target)}"
               for place in one_outcome(matrix, chosen.target)] if config.kind == "binary" else []  # fmt: skip
    uniform = {columns[place] for place in one_outcome(matrix, chosen.target)} if config.kind == "binary" else set()
    places = [place for place, name in enumerate(columns) if name not in uniform]
    dependent = dependent_columns(matrix[:, places], [columns[place] for place in places])
    repairs += _dependent_notices(dependent, constant)
    refuse_repairs(repairs, config)
    before = [name for name in kept if name not in dependent and name not in uniform]
    if not before:
        raise FitError(f"no column is left: {'; '.join(repairs)}")
    kept, notices = before, list[str]()
    if size is not None and len(before) > size:
        rows = chosen.training
        some = matrix[:, [columns.index(name) for name in before]][rows]
        kept = screen(some, chosen.target[rows], before, size, constant=config.constant)
        kept = [*kept, *_levels_of_gaps(chosen, kept, before)]
        notices = [*_screen_notices(config, prepared, size, before, kept)]
    screened = possible - len(kept) - len(dependent) - len(uniform)
    dropped = replace(prepared.dropped, screened=screened, dependent=len(dependent) + len(uniform))
    return replace(prepared.of(kept, [*repairs, *notices]), dropped=dropped)


def _check_names(config: Config, candidates: Collection[str], prepared: Prepared) -> None:
    """ConfigError for names, listed in the configuration, that nothing has."""
    if unknown := [name for name in config.columns if name not in candidates]:
        raise ConfigError(f"columns: no field makes {', '.join(unknown)}; possible are {', '.join(candidates)}")
    made = {column for field in prepared.schema.fields for column in plain_columns(field)}
    names = {*candidates, *made, *(field.name for field in config.fields), *prepared.table.frame.columns}
    if unknown := [name for name in config.drop if name not in names]:
        raise ConfigError(f"drop: no field and no column is {', '.join(unknown)}; possible are {', '.join(candidates)}")


def _screened_size(prepared: Prepared, config: Config, columns: int) -> int | None:
    """How many columns a screen is to keep: as configured, or what the events allow; None without one."""
    if config.screen is not None:
        if config.kind != "binary":
            raise ConfigError(
                f"screen: it is for two outcomes, and --kind {config.kind} has none; list columns or drop"
            )
        return config.screen
    if config.kind != "binary":
        return None
    rarer = int(min(prepared.target.sum(), len(prepared.target) - prepared.target.sum()))
    allowed = max(1, rarer // EVENTS_A_COLUMN)
    return allowed if columns > allowed else None


def _screen_notices(
    config: Config, prepared: Prepared, size: int, before: Sequence[str], kept: Collection[str]
) -> Iterator[str]:
    """Why there was a screen, what it left out, and what intervals do not know of it."""
    left_out = [name for name in before if name not in kept]
    if config.screen is None:
        rarer = int(min(prepared.target.sum(), len(prepared.target) - prepared.target.sum()))
        yield (
            f"{rarer} rows of the rarer outcome carry {size} columns, {EVENTS_A_COLUMN} rows a column, so that a "
            f"screen keeps the strongest of {len(before)}; screen = {len(before)} in the configuration keeps all"
        )
    yield f"left out by the screen: {', '.join(left_out)}"
    yield "intervals and p-values take the columns as given: they ignore that the screen chose them on the same rows"


def _dependent_notices(dependent: Mapping[str, "Makers"], constant: str | None) -> Iterator[str]:
    for name, makers in dependent.items():
        others = [other for other in makers.names if other != constant]
        if not others:
            yield f"column {name} is left out: it is {'the same' if makers.names else '0'} in all rows"
        elif makers.part > _DEPENDENT:
            yield (
                f"column {name} is left out: it is nearly a linear combination of {listed(others)} (condition number "
                f"{1 / makers.part:.1g})"
            )
        else:
            yield f"column {name} is left out: it is a linear combination of {listed(others)}"


def _levels_of_gaps(prepared: Prepared, kept: Collection[str], candidates: Collection[str]) -> list[str]:
    """The columns of levels that gaps count as, of fields that the model has: else a gap would be the reference."""
    columns = [
        f"{field.name}_{field.fill}"
        for field in prepared.schema.fields
        if isinstance(field.fill, str) and not plain_columns(field).keys().isdisjoint(kept)
    ]
    return [column for column in columns if column in candidates and column not in kept]


def screen(matrix: Matrix, target: Vector, columns: Sequence[str], keep: int, *, constant: bool) -> list[str]:
    """The columns with the largest effects in an L1-penalised logistic regression, the largest first.

    An effect is the size of a coefficient times the standard deviation of its column, so that numbers and rare levels
    are compared on one scale.
    """
    if len(columns) <= keep:
        return list(columns)
    model = LogisticRegression(l1_ratio=1.0, solver="liblinear", C=1.0, fit_intercept=constant, random_state=0)
    size = np.abs(model.fit(matrix, target).coef_[0]) * matrix.std(axis=0)
    order = [index for index in np.argsort(-size, kind="stable")[:keep] if size[index] > 0]
    if not order:
        raise FitError("the L1 screen keeps no column: nothing in the data tells the event")
    return [columns[index] for index in order]


class Makers(NamedTuple):
    """The columns that make up another, and the part of it that they do not."""

    names: list[str]
    part: float


def dependent_columns(matrix: Matrix, columns: Sequence[str], nearly: float = _NEARLY) -> dict[str, Makers]:
    """The columns (of n by k) that others before them make up, but for a part `nearly` 0; a constant comes before all.

    By Gram and Schmidt's way, twice for the rounding, on the triangle of a QR decomposition, which has the same
    angles. Source: Björck, Numerical Methods for Least Squares Problems, 2.4.
    """
    constant = [np.ptp(values) == 0 for values in matrix.T]
    order = sorted(range(len(columns)), key=lambda index: not constant[index])
    triangle = np.asarray(np.linalg.qr(matrix / largest(matrix), mode="r"))
    basis = np.empty((len(triangle), 0))
    kept: list[int] = []
    dependent: dict[str, Makers] = {}
    for index in order:
        column, whole = triangle[:, index], float(np.linalg.norm(triangle[:, index]))
        around = float(np.linalg.norm(_rest(column, basis[:, :1]))) if kept and constant[kept[0]] else whole
        rest = _rest(column, basis)
        size = float(np.linalg.norm(rest))
        if size > max(_ROUNDING * whole, nearly * around):
            basis = np.column_stack([basis, rest / size])
            kept.append(index)
        else:
            part = size / around if around > _ROUNDING * whole else 0.0
            makers = _makers(triangle, kept, index, max(_DEPENDENT, 100 * part) * (around if part else whole))
            names = [columns[other] for other in makers]
            dependent[columns[index]] = Makers(names, part)
    return dependent


def _rest(column: Vector, basis: Matrix) -> Vector:
    """What is left of a column without its parts along the vectors of a basis."""
    for _ in range(2):
        column = column - basis @ (basis.T @ column)
    return column


def largest(matrix: Matrix) -> Vector:
    """The largest absolute value of each column, 1 of a column of nothing: divided by it columns are of one scale."""
    values = np.abs(matrix).max(axis=0, initial=0.0)
    return np.where(values > 0, values, 1.0)


def _makers(matrix: Matrix, kept: Sequence[int], index: int, least: float) -> list[int]:
    """Which of the kept columns make up another, each with a part that is larger than the `least`."""
    if not matrix[:, index].any() or not kept:
        return []
    weights = np.abs(np.linalg.lstsq(matrix[:, kept], matrix[:, index], rcond=None)[0])
    sizes = np.linalg.norm(matrix[:, kept], axis=0)
    return [other for other, part in zip(kept, weights * sizes, strict=True) if part > least]
