"""The records that an import rests on: what they prove, and the golden records and the baseline made of them."""

from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from typing import NamedTuple

import numpy as np

from phat.model.artifact import Golden
from phat.model.baseline import Baseline
from phat.model.predict import Predictor
from phat.model.provenance import Proof, ProofOn
from phat.preprocessing.clean import Cleaned
from phat.preprocessing.errors import MissingValue, NoValues
from phat.preprocessing.schema import NumberField, Schema
from phat.takeover.fitted import Fitted, Matrix, Vector
from phat.training.alignment import Alignment, alignments
from phat.training.baseline import column_means, describe
from phat.training.coverage import dependent, listed, untested
from phat.training.errors import DataError
from phat.training.golden import (
    AT_LEAST,
    choose_records,
    made_up,
    make_golden,
    sizes_of_scales,
    sizes_of_values,
    wald_errors,
)
from phat.training.proof import TOLERANCE_32, Expected, Reference, prove_expected, prove_rows
from phat.training.raw import Raw
from phat.training.served import Served, check_refused, serve

Record = dict[str, object]


class Evidence(NamedTuple):
    """Records that were served: `what` they are, what they prove, and their model columns (n by k).

    The columns and offsets (n) are the fit's own where these are known; `outcomes` (n) are those of the fit's rows.
    """

    what: str
    proof: Proof
    records: Sequence[Record]
    cleaned: Sequence[Cleaned]
    matrix: Matrix
    offset: Vector
    outcomes: Vector | None = None
    notices: Sequence[str] = ()
    shown: bool = True
    """Whether golden records may be some of them."""

    def golden(self, predictor: Predictor, fit: Fitted) -> tuple[Golden, ...]:
        """Golden records with statsmodels' own figures; made-up ones too, if these are few or may not be shown."""
        chosen = choose_records(self.cleaned) if self.shown else []
        more = self._more(predictor, AT_LEAST - len(chosen)) if len(chosen) < AT_LEAST else []
        served = serve(predictor, more)
        matrix = np.concatenate([self.matrix[chosen], served.values])
        offset = np.concatenate([self.offset[chosen], served.offset])
        errors = None if fit.covariance is None else wald_errors(matrix, fit.covariance)
        records = [*(self.records[index] for index in chosen), *more]
        return make_golden(records, fit.predict(matrix, offset), fit.linear_predictors(matrix, offset), errors)

    def _more(self, predictor: Predictor, count: int) -> list[Record]:
        """Made-up records in place of those that are lacking, as large as those there are; none that is refused.

        One that happens to be a record of the data is used only where fields have so few values that all are.
        """
        artifact = predictor.artifact
        if not self.records:
            return made_up(artifact.schema, sizes_of_scales(artifact.schema, artifact.terms))
        records = made_up(artifact.schema, sizes_of_values(artifact.schema, self.cleaned))
        known = {tuple(record.values()) for record in self.cleaned}
        made = [(record, cleaned) for record, cleaned in zip(records, serve(predictor, records).cleaned, strict=True)]
        served = [(record, tuple(cleaned.values())) for record, cleaned in made if cleaned is not None]
        usable = [record for record, values in served if values not in known] or [record for record, _ in served]
        if not usable:
            raise DataError("the model refuses all records that are made up of its fields' values: it needs real ones")
        return usable if len(usable) >= count else [dict(record) for record in islice(cycle(usable), count)]

    def baseline(self, schema: Schema, fit: Fitted) -> Baseline | None:
        """What these records look like; None if a number is missing in all of them."""
        values = {field.name: [record[field.name] for record in self.cleaned] for field in schema.fields}
        if any(set(values[field.name]) == {None} for field in schema.fields if isinstance(field, NumberField)):
            return None
        two = fit.kind == "binary" and self.outcomes is not None and set(np.unique(self.outcomes)) <= {0.0, 1.0}
        outcomes = self.outcomes if two else None
        answers = fit.predict(self.matrix, self.offset)
        described = describe(values, schema, column_means(self.matrix, fit.columns), answers, outcomes)
        offset = None if fit.offset is None else float(self.offset.mean())
        return described._replace(source=self.what, offset=offset)


def by_answers(predictor: Predictor, answers: Sequence[Expected]) -> Evidence:
    """What expected answers prove; without any, nothing."""
    if not answers:
        return Evidence(
            "made up from the fields' definitions", Proof(), [], [], np.empty((0, len(predictor.columns))), np.empty(0)
        )
    records = [dict(item.record) for item in answers]
    served = serve(predictor, records)
    proof = prove_expected(predictor, served, answers)
    cleaned = [record for record in served.cleaned if record is not None]
    notices = untested(predictor.artifact.schema, cleaned)
    if names := dependent(served.values, predictor.columns):
        notices.append(f"columns that the expected records do not prove, as they are 0 or go together: {listed(names)}")
    return Evidence("expected records", proof, records, cleaned, served.values, served.offset, notices=notices)


def by_data(predictor: Predictor, fit: Fitted, raw: Raw, known: Evidence, on: ProofOn = "given data") -> Evidence:
    """What raw records prove of a fit that still has its data; of another they prove nothing that is not known."""
    served = serve(predictor, raw.records)
    if fit.exog is None:
        return _unproven(served, raw, known)
    complete = [record is not None and None not in record.values() for record in served.cleaned]
    possible: Iterable[Alignment] = alignments(len(fit.exog), fit.labels, raw.labels, raw.cells, complete)
    if raw.alignment is not None:
        possible = [raw.alignment]
    proven = prove_rows(
        predictor, served, Reference(fit.exog, fit.offset, fit.predict(fit.exog, fit.offset)), possible, on
    )
    matrix = served.values[proven.rows] if proven.columns_32 else fit.exog
    rows = proven.rows.tolist()
    evidence = _of_rows("records that the fit was made of", served, raw, rows, matrix)
    notices = untested(predictor.artifact.schema, evidence.cleaned)
    if proven.columns_32:
        notices.append(
            f"columns that are 32-bit floats in the fit, proven to {TOLERANCE_32}: {listed(proven.columns_32)}"
        )
    return evidence._replace(proof=proven.proof, outcomes=fit.target, notices=notices)


def _unproven(served: Served, raw: Raw, known: Evidence) -> Evidence:
    """The records that can be served: those with gaps may be rows that the fit did not use."""
    check_refused({row: errors for row, errors in served.refused.items() if not all(map(_is_gap, errors))})
    rows = [row for row in range(len(raw.records)) if row not in served.refused]
    if not rows:
        raise DataError("every row of the data has gaps that the model refuses; give raw records that it serves")
    evidence = _of_rows("records of the given data", served, raw, rows, served.values[rows])
    notices = list(known.notices)
    if served.refused:
        notices.append(f"rows of the data with gaps that the model refuses are left out: {len(served.refused):,}")
    return evidence._replace(proof=known.proof, notices=notices)


def _is_gap(error: object) -> bool:
    return isinstance(error, MissingValue | NoValues)


def _of_rows(what: str, served: Served, raw: Raw, rows: Sequence[int], matrix: Matrix) -> Evidence:
    cleaned = [record for row in rows if (record := served.cleaned[row]) is not None]
    return Evidence(what, Proof(), [raw.records[row] for row in rows], cleaned, matrix, served.offset[rows])
