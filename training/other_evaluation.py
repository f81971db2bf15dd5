"""How good a model of means or of classes is on records whose value is known: the figures that there are for such."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray

from phat.batch.columns import clean_columns
from phat.batch.scoring import Scorer
from phat.model.answer import Classes
from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.model.provenance import QUANTILE
from phat.preprocessing.schema import NumberField
from phat.preprocessing.spelling import fold
from phat.training.config import ModelKind
from phat.training.data import Table
from phat.training.errors import DataError
from phat.training.fairness import by_group_of_others, sentences_of_others
from phat.training.other_figures import OtherFigures, measure_classes, measure_mean, measure_quantile, tenths
from phat.training.responses import check_values

Vector = NDArray[np.float64]

_FEWEST = 20
_HERE = "on these records"
_NOT_YET = "for models of two outcomes alone: AUC, calibration slope, cutoff, --folds and costs"


@dataclass(frozen=True)
class OtherEvaluation:
    """Figures of a model of means or classes, by name; `tenths` of the predictions, or the `confusion` of classes.

    `confusion` counts records by the class that happened and the one that was most probable; `sentence` says the
    figures, `doubts` what speaks against the model, `groups` are figures by the groups of columns.
    """

    rows: int
    dropped: dict[str, int]
    figures: dict[str, float]
    sentence: str
    doubts: list[str]
    tenths: list[dict[str, Any]]
    confusion: dict[str, dict[str, int]]
    groups: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> bytes:
        """The figures as JSON."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def summary(self) -> list[str]:
        """The main figures in a few lines."""
        dropped = ", ".join(f"{count} {why}" for why, count in self.dropped.items() if count) or "none"
        lines = [f"{self.rows} records; rows dropped: {dropped}", self.sentence]
        if self.tenths:
            shown = ", ".join(f"{each['predicted']:.4g} ({each['happened']:.4g})" for each in self.tenths)
            lines.append(f"by tenths predicted (happened): {shown}")
        for name, row in self.confusion.items():
            lines.append(f"was {name}: " + ", ".join(f"called {called} {count}" for called, count in row.items()))
        lines += [text for column in self.groups for text in sentences_of_others(column)]
        return [*lines, _NOT_YET]


def evaluate_other(model: Model, table: Table, target: str, by: Sequence[str] = ()) -> OtherEvaluation:
    """Score every record as the endpoint does and compare with the values of a column; DataError if that says nothing.

    Rows without a value, or that the endpoint would refuse, are dropped and counted. Figures are also given by the
    groups that each column of `by` makes.
    """
    artifact = model.artifact
    known = _known(artifact, table, target)
    answers, offset = _scored(model, table)
    refused = np.isnan(answers).any(axis=1)
    kept = ~refused & ~np.isnan(known)
    if int(kept.sum()) < _FEWEST:
        raise DataError(f"{int(kept.sum())} records have a value and can be scored; expected {_FEWEST} or more")
    dropped = {"refused": int(refused.sum()), f"without a known {target}": int((np.isnan(known) & ~refused).sum())}
    values, answers = known[kept], answers[kept]
    groups = [
        by_group_of_others(column, table.column(column).filter(pl.Series(kept)), values, answers) for column in by
    ]
    if isinstance(artifact.answer, Classes):
        classes = measure_classes(values, answers)
        doubts = [*classes.doubts(_HERE), *classes.suspicions(_HERE)]
        confusion = confusion_of(artifact.answer.labels, values, answers.argmax(axis=1))
        return OtherEvaluation(
            len(values), dropped, classes.known(), classes.sentence(_HERE), doubts, [], confusion, groups
        )  # fmt: skip
    figures: OtherFigures
    if QUANTILE in artifact.provenance.fit:
        figures = measure_quantile(artifact.provenance.fit[QUANTILE], values, answers[:, 0])
    else:
        kind = deviance_kind(artifact, values)
        check_values(kind, np.where(kept, known, 1.0), table, target)
        exposure = np.exp(offset[kept]) if offset is not None and artifact.link == "log" else None
        figures = measure_mean(kind, values, answers[:, 0], exposure)
    return OtherEvaluation(
        len(values), dropped, figures.known(), figures.sentence(_HERE),
        [*figures.doubts(_HERE), *figures.suspicions(_HERE)],
        tenths(values, answers[:, 0]), {}, groups,
    )  # fmt: skip


def _scored(model: Model, table: Table) -> tuple[NDArray[np.float64], Vector | None]:
    """The answers to all rows (n by 1, or by classes), NaN where one is refused, and the model's offset (n), if any."""
    scorer = Scorer(model)
    frame = pl.DataFrame([table.column(field.name) for field in model.artifact.schema.fields])
    cleaned = scorer.clean(frame)
    scored = scorer.score_cleaned(frame, cleaned)
    good = np.ones(frame.height, dtype=bool)
    good[scored.errors["row"].to_numpy()] = False
    answers = np.full((frame.height, len(scorer.figures)), np.nan)
    answers[good] = scored.answers.select(scorer.figures).to_numpy()
    return answers, scorer.offset(cleaned)


def deviance_kind(artifact: Artifact, values: Vector) -> ModelKind:
    """By which deviance means are judged: that of the fit of `phat fit`.

    Of other fits with a log link it is Poisson's for values (n) that are counts, and gamma's for amounts above 0; else
    it is that of squared errors.
    """
    config = artifact.provenance.config
    kind: ModelKind = tomllib.loads(config).get("kind", "ols") if config else "ols"
    if config or artifact.link != "log" or not len(values) or values.min() < 0:
        return kind
    if (values == np.floor(values)).all():
        return "poisson"
    return "gamma" if values.min() > 0 else kind


def _known(artifact: Artifact, table: Table, target: str) -> Vector:
    """The value of each row (n), or the place of its class, NaN where it is missing or none."""
    cells = table.column(target).alias("value")
    if not isinstance(artifact.answer, Classes):
        return clean_columns(cells.to_frame(), [NumberField("value", 0.0)])["value"].values.to_numpy()
    places = {fold(label): float(place) for place, label in enumerate(artifact.answer.labels)}
    texts = cells.cast(pl.String).fill_null("").to_list()
    return np.array([places.get(fold(text).removesuffix(".0"), places.get(fold(text), np.nan)) for text in texts])


def confusion_of(labels: tuple[str, ...], values: Vector, likeliest: NDArray[np.int_]) -> dict[str, dict[str, int]]:
    """Records (n) by the class that happened, `values`, and the one that was likeliest: both by place."""
    pairs = Counter(zip(values.astype(int).tolist(), likeliest.tolist(), strict=True))
    return {
        label: {called: pairs[place, other] for other, called in enumerate(labels)}
        for place, label in enumerate(labels)
    }
