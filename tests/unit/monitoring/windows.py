"""Many windows of simulated traffic, judged on arrays: what `compare` and `judge` say of each field and column.

The pool is cleaned and scored once, unchanged and with each change; a window is a sample of its rows. The statistics
are those of `monitoring.statistics`; counting and deciding are done again here, and test_power.py compares the figures
with what monitoring itself says about the records of such windows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from phat.model.baseline import FieldBaseline
from phat.monitoring.drift import SCORE, Limits
from phat.monitoring.lines import Record
from phat.monitoring.statistics import holm, homogeneity, population_stability_index
from phat.preprocessing.design import Design
from tests.unit.monitoring.traffic import ROWS, Values, pool, records, reference

LIMITS = Limits()

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


class Figures(NamedTuple):
    """What is said of one field, or of the score: effects and adjusted p, of values and of gaps."""

    name: str
    psi: float
    p: float
    missing_psi: float
    missing_p: float

    @property
    def flagged(self) -> bool:
        """Whether values or gaps have drifted."""
        pairs = ((self.psi, self.p), (self.missing_psi, self.missing_p))
        return any(p < LIMITS.alpha and psi >= LIMITS.effect for psi, p in pairs)


class Coefficient(NamedTuple):
    """What the score test says of one column."""

    name: str
    z: float
    p: float
    change: float

    @property
    def flagged(self) -> bool:
        """Whether it no longer fits."""
        return self.p < LIMITS.alpha and abs(self.change) >= LIMITS.coefficient


@dataclass(frozen=True)
class Change:
    """What happens to a record, which shows in the field `name`: one of several things, each with a chance."""

    name: str
    chances: tuple[float, ...]
    variants: tuple[Callable[[Values], Values], ...]


NOTHING = Change("", (1.0,), (lambda values: values,))


class Window(NamedTuple):
    """Which of the pool's rows, none of them twice, and which variant of a change each has."""

    rows: Places
    variants: Places


def draw(change: Change, random: np.random.Generator) -> Window:
    """A window's sample of the pool."""
    rows = random.choice(len(pool()[0]), ROWS, replace=False)
    return Window(rows, random.choice(len(change.chances), ROWS, p=change.chances))


@cache
def scored(change: Change) -> list[list[Record]]:
    """The scored records of the pool, by variant of a change."""
    return [records([variant(values) for values in pool()[0]]) for variant in change.variants]


def taken(change: Change, window: Window) -> list[Record]:
    """A window's records."""
    variants = scored(change)
    return [variants[variant][row] for row, variant in zip(*window, strict=True)]


def _places(then: FieldBaseline, values: list[Any]) -> Places:
    """The bin or level of each value, one beyond the last for a gap."""
    if then.levels:
        order: dict[Any, int] = {level: index for index, level in enumerate((*then.levels, None))}
        return np.array([order[value] for value in values])
    number = np.array(values, dtype=float)
    return np.where(np.isnan(number), len(then.shares), np.digitize(number, then.edges[1:-1]))


@cache
def _by_field(change: Change) -> dict[str, tuple[FieldBaseline, Places]]:
    """Each field's baseline and places, variants x records of the pool; the score is a field without gaps."""
    baseline = reference().artifact.baseline
    assert baseline is not None
    assert baseline.score is not None
    score = FieldBaseline(0.0, tuple(np.array(baseline.score.records) / baseline.records), baseline.score.edges)
    found = {
        name: (then, np.array([_places(then, [r["values"][name] for r in variant]) for variant in scored(change)]))
        for name, then in baseline.fields.items()
    }
    return found | {
        SCORE: (score, np.array([_places(score, [r["phat"] for r in variant]) for variant in scored(change)]))
    }


def drift(change: Change, window: Window) -> list[Figures]:
    """Each field of a window against the baseline, then the score."""
    baseline, counted = reference().artifact.baseline, []
    assert baseline is not None
    for then, places in _by_field(change).values():
        bins, had = len(then.shares), baseline.records * (1 - then.missing)
        now = np.bincount(places[window.variants, window.rows], minlength=bins + 1).astype(float)
        gaps = np.array([baseline.records - had, had]), np.array([now[bins], now[:bins].sum()])
        counted.append(((np.array(then.shares) * had, now[:bins]), gaps))
    p = holm([homogeneity(*values) for values, _ in counted] + [homogeneity(*gaps) for _, gaps in counted])
    psi = [tuple(population_stability_index(*each) for each in pair) for pair in counted]
    size = len(counted)
    return [
        Figures(name, values, p[i], gaps, p[size + i])
        for i, (name, (values, gaps)) in enumerate(zip(_by_field(change), psi, strict=True))
    ]


@cache
def _unchanged() -> tuple[Floats, Floats]:
    """The pool's model columns, records x columns, and its scores."""
    artifact = reference().artifact
    design = Design(artifact.schema, artifact.terms)
    [found] = scored(NOTHING)
    return np.array([design.values(r["values"]) for r in found]), np.array([r["phat"] for r in found])


def coefficients(window: Window, outcomes: Floats) -> list[Coefficient]:
    """The score test of each column of a logistic model, in an unchanged window with these outcomes (Rao 1948)."""
    artifact = reference().artifact
    x, phat = (each[window.rows] for each in _unchanged())
    score, information = x.T @ (outcomes - phat), (x * (phat * (1 - phat))[:, None]).T @ x
    spread = information + information @ np.array(artifact.known_covariance) @ information
    z, change = score / np.sqrt(np.diag(spread)), score / np.diag(information)
    p = holm([float(each) for each in 2 * stats.norm.sf(np.abs(z))])
    return [Coefficient(*each) for each in zip(artifact.columns, z.tolist(), p, change.tolist(), strict=True)]


def chances(name: str, by: float) -> Floats:
    """The pool's chances of an event if a column's coefficient were larger by so much."""
    x, phat = _unchanged()
    eta = np.log(phat / (1 - phat)) + by * x[:, reference().artifact.columns.index(name)]
    return np.asarray(1 / (1 + np.exp(-eta)))
