"""Records like the real ones: raw text as a real client sends it, and a target drawn from the real coefficients.

Marginals are the published ones (`model/reference/facts.json`). What is not published there was worked out from the
covariance of the fit, whose inverse holds the weighted second moments of the training data: the shares of levels and
the correlations of x56, x58 and x62 below. See docs/decisions/0004-simulation.md.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TextIO

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.optimize import brentq

from phat.model.artifact import Artifact
from phat.preprocessing.terms import PlainNumber
from phat.training.reference import FOLDER, build

Vector = NDArray[np.float64]
Gaps = NDArray[np.bool_]
Columns = dict[str, list[str]]

CHUNK = 5_000
"""Rows made at a time: memory stays constant, and each chunk has a random stream of its own."""

NAMES = tuple(f"x{i}" for i in range(100))
TARGET = "y"

_DAYS = ("friday", "monday", "saturday", "sunday", "thursday", "tuesday", "wednesday")
_MONTHS = (
    "April", "August", "December", "February", "January", "July", "June", "March", "May", "November", "October",
    "September",
)  # fmt: skip
_SHARES: dict[str, dict[str, float]] = {
    "x5": dict.fromkeys(_DAYS, 1 / 7),
    "x31": {"america": 0.183, "asia": 0.369, "germany": 0.368, "japan": 0.060, "": 0.020},
    "x81": dict.fromkeys(_MONTHS, 1 / 12),
    "x82": {"Female": 0.5, "Male": 0.5},
}

_CORRELATED = ("x62", "x56", "x58")
_CORRELATION = np.array([[1, 0.22, 0.10], [0.22, 1, 0.16], [0.10, 0.16, 1]])

_UNIFORM_SD = tuple(width / 12**0.5 for width in (0.25, 1, 5, 50, 100))
_NORMAL_SD = (1.0, 10.0, 1000.0)
_SHRINKAGE = 0.04
"""A published scale lies up to this share below the sd it comes from, as it was taken after mean imputation."""
_MISSING = 0.02
"""Share of gaps where the scale tells none."""


@dataclass(frozen=True)
class Marginal:
    """How a number is distributed: mean, standard deviation, share of gaps, and whether it is uniform or normal."""

    mean: float
    sd: float
    missing: float
    uniform: bool


@cache
def marginals() -> dict[str, Marginal]:
    """The numbers' marginals, from the published means and scales."""
    facts = orjson.loads((FOLDER / "facts.json").read_bytes())
    scales: dict[str, float] = facts["training_scales"]
    return {name: _marginal(facts["training_means"][name], scale) for name, scale in scales.items()}


def _marginal(mean: float, scale: float) -> Marginal:
    for candidates, uniform in ((_UNIFORM_SD, True), (_NORMAL_SD, False)):
        for sd in candidates:
            if 1 - _SHRINKAGE < scale / sd <= 1:
                return Marginal(mean, sd, 1 - (scale / sd) ** 2, uniform)
    return Marginal(mean, scale, _MISSING, uniform=False)


def simulate(rows: int, seed: int, event_rate: float | None = None) -> Iterator[Columns]:
    """Chunks of raw records, column by column, y included; the same seed gives the same first rows at any size.

    With an `event_rate` (between 0 and 1) a constant is added to the linear predictor that makes about that share of
    records an event.
    """
    streams = np.random.SeedSequence(seed)
    constant = 0.0 if event_rate is None else _constant(event_rate)
    for start in range(0, rows, CHUNK):
        [stream] = streams.spawn(1)
        columns = _chunk(np.random.default_rng(stream), constant)
        yield {name: cells[: rows - start] for name, cells in columns.items()}


def _chunk(random: np.random.Generator, constant: float) -> Columns:
    numbers, gaps, levels = _values(random)
    target = random.random(CHUNK) < 1 / (1 + np.exp(-_eta(numbers, gaps, levels) - constant))
    cells = {name: _text(name, values, gaps[name]) for name, values in numbers.items()}
    cells |= {name: drawn.tolist() for name, drawn in levels.items()}
    cells[TARGET] = ["1" if event else "0" for event in target]
    return {name: cells[name] for name in (*NAMES, TARGET)}


def _values(random: np.random.Generator) -> tuple[dict[str, Vector], dict[str, Gaps], dict[str, Any]]:
    """Rounded numbers, which of them are gaps, and levels."""
    numbers = {name: _draw(marginal, random) for name, marginal in marginals().items()}
    for name, z in zip(_CORRELATED, random.multivariate_normal(np.zeros(3), _CORRELATION, size=CHUNK).T, strict=True):
        numbers[name] = marginals()[name].mean + marginals()[name].sd * z
    gaps = {name: random.random(CHUNK) < marginal.missing for name, marginal in marginals().items()}
    levels = {name: random.choice(list(shares), CHUNK, p=list(shares.values())) for name, shares in _SHARES.items()}
    rounded = {name: np.round(values, 2 if name in ("x12", "x63") else 9) for name, values in numbers.items()}
    return rounded, gaps, levels


def _constant(event_rate: float) -> float:
    """What added to the linear predictor gives the event rate, on records of its own."""
    eta = _eta(*_values(np.random.default_rng(0)))
    return float(brentq(lambda constant: np.mean(1 / (1 + np.exp(-eta - constant))) - event_rate, -50, 50))


def _draw(marginal: Marginal, random: np.random.Generator) -> Vector:
    if marginal.uniform:
        return marginal.mean + marginal.sd * random.uniform(-(3**0.5), 3**0.5, CHUNK)
    return random.normal(marginal.mean, marginal.sd, CHUNK)


@cache
def _reference() -> Artifact:
    return build()


def _eta(numbers: dict[str, Vector], gaps: dict[str, Gaps], levels: dict[str, Any]) -> Vector:
    """The reference model's linear predictor, vectorised; a gap counts as the mean."""
    artifact = _reference()
    plain = artifact.terms.plain(artifact.schema)
    eta = np.zeros(CHUNK)
    for field in artifact.schema.fields:
        made = plain[field.name]
        if isinstance(made, PlainNumber):
            filled = np.where(gaps[field.name], made.centre, numbers[field.name])
            eta += artifact.coefficients[made.column] * ((filled - made.centre) / made.scale)
        else:
            for level, column in made.items():
                eta += artifact.coefficients[column] * (levels[field.name] == level)
    return eta


def _text(name: str, values: Vector, gaps: NDArray[np.bool_]) -> list[str]:
    if name == "x12":
        shown = [f"(${-v:,.2f})" if v < 0 else f"${v:,.2f} " for v in values.tolist()]
    elif name == "x63":
        shown = [f"{v:.2f}%" for v in values.tolist()]
    else:
        shown = [repr(v) for v in values.tolist()]
    return ["" if gap else cell for cell, gap in zip(shown, gaps.tolist(), strict=True)]


def write_csv(rows: int, seed: int, file: TextIO, event_rate: float | None = None) -> Iterator[int]:
    """Write the records as CSV, yielding how many rows are written after each chunk."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow((*NAMES, TARGET))
    written = 0
    for columns in simulate(rows, seed, event_rate):
        writer.writerows(zip(*columns.values(), strict=True))
        written += len(columns[TARGET])
        yield written
