"""THE proof: raw records, through the serving path, become what the fit saw and answer what statsmodels answers.

What phat makes of a record is compared with what it did not make: the columns that a fit was made of (`prove_rows`),
or predictions that were written where the fit was made (`prove_expected`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.predict import Predictor
from model.provenance import Proof, ProofOn
from model.training.alignment import Alignment, Rows
from model.training.errors import DataError, NotProven
from preprocessing.clean import Cleaned
from preprocessing.errors import RecordError

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

TOLERANCE = 1e-12
"""How far a cell may be off, relative to its column's largest, and a linear predictor, to max(1, sum |b x|)."""
TOLERANCE_32 = 1e-6
"""The same where the fit's column holds 32-bit floats."""
_WHOLE_32 = 2.0**24
_ULPS = 4 * np.finfo(np.float64).eps
_SHOWN = 5


class Served(NamedTuple):
    """What the serving path makes of raw records, a row each; a record that it refuses is NaN and in `refused`."""

    values: Matrix
    linear_predictor: Vector
    phat: Vector
    cleaned: list[Cleaned | None]
    refused: Mapping[int, Sequence[RecordError]]


class Reference(NamedTuple):
    """What statsmodels says: columns (n by k) of a fit, in the order of its coefficients, and `phat` (n) of each row."""

    exog: Matrix
    phat: Vector


class Proven(NamedTuple):
    """A proof by rows: which record each row of the fit is, and columns that are 32-bit floats in the fit."""

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


def serve(predictor: Predictor, records: Iterable[Mapping[str, object]]) -> Served:
    """Every raw record (n) through cleaning, design and link, as the endpoint does it."""
    blank = [float("nan")] * len(predictor.columns)
    rows, cleaned, refused = [], [], {}
    for row, record in enumerate(records):
        try:
            prediction = predictor.predict_one(dict(record))
        except ExceptionGroup as group:
            refused[row] = [error for error in group.exceptions if isinstance(error, RecordError)]
            rows.append((blank, blank[0], blank[0]))
            cleaned.append(None)
        else:
            rows.append((prediction.values, prediction.linear_predictor, prediction.phat))
            cleaned.append(prediction.cleaned)
    values, eta, phat = zip(*rows, strict=True) if rows else ((), (), ())
    return Served(np.array(values).reshape(len(rows), len(blank)), np.array(eta), np.array(phat), cleaned, refused)


def prove_rows(
    predictor: Predictor, served: Served, fit: Reference, alignments: Iterable[Alignment], on: ProofOn
) -> Proven:
    """Prove that the records are served as the fit saw them: every row it used, each column, each answer.

    Of the alignments the first that explains all columns counts. If none does, DataError names records of the best one
    that are refused, or NotProven the columns that differ, in how many rows, and an example.
    """
    best: tuple[int, Alignment | None, Matrix] = (fit.exog.size + 1, None, np.empty(0))
    for alignment in alignments:
        differs, columns_32 = _compare(served.values[alignment.rows], fit.exog)
        if not differs.any():
            _check_answers(predictor, served, fit, alignment, exact=not columns_32.any())
            dropped = len(served.values) - len(np.unique(alignment.rows))
            names = [name for name, is_32 in zip(predictor.columns, columns_32, strict=True) if is_32]
            return Proven(Proof("rows", on, len(fit.exog), dropped), alignment.rows, tuple(names))
        best = min(best, (int(differs.sum()), alignment, differs), key=lambda item: item[0])
    if best[1] is None:
        raise NotProven(
            f"the fit used {len(fit.exog)} rows, the data have {len(served.values)}, and nothing tells which are which: "
            "no index of the fit that the data know, and no dropped gaps that explain it; give the data of the rows "
            "that were used, in their order"
        )
    check_refused({row: errors for row, errors in served.refused.items() if row in set(best[1].rows.tolist())})
    raise NotProven(_difference(predictor, served, fit, best[1], best[2]))


def check_refused(refused: Mapping[int, Sequence[RecordError]]) -> None:
    """DataError with the first records that cannot be served, and how many there are, if there are any."""
    if refused:
        shown = [f"row {row + 1}, {error}" for row, errors in sorted(refused.items()) for error in errors][:_SHOWN]
        raise DataError(
            f"{len(refused)} rows of the data cannot be served; correct them, or how the fields are defined:\n  "
            + "\n  ".join(shown)
        )


def _compare(values: Matrix, exog: Matrix) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which cells differ, and which columns are alike only as 32-bit floats."""
    largest, off = np.abs(exog).max(axis=0), np.abs(values - exog)
    differs = ~(off <= TOLERANCE * largest)  # NaN differs
    columns_32 = np.array([column.any() and _is_32(exog[:, index]) for index, column in enumerate(differs.T)])
    differs[:, columns_32] = ~(off <= TOLERANCE_32 * largest)[:, columns_32]
    return differs, columns_32 & ~differs.any(axis=0)


def _is_32(column: Vector) -> bool:
    """Whether all values are 32-bit floats, and not only small whole numbers, which are so anyway."""
    with np.errstate(over="ignore"):
        rounded = column.astype(np.float32)
    whole = (np.abs(column) < _WHOLE_32) & (column == np.floor(column))
    return bool((rounded == column).all() and not whole.all())


def _check_answers(
    predictor: Predictor, served: Served, fit: Reference, alignment: Alignment, *, exact: bool
) -> None:
    """Refuse linear predictors and answers that differ, though the columns do not."""
    coefficients = np.array([predictor.artifact.coefficients[name] for name in predictor.columns])
    size = np.maximum(1.0, np.abs(fit.exog) @ np.abs(coefficients)) * (TOLERANCE if exact else TOLERANCE_32)
    eta, phat = served.linear_predictor[alignment.rows], served.phat[alignment.rows]
    for index, (got, right) in enumerate(zip(eta, fit.exog @ coefficients, strict=True)):
        place = f"row {alignment.rows[index] + 1} of the data ({alignment.by})"
        if not abs(got - right) <= size[index]:
            raise NotProven(f"{place}: got linear predictor {float(got)!r}, the fit has {float(right)!r}")
        if not answers_alike(predictor.inverse_link, got, fit.phat[index], size[index]):
            raise NotProven(f"{place}: got phat {float(phat[index])!r}, statsmodels says {float(fit.phat[index])!r}")


def answers_alike(inverse_link: Callable[[float], float], eta: float, phat: float, off: float) -> bool:
    """Whether statsmodels' `phat` is what a linear predictor within `off` of `eta` answers, to 4 ulp of 1."""
    return bool(inverse_link(eta - off) - _ULPS <= phat <= inverse_link(eta + off) + _ULPS)


def _difference(
    predictor: Predictor, served: Served, fit: Reference, alignment: Alignment, differs: NDArray[np.bool_]
) -> str:
    """What is not alike, by column: in how many rows, and the first of them."""
    counts = differs.sum(axis=0)
    worst = [index for index in np.argsort(-counts, kind="stable") if counts[index]]
    lines = [
        f"column {predictor.columns[index]} differs in {counts[index]} of {len(differs)} rows; "
        + _example(served.values[:, index], fit.exog[:, index], alignment, differs[:, index])
        for index in worst[:_SHOWN]
    ]
    more = [f"and {len(worst) - _SHOWN} more columns"] if len(worst) > _SHOWN else []
    return (
        f"the raw records do not make the columns that the fit was made of (rows aligned {alignment.by}):\n  "
        + "\n  ".join(lines + more)
    )


def _example(values: Vector, exog: Vector, alignment: Alignment, differs: NDArray[np.bool_]) -> str:
    first = int(np.flatnonzero(differs)[0])
    row = alignment.rows[first]
    text = f"row {row + 1}: got {float(values[row])!r}, the fit has {float(exog[first])!r}"
    line = _line(values[alignment.rows], exog)
    return text if line is None else f"{text}, which is (got - {line[0]:.10g}) / {line[1]:.10g} in all rows"


def _line(values: Vector, exog: Vector) -> tuple[float, float] | None:
    """Centre and scale that make the fit's column of the values, if there are any; None also for values with NaN."""
    low, high = int(np.argmin(values)), int(np.argmax(values))
    if not values[high] > values[low] or exog[high] == exog[low]:
        return None
    scale = (values[high] - values[low]) / (exog[high] - exog[low])
    centre = values[low] - exog[low] * scale
    alike = np.abs((values - centre) / scale - exog) <= 1e-9 * np.abs(exog).max()
    return (centre, scale) if alike.all() else None


def prove_expected(predictor: Predictor, served: Served, expected: Sequence[Expected]) -> Proof:
    """Prove that raw records, served in the order of the expected ones, are answered as statsmodels answered them.

    Raises DataError for records that are refused, and NotProven with the first that differs and how many do.
    """
    check_refused(served.refused)
    wrong = [text for row, item in enumerate(expected) if (text := _wrong_answer(predictor, served, row, item))]
    if wrong:
        raise NotProven(
            f"{len(wrong)} of {len(expected)} expected answers differ (are all digits written?); {wrong[0]}"
        )
    return Proof("expected", records=len(expected))


def _wrong_answer(predictor: Predictor, served: Served, row: int, expected: Expected) -> str | None:
    """What differs in an answer, or None."""
    eta, values = served.linear_predictor[row], served.values[row]
    coefficients = [predictor.artifact.coefficients[name] for name in predictor.columns]
    off = TOLERANCE * max(1.0, float(np.abs(values) @ np.abs(coefficients)))
    if not answers_alike(predictor.inverse_link, eta, expected.phat, off):
        return f"{expected.place}: got phat {float(served.phat[row])!r}, expected {expected.phat!r}"
    if expected.linear_predictor is not None and not abs(eta - expected.linear_predictor) <= off:
        return f"{expected.place}: got linear predictor {float(eta)!r}, expected {expected.linear_predictor!r}"
    return None
