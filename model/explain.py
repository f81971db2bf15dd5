"""How sure the model is: the standard error of a linear predictor."""

from collections.abc import Sequence
from math import fsum, sqrt


def standard_error(values: Sequence[float], covariance: Sequence[Sequence[float]]) -> float:
    """Standard error of the linear predictor, sqrt(x' V x), by the delta method's linear case.

    `values` are the model columns x in coefficient order (length k), `covariance` is V (k by k). Columns that are
    zero are skipped, and a variance that rounding made negative counts as zero. Source: Greene, Econometric
    Analysis, 8th ed., 4.4.4.
    """
    used = [(index, value) for index, value in enumerate(values) if value]
    terms = (a * covariance[i][j] * b for i, a in used for j, b in used)
    return sqrt(max(0.0, fsum(terms)))
