"""How good a model is, in words and as a table: on the rows of its fit, on others, and by group."""

from collections.abc import Iterator, Mapping
from math import isclose

from phat.model.answer import Binary
from phat.model.artifact import Artifact
from phat.model.card.evaluation import AMOUNTS, Evaluated, Groups
from phat.model.card.parts import Section, Table
from phat.model.percent import percent

_MEANING: Mapping[str, str] = {
    "records": "records",
    "event_rate": "share of events that happened",
    "mean_phat": "share of events that the model says",
    "auc": "AUC: a random event is ranked above a random other (0.5 is guessing, 1 perfect)",
    "calibration_slope": "calibration slope (1 is right; below it probabilities are too extreme, above too timid)",
    "calibration_intercept": "calibration intercept (0 is right)",
    "brier": "Brier score: mean squared error of phat (0 is perfect)",
    "log_loss": "log loss (0 is perfect)",
    "null_log_loss": "log loss without a model",
    "mcfadden": "McFadden's pseudo R-squared (0 is no model, 1 perfect)",
    "average_precision": "average precision",
    "mean": "average that happened",
    "mean_predicted": "average that the model says",
    "explained": "share of the deviance that the model explains (0 is no model, 1 perfect)",
    "rmse": "root mean squared error, in the unit of the outcome",
    "mae": "mean absolute error, in the unit of the outcome",
    "dispersion": "dispersion (1 for counts that vary as Poisson's)",
    "quantile": "the share of outcomes that should lie at or below the answer",
    "below": "the share that does",
    "pinball": "pinball loss, in the unit of the outcome",
    "accuracy": "share of records whose most probable class happened",
    "most_common": "share of the most common class",
    "rsquared": "R-squared: share of the variance that the model explains",
    "rsquared_adj": "adjusted R-squared",
    "llf": "log-likelihood",
    "llnull": "log-likelihood without a model",
    "aic": "Akaike's information criterion",
    "bic": "Bayes' information criterion",
    "deviance": "deviance",
}
"""Figures in words, in the order of a card; others go by their own names, after these."""
_SAME = {"nobs": "records", "prsquared": "mcfadden"}
"""Statsmodels' names of figures that have one of ours."""
_INNER = ("rate_error", "slope_error")
"""Standard errors, which judge other figures and are of no interest by themselves."""
_FIT, _EVALUATED = "rows of the fit", "records of the evaluation"
_FLATTERED = "The records of the evaluation are the rows of the fit, as their figures show: they flatter the model."
_TINY = 1e-9
"""A figure that is rounding alone."""
_SHARES = ("event_rate", "mean_phat", "explained", "quantile", "below", "accuracy", "most_common")


def figures_section(artifact: Artifact, evaluated: Evaluated | None) -> Section:
    """What the most telling figures say, those on records that the fit has not seen if there are any; then all."""
    known = _known(artifact, evaluated)
    if not known:
        return Section("How good it is", ("The model's file has no figures of it.",))
    again = known.get(_EVALUATED) is not None and _are_same(known[_EVALUATED], known.get(_FIT, {}))
    best = [where for where, figures in known.items() if _tells(figures) and not (again and where == _EVALUATED)]
    where = best[-1] if best else [*known][-1]
    headline = evaluated.headline if evaluated and where == _EVALUATED else ""
    said = (f"{headline[0].upper()}{headline[1:]}.",) if headline else _sentences(artifact, where, known[where])
    doubts = (*([_FLATTERED] if again else []), *(() if evaluated is None else evaluated.doubts))
    return Section("How good it is", tuple(said), doubts, _table(known))


def head_figures(artifact: Artifact) -> list[tuple[str, str]]:
    """The few facts and figures that a page has room for at its head, named for people."""
    provenance = artifact.provenance
    fit, evaluation = provenance.fit, provenance.evaluation.figures if provenance.evaluation else {}
    cutoff = artifact.cutoff if isinstance(artifact.answer, Binary) else None
    figures = {
        "fitted": (provenance.created_at or "")[:10],
        "records": _number(provenance.training_records, ","),
        "share of events": _number(fit.get("event_rate"), ".1%"),
        "AUC": _number(evaluation.get("auc", fit.get("auc")), ".3f"),
        "explained": _number(evaluation.get("explained", fit.get("explained")), ".1%"),
        "Brier score": _number(evaluation.get("brier"), ".3f"),
        "cutoff": _number(cutoff, ".3g"),
    }
    return [(name, text) for name, text in figures.items() if text]


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _known(artifact: Artifact, evaluated: Evaluated | None) -> dict[str, dict[str, float]]:
    """Figures by name, by what they are of; the most telling ones last."""
    provenance = artifact.provenance
    known = {_FIT: _named(provenance.fit)}
    if provenance.evaluation is not None:
        known[provenance.evaluation.data] = _named(provenance.evaluation.figures)
    if evaluated is not None:
        known[_EVALUATED] = _named(evaluated.figures)
    return {where: figures for where, figures in known.items() if figures}


def _are_same(some: Mapping[str, float], fit: Mapping[str, float]) -> bool:
    """Whether figures are those of the rows of the fit: as many records, and no other figure of both differs."""
    both = some.keys() & fit.keys()
    return len(both) > 1 and all(isclose(some[name], fit[name], rel_tol=1e-9) for name in both)


def _table(known: Mapping[str, Mapping[str, float]]) -> Table:
    names = dict.fromkeys(name for each in known.values() for name in each)
    ordered = [*(name for name in _MEANING if name in names), *(name for name in names if name not in _MEANING)]
    rows = ((_MEANING.get(name, name), *(_shown(name, each.get(name)) for each in known.values())) for name in ordered)
    return Table(("figure", *known), tuple(rows), len(known))


def _named(figures: Mapping[str, float]) -> dict[str, float]:
    return {_SAME.get(name, name): value for name, value in figures.items() if name not in _INNER}


def _tells(figures: Mapping[str, float]) -> bool:
    return bool(figures.keys() & {"auc", "explained", "accuracy", "rsquared"})


def _sentences(artifact: Artifact, where: str, figures: Mapping[str, float]) -> Iterator[str]:
    records = f"{figures['records']:,.0f} " if "records" in figures else ""
    yield f"Judged on the {records}{where}." if where in (_FIT, _EVALUATED) else f"Judged on {records}{where}."
    if isinstance(artifact.answer, Binary):
        yield from _binary(artifact.answer, figures)
    elif "accuracy" in figures:
        common = percent(figures["most_common"]) if "most_common" in figures else "an unknown share"
        yield (
            f"The most probable class happened in {percent(figures['accuracy'])} of the records; who always names the "
            f"most common class is right in {common}."
        )
    elif (explained := figures.get("explained", figures.get("rsquared"))) is not None:
        yield f"It explains {percent(explained)} of how the outcomes differ from each other."
        if "mae" in figures:
            yield f"An answer is {figures['mae']:.4g} away from what happens, on average."
    if "mean_predicted" in figures and "mean" in figures:
        yield f"On average it says {figures['mean_predicted']:.6g}, and {figures['mean']:.6g} happened."


def _binary(answer: Binary, figures: Mapping[str, float]) -> Iterator[str]:
    if "auc" in figures:
        yield (
            f"A random record that is “{answer.labels.event}” gets a higher probability than a random one that is "
            f"“{answer.labels.other}” in {100 * figures['auc']:.0f} of 100 pairs; by guessing it would in 50."
        )
    if "mean_phat" in figures and "event_rate" in figures:
        yield (
            f"It says that {percent(figures['mean_phat'])} are “{answer.labels.event}”, and "
            f"{percent(figures['event_rate'])} were."
        )
    if (mcfadden := figures.get("mcfadden")) is not None and mcfadden < 0:
        yield "It is worse than none: the share of events for every record would be the better answer."


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if name in _SHARES:
        return percent(value)
    return f"{value:,.0f}" if name == "records" else f"{0.0 if abs(value) < _TINY else value:.4g}"


def groups_section(groups: Groups) -> Section:
    """The figures of a column's groups, with 95 % intervals where they are known."""
    rates = groups.rates
    rows = tuple(
        (group.name, f"{group.records:,}", *(_rate(name, group.rates.get(name, ())) for name in rates))
        for group in groups.groups
    )
    largest = tuple(
        f"The largest difference between groups in {name.replace('_', ' ')}: {percent(value)}."
        for name, value in groups.differences.items()
    )
    columns = ("group", "records", *(groups.words(name) for name in rates))
    return Section(f"By group: {groups.column}", largest, groups.notices, Table(columns, rows, len(columns) - 1))


def _rate(name: str, rate: tuple[float, ...]) -> str:
    if not rate:
        return "-"
    value, *interval = (f"{each:.4g}" if name in AMOUNTS else percent(each) for each in rate)
    return f"{value} ({' to '.join(each.removesuffix(' %') for each in interval)})" if len(interval) == 2 else value
