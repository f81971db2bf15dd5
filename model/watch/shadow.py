"""A second model scored beside the first on captured traffic, before it serves anybody."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.loaded import Model
from model.watch.captures import Record


@dataclass(frozen=True)
class Shadow:
    """How the second model's answers differ from those that were given."""

    name: str
    version: str
    records: int
    refused: int
    """Records that the second model would refuse, or that lack a field which it uses."""
    correlation: float | None
    mean_difference: float
    largest_difference: float
    agreement: float
    """Share of the records on which both decide alike."""
    to_event: int
    to_other: int
    """Decisions that would change, by what they would become."""


def compare_shadow(shadow: Model, records: Sequence[Record]) -> Shadow:
    """Score captured records by another model."""
    fields = shadow.artifact.schema.names
    first, second, one, other = [], [], [], []
    event = shadow.artifact.labels.event
    refused = 0
    for record in records:
        values = record["values"]
        if fields - values.keys():
            refused += 1
            continue
        try:
            found = shadow.predictor.predict_one(values)
        except ExceptionGroup:
            refused += 1
            continue
        first.append(record["phat"])
        second.append(found.phat)
        one.append(record["event"])
        other.append(found.outcome == event)
    p, q = np.array(first), np.array(second)
    was, would = np.array(one, dtype=bool), np.array(other, dtype=bool)
    differences = q - p
    varied = len(p) > 1 and p.std() > 0 and q.std() > 0
    return Shadow(
        name=shadow.artifact.name,
        version=shadow.version,
        records=len(p),
        refused=refused,
        correlation=float(np.corrcoef(p, q)[0, 1]) if varied else None,
        mean_difference=float(differences.mean()) if len(p) else 0.0,
        largest_difference=float(np.abs(differences).max()) if len(p) else 0.0,
        agreement=float((was == would).mean()) if len(p) else 1.0,
        to_event=int((~was & would).sum()),
        to_other=int((was & ~would).sum()),
    )
