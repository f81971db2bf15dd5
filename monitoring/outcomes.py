"""What really happened, joined to what was captured: how good the model was, and which of its columns no longer fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from phat.model.answer import Binary, Classes
from phat.model.artifact import Artifact
from phat.monitoring import binary_outcomes, class_outcomes, mean_outcomes
from phat.monitoring.captures import Traffic
from phat.monitoring.drift import Limits, is_captured
from phat.monitoring.judgement import Judgement, Labelled
from phat.monitoring.labels import KnownOutcomes
from phat.monitoring.lines import Record
from phat.monitoring.statistics import Vector
from phat.preprocessing.design import Design
from phat.preprocessing.spelling import fold_id


@dataclass(frozen=True, kw_only=True)
class Outcomes(Judgement):
    """How good the model was on the records whose outcome is known; counts of labels say what could not be joined.

    `conflicting` ids have labels that contradict each other, `repeated` labels say the same again, `unmatched` ones
    belong to no record of the window (they may be late), and `missing` counts records with an id and without a label.
    `training` are the figures of the fit.
    """

    labelled: int
    missing: int
    unmatched: int
    repeated: int
    conflicting: int
    without_id: int
    training: dict[str, float]
    complete: int
    """How many of the labelled records have all fields readable: columns are tested on these, if they are enough."""

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
    labelled = _labelled(artifact, [record for record, _ in joined], np.array([y for _, y in joined]))
    judgement = _judge_of(artifact)(artifact, labelled, traffic.coarse, limits)
    return Outcomes(
        **vars(judgement),
        labelled=len(joined),
        missing=len(by_id.keys() - outcomes.keys()),
        unmatched=len(outcomes.keys() - by_id.keys()),
        repeated=labels.repeated,
        conflicting=labels.conflicting,
        without_id=sum("id" not in record for record in records),
        training=_training(artifact),
        complete=int(labelled.complete.sum()),
    )


def _judge_of(artifact: Artifact) -> Callable[[Artifact, Labelled, bool, Limits], Judgement]:
    match artifact.answer:
        case Binary():
            return binary_outcomes.judge
        case Classes():
            return class_outcomes.judge
    return mean_outcomes.judge


def _labelled(artifact: Artifact, records: Sequence[Record], y: Vector) -> Labelled:
    complete = np.array([is_captured(artifact, record["values"]) for record in records], dtype=bool)
    design = Design(artifact.schema, artifact.terms)
    whole = [record["values"] for record, each in zip(records, complete, strict=True) if each]
    x = np.array([design.values(values) for values in whole]).reshape(len(whole), len(artifact.columns))
    offset = np.array([0.0 if design.offset is None else design.offset(values) for values in whole])
    return Labelled(records, y, complete, x, offset)


def _training(artifact: Artifact) -> dict[str, float]:
    """The figures of the fit that those of now are compared with."""
    evaluation = artifact.provenance.evaluation
    return dict(evaluation.figures) if evaluation else {}
