"""A model whose fields have every policy for gaps and unknown levels, and a name that is not ASCII."""

from itertools import count

from phat.model.artifact import Artifact, Golden, Labels
from phat.model.model import Model
from phat.model.predict import Predictor
from phat.preprocessing.schema import Field, Schema

FIELDS = (
    Field("größe", "number", fill=1.5, centre=0.5, scale=2.0, missing=("?", "na")),
    Field("flag", "number", fill=0.25, boolean=True),
    Field("town", "category", gap="zero", levels=("none", "Zürich", "7"), reference="7"),
    Field("plan", "category", fill="basic", levels=("basic", "more"), unknown="missing"),
    Field("kind", "category", gap="zero", levels=("a", "A", "other"), unknown="other"),
    Field("agreed", "category", fill="unknown", levels=("yes", "no", "unknown"), reference="no"),
)
REQUIRED = (
    Field("need", "number", scale=3.0),
    Field("must", "category", levels=("1", "2")),
)


def policies_model(required: bool) -> Model:
    """The model, on request with two more fields that allow no gaps; nearly each level has a column."""
    fields = FIELDS + REQUIRED if required else FIELDS
    columns = [name for field in fields for name, level in field.columns().items() if level not in {"7", "no"}]
    size = len(columns)
    artifact = Artifact(
        name="policies",
        schema=Schema(fields),
        link="logit",
        constant=None,
        coefficients=dict(zip(columns, (number / 8 - 0.7 for number in count(1)), strict=False)),
        covariance=tuple(tuple(0.5 * (row == column) + 0.01 for column in range(size)) for row in range(size)),
        cutoff=0.5,
        labels=Labels("yes", "no"),
        golden=(Golden({}, 0.0, 0.0, 0.0),) * 20,
    )
    return Model(artifact, "0" * 64, Predictor(artifact))
