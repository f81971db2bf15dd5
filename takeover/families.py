"""Which statsmodels models are served, what each answers, by which link, and why others are not."""

from collections.abc import Mapping
from typing import Any, Literal

import statsmodels.api as sm
from scipy import stats
from statsmodels.discrete.discrete_model import GeneralizedPoisson, NegativeBinomial, NegativeBinomialP
from statsmodels.miscmodels.ordinal_model import OrderedModel

from phat.training.errors import NotServable

KindName = Literal["binary", "mean", "classes"]

_Links = sm.families.links
_INVERSES: Mapping[Any, str] = {
    _Links.Logit.inverse: "logit", _Links.CLogLog.inverse: "cloglog", _Links.LogLog.inverse: "loglog",
    _Links.Log.inverse: "log", _Links.LogC.inverse: "logc",
}  # fmt: skip
"""Link by the function that inverts it: the lower-case classes inherit it, and other links are subclasses too."""

_POWERS = {1.0: "identity", -1.0: "inverse", -2.0: "inverse_squared", 0.5: "sqrt"}

_FAMILIES = (
    sm.families.Gaussian, sm.families.Poisson, sm.families.Gamma, sm.families.InverseGaussian,
    sm.families.NegativeBinomial, sm.families.Tweedie,
)  # fmt: skip
_BY_MODEL: Mapping[type, tuple[KindName, str]] = {
    sm.Logit: ("binary", "logit"), sm.Probit: ("binary", "probit"),
    sm.OLS: ("mean", "identity"), sm.WLS: ("mean", "identity"), sm.GLS: ("mean", "identity"),
    sm.RLM: ("mean", "identity"), sm.QuantReg: ("mean", "identity"), sm.MixedLM: ("mean", "identity"),
    sm.Poisson: ("mean", "log"), NegativeBinomial: ("mean", "log"), NegativeBinomialP: ("mean", "log"),
    GeneralizedPoisson: ("mean", "log"), sm.MNLogit: ("classes", "logit"),
}  # fmt: skip
"""What models without a family answer, and their link."""

_REASONS: Mapping[str, str] = {
    "statsmodels.tsa": "its predictions need the history of the series, which a record does not bring",
    "statsmodels.duration": "a survival model gives relative risks, and no probability or mean for one record",
    "Conditional": "a conditional model has not estimated the groups' effects, so that no record has a probability",
    "ZeroInflated": "its mean rests on two linear predictors",
    "Hurdle": "its mean rests on two linear predictors",
    "Truncated": "its mean is not the link of one linear predictor",
    "GLMGam": "its smoothers are objects beside the columns; fit splines as columns, such as bs(x, df=4)",
    "NominalGEE": "its classes are not those of one record",
    "OrdinalGEE": "its classes are not those of one record",
}
"""Why models are not served, by the beginning of their module or class."""

SERVED = (
    "Logit, Probit, OLS, WLS, GLS, RLM, QuantReg, GLM, GEE, Poisson, NegativeBinomial, GeneralizedPoisson, MixedLM, "
    "MNLogit and OrderedModel"
)


def kind_and_link(model: Any) -> tuple[KindName, str]:
    """What a statsmodels model answers, and the name of its link; NotServable says why it cannot be served."""
    if type(model) in _BY_MODEL:
        return _BY_MODEL[type(model)]
    if type(model) is OrderedModel:
        return "classes", _distribution(model.distr)
    if type(model) not in (sm.GLM, sm.GEE):
        raise NotServable(f"a {type(model).__name__} model is not served{_reason(model)}; served are {SERVED}")
    family = model.family
    if type(family) is sm.families.Binomial:
        return "binary", link_name(family.link)
    if type(family) not in _FAMILIES:
        raise NotServable(f"the family {type(family).__name__} is not served; served are all families of statsmodels")
    return "mean", link_name(family.link)


def link_name(link: Any) -> str:
    """A link of a family, such as `log` or `power(0.3)`; NotServable for one that is not statsmodels' own."""
    kind = type(link)
    inverse = kind.inverse
    if (name := _INVERSES.get(inverse)) is not None:
        return name
    if inverse is _Links.CDFLink.inverse and isinstance(link, _Links.Probit | _Links.Cauchy):
        return "cauchy" if isinstance(link, _Links.Cauchy) else "probit"
    if inverse is _Links.Power.inverse:
        power = float(link.power)
        return _POWERS.get(power, f"power({power!r})")
    if inverse is _Links.NegativeBinomial.inverse:
        return f"nbinom({float(link.alpha)!r})"
    raise NotServable(f"the link {kind.__name__} is not served; served are the links of statsmodels.families.links")


def _distribution(distribution: Any) -> str:
    links = {stats.norm: "probit", stats.logistic: "logit"}
    if distribution in links:
        return links[distribution]
    name = getattr(distribution, "name", type(distribution).__name__)
    raise NotServable(f"an OrderedModel with the distribution {name} is not served, only logit and probit")


def _reason(model: Any) -> str:
    module, name = type(model).__module__, type(model).__name__
    matches = (reason for start, reason in _REASONS.items() if module.startswith(start) or name.startswith(start))
    reason = next(matches, None)
    return "" if reason is None else f": {reason}"
