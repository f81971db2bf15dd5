"""A small model that is not the reference: two fields, no constant, no baseline."""

from collections.abc import Mapping, Sequence
from typing import Any

from phat.model.answer import Binary, Labels
from phat.model.artifact import Artifact, Golden
from phat.model.baseline import Baseline, FieldBaseline, ScoreBins
from phat.model.explain import standard_error
from phat.model.model import Model
from phat.model.predict import Predictor
from phat.preprocessing.schema import CategoryField, NumberField, Schema
from phat.preprocessing.terms import plain_terms

SCHEMA = Schema(
    (
        NumberField("debt", fill=-0.5),
        CategoryField("region", gap="zero", levels=("north", "south", "west"), reference="north"),
    )
)
COVARIANCE = ((0.04, 0.01, 0.0), (0.01, 0.09, 0.02), (0.0, 0.02, 0.25))


RECORDS: list[dict[str, object]] = [
    {"debt": number, "region": ("north", "South", "west", None)[number % 4]} for number in range(20)
]


def make_artifact(records: Sequence[dict[str, object]] = RECORDS, **changes: Any) -> Artifact:
    """The artifact with some members changed; its golden figures for these records are its own.

    The columns are plain; `constant` names one of them, and `scaling` is by number.
    """
    parts: dict[str, Any] = {
        "name": "other", "schema": SCHEMA, "link": "logit",
        "coefficients": {"region_west": 0.5, "debt": -1.5, "region_south": 2.0}, "covariance": COVARIANCE,
        "answer": Binary(0.5, Labels("yes", "no")), "golden": (Golden({"debt": 1}, 0.0, 0.0, 0.0),) * 20,
    } | changes  # fmt: skip
    constant, scaling = (
        parts.pop("constant", None),
        parts.pop("scaling", {} if "schema" in changes else {"debt": (1.0, 2.0)}),
    )
    if "terms" not in changes:
        parts["terms"] = plain_terms(parts["schema"].fields, tuple(parts["coefficients"]), constant, scaling)
    if "golden" not in changes:
        parts["golden"] = _golden(Artifact(**parts), records)
    return Artifact(**parts)


def baseline(columns: Mapping[str, float]) -> Baseline:
    """What 20 records of its training data looked like, whose model columns had these means."""
    fields = {
        "debt": FieldBaseline(0.25, (0.5, 0.5), edges=(-1.0, 0.0, 2.5)),
        "region": FieldBaseline(0.1, (0.5, 0.25, 0.25), levels=("north", "south", "west")),
    }
    return Baseline("training data", 20, fields, columns, ScoreBins((0.0, 0.5, 1.0), (12, 8), (0.25, 0.75), (2, 7)))


def _golden(draft: Artifact, records: Sequence[dict[str, object]]) -> tuple[Golden, ...]:
    predictor = Predictor(draft)
    scored = [predictor.predict_one(record) for record in records]
    errors = [standard_error(found.values, draft.known_covariance) for found in scored]
    return tuple(
        Golden(record, found.answer, found.linear_predictor, error)
        for record, found, error in zip(records, scored, errors, strict=True)
    )


def other_model(**changes: Any) -> Model:
    """The model ready to score."""
    return Model.from_bytes(make_artifact(**changes).to_bytes())
