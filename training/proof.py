"""THE proof: raw records, through the serving path, become what the fit saw and are answered as statsmodels does.

What phat makes of a record is compared with what it did not make: the columns that a fit was made of (`prove_rows`),
or predictions that were written where the fit was made (`prove_expected`).
"""

from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phat.model.answer import Binary, Classes
from phat.model.artifact import Artifact
from phat.model.explain import standard_error
from phat.model.links import mean_within
from phat.model.predict import Predictor
from phat.model.provenance import Proof, ProofOn
from phat.training.alignment import Alignment, Rows
from phat.training.differences import Cells, describe_differences
from phat.training.errors import NotProven
from phat.training.served import Served, check_refused

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

OFFSET = "offset"
"""What the offset is called among the columns."""

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
    """What statsmodels says: the columns of a fit (n by k, in the order of the coefficients), its offset (n, None
    without one), and its answers (n by 1, or by classes).
    """

    exog: Matrix
    offset: Vector | None
    answers: Matrix


class Proven(NamedTuple):
    """A proof by rows; which record each row of the fit is; and the columns that have 32-bit floats in the fit."""

    proof: Proof
    rows: Rows
    columns_32: tuple[str, ...]


class Expected(NamedTuple):
    """A raw record at a `place` of a file, and what statsmodels answered to it; None for what is not known.

    `answers` is `phat`, a mean, or the probabilities of the classes.
    """

    place: str
    record: Mapping[str, object]
    answers: tuple[float, ...]
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
    columns = (*predictor.columns, *([] if fit.offset is None else [OFFSET]))
    values, exog = _with_offset(served.values, served.offset, fit), _with_offset(fit.exog, fit.offset, fit)
    for alignment in alignments:
        differs, in_32 = _compare(values[alignment.rows], exog)
        if not differs.any():
            _check_answers(predictor, served, fit, alignment, TOLERANCE_32 if in_32.any() else TOLERANCE)
            dropped = len(served.values) - len(np.unique(alignment.rows))
            names = tuple(name for name, is_32 in zip(columns, in_32.tolist(), strict=True) if is_32)
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
    raise NotProven(describe_differences(columns, values[rows], exog, best[1], best[0]))


def _with_offset(matrix: Matrix, offset: Vector | None, fit: Reference) -> Matrix:
    """Columns (n by k) with the offset as one more, where the fit has one."""
    return matrix if fit.offset is None or offset is None else np.column_stack([matrix, offset])


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
    coefficients = equations(predictor.artifact)
    off = rounding(fit.exog, coefficients, fit.offset, tolerance)
    etas = (fit.exog @ coefficients)[:, 0] + (0.0 if fit.offset is None else fit.offset)
    for row, eta, answers, limit in zip(alignment.rows, etas.tolist(), fit.answers, off.tolist(), strict=True):
        got = float(served.linear_predictor[row])
        place = f"row {row + 1} (rows aligned {alignment.by})"
        if not isnan(got) and not abs(got - eta) <= limit:
            raise NotProven(f"{place}: got linear predictor {got!r}, the fit has {eta!r}")
        if not answers_alike(predictor, got, served.answers[row], answers, limit):
            raise NotProven(
                f"{place}: got {figures_text(served.answers[row], predictor)}, statsmodels says {figures_text(answers)}"
            )


def prove_expected(predictor: Predictor, served: Served, expected: Sequence[Expected]) -> Proof:
    """Prove that raw records, served in the order of the expected answers, are answered as statsmodels answered them.

    Raises DataError for records that are refused, and NotProven with the first that differs and how many do.
    """
    check_refused(served.refused)
    off = rounding(served.values, equations(predictor.artifact), served.offset).tolist()
    answers = (_wrong_answer(predictor, served, row, item, off[row]) for row, item in enumerate(expected))
    if wrong := [text for text in answers if text]:
        raise NotProven(
            f"expected answers that differ (all digits are needed): {len(wrong)} of {len(expected)}; {wrong[0]}"
        )
    return Proof("expected", records=len(expected))


def _wrong_answer(predictor: Predictor, served: Served, row: int, expected: Expected, off: float) -> str | None:
    """What differs in an answer, or None."""
    eta = float(served.linear_predictor[row])
    answers = np.array(expected.answers)
    if not answers_alike(predictor, eta, served.answers[row], answers, off):
        return f"{expected.place}: got {figures_text(served.answers[row], predictor)}, expected {figures_text(answers)}"
    if expected.linear_predictor is not None and not abs(eta - expected.linear_predictor) <= off:
        return f"{expected.place}: got linear predictor {eta!r}, expected {expected.linear_predictor!r}"
    if expected.standard_error is not None and (covariance := predictor.artifact.covariance) is not None:
        error = standard_error(served.values[row].tolist(), covariance)
        if not abs(error - expected.standard_error) <= _ERRORS * expected.standard_error:
            return f"{expected.place}: got standard error {error!r}, expected {expected.standard_error!r}"
    return None


def answers_alike(predictor: Predictor, eta: float, got: Vector, expected: Vector, off: float) -> bool:
    """Whether answers are what linear predictors within `off` of `eta` give, to 4 ulp of 1, or of a mean.

    Classes' probabilities change by no more than their linear predictors do.
    """
    if predictor.answers > 1:
        return bool((np.abs(got - expected) <= off + _ULPS).all())
    answer = float(expected[0])
    ulps = _ULPS if isinstance(predictor.artifact.answer, Binary) else _ULPS * abs(answer)
    return mean_within(predictor.inverse_link, eta, off, answer, ulps)


def figures_text(answers: Vector, predictor: Predictor | None = None) -> str:
    """Answers in words, with the name of their figure."""
    name = "" if predictor is None else f"{predictor.artifact.answer.figures[0].partition('_')[0]} "
    return name + ", ".join(map(repr, answers.tolist()))


def rounding(
    values: Matrix, coefficients: Matrix, offset: Vector | None = None, tolerance: float = TOLERANCE
) -> Vector:
    """How far linear predictors (n) of model columns (n by k) may be off: `tolerance` of max(1, sum |b x|).

    Of several linear predictors (coefficients k by e) the largest sum counts.
    """
    size = (np.abs(values) @ np.abs(coefficients)).max(axis=1) + (0.0 if offset is None else np.abs(offset))
    return np.asarray(np.maximum(1.0, size) * tolerance)


def equations(artifact: Artifact) -> Matrix:
    """The coefficients (k by e) of the one linear predictor, or of those of each class but the first."""
    own = artifact.answer.coefficients.values() if isinstance(artifact.answer, Classes) else ()
    return np.array([[*each.values()] for each in own or [artifact.coefficients]]).T
