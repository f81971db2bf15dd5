"""A model whose fields have every policy for gaps and unknown levels, and a name that is not ASCII."""

from itertools import count

from phat.model.answer import Binary, Labels
from phat.model.artifact import Artifact, Golden
from phat.model.model import Model
from phat.model.predict import Predictor
from phat.preprocessing.schema import CategoryField, NumberField, Schema
from phat.preprocessing.terms import plain_columns, plain_terms

FIELDS = (
    NumberField("größe", fill=1.5, missing=("?", "na")),
    NumberField("flag", fill=0.25, boolean=True),
    CategoryField("town", gap="zero", levels=("none", "Zürich", "7"), reference="7"),
    CategoryField("plan", fill="basic", levels=("basic", "more"), unknown="missing"),
    CategoryField("kind", gap="zero", levels=("a", "A", "other"), unknown="other"),
    CategoryField("agreed", fill="unknown", levels=("yes", "no", "unknown"), reference="no"),
)
REQUIRED = (
    NumberField("need"),
    CategoryField("must", levels=("1", "2")),
)


def policies_model(required: bool) -> Model:
    """The model, on request with two more fields that allow no gaps; nearly each level has a column."""
    fields = FIELDS + REQUIRED if required else FIELDS
    columns = [name for field in fields for name, level in plain_columns(field).items() if level not in {"7", "no"}]
    size = len(columns)
    artifact = Artifact(
        name="policies",
        schema=Schema(fields),
        link="logit",
        terms=plain_terms(fields, columns, None, {"größe": (0.5, 2.0), "need": (0.0, 3.0)}),
        coefficients=dict(zip(columns, (number / 8 - 0.7 for number in count(1)), strict=False)),
        covariance=tuple(tuple(0.5 * (row == column) + 0.01 for column in range(size)) for row in range(size)),
        answer=Binary(0.5, Labels("yes", "no")),
        golden=(Golden({}, 0.0, 0.0, 0.0),) * 20,
    )
    return Model(artifact, "0" * 64, Predictor(artifact))
