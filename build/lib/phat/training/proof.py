"""THE proof: raw records, through the serving path, become what the fit saw and answer what statsmodels answers.

What phat makes of a record is compared with what it did not make: the columns that a fit was made of (`prove_rows`),
or predictions that were written where the fit was made (`prove_expected`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.model.explain import standard_error
from phat.model.predict import Predictor
from phat.model.provenance import Proof, ProofOn
from phat.training.alignment import Alignment, Rows
from phat.training.differences import Cells, describe_differences
from phat.training.errors import NotProven
from phat.training.served import Served, check_refused

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

TOLERANCE = 1e-12
"""How far a cell may be off, relative to its column's largest, and a linear predictor, to max(1, sum |b x|)."""
TOLERANCE_32 = 1e-6
"""The same where the fit has 32-bit floats."""
_WHOLE_32 = 2.0**24
"""Below it every whole number is a 32-bit float."""
_ERRORS = 1e-9
"""How far a standard error may be off, relative to it."""
_ULPS = 4 * float(np.finfo(np.float64).eps)


class Reference(NamedTuple):
    """What statsmodels says: the columns of a fit (n by k, in the order of the coefficients) and its `phat` (n)."""

    exog: Matrix
    phat: Vector


class Proven(NamedTuple):
    """A proof by rows; which record each row of the fit is; and the columns that have 32-bit floats in the fit."""

    proof: Proof
    rows: Rows
    columns_32: tuple[str, ...]


class Expected(NamedTuple):
    """A raw record at a `place` of a file, and what statsmodels answered to it; None for what is not known."""

    place: str
    record: Mapping[str, object]
    phat: float
    linear_predictor: float | None = None
    standard_error: float | None = None


def prove_rows(
    predictor: Predictor, served: Served, fit: Reference, alignments: Iterable[Alignment], on: ProofOn
) -> Proven:
    """Prove that raw records are served as the fit saw them: every row that it used, each column, each answer.

    The first alignment that explains all columns counts. If none does, the best one tells what is wrong: DataError
    names records of it that are refused, NotProven the columns that differ, in how many rows, and an example.
    """
    best: tuple[Alignment, Cells] | None = None
    for alignment in alignments:
        differs, in_32 = _compare(served.values[alignment.rows], fit.exog)
        if not differs.any():
            _check_answers(predictor, served, fit, alignment, TOLERANCE_32 if in_32.any() else TOLERANCE)
            dropped = len(served.values) - len(np.unique(alignment.rows))
            names = tuple(name for name, is_32 in zip(predictor.columns, in_32.tolist(), strict=True) if is_32)
            return Proven(Proof("rows", on, len(fit.exog), dropped), alignment.rows, names)
        if best is None or differs.sum() < best[1].sum():
            best = alignment, differs
    if best is None:
        raise NotProven(
            f"the fit used {len(fit.exog)} rows, the data have {len(served.values)}, and nothing tells which are which:"
            " neither the fit's index nor gaps in the data; give the rows that the fit used, in their order"
        )
    rows = best[0].rows
    check_refused({row: served.refused[row] for row in set(rows.tolist()) & served.refused.keys()})
    raise NotProven(describe_differences(predictor.columns, served.values[rows], fit.exog, best[1], best[0]))


def _compare(values: Matrix, exog: Matrix) -> tuple[Cells, Cells]:
    """Which cells (n by k) differ, and which columns (k) were compared as 32-bit floats."""
    finite = np.isfinite(exog)
    largest, off = np.abs(np.where(finite, exog, 0.0)).max(axis=0), np.abs(values - exog)
    differs = ~(finite & (off <= TOLERANCE * largest))  # NaN differs
    in_32 = np.array([cells.any() and _is_32(column) for cells, column in zip(differs.T, exog.T, strict=True)])
    differs[:, in_32] = ~(finite & (off <= TOLERANCE_32 * largest))[:, in_32]
    return differs, in_32


def _is_32(column: Vector) -> bool:
    """Whether all values are 32-bit floats, but not because all are small whole numbers."""
    with np.errstate(over="ignore"):
        rounded = column.astype(np.float32)
    whole = (np.abs(column) < _WHOLE_32) & (column == np.floor(column))
    return bool((rounded == column).all() and not whole.all())


def _check_answers(
    predictor: Predictor, served: Served, fit: Reference, alignment: Alignment, tolerance: float
) -> None:
    """Refuse linear predictors and answers that differ, though the columns do not."""
    coefficients = _coefficients(predictor)
    off, etas = rounding(fit.exog, coefficients, tolerance), fit.exog @ coefficients
    for row, eta, phat, limit in zip(alignment.rows, etas.tolist(), fit.phat.tolist(), off.tolist(), strict=True):
        got = float(served.linear_predictor[row])
        place = f"row {row + 1} (rows aligned {alignment.by})"
        if not abs(got - eta) <= limit:
            raise NotProven(f"{place}: got linear predictor {got!r}, the fit has {eta!r}")
        if not answers_alike(predictor.inverse_link, got, phat, limit):
            raise NotProven(f"{place}: got phat {float(served.phat[row])!r}, statsmodels says {phat!r}")


def prove_expected(predictor: Predictor, served: Served, expected: Sequence[Expected]) -> Proof:
    """Prove that raw records, served in the order of the expected answers, are answered as statsmodels answered them.

    Raises DataError for records that are refused, and NotProven with the first that differs and how many do.
    """
    check_refused(served.refused)
    off = rounding(served.values, _coefficients(predictor)).tolist()
    answers = (_wrong_answer(predictor, served, row, item, off[row]) for row, item in enumerate(expected))
    if wrong := [text for text in answers if text]:
        raise NotProven(
            f"expected answers that differ (all digits are needed): {len(wrong)} of {len(expected)}; {wrong[0]}"
        )
    return Proof("expected", records=len(expected))


def _wrong_answer(predictor: Predictor, served: Served, row: int, expected: Expected, off: float) -> str | None:
    """What differs in an answer, or None."""
    eta = float(served.linear_predictor[row])
    if not answers_alike(predictor.inverse_link, eta, expected.phat, off):
        return f"{expected.place}: got phat {float(served.phat[row])!r}, expected {expected.phat!r}"
    if expected.linear_predictor is not None and not abs(eta - expected.linear_predictor) <= off:
        return f"{expected.place}: got linear predictor {eta!r}, expected {expected.linear_predictor!r}"
    if expected.standard_error is not None:
        error = standard_error(served.values[row].tolist(), predictor.artifact.covariance)
        if not abs(error - expected.standard_error) <= _ERRORS * expected.standard_error:
            return f"{expected.place}: got standard error {error!r}, expected {expected.standard_error!r}"
    return None


def answers_alike(inverse_link: Callable[[float], float], eta: float, phat: float, off: float) -> bool:
    """Whether `phat` is what linear predictors within `off` of `eta` answer, to 4 ulp of 1; the link increases."""
    return inverse_link(eta - off) - _ULPS <= phat <= inverse_link(eta + off) + _ULPS


def rounding(values: Matrix, coefficients: Vector, tolerance: float = TOLERANCE) -> Vector:
    """How far linear predictors (n) of model columns (n by k) may be off: `tolerance` of max(1, sum |b x|)."""
    return np.asarray(np.maximum(1.0, np.abs(values) @ np.abs(coefficients)) * tolerance)


def _coefficients(predictor: Predictor) -> Vector:
    return np.array([predictor.artifact.coefficients[name] for name in predictor.columns])
