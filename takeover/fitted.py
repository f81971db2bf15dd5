"""What is served of a statsmodels result, and which results cannot be served."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from statsmodels.discrete.discrete_model import L1BinaryResults

from phat.training.errors import ConfigError, NotServable

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

_Links = sm.families.links
_INVERSES: dict[Any, str] = {
    _Links.Logit.inverse: "logit", _Links.Probit.inverse: "probit", _Links.CLogLog.inverse: "cloglog"
}  # fmt: skip
"""Link by the function that inverts it: the lower-case classes inherit it, and other links are subclasses too."""

_PENALISED = "a penalised fit (fit_regularized) has no covariance that intervals could rest on; fit unpenalised"
_SHOWN = 20


@dataclass(frozen=True)
class Fitted:
    """A fit that can be served: column names, coefficients (k) and covariance (k by k), in the order of the fit.

    `exog` (rows by columns) are the columns that it was made of and `target` the outcomes (None if the results have
    lost their data); `labels` is the index of these rows, if they had one. `own_names` are the names that the results
    have themselves, None if these are lost or were made up by statsmodels.
    """

    results: Any
    link: str
    columns: tuple[str, ...]
    own_names: tuple[str, ...] | None
    coefficients: Vector
    covariance: Matrix
    exog: Matrix | None
    target: Vector | None
    labels: Sequence[Any] | None

    @property
    def estimator(self) -> str:
        """The class of the statsmodels model."""
        return f"statsmodels {type(self.results.model).__name__}"

    @property
    def renamed(self) -> bool:
        """Whether the columns have other names here than in the fit."""
        return self.own_names not in (None, self.columns)

    def predict(self, matrix: Matrix) -> Vector:
        """Statsmodels' own predictions (n) for model columns (n by k)."""
        return np.asarray(self.results.predict(matrix, transform=False), dtype=float)


def read_fit(results: Any, names: Sequence[str] | None) -> Fitted:
    """What is served of a result; `names` are given to its columns in the order of the fit, if they are not None.

    NotServable names what cannot be served, ConfigError names that are too few or too many.
    """
    inner = getattr(results, "_results", results)
    model = getattr(inner, "model", None)
    if model is None or not hasattr(inner, "params"):
        package = type(inner).__module__.partition(".")[0]
        model_alone = package == "statsmodels" and hasattr(inner, "fit")
        raise NotServable(
            f"got a {type(inner).__name__} of {package}, expected the results of a statsmodels fit"
            + (", what its fit() gives" if model_alone else "")
        )
    link = _link(inner, model)
    _check_offset(model)
    own, columns = _names(results, names)
    exog = getattr(model, "exog", None)
    target = getattr(model, "endog", None)
    labels = getattr(model.data, "row_labels", None)
    return Fitted(
        results=results,
        link=link,
        columns=columns,
        own_names=own,
        coefficients=np.asarray(inner.params, dtype=float),
        covariance=_covariance(inner),
        exog=None if exog is None else np.asarray(exog, dtype=float),
        target=None if target is None else np.asarray(target, dtype=float),
        labels=None if labels is None else np.asarray(labels).tolist(),
    )


def _link(inner: Any, model: Any) -> str:
    """The name of the link."""
    kind = type(model).__name__
    if isinstance(inner, L1BinaryResults) or not hasattr(inner, "cov_params"):
        raise NotServable(_PENALISED)
    if type(model) in (sm.Logit, sm.Probit):
        return kind.lower()
    if type(model) is not sm.GLM:
        raise NotServable(f"a {kind} model is not served; served are Logit, Probit and GLM with a Binomial family")
    if type(model.family) is not sm.families.Binomial:
        raise NotServable(f"the family {type(model.family).__name__} is not served, only Binomial")
    return _glm_link(model.family.link)


def _glm_link(link: Any) -> str:
    name = _INVERSES.get(type(link).inverse)
    if name is None or (name == "probit" and not isinstance(link, _Links.Probit)):
        raise NotServable(f"the link {type(link).__name__} is not served, only {', '.join(_INVERSES.values())}")
    return name


def _check_offset(model: Any) -> None:
    for name in ("offset", "exposure"):
        value = getattr(model, name, None)
        if value is not None and np.any(np.asarray(value, dtype=float) != 0):
            raise NotServable(f"the model has an {name}, which a record does not bring")


def _names(results: Any, chosen: Sequence[str] | None) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The names that the results have themselves, None for those that statsmodels made up, and the names to use."""
    size = len(results.params)
    index = getattr(results.params, "index", None)
    names = tuple(getattr(results.model, "exog_names", None) or ()) if index is None else tuple(index)
    lost = len(names) != size or not all(isinstance(name, str) for name in names)
    if lost and chosen is None:
        raise NotServable(
            f"the results have lost the names of their {size} columns (statsmodels' remove_data drops them), or never "
            'had any; give them in the order of the fit: "columns": [...] in the definitions of the fields'
        )
    if chosen is not None and len(chosen) != size:
        raise ConfigError(f"columns: got {len(chosen)} names, the fit has {size} columns{_listed(names)}")
    columns = tuple(chosen) if chosen is not None else names
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise NotServable(
            f"more than one column of the fit is called {', '.join(twice)}; give each a name of its own, in the order "
            'of the fit: "columns": [...] in the definitions of the fields'
        )
    return (None if lost or index is None else names), columns


def _listed(names: Sequence[object]) -> str:
    tail = ", ..." if len(names) > _SHOWN else ""
    return f": {', '.join(map(str, names[:_SHOWN]))}{tail}" if names else ""


def _covariance(inner: Any) -> Matrix:
    try:
        covariance = np.asarray(inner.cov_params(), dtype=float)
    except Exception as error:  # statsmodels raises what its missing parts happen to raise
        raise _no_covariance(f"{type(error).__name__}: {error}") from None
    if covariance.shape != (len(inner.params),) * 2 or not np.isfinite(covariance).all():
        raise _no_covariance("it is not finite")
    return covariance


def _no_covariance(reason: str) -> NotServable:
    return NotServable(
        f"the results have no covariance of their coefficients ({reason}): fit again without skip_hessian"
    )
