"""What is served of a statsmodels result: names, coefficients, covariance, offset, and what it answers."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from statsmodels.discrete.discrete_model import GeneralizedPoisson, NegativeBinomialP
from statsmodels.miscmodels.ordinal_model import OrderedModel

from phat.takeover.families import KindName, kind_and_link
from phat.training.errors import ConfigError, NotServable

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

_SHOWN = 20
_NO_COVARIANCE = "the results have no covariance of their coefficients{}: include=interval is refused"


@dataclass(frozen=True)
class Fitted:
    """A fit that can be served: column names and coefficients (k by e) in the order of the fit.

    There is one linear predictor (e = 1), or one for each class but the first. `covariance` (k by k) is None if there
    is none. `exog` (rows by columns) are the columns that the fit was made of, `target` the outcomes, `offset` (rows)
    what was added to the linear predictor, on its scale (None if the results have lost their data; no offset is None
    too); `labels` is the index of these rows, if they had one. `own_names` are the names that the results have
    themselves, None if these are lost or were made up by statsmodels. `classes` and `thresholds` are those of a model
    of classes; `scale` is the variance of a normal observation, and quantiles are Student's with `degrees_of_freedom`.
    """

    results: Any
    kind: KindName
    link: str
    columns: tuple[str, ...]
    own_names: tuple[str, ...] | None
    coefficients: Matrix
    covariance: Matrix | None
    exog: Matrix | None
    target: Vector | None
    labels: Sequence[Any] | None
    offset: Vector | None
    classes: tuple[str, ...]
    thresholds: tuple[float, ...]
    scale: float | None
    degrees_of_freedom: float | None
    notices: tuple[str, ...]

    @property
    def estimator(self) -> str:
        """The class of the statsmodels model."""
        return f"statsmodels {type(self.results.model).__name__}"

    @property
    def renamed(self) -> bool:
        """Whether the columns have other names here than in the fit."""
        return self.own_names not in (None, self.columns)

    def predict(self, matrix: Matrix, offset: Vector | None) -> Matrix:
        """Statsmodels' own answers (n by 1, or by classes) for model columns (n by k) and offsets (n)."""
        more: dict[str, Any] = {} if self.offset is None else {"offset": offset}
        if isinstance(self.results.model, NegativeBinomialP | GeneralizedPoisson):  # or they take the fit's own
            more = {"exposure": 0, "offset": 0.0 if self.offset is None else offset}
        answers = np.asarray(self.results.predict(matrix, transform=False, **more), dtype=float)
        return answers.reshape(len(matrix), -1)

    def linear_predictors(self, matrix: Matrix, offset: Vector | None) -> Vector | None:
        """The linear predictor (n) of each row of model columns; None if each class has one."""
        if self.coefficients.shape[1] > 1:
            return None
        return np.asarray(matrix @ self.coefficients[:, 0] + (0.0 if offset is None else offset))


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
    kind, link = kind_and_link(model)
    params = _coefficients(results, model)
    own, columns = _names(params, model, names)
    covariance, notices = _covariance(inner, model, len(columns))
    exog, target = _exog(model, len(columns)), getattr(model, "endog", None)
    labels = getattr(model.data, "row_labels", None)
    return Fitted(
        results=results,
        kind=kind,
        link=link,
        columns=columns,
        own_names=own,
        coefficients=np.asarray(params, dtype=float).reshape(len(columns), -1),
        covariance=covariance,
        exog=None if exog is None else np.asarray(exog, dtype=float),
        target=None if target is None else np.asarray(target, dtype=float),
        labels=None if labels is None else np.asarray(labels).tolist(),
        offset=_offset(model),
        classes=_classes(model),
        thresholds=_thresholds(inner, model),
        scale=_scale(inner, model, link) if covariance is not None else None,
        degrees_of_freedom=float(inner.df_resid) if getattr(inner, "use_t", False) and covariance is not None else None,
        notices=notices,
    )


def _exog(model: Any, size: int) -> Any:
    """The columns of the fit's rows; a formula's fit keeps them after remove_data, beside the model."""
    exog = getattr(model, "exog", None)
    if exog is None:
        exog = getattr(model.data, "orig_exog", None) if getattr(model.data, "frame", None) is not None else None
    return None if exog is None or np.shape(exog)[1] != size else exog


def _coefficients(results: Any, model: Any) -> Any:
    """The coefficients of the columns, without other parameters that follow them."""
    if isinstance(model, sm.MixedLM):
        return results.fe_params
    params = results.params
    if _is_ordered(model):
        size = model.k_vars
    else:
        extra = getattr(model, "k_extra", 0) or 0
        size = len(params) - extra if np.ndim(params) == 1 else len(params)
    return params[:size] if isinstance(params, np.ndarray) else params.iloc[:size]


def _classes(model: Any) -> tuple[str, ...]:
    """The labels of the classes in the model's order."""
    if isinstance(model, sm.MNLogit):
        return tuple(_text(label) for _, label in sorted(model._ynames_map.items()))  # where statsmodels keeps them
    return tuple(map(_text, model.labels)) if _is_ordered(model) else ()


def _is_ordered(model: Any) -> bool:
    return isinstance(model, OrderedModel)


def _text(label: Any) -> str:
    """A class as text: of a whole number its integer."""
    value = label.item() if hasattr(label, "item") else label
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return text.removesuffix(".0") if text.removesuffix(".0").lstrip("-").isdigit() else text


def _thresholds(inner: Any, model: Any) -> tuple[float, ...]:
    if not _is_ordered(model):
        return ()
    return tuple(np.asarray(model.transform_threshold_params(np.asarray(inner.params)), dtype=float)[1:-1].tolist())


def _offset(model: Any) -> Vector | None:
    """What is added to the linear predictor of each row: the offset, and the exposure, which is kept as its log."""
    total = getattr(model, "_offset_exposure", None)  # where GLM and GEE keep their sum
    if total is None:
        parts = [value for name in ("offset", "exposure") if (value := getattr(model, name, None)) is not None]
        total = sum(np.asarray(part, dtype=float) for part in parts)
    offset = np.asarray(total, dtype=float)
    if not offset.any():
        return None
    exog = getattr(model, "exog", None)
    return np.broadcast_to(offset, (len(exog),)).copy() if exog is not None else np.atleast_1d(offset)


def _scale(inner: Any, model: Any, link: str) -> float | None:
    """The variance of a normal observation; None where observations are not normal, or have no such variance."""
    normal = type(model) in (sm.OLS, sm.WLS, sm.GLS) or (
        type(model) is sm.GLM and type(model.family) is sm.families.Gaussian and link == "identity"
    )
    scale = float(inner.scale) if normal else 0.0
    return scale if np.isfinite(scale) and scale > 0 else None


def _names(params: Any, model: Any, chosen: Sequence[str] | None) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The names that the results have themselves, None for those that statsmodels made up, and the names to use."""
    size = len(params)
    index = getattr(params, "index", None)
    names = tuple(getattr(model, "exog_names", None) or ())[:size] if index is None else tuple(index)
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


def _covariance(inner: Any, model: Any, size: int) -> tuple[Matrix | None, tuple[str, ...]]:
    """The covariance of the columns' coefficients, None if there is none, and what must be reported of it."""
    if isinstance(model, sm.MNLogit) or _is_ordered(model):
        return None, ()  # statsmodels has no intervals of classes
    if isinstance(model, sm.MixedLM):
        return None, (
            "predictions are those of a new group, whose own effects are 0; statsmodels has no intervals of them",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            covariance = np.asarray(inner.cov_params(), dtype=float)[:size, :size]
    except Exception as error:  # statsmodels raises what its missing parts happen to raise
        return None, (_NO_COVARIANCE.format(f" ({type(error).__name__})"),)
    if covariance.shape != (size, size) or not np.isfinite(covariance).all():
        return None, (_NO_COVARIANCE.format(""),)
    if isinstance(model, sm.RLM):
        return covariance, ("statsmodels has no intervals of such a fit: these are normal ones, of its covariance",)
    return covariance, ()
