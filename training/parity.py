"""Before a model is published: statsmodels itself scores its golden records, from the columns alone."""

from typing import Any

import numpy as np
import statsmodels.api as sm
from statsmodels.miscmodels.ordinal_model import OrderedModel

from phat.model.answer import Classes
from phat.model.artifact import Artifact
from phat.model.errors import ArtifactError
from phat.model.model import Model
from phat.training.proof import Matrix, Vector, answers_alike, equations, figures_text, rounding
from phat.training.served import serve

_Links = sm.families.links
_LINKS: dict[str, Any] = {
    "logit": _Links.Logit, "probit": _Links.Probit, "cloglog": _Links.CLogLog, "loglog": _Links.LogLog,
    "cauchy": _Links.Cauchy, "log": _Links.Log, "logc": _Links.LogC, "identity": _Links.Identity,
    "inverse": _Links.InversePower, "inverse_squared": _Links.InverseSquared, "sqrt": _Links.Sqrt,
}  # fmt: skip
_MODELS = {"logit": sm.Logit, "probit": sm.Probit}


def check_parity(data: bytes) -> Model:
    """Read an artifact as the endpoint does and compare with statsmodels' own predict; ArtifactError if they differ.

    The coefficients go to statsmodels by position, so the columns are put in that order here, by name.
    """
    model = Model.from_bytes(data)
    served = serve(model.predictor, (dict(golden.record) for golden in model.artifact.golden))
    expected = statsmodels_predict(model.artifact, served.values, served.offset)
    off = rounding(served.values, equations(model.artifact), served.offset)
    for number, (got, right) in enumerate(zip(served.answers, expected, strict=True)):
        if not answers_alike(model.predictor, float(served.linear_predictor[number]), got, right, off[number]):
            raise ArtifactError(
                f"golden record {number + 1}: got {figures_text(got, model.predictor)}, "
                f"statsmodels says {figures_text(right)}"
            )
    return model


def statsmodels_predict(artifact: Artifact, matrix: Matrix, offset: Vector) -> Matrix:
    """Statsmodels' answers (n by 1, or by classes) for model columns (n by k) and offsets, without the fit's data."""
    coefficients = equations(artifact)
    if isinstance(artifact.answer, Classes):
        return np.asarray(_classes(artifact.answer, artifact.link, coefficients, matrix, offset))
    if artifact.link in _MODELS:
        size = len(coefficients)
        model = _MODELS[artifact.link](np.arange(size + 1) % 2, np.eye(size + 1, size))
        answers = model.predict(coefficients[:, 0], matrix, offset=offset)
    else:
        answers = _link(artifact.link).inverse(matrix @ coefficients[:, 0] + offset)
    return np.asarray(answers, dtype=float).reshape(-1, 1)


def _link(name: str) -> Any:
    """Statsmodels' own link of a name."""
    if name in _LINKS:
        return _LINKS[name]()
    kind, _, parameter = name.rstrip(")").partition("(")
    return _Links.Power(float(parameter)) if kind == "power" else _Links.NegativeBinomial(float(parameter))


def _classes(answer: Classes, link: str, coefficients: Matrix, matrix: Matrix, offset: Vector) -> Any:
    rows = np.arange(len(coefficients) + len(answer.labels)) % len(answer.labels)
    exog = np.random.default_rng(0).normal(size=(len(rows), len(coefficients)))  # any that is not constant
    if answer.coefficients:
        return sm.MNLogit(rows, exog).predict(coefficients, matrix)
    thresholds = np.array(answer.thresholds)
    params = np.concatenate([coefficients[:, 0], thresholds[:1], np.log(np.diff(thresholds))])
    return OrderedModel(rows, exog, distr=link).predict(params, matrix, offset=offset)
