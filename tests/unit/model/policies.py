"""A model whose fields have every policy of gaps, unknown levels and booleans."""

from phat.model.model import Model
from phat.preprocessing.schema import CategoryField, NumberField, Schema
from phat.preprocessing.terms import plain_columns, plain_terms
from tests.unit.model.other import other_model

POLICIES = Schema(
    (
        NumberField("plain", fill=2.0, missing=("?",)),
        NumberField("asked"),
        NumberField("flag", fill=0.25, boolean=True),
        CategoryField("grade", levels=("1", "2.5", "03")),
        CategoryField("smoker", fill="missing", levels=("no", "yes", "missing"), unknown="missing"),
        CategoryField("town", gap="zero", levels=("None", "Zu\u0308rich", "other", "OTHER"), unknown="other"),
    )
)


def with_policies() -> Model:
    """A model whose fields have every policy of gaps and unknown levels."""
    columns = [column for field in POLICIES.fields for column in plain_columns(field)]
    size = len(columns)
    return other_model(
        schema=POLICIES,
        terms=plain_terms(POLICIES.fields, columns),
        coefficients={column: 0.25 - place / 7 for place, column in enumerate(columns)},
        covariance=tuple(tuple(float(row == column) for column in range(size)) for row in range(size)),
        records=[{"plain": number, "asked": number, "grade": "1"} for number in range(20)],
    )


WITH_POLICIES = with_policies()
