"""Before a model is published: statsmodels itself scores its golden records, from the columns alone."""

from typing import Any

import numpy as np
import statsmodels.api as sm

from phat.model.artifact import Artifact
from phat.model.errors import ArtifactError
from phat.model.model import Model
from phat.training.proof import answers_alike, rounding

_Links = sm.families.links
_MODELS = {
    "logit": sm.Logit,
    "probit": sm.Probit,
    "cloglog": lambda y, x: sm.GLM(y, x, sm.families.Binomial(_Links.CLogLog())),
}


def check_parity(data: bytes) -> Model:
    """Read an artifact as the endpoint does and compare with statsmodels' own predict; ArtifactError if they differ.

    The coefficients go to statsmodels by position, so the columns are put in that order here, by name.
    """
    model = Model.from_bytes(data)
    rows = [model.predictor.predict_one(dict(golden.record)) for golden in model.artifact.golden]
    values = np.array([row.values for row in rows])
    expected = statsmodels_predict(model.artifact, values)
    off = rounding(values, np.array(list(model.artifact.coefficients.values())))
    for number, (row, right) in enumerate(zip(rows, expected, strict=True), 1):
        if not answers_alike(model.predictor.inverse_link, row.linear_predictor, right, off[number - 1]):
            raise ArtifactError(f"golden record {number}: got phat {row.phat!r}, statsmodels says {float(right)!r}")
    return model


def statsmodels_predict(artifact: Artifact, matrix: Any) -> Any:
    """`predict(params, exog)` of the statsmodels model that the artifact was made from, without its data."""
    size = len(artifact.coefficients)
    model = _MODELS[artifact.link](np.arange(size + 1) % 2, np.eye(size + 1, size))
    return model.predict(np.array(list(artifact.coefficients.values())), matrix)
