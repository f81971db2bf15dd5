"""Models fitted by statsmodels, made into artifacts by hand: what the parity tests compare with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray

from phat.model.answer import Binary, Labels
from phat.model.artifact import Artifact, Golden
from phat.preprocessing.schema import CategoryField, NumberField, Schema
from phat.preprocessing.terms import plain_terms

Matrix = NDArray[np.float64]
SCHEMA = Schema(
    (
        NumberField("age", fill=40.0),
        NumberField("debt", fill=-0.5),
        CategoryField("region", gap="zero", levels=("north", "south", "west"), reference="north"),
    )
)
COLUMNS = ("region_west", "age", "region_south", "debt")

FITS: dict[str, Callable[[Matrix, Matrix], Any]] = {
    "Logit": lambda y, x: sm.Logit(y, x).fit(disp=0),
    "Probit": lambda y, x: sm.Probit(y, x).fit(disp=0),
    "GLM logit": lambda y, x: sm.GLM(y, x, sm.families.Binomial()).fit(),
    "GLM probit": lambda y, x: sm.GLM(y, x, sm.families.Binomial(sm.families.links.Probit())).fit(),
    "GLM cloglog": lambda y, x: sm.GLM(y, x, sm.families.Binomial(sm.families.links.CLogLog())).fit(),
}


@dataclass(frozen=True)
class Fitted:
    """Raw records, their columns worked out with numpy alone, and what statsmodels made of them."""

    records: list[dict[str, object]]
    columns: Matrix
    results: Any
    artifact: Artifact


def simulate(rows: int, constant: bool) -> tuple[list[dict[str, object]], Matrix, Matrix]:
    """Raw records with gaps, the columns they should become (computed independently), and a binary target."""
    random = np.random.default_rng(7)
    age, debt = random.normal(45, 15, rows), random.normal(0, 1, rows)
    region = random.integers(0, 4, rows)  # 3: missing
    gap = random.random(rows) < 0.1
    records: list[dict[str, object]] = [
        {
            "age": None if gap[i] else repr(float(age[i])),
            "debt": float(debt[i]),
            "region": ("North", "SOUTH", "west ", None)[region[i]],
        }
        for i in range(rows)
    ]
    scaled = (np.where(gap, 40.0, age) - 40.0) / 12.0
    columns = np.column_stack([region == 2, scaled, region == 1, debt] + [np.ones(rows)] * constant)
    eta = columns[:, :4] @ np.array([0.8, -0.6, 0.3, 1.1])
    target = (random.random(rows) < 1 / (1 + np.exp(-eta))).astype(float)
    return records, columns, target


def fit(kind: str, constant: bool) -> Fitted:
    """Fit one kind of model and make its artifact; the golden figures are statsmodels' own."""
    records, columns, target = simulate(600, constant)
    results = FITS[kind](target, columns)
    names = (*COLUMNS, "const") if constant else COLUMNS
    covariance = np.asarray(results.cov_params())
    phat = results.predict(columns)
    eta = columns @ results.params
    error = np.sqrt(np.einsum("ij,jk,ik->i", columns, covariance, columns))
    artifact = Artifact(
        name="fitted",
        schema=SCHEMA,
        link=kind.rsplit(maxsplit=1)[-1].lower(),
        terms=plain_terms(SCHEMA.fields, names, "const" if constant else None, {"age": (40.0, 12.0)}),
        coefficients=dict(zip(names, map(float, results.params), strict=True)),
        covariance=tuple(tuple(map(float, row)) for row in covariance),
        answer=Binary(0.5, Labels("yes", "no")),
        golden=tuple(Golden(records[i], float(phat[i]), float(eta[i]), float(error[i])) for i in range(20)),
    )
    return Fitted(records, columns, results, artifact)
