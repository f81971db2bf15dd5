"""A second model scored next to the first on captured traffic, before it serves anybody."""

from dataclasses import dataclass

import numpy as np

from phat.model.model import Model
from phat.monitoring.captures import Traffic
from phat.monitoring.drift import is_captured


@dataclass(frozen=True)
class Shadow:
    """How the second model's answers differ from those that were given.

    Differences of scores are None where captures have them in steps alone, or there are none.
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
    """Share of the records on which both decide alike."""
    to_event: int
    to_other: int
    """Decisions that would change, by what they would become."""


def compare_shadow(shadow: Model, traffic: Traffic) -> Shadow:
    """Score captured records by another model."""
    first, second, one, other = [], [], [], []
    event = shadow.artifact.labels.event
    for record in traffic.records:
        if not is_captured(shadow.artifact, record["values"]):
            continue
        try:
            answer = shadow.predictor.predict_one(record["values"])
        except ExceptionGroup:
            continue
        first.append(record["phat"])
        second.append(answer.answer)
        one.append(record["event"])
        other.append(answer.outcome == event)
    p, q = np.array(first), np.array(second)
    was, would = np.array(one, dtype=bool), np.array(other, dtype=bool)
    exact = len(p) > 0 and not traffic.coarse
    varied = exact and len(p) > 1 and p.std() > 0 and q.std() > 0
    return Shadow(
        name=shadow.artifact.name,
        version=shadow.version,
        records=len(p),
        refused=len(traffic.records) - len(p),
        correlation=float(np.corrcoef(p, q)[0, 1]) if varied else None,
        mean_difference=float((q - p).mean()) if exact else None,
        largest_difference=float(np.abs(q - p).max()) if exact else None,
        agreement=float((was == would).mean()) if len(p) else None,
        to_event=int((~was & would).sum()),
        to_other=int((was & ~would).sum()),
    )
