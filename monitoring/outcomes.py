"""What really happened, joined to what was captured: how good the model was, and which of its columns no longer fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from phat.model.artifact import Artifact
from phat.model.coarse import Steps
from phat.monitoring.captures import Traffic
from phat.monitoring.drift import Limits, is_captured
from phat.monitoring.labels import KnownOutcomes
from phat.monitoring.lines import Record
from phat.monitoring.statistics import Vector, holm
from phat.preprocessing.design import Design
from phat.preprocessing.spelling import fold_id
from phat.training.baseline import score_bins
from phat.training.judgement import CLIP, Figures, auc_interval, measure

FEWEST = 20
"""Events, and others, below which no figure is given."""
LEVEL = "calibration in the large"
_QUARTER = 0.25
_TENTHS = 10


@dataclass(frozen=True)
class ColumnChange:
    """The score test of one column: whether its coefficient still fits, the linear predictor being an offset."""

    name: str
    z: float
    p: float
    change: float
    flagged: bool


@dataclass(frozen=True)
class Outcomes:
    """How good the model was on the records whose outcome is known; counts of labels say what could not be joined.

    `conflicting` ids have labels that contradict each other, `repeated` labels say the same again, `unmatched` ones
    belong to no record of the window (they may be late), and `missing` counts records with an id and without a label.
    With enough labels there are figures, a sentence that says them, and the doubts that they raise.
    """

    labelled: int
    events: int
    missing: int
    unmatched: int
    repeated: int
    conflicting: int
    without_id: int
    figures: dict[str, Any] | None
    sentence: str | None
    doubts: list[str]
    training: dict[str, float]
    level: ColumnChange | None
    """Calibration in the large: the score test of a constant that is added to the log-odds of phat."""
    columns: list[ColumnChange]
    complete: int
    """How many of the labelled records have all fields readable: columns are tested on these, if they are enough."""
    bins: dict[str, Any] | None

    @property
    def flagged(self) -> int | None:
        """How many columns no longer fit, or 1 for the level alone; None if that was not tested.

        Where no record has all fields, as some are left out or hashed, the level alone is tested.
        """
        if self.level is None:
            return None
        flagged = sum(column.flagged for column in self.columns) or int(self.level.flagged)
        return flagged if flagged or self.columns or not self.complete else None

    @property
    def doubts_rates(self) -> bool:
        """Whether the doubts have what was predicted and what happened already."""
        return any("happened" in doubt for doubt in self.doubts)


def judge(artifact: Artifact, traffic: Traffic, labels: KnownOutcomes, limits: Limits) -> Outcomes:
    """Join labels to records (to the last of those with one id) and judge the model by them."""
    outcomes, records = labels.by_id, traffic.records
    by_id = {id_: record for record in records if (id_ := fold_id(record.get("id", "")))}
    joined = [(record, outcomes[id_]) for id_, record in by_id.items() if id_ in outcomes]
    y = np.array([outcome for _, outcome in joined])
    p = np.array([record["phat"] for record, _ in joined])
    events = int(y.sum())
    enough = _enough(y)
    complete = np.array([is_captured(artifact, record["values"]) for record, _ in joined], dtype=bool)
    whole = [record for (record, _), each in zip(joined, complete, strict=True) if each]
    measured, where = measure(y, p) if enough else None, f"on {len(y)} records with an outcome"
    return Outcomes(
        labelled=len(joined),
        events=events,
        missing=len(by_id.keys() - outcomes.keys()),
        unmatched=len(outcomes.keys() - by_id.keys()),
        repeated=labels.repeated,
        conflicting=labels.conflicting,
        without_id=sum("id" not in record for record in records),
        figures=_figures(measured, y, p) if measured else None,
        sentence=measured.sentence(where) if measured else None,
        doubts=list(measured.doubts(where)) if measured else [],
        training=_training(artifact),
        level=_level(y, p, limits) if enough else None,
        columns=list(_columns(artifact, whole, y[complete], p[complete], limits)),
        complete=int(complete.sum()),
        bins=_bins(artifact, y, p, traffic.coarse) if enough else None,
    )


def _enough(y: Vector) -> bool:
    events = int(y.sum())
    return min(events, len(y) - events) >= FEWEST


def _training(artifact: Artifact) -> dict[str, float]:
    """The figures of the fit that are compared with those of now."""
    evaluation = artifact.provenance.evaluation
    figures = evaluation.figures if evaluation else {}
    return {name: figures[name] for name in ("auc", "brier") if name in figures}


def _figures(figures: Figures, y: Vector, p: Vector) -> dict[str, Any]:
    """The judgement's figures, the AUC with its interval, and how many times more events the best quarter has."""
    auc = auc_interval(figures.auc, int(y.sum()), len(y) - int(y.sum()))
    return figures.known() | {"auc": auc, "lift_of_top_quarter": _lift(y, p)}


def _lift(y: Vector, p: Vector) -> float:
    """Event rate of the best quarter over that of all; scores at its edge that are alike count in part."""
    size = max(1, round(_QUARTER * len(p)))
    edge = np.sort(p)[-size]
    above, at = p > edge, p == edge
    return float((y[above].sum() + (size - above.sum()) * y[at].mean()) / size / y.mean())


def _bins(artifact: Artifact, y: Vector, p: Vector, coarse: bool) -> dict[str, Any]:
    """Records, events and mean phat by tenth of the scores, or by the steps in which they were captured."""
    if not coarse:
        return score_bins(p, y, _TENTHS).to_dict()
    edges = np.array(Steps(artifact.baseline).bins.edges)
    _, place = np.unique(np.searchsorted(edges[1:-1], p, side="right"), return_inverse=True)
    records, means, events = np.bincount(place), np.bincount(place, p), np.bincount(place, y)
    return {"records": records.tolist(), "mean_phat": (means / records).tolist(), "events": events.astype(int).tolist()}


def _level(y: Vector, p: Vector, limits: Limits) -> ColumnChange:
    """Whether as much happened as was predicted: a step of log-odds (Cox 1958), U = sum (y - p), I = sum p (1 - p)."""
    score, information = float((y - p).sum()), float(np.maximum(p * (1 - p), CLIP).sum())
    z, change = score / np.sqrt(information), score / information
    chance = float(2 * stats.norm.sf(abs(z)))
    return ColumnChange(LEVEL, float(z), chance, change, chance < limits.alpha and abs(change) >= limits.coefficient)


def _columns(
    artifact: Artifact, records: Sequence[Record], y: Vector, p: Vector, limits: Limits
) -> Iterator[ColumnChange]:
    """Rao's score test of each column (Rao 1948), the model's own linear predictor as offset.

    With g the derivative of the inverse link and v = phat (1 - phat), the score is U = sum x (y - phat) g / v and the
    information I = sum x x' g^2 / v. The coefficients were estimated, with covariance C, so U varies by I + I C I.
    """
    if not _enough(y):
        return
    design = Design(artifact.schema, artifact.terms)
    x = np.array([design.values(record["values"]) for record in records])
    slope = _slopes(artifact.link, p)
    variance = np.maximum(p * (1 - p), CLIP)
    score = x.T @ ((y - p) * slope / variance)
    information = (x * (slope**2 / variance)[:, None]).T @ x
    spread = np.diag(information + information @ np.array(artifact.known_covariance) @ information)
    own = np.diag(information)
    used = own > 0
    z = np.where(used, score / np.sqrt(np.where(used, spread, 1.0)), 0.0)
    change = np.where(used, score / np.where(used, own, 1.0), 0.0)
    adjusted = holm([float(value) for value in 2 * stats.norm.sf(np.abs(z))])
    for name, z_, p_, change_ in zip(artifact.columns, z, adjusted, change, strict=True):
        flagged = p_ < limits.alpha and abs(change_) >= limits.coefficient
        yield ColumnChange(name, float(z_), p_, float(change_), bool(flagged))


def _slopes(link: str, p: Vector) -> NDArray[np.float64]:
    """Derivative of the inverse link at the linear predictor, from `phat`."""
    inner = np.clip(p, CLIP, 1 - CLIP)
    if link == "logit":
        return np.asarray(inner * (1 - inner))
    if link == "probit":
        return np.asarray(stats.norm.pdf(stats.norm.ppf(inner)))
    return np.asarray(-(1 - inner) * np.log1p(-inner))
