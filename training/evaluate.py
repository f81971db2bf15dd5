"""How good a model is on records whose outcome is known: figures, apart from how they are shown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_curve

from phat.batch.scoring import Scorer
from phat.model.artifact import Artifact
from phat.model.coefficients import coefficients
from phat.model.model import Model
from phat.model.percent import percent
from phat.training.baseline import SCORE_BINS, score_bins
from phat.training.costs import cost_sentence, costs
from phat.training.data import Table
from phat.training.errors import DataError
from phat.training.fairness import by_group, sentences
from phat.training.judgement import Figures, auc_interval, measure
from phat.training.target import read_outcomes

Vector = NDArray[np.float64]

_GROUPS = 10
_POINTS = 200
"""Points of a curve that are kept."""
_CUTOFFS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_FEWEST = 20
_HERE = "on these records"


@dataclass(frozen=True)
class Evaluation:
    """All figures as plain data; probabilities between 0 and 1, intervals at the 95 % level.

    `judgement` are the figures of `phat.training.judgement`, `sentence` says them and `doubts` what speaks against
    the model; `headline` says in words what it does, `verdict` how good it is. `choices` are cutoffs with their hits
    and false alarms. `groups`, `folds` and `costs` are there if they were asked for
    (`phat.training.fairness`, `folds` and `costs`), and `more` says them.
    """

    rows: int
    events: int
    auc: dict[str, float]
    average_precision: float
    brier: float
    log_loss: float
    judgement: dict[str, float]
    sentence: str
    doubts: list[str]
    hosmer_lemeshow: dict[str, float]
    roc: dict[str, list[float]]
    precision_recall: dict[str, list[float]]
    calibration: dict[str, Any]
    twentieths: list[dict[str, Any]]
    confusion: dict[str, int]
    cutoffs: list[dict[str, float]]
    coefficients: list[dict[str, Any]]
    histogram: dict[str, list[float]]
    quality: dict[str, Any]
    headline: str
    verdict: str
    choices: list[dict[str, float]]
    groups: list[dict[str, Any]]
    folds: dict[str, Any] | None
    costs: dict[str, Any] | None
    more: list[str]

    def to_json(self) -> bytes:
        """The figures as JSON."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def summary(self) -> list[str]:
        """The main figures in a few lines."""
        return [
            self.verdict,
            self.headline,
            f"{self.rows} records, {self.events} events, {self.quality['dropped']} rows dropped",
            self.sentence,
            f"Brier score {self.brier:.4f}, log loss {self.log_loss:.4f}, "
            f"Hosmer-Lemeshow p = {self.hosmer_lemeshow['p']:.3g}",
            *self.more,
        ]


class Asked(NamedTuple):
    """What is asked besides: groups `by` columns, cross-validation, and the costs of a miss and of a false alarm."""

    by: Sequence[str] = ()
    folds: int | None = None
    costs: tuple[float, float] | None = None


_NOTHING = Asked()


def evaluate_model(
    model: Model, table: Table, target: str | None = None, event: str | None = None, asked: Asked = _NOTHING
) -> Evaluation:
    """Score every record through the serving path and compare with its outcome; DataError if that says nothing.

    Rows without an outcome, or that the endpoint would refuse, are dropped and counted.
    """
    outcome, quality = _outcomes(model.artifact, table, target, event)
    phat = _score(model, table, outcome, quality)
    kept = ~np.isnan(phat)
    y, p = outcome[kept], phat[kept]
    events = int(y.sum())
    if min(events, len(y) - events) < _FEWEST:
        raise DataError(f"{events} events in {len(y)} records that can be scored; expected {_FEWEST} or more of each")
    false_positive, true_positive, _ = roc_curve(y, p)
    precision, recall, _ = precision_recall_curve(y, p)
    figures = measure(y, p)
    cutoff, label = model.artifact.cutoff, model.artifact.labels.event
    cells = {column: table.column(column).filter(pl.Series(kept)) for column in asked.by}
    groups = [by_group(column, some, y, p >= cutoff, p) for column, some in cells.items()]
    names = [field.name for field in model.artifact.schema.fields]
    folds, said = _folds(model, table.frame.select(names), kept, y, asked.folds)
    priced = costs(y, p, cutoff, *asked.costs) if asked.costs else None
    more = [line for group in groups for line in sentences(group, label)]
    more += said
    more += [cost_sentence(priced, label)] if priced else []
    twentieths = _twentieths(model.artifact, y, p)
    return Evaluation(
        rows=len(y),
        events=events,
        auc=auc_interval(figures.auc, events, len(y) - events),
        average_precision=float(average_precision_score(y, p)),
        brier=figures.brier,
        log_loss=figures.log_loss,
        judgement=figures.known(),
        sentence=figures.sentence(_HERE),
        doubts=[*figures.doubts(_HERE), *(text for group in groups for text in group["notices"])],
        hosmer_lemeshow=hosmer_lemeshow(y, p),
        roc=_curve(false_positive, true_positive),
        precision_recall=_curve(recall, precision),
        calibration=score_bins(p, y, _GROUPS).to_dict(),
        twentieths=twentieths,
        confusion=_confusion(y, p, model.artifact.cutoff),
        cutoffs=[
            _at_cutoff(y, p, cutoff) for cutoff in sorted({*np.arange(0.1, 1, 0.1).round(1), model.artifact.cutoff})
        ],
        coefficients=[each.known() for each in coefficients(model.artifact)],
        histogram=_histogram(p),
        quality=quality,
        headline=headline(_confusion(y, p, cutoff), figures.auc, label),
        verdict=_verdict(figures, twentieths, label),
        choices=_choices(y, p, cutoff),
        groups=groups,
        folds=folds,
        costs=priced,
        more=more,
    )


def _folds(
    model: Model, frame: pl.DataFrame, kept: NDArray[np.bool_], target: Vector, folds: int | None
) -> tuple[dict[str, Any] | None, list[str]]:
    """Figures of cross-validation, and what they say, if it is asked for."""
    if folds is None:
        return None, []
    from phat.training.folds import cross_validate, fold_sentence  # noqa: PLC0415  # monitoring has no statsmodels

    figures = cross_validate(model, frame, kept, target, folds)
    return figures, [fold_sentence(figures)]


def headline(confusion: Mapping[str, int], auc: float, label: str) -> str:
    """What a model does with some records, in words."""
    hits, misses = confusion["true_positive"], confusion["false_negative"]
    called, records = hits + confusion["false_positive"], sum(confusion.values())
    return (
        f"of {records:,} records {hits + misses:,} ({percent((hits + misses) / records)}) were events; the model calls "
        f"{called:,} {label}, {hits:,} of these rightly, and misses {misses:,} events. It ranks a random event above a "
        f"random other in {100 * auc:.0f} of 100 pairs"
    )


_RANKING = (
    (0.9, "very good at ranking"),
    (0.8, "good at ranking"),
    (0.7, "fair at ranking"),
    (0.6, "weak at ranking"),
    (0.5, "hardly better than chance at ranking"),
    (0.0, "no better than chance at ranking"),
)
"""Words by the least AUC; steps of Hosmer, Lemeshow and Sturdivant, Applied Logistic Regression, 3rd ed., 5.2.4."""


def _verdict(figures: Figures, twentieths: Sequence[Mapping[str, Any]], label: str) -> str:
    """How good a model is: how it ranks, whether its probabilities are right, and what its best quarter holds."""
    ranks = next(words for least, words in _RANKING if figures.auc >= least)
    quarter = twentieths[SCORE_BINS // 4 - 1]["gain"]
    return (
        f"{ranks}, AUC {figures.auc:.2f}; {figures.probabilities}; the quarter with the highest scores holds "
        f"{100 * quarter:.0f} % of the records that were {label}"
    )


def _choices(target: Vector, phat: Vector, cutoff: float) -> list[dict[str, float]]:
    """Cutoffs, from one that calls every record to one that calls none, with the hits and false alarms of each."""
    cutoffs = np.unique([0.0, *np.quantile(phat, np.linspace(0, 1, _POINTS // 2 + 1)), cutoff, 1.0])
    counted = [(value, _confusion(target, phat, value)) for value in cutoffs]
    return [
        {"cutoff": float(value), "hits": each["true_positive"], "false_alarms": each["false_positive"]}
        for value, each in counted
    ]


def target_column(artifact: Artifact, target: str | None = None) -> str:
    """The column of the outcomes: `target`, or the one of the fit; DataError if neither is known."""
    column = target or (artifact.provenance.target or {}).get("column")
    if column is None:
        raise DataError("the artifact does not say which column is the target; name it: --target NAME")
    return column


def _outcomes(artifact: Artifact, table: Table, target: str | None, event: str | None) -> tuple[Vector, dict[str, Any]]:
    column = target_column(artifact, target)
    read = read_outcomes(table.column(column), event or (artifact.provenance.target or {}).get("event"), column)
    outcome = np.array([np.nan if each is None else float(each) for each in read.events])
    return outcome, {"read": table.rows, "no_outcome": read.events.count(None), "fields": {}, "refused": 0}


def _score(model: Model, table: Table, outcome: Vector, quality: dict[str, Any]) -> Vector:
    """Phat of each row, NaN where it is refused or its outcome is not known; `quality` gets the counts."""
    names = [field.name for field in model.artifact.schema.fields]
    frame = pl.DataFrame([table.column(name) for name in names])
    judged = _by_columns(Scorer(model), frame)
    phat = np.where(np.isnan(outcome), np.nan, judged.phat)
    quality["refused"] = int(np.isnan(judged.phat).sum())
    for name in names:
        codes = {code: count for (field, code), count in judged.errors.items() if field == name}
        quality["fields"][name] = {"missing": judged.missing[name] / table.rows, "errors": codes}
    quality["dropped"] = int(np.isnan(phat).sum())
    return phat


class _Judged(NamedTuple):
    """Phat of each row, NaN where it is refused; missing values by field, and errors by field and code."""

    phat: Vector
    missing: Mapping[str, int]
    errors: Mapping[tuple[str, str], int]


def _by_columns(scorer: Scorer, frame: pl.DataFrame) -> _Judged:
    cleaned = scorer.clean(frame)
    scored = scorer.score_cleaned(frame, cleaned)
    good = np.ones(frame.height, dtype=bool)
    good[scored.errors["row"].to_numpy()] = False
    phat = np.full(frame.height, np.nan)
    [name] = scorer.figures
    phat[good] = scored.answers[name].to_numpy()
    missing = {name: cleaned[name].values.filter(pl.Series(good)).null_count() for name in frame.columns}
    codes = scored.errors.select(pl.col("field", "code").cast(pl.String)).rows()
    return _Judged(phat, missing, Counter((field or "record", code) for field, code in codes))


def hosmer_lemeshow(target: Vector, phat: Vector) -> dict[str, float]:
    """Hosmer-Lemeshow statistic over tenths of phat, with as many degrees of freedom as groups: no fit on these data.

    Source: Hosmer, Lemeshow and Sturdivant, Applied Logistic Regression, 3rd ed., 5.2.2.
    """
    bins = score_bins(phat, target, _GROUPS)
    observed, size = np.array(bins.events, dtype=float), np.array(bins.records, dtype=float)
    expected = size * np.array(bins.mean_phat)
    spread = expected * (1 - expected / size)
    statistic = float(np.sum(np.where(spread > 0, (observed - expected) ** 2 / np.where(spread > 0, spread, 1), 0)))
    return {"statistic": statistic, "degrees": len(size), "p": float(stats.chi2.sf(statistic, len(size)))}


def _curve(x: Vector, y: Vector) -> dict[str, list[float]]:
    kept = np.unique(np.linspace(0, len(x) - 1, _POINTS).round().astype(int))
    return {"x": x[kept].tolist(), "y": y[kept].tolist()}


def _twentieths(artifact: Artifact, target: Vector, phat: Vector) -> list[dict[str, Any]]:
    """Twentieths of the records from the highest score down, with lift, gain, and the event rate in training."""
    order = np.argsort(-phat, kind="stable")
    training = _training_rates(artifact)
    rows: list[dict[str, Any]] = []
    gained = 0.0
    for index, part in enumerate(np.array_split(order, SCORE_BINS)):
        events = float(target[part].sum())
        gained += events
        rate = events / max(len(part), 1)
        rows.append({
            "twentieth": index + 1, "records": len(part), "events": int(events), "rate": rate,
            "mean_phat": float(phat[part].mean()) if len(part) else None, "lift": rate / float(target.mean()),
            "gain": gained / float(target.sum()), "training_rate": training[index] if training else None,
        })  # fmt: skip
    return rows


def _training_rates(artifact: Artifact) -> list[float] | None:
    evaluation = artifact.provenance.evaluation
    bins = evaluation.score_bins if evaluation else None
    if bins is None and artifact.baseline is not None:
        bins = artifact.baseline.score
    if bins is None or bins.events is None or len(bins.events) != SCORE_BINS:
        return None
    return [events / size for events, size in zip(reversed(bins.events), reversed(bins.records), strict=True)]


def _confusion(target: Vector, phat: Vector, cutoff: float) -> dict[str, int]:
    positive, event = phat >= cutoff, target == 1
    return {
        "true_positive": int((positive & event).sum()), "false_positive": int((positive & ~event).sum()),
        "false_negative": int((~positive & event).sum()), "true_negative": int((~positive & ~event).sum()),
    }  # fmt: skip


def _at_cutoff(target: Vector, phat: Vector, cutoff: float) -> dict[str, float]:
    confusion = _confusion(target, phat, cutoff)
    chosen = confusion["true_positive"] + confusion["false_positive"]
    return {
        "cutoff": float(cutoff),
        "chosen": chosen / len(target),
        "sensitivity": confusion["true_positive"] / float(target.sum()),
        "specificity": confusion["true_negative"] / float(len(target) - target.sum()),
        "precision": confusion["true_positive"] / chosen if chosen else 0.0,
    }


def _histogram(phat: Vector) -> dict[str, list[float]]:
    counts, edges = np.histogram(phat, np.linspace(0, 1, 41))
    return {"edges": edges.tolist(), "records": counts.tolist()}
