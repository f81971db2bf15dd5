"""What really happened, joined to what was captured: how good the model was, and which of its columns no longer fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.exceptions import PolarsError
from scipy import stats

from model.artifact import Artifact
from model.batch.finding import find
from model.batch.parquet_files import MAGIC
from model.batch.places import Place
from model.training.baseline import score_bins
from model.training.evaluate import auc_interval
from model.training.judgement import CLIP, Figures, measure
from model.watch.captures import Record
from model.watch.drift import Limits
from model.watch.errors import OutcomesRefused
from model.watch.statistics import Vector, holm
from preprocessing.design import Design
from preprocessing.schema import MISSING_WORDS

FEWEST = 20
"""Events, and others, below which no figure is given."""
_QUARTER = 0.25


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
    columns: list[ColumnChange]
    bins: dict[str, Any] | None


def read_labels(
    name: str, id_column: str = "id", outcome_column: str = "outcome", event: str = "1"
) -> tuple[dict[str, float], int, int]:
    """Outcomes (1 for the event) by id, how many were repeated, and how many ids have labels that conflict.

    `name` is a CSV or Parquet, here or in S3, or a folder or prefix of them. OutcomesRefused names what is wrong.
    Blank outcomes are no labels.
    """
    rows: list[tuple[str, str]] = []
    for place in find([name]):
        rows += _rows(place, id_column, outcome_column)
    if len({text for _, text in rows}) > 2:
        raise OutcomesRefused(
            f"{name}: column {outcome_column} has more than two values, expected {event!r} and another"
        )
    found: dict[str, set[float]] = {}
    for id_, text in rows:
        found.setdefault(id_, set()).add(float(text == event))
    clear = {id_: next(iter(labels)) for id_, labels in found.items() if len(labels) == 1}
    conflicting = len(found) - len(clear)
    repeated = sum(id_ in clear for id_, _ in rows) - len(clear)
    return clear, repeated, conflicting


def _rows(place: Place, id_column: str, outcome_column: str) -> list[tuple[str, str]]:
    """Ids and outcomes of a file, all text, without those that are blank."""
    data = place.read(0, place.size)
    try:
        table = pl.read_parquet(data) if data.startswith(MAGIC) else pl.read_csv(data, infer_schema=False)
    except PolarsError as error:
        raise OutcomesRefused(f"{place.name}: {str(error).splitlines()[0]}") from None
    for name in (id_column, outcome_column):
        if name not in table.columns:
            raise OutcomesRefused(f"{place.name}: there is no column {name}; it has {', '.join(table.columns[:8])}")
    texts = table.select(pl.col(id_column, outcome_column).cast(pl.String).str.strip_chars())
    return [(id_, text) for id_, text in texts.iter_rows() if id_ and text and text.casefold() not in MISSING_WORDS]


def judge(
    artifact: Artifact, records: Sequence[Record], labels: tuple[dict[str, float], int, int], limits: Limits
) -> Outcomes:
    """Join labels to records (to the last of those with one id) and judge the model by them."""
    outcomes, repeated, conflicting = labels
    by_id = {str(record["id"]): record for record in records if "id" in record}
    joined = [(record, outcomes[id_]) for id_, record in by_id.items() if id_ in outcomes]
    y = np.array([outcome for _, outcome in joined])
    p = np.array([record["phat"] for record, _ in joined])
    events = int(y.sum())
    enough = min(events, len(y) - events) >= FEWEST
    measured, where = measure(y, p) if enough else None, f"on {len(y)} records with an outcome"
    return Outcomes(
        labelled=len(joined),
        events=events,
        missing=len(by_id.keys() - outcomes.keys()),
        unmatched=len(outcomes.keys() - by_id.keys()),
        repeated=repeated,
        conflicting=conflicting,
        without_id=sum("id" not in record for record in records),
        figures=_figures(measured, y, p) if measured else None,
        sentence=measured.sentence(where) if measured else None,
        doubts=list(measured.doubts(where)) if measured else [],
        training=_training(artifact),
        columns=list(_columns(artifact, [record for record, _ in joined], y, p, limits)) if enough else [],
        bins=score_bins(p, y, 10).to_dict() if enough else None,
    )


def _training(artifact: Artifact) -> dict[str, float]:
    """The figures of the fit that stand beside those of now."""
    evaluation = artifact.provenance.evaluation
    figures = evaluation.figures if evaluation else {}
    return {name: figures[name] for name in ("auc", "brier") if name in figures}


def _figures(figures: Figures, y: Vector, p: Vector) -> dict[str, Any]:
    """The judgement's figures, the AUC with its interval, and how many times more events the best quarter of the
    scores has than all.
    """
    best = np.argsort(-p, kind="stable")[: max(1, round(_QUARTER * len(p)))]
    auc = auc_interval(figures.auc, int(y.sum()), len(y) - int(y.sum()))
    return figures.known() | {"auc": auc, "lift_of_top_quarter": float(y[best].mean() / y.mean())}


def _columns(
    artifact: Artifact, records: Sequence[Record], y: Vector, p: Vector, limits: Limits
) -> Iterator[ColumnChange]:
    """Rao's score test of each column (Rao 1948), the model's own linear predictor as offset.

    With g the derivative of the inverse link and v = phat (1 - phat), the score is U = sum x (y - phat) g / v and the
    information I = sum x x' g^2 / v. The coefficients were estimated, with covariance C, so U varies by I + I C I.
    """
    names = {field.name for field in artifact.schema.fields}
    if any(names - record["values"].keys() for record in records):
        return
    design = Design(artifact.schema, artifact.columns, artifact.constant)
    x = np.array([design.values(record["values"]) for record in records])
    slope = _slopes(artifact.link, p)
    variance = np.maximum(p * (1 - p), CLIP)
    score = x.T @ ((y - p) * slope / variance)
    information = (x * (slope**2 / variance)[:, None]).T @ x
    spread = np.diag(information + information @ np.array(artifact.covariance) @ information)
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
