"""What has changed in the records since training: field by field, and in the score."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from phat.model.answer import Classes
from phat.model.artifact import Artifact
from phat.model.baseline import Baseline, FieldBaseline
from phat.model.coarse import Steps
from phat.monitoring.captures import Traffic
from phat.monitoring.errors import NothingToMonitor
from phat.monitoring.lines import Record
from phat.monitoring.statistics import Vector, holm, homogeneity, jensen_shannon_distance, population_stability_index
from phat.preprocessing.schema import CategoryField, Field, NumberField

SCORE = "score"
"""The name under which the score stands among the fields."""
_NONE = object()
"""No value: None is a gap."""


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
    refused: float = 0.01
    """Share of all records that were refused for a level which training did not have."""


@dataclass(frozen=True)
class FieldDrift:
    """One field, or the score: shares by bin or level then and now, and how far they are apart."""

    name: str
    ordered: bool
    """Whether the bins have an order, as those of numbers have; else they are levels."""
    labels: list[str]
    base: list[float]
    now: list[float]
    values: int
    unreadable: int
    """Records without a readable value of it: it was left out or hashed there, or is odd. They count nowhere else."""
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
    """Whether enough records have it readable; if not, nothing is flagged, and nothing is known."""
    mean_base: float | None = None
    mean_now: float | None = None
    """Means of a score, where that of the training data is known."""
    median_base: float | None = None
    median_now: float | None = None
    """About where the middle of a number's values lies: within its bin as if they were spread evenly."""


@dataclass(frozen=True)
class _Counts:
    name: str
    ordered: bool
    labels: list[str]
    records: int
    """How many records have it readable, gaps included."""
    values: int
    """How many of them have one; `now` and `missing_now` are weighted."""
    base: Vector
    now: Vector
    missing_base: Vector
    """Missing and present."""
    missing_now: Vector
    means: tuple[float, float] | None = None
    """Of a score, then and now."""
    edges: Vector | None = None
    """Of a number's bins."""


def compare(artifact: Artifact, traffic: Traffic, limits: Limits) -> list[FieldDrift]:
    """Each captured field against the artifact's baseline, then the score; NothingToWatch if there is none."""
    if artifact.baseline is None:
        raise NothingToMonitor("the model has no baseline: fit it again, or import it with --data")
    if not traffic.records:
        raise NothingToMonitor(f"nothing that this version scored was captured in the window{_instead(traffic)}")
    counted = [*_fields(artifact, artifact.baseline, traffic.records), _answers(artifact, artifact.baseline, traffic)]
    judge = partial(_drift, traffic=traffic, limits=limits)
    enough = [each.records >= limits.fewest for each in counted]
    plain = [homogeneity(c.base, c.now) if tested else 1.0 for c, tested in zip(counted, enough, strict=True)]
    missing = [
        homogeneity(c.missing_base, c.missing_now) if tested else 1.0 for c, tested in zip(counted, enough, strict=True)
    ]
    adjusted = holm([*plain, *missing])
    pairs = zip(adjusted[: len(counted)], adjusted[len(counted) :], strict=True)
    return [*map(judge, counted, pairs)]


def _instead(traffic: Traffic) -> str:
    """What there was, where no record was scored."""
    parts = [f"{traffic.rejected} records were rejected"] if traffic.rejected else []
    parts += [
        f"{error['count']} times {error['field'] or 'record'}: {error['code']}"
        for error in traffic.counted_errors()[:3]
    ]
    parts += [f"version {version} scored {count} records" for version, count in traffic.other_versions.items()]
    parts += (
        [f"{len(traffic.unread)} objects could not be read, the first {traffic.unread[0]}"] if traffic.unread else []
    )
    return "".join(f"; {part}" for part in parts)


def _weights(records: Sequence[Record]) -> Vector:
    """What each record counts for: 1 where all shares are alike, else 1 / share, to the sum of the effective sample.

    Source: Kish, Survey Sampling (1965), 11.7: n records with weights w count for (sum w)^2 / sum w^2.
    """
    shares = np.array([record["share"] for record in records])
    weights = shares.min() / shares
    return np.asarray(weights * (weights.sum() / (weights**2).sum()))


def _drift(counts: _Counts, p: tuple[float, float], *, traffic: Traffic, limits: Limits) -> FieldDrift:
    """Judge by the adjusted p of values and of gaps."""
    empty = not counts.values
    psi = 0.0 if empty else population_stability_index(counts.base, counts.now)
    missing_psi = population_stability_index(counts.missing_base, counts.missing_now)
    return FieldDrift(
        name=counts.name,
        ordered=counts.ordered,
        labels=counts.labels,
        base=_shares(counts.base),
        now=_shares(counts.now),
        values=counts.values,
        unreadable=len(traffic.records) - counts.records,
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
        tested=counts.records >= limits.fewest,
        mean_base=counts.means[0] if counts.means else None,
        mean_now=counts.means[1] if counts.means else None,
        median_base=_median(counts.base, counts.edges),
        median_now=_median(counts.now, counts.edges),
    )


def _median(counts: Vector, edges: Vector | None) -> float | None:
    if edges is None or len(edges) < 2 or not counts.sum():
        return None
    below = np.concatenate([[0.0], np.cumsum(counts)]) / counts.sum()
    return float(np.interp(0.5, below, edges))


def _shares(counts: Vector) -> list[float]:
    return [float(share) for share in counts / max(counts.sum(), 1)]


def _fields(artifact: Artifact, baseline: Baseline, records: Sequence[Record]) -> Iterator[_Counts]:
    """Each field, on the records that have it readable; those that none has are left out."""
    for field in artifact.schema.fields:
        readable = [record for record in records if _is_readable(record["values"], field)]
        if readable:
            yield _field(field, baseline.fields[field.name], baseline.records, readable)


def is_captured(artifact: Artifact, values: Mapping[str, object]) -> bool:
    """Whether a record's values are those of all fields, none left out, hashed or odd."""
    return all(_is_readable(values, field) for field in artifact.schema.fields)


def _is_readable(values: Mapping[str, object], field: Field) -> bool:
    """Whether a field is there, as a gap or as a value that cleaning may give: it was not left out or hashed."""
    value = values.get(field.name, _NONE)
    if value is None:
        return True
    if isinstance(field, CategoryField):
        return value in field.levels
    return isinstance(value, int | float) and not isinstance(value, bool)


def _field(field: Field, then: FieldBaseline, rows: int, records: Sequence[Record]) -> _Counts:
    pairs = [(r["values"][field.name], w) for r, w in zip(records, _weights(records), strict=True)]
    present = [(value, weight) for value, weight in pairs if value is not None]
    absent = sum(weight for value, weight in pairs if value is None)
    weights = np.array([weight for _, weight in present])
    now: Vector
    if isinstance(field, CategoryField):
        labels = list(field.levels)
        place = {level: index for index, level in enumerate(labels)}
        places = np.array([place[value] for value, _ in present], dtype=int)
        now = np.bincount(places, weights, minlength=len(labels)).astype(float)
    else:
        edges = np.array(then.edges)
        labels = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges)]
        now = _histogram(np.array([value for value, _ in present], dtype=float), edges, weights)
    had = rows * (1 - then.missing)
    return _Counts(
        name=field.name,
        ordered=isinstance(field, NumberField),
        labels=labels,
        records=len(records),
        values=len(present),
        base=np.array(then.shares) * had,
        now=now,
        missing_base=np.array([rows - had, had]),
        missing_now=np.array([absent, weights.sum()]),
        edges=np.array(then.edges) if isinstance(field, NumberField) else None,
    )


_NO_GAPS = np.array([0.0, 1.0])
"""An answer is never missing."""


def _answers(artifact: Artifact, baseline: Baseline, traffic: Traffic) -> _Counts:
    """What was answered: `phat` or means by bin, classes by the likeliest."""
    if isinstance(artifact.answer, Classes) and baseline.classes is not None:
        return _likeliest(artifact.answer.labels, baseline.classes.likeliest, baseline.records, traffic)
    if baseline.score is None:
        raise NothingToMonitor("the baseline has no answers of the training data: fit the model again")
    then = Steps(baseline).bins if traffic.coarse else baseline.score
    [name] = artifact.answer.figures
    edges, weights = np.array(then.edges), _weights(traffic.records)
    values = np.array([record[name] for record in traffic.records])
    labels = [f"{low:.3g} to {high:.3g}" for low, high in pairwise(edges)]
    base, rows = np.array(then.records, float), len(traffic.records)
    means = None
    if then.mean_phat is not None:
        means = float(np.average(then.mean_phat, weights=base)), float(np.average(values, weights=weights))
    now = _histogram(values, edges, weights)
    return _Counts(SCORE, True, labels, rows, rows, base, now, _NO_GAPS, _NO_GAPS, means)


def _likeliest(labels: Sequence[str], then: Sequence[float], records: int, traffic: Traffic) -> _Counts:
    places = {label: place for place, label in enumerate(labels)}
    outcomes = np.array([places[record["outcome"]] for record in traffic.records])
    now = np.bincount(outcomes, _weights(traffic.records), minlength=len(labels)).astype(float)
    rows = len(traffic.records)
    return _Counts(SCORE, False, list(labels), rows, rows, np.array(then) * records, now, _NO_GAPS, _NO_GAPS)


def _histogram(values: Vector, edges: Vector, weights: Vector) -> Vector:
    """Weights by bin; what lies beyond the training's range counts in the outermost bins."""
    if len(edges) < 2:
        return np.array([weights.sum()])
    return np.asarray(np.histogram(np.clip(values, edges[0], edges[-1]), edges, weights=weights)[0], dtype=float)
