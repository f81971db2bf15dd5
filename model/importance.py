"""How much of an answer each field decides, to show the ones that matter first."""

from collections.abc import Iterator
from math import fsum, isfinite, sqrt
from typing import Any

from phat.model.baseline import Baseline, FieldBaseline
from phat.model.model import Model

Values = dict[str, Any]


def typical(of_field: FieldBaseline) -> float | str | None:
    """The middle of the training's values, to four digits, or the most common level; None if it had none."""
    if of_field.levels:
        return max(zip(of_field.shares, of_field.levels, strict=True))[1]
    return float(f"{of_field.edges[len(of_field.edges) // 2]:.4g}") if of_field.edges else None


def importance(model: Model) -> dict[str, float]:
    """By field, how far the linear predictor spreads as it goes through the training's values, the others typical.

    The weighted standard deviation over the baseline's bins or levels; of classes that each have a linear predictor,
    that of the probability which spreads most. A value that the model has no answer for is passed over. Empty where
    the model has no baseline.
    """
    baseline = model.artifact.baseline
    if baseline is None:
        return {}
    usual = {name: typical(of_field) for name, of_field in baseline.fields.items()}
    return {name: _spread(model, baseline, usual, name) for name in baseline.fields}


def _spread(model: Model, baseline: Baseline, usual: Values, name: str) -> float:
    weighted = []
    for value, share in _values(baseline.fields[name]):
        figures = _figures(model, usual | {name: value})
        if figures is not None:
            weighted.append((share, figures))
    total = fsum(share for share, _ in weighted)
    if not total:
        return 0.0
    deviations = (
        _deviation([(share / total, figures[place]) for share, figures in weighted])
        for place in range(len(weighted[0][1]))
    )
    return max(deviations)


def _values(of_field: FieldBaseline) -> Iterator[tuple[float | str, float]]:
    """The middles of bins, or levels, each with its share."""
    if of_field.levels:
        yield from zip(of_field.levels, of_field.shares, strict=True)
        return
    edges = of_field.edges
    for place, share in enumerate(of_field.shares):
        yield (edges[place] + edges[place + 1]) / 2 if len(edges) > 1 else edges[0], share


def _figures(model: Model, record: Values) -> tuple[float, ...] | None:
    try:
        prediction = model.predictor.predict_one(record)
    except ExceptionGroup:
        return None
    eta = prediction.linear_predictor
    return (eta,) if isfinite(eta) else prediction.probabilities or None


def _deviation(weighted: list[tuple[float, float]]) -> float:
    mean = fsum(share * value for share, value in weighted)
    return sqrt(fsum(share * (value - mean) ** 2 for share, value in weighted))
