"""What has changed in the records since training: field by field, and in the score."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from model.artifact import Artifact
from model.baseline import Baseline, FieldBaseline
from model.watch.captures import Record, Traffic
from model.watch.errors import NothingToWatch
from model.watch.statistics import Vector, holm, homogeneity, jensen_shannon_distance, population_stability_index
from preprocessing.schema import Field

SCORE = "score"
"""The name under which the score stands among the fields."""


@dataclass(frozen=True)
class Limits:
    """When something is flagged: its corrected test rejects at `alpha`, and its effect reaches `effect`.

    An effect is a population stability index: of the values, and of present against missing. Samples below `fewest`
    are not tested.
    """

    alpha: float = 0.01
    effect: float = 0.05
    fewest: int = 200
    coefficient: float = 0.1
    """Change of a coefficient, on the scale of the linear predictor for one unit of its column."""


@dataclass(frozen=True)
class FieldDrift:
    """One field, or the score: shares by bin or level then and now, and how far they are apart."""

    name: str
    labels: list[str]
    base: list[float]
    now: list[float]
    values: int
    psi: float
    jensen_shannon: float
    p: float
    missing_base: float
    missing_now: float
    missing_psi: float
    missing_p: float
    unknown: int
    flagged: bool
    missing_flagged: bool
    tested: bool


@dataclass(frozen=True)
class _Counts:
    name: str
    labels: list[str]
    base: Vector
    now: Vector
    missing_base: Vector
    """Missing and present."""
    missing_now: Vector


def compare(artifact: Artifact, traffic: Traffic, limits: Limits) -> list[FieldDrift]:
    """Each captured field against the artifact's baseline, then the score; NothingToWatch if there is none."""
    if artifact.baseline is None:
        raise NothingToWatch("the model has no baseline: fit it anew, or import it with --data")
    if not traffic.records:
        raise NothingToWatch("nothing that this version scored was captured in the window")
    counted = [*_fields(artifact, artifact.baseline, traffic.records), _score(artifact.baseline, traffic.records)]
    tested = len(traffic.records) >= limits.fewest
    judge = partial(_drift, traffic=traffic, limits=limits, tested=tested)
    plain = [homogeneity(each.base, each.now) if tested else 1.0 for each in counted]
    missing = [homogeneity(each.missing_base, each.missing_now) if tested else 1.0 for each in counted]
    adjusted = holm([*plain, *missing])
    pairs = zip(adjusted[: len(counted)], adjusted[len(counted) :], strict=True)
    return [*map(judge, counted, pairs)]


def _drift(counts: _Counts, p: tuple[float, float], *, traffic: Traffic, limits: Limits, tested: bool) -> FieldDrift:
    """Judge by the adjusted p of values and of gaps."""
    empty = not counts.now.sum()
    psi = 0.0 if empty else population_stability_index(counts.base, counts.now)
    missing_psi = population_stability_index(counts.missing_base, counts.missing_now)
    return FieldDrift(
        name=counts.name,
        labels=counts.labels,
        base=_shares(counts.base),
        now=_shares(counts.now),
        values=int(counts.now.sum()),
        psi=psi,
        jensen_shannon=0.0 if empty else jensen_shannon_distance(counts.base, counts.now),
        p=p[0],
        missing_base=_shares(counts.missing_base)[0],
        missing_now=_shares(counts.missing_now)[0],
        missing_psi=missing_psi,
        missing_p=p[1],
        unknown=traffic.errors[counts.name, "unknown_level"],
        flagged=p[0] < limits.alpha and psi >= limits.effect,
        missing_flagged=p[1] < limits.alpha and missing_psi >= limits.effect,
        tested=tested,
    )


def _shares(counts: Vector) -> list[float]:
    return [float(share) for share in counts / max(counts.sum(), 1)]


def _fields(artifact: Artifact, baseline: Baseline, records: Sequence[Record]) -> Iterator[_Counts]:
    for field in artifact.schema.fields:
        found = [record["values"][field.name] for record in records if field.name in record["values"]]
        present = [value for value in found if value is not None]
        known = [value for value in present if _is_plain(value, field)]
        if not found or len(known) < len(present):  # left out, or hashed
            continue
        yield _field(field, baseline.fields[field.name], baseline.records, known, len(found))


def _is_plain(value: object, field: Field) -> bool:
    return value in field.levels if field.kind == "category" else isinstance(value, int | float)


def _field(field: Field, then: FieldBaseline, rows: int, present: Sequence[Any], total: int) -> _Counts:
    if field.kind == "category":
        labels = list(field.levels)
        place = {level: index for index, level in enumerate(labels)}
        now = np.bincount([place[value] for value in present], minlength=len(labels)).astype(float)
    else:
        edges = np.array(then.edges)
        labels = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges)]
        now = _histogram(np.array(present, dtype=float), edges)
    shares = np.array(then.shares)
    had = rows * (1 - then.missing)
    missing_base = np.array([rows - had, had])
    return _Counts(
        field.name, labels, shares * had, now, missing_base, np.array([total - len(present), len(present)], float)
    )


def _score(baseline: Baseline, records: Sequence[Record]) -> _Counts:
    then = baseline.score
    edges = np.array(then.edges)
    now = _histogram(np.array([record["phat"] for record in records]), edges)
    labels = [f"{low:.3f} to {high:.3f}" for low, high in pairwise(edges)]
    nothing = np.array([0.0, 1.0])
    return _Counts(SCORE, labels, np.array(then.records, float), now, nothing, nothing)


def _histogram(values: Vector, edges: Vector) -> Vector:
    """Counts by bin; what lies beyond the training's range counts in the outermost bins."""
    if len(edges) < 2:
        return np.array([float(len(values))])
    return np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0].astype(float)
