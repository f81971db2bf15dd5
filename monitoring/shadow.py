"""A second model scored next to the first on captured traffic, before it serves anybody."""

from dataclasses import dataclass

import numpy as np

from phat.model.answer import Binary, Mean, classes_of
from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.monitoring.captures import Traffic
from phat.monitoring.drift import is_captured
from phat.monitoring.errors import ShadowRefused
from phat.monitoring.lines import Record


@dataclass(frozen=True)
class Shadow:
    """How the second model's answers differ from those that were given.

    Differences of scores are None where captures have them in steps alone, of classes, or where there are none.
    """

    name: str
    version: str
    records: int
    refused: int
    """Records that the second model would refuse, or that lack a field which it uses."""
    correlation: float | None
    mean_difference: float | None
    largest_difference: float | None
    agreement: float | None
    """Share of the records on which both decide alike; None of means, which decide nothing."""
    to_event: int | None
    to_other: int | None
    """Decisions that would change, by what they would become, of models of two outcomes."""


def check_shadow(artifact: Artifact, shadow: Artifact) -> None:
    """ShadowRefused if the second model answers something else than the first."""
    kinds = [each.answer.kind for each in (artifact, shadow)]
    if kinds[0] != kinds[1]:
        raise ShadowRefused(f"model {shadow.name} answers {kinds[1]}, and {artifact.name} {kinds[0]}: not compared")
    labels, others = (classes_of(each.answer) for each in (artifact, shadow))
    if {*labels} != {*others}:
        got, expected = ", ".join(others), ", ".join(labels)
        raise ShadowRefused(f"model {shadow.name} has the classes {got}, and {artifact.name} {expected}: not compared")


def compare_shadow(artifact: Artifact, shadow: Model, traffic: Traffic) -> Shadow:
    """Score captured records of a model by another one; ShadowRefused if that answers something else."""
    check_shadow(artifact, shadow.artifact)
    pairs: list[tuple[Record, float, str]] = []
    for record in traffic.records:
        if is_captured(shadow.artifact, record["values"]):
            try:
                answer = shadow.predictor.predict_one(record["values"])
            except ExceptionGroup:
                continue
            pairs.append((record, answer.answer, answer.outcome))
    was, would = _decisions(shadow.artifact, pairs)
    decides = len(pairs) > 0 and not isinstance(artifact.answer, Mean)
    two = isinstance(artifact.answer, Binary)
    return Shadow(
        name=shadow.artifact.name,
        version=shadow.version,
        records=len(pairs),
        refused=len(traffic.records) - len(pairs),
        **_differences(artifact, pairs, traffic.coarse),
        agreement=float((was == would).mean()) if decides else None,
        to_event=int((~was & would).sum()) if two else None,
        to_other=int((was & ~would).sum()) if two else None,
    )


def _decisions(shadow: Artifact, pairs: list[tuple[Record, float, str]]) -> tuple[np.ndarray, np.ndarray]:
    """Those that were made, and those that would be: whether the event, or which class."""
    if isinstance(shadow.answer, Binary):
        event = shadow.labels.event
        was = np.array([record["event"] for record, _, _ in pairs], dtype=bool)
        return was, np.array([outcome == event for *_, outcome in pairs], dtype=bool)
    return np.array([record.get("outcome", "") for record, _, _ in pairs]), np.array([outcome for *_, outcome in pairs])


def _differences(artifact: Artifact, pairs: list[tuple[Record, float, str]], coarse: bool) -> dict[str, float | None]:
    """Of scores to the last digit."""
    names = ("correlation", "mean_difference", "largest_difference")
    if coarse or not pairs or classes_of(artifact.answer):
        return dict.fromkeys(names)
    [name] = artifact.answer.figures
    p, q = np.array([record[name] for record, _, _ in pairs]), np.array([answer for _, answer, _ in pairs])
    varied = len(p) > 1 and p.std() > 0 and q.std() > 0
    return {
        "correlation": float(np.corrcoef(p, q)[0, 1]) if varied else None,
        "mean_difference": float((q - p).mean()),
        "largest_difference": float(np.abs(q - p).max()),
    }
