"""From a table and a configuration to an artifact that scores its own training data as statsmodels does."""

import os
import platform
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from phat.model.answer import Binary, Labels
from phat.model.artifact import Artifact, Golden
from phat.model.errors import ArtifactError
from phat.model.model import Model
from phat.model.provenance import Evaluation, Proof, Provenance
from phat.preprocessing.schema import SchemaError
from phat.training.baseline import column_means, describe
from phat.training.config import Config
from phat.training.cutoff import choose_cutoff
from phat.training.data import Table, file_checksum
from phat.training.design import Dropped, Matrix, Prepared, Vector, prepare
from phat.training.errors import FitError
from phat.training.estimate import ESTIMATORS, check_rows, estimable, estimate, estimate_repaired, few_rows
from phat.training.golden import choose_records, make_golden, wald_errors
from phat.training.judgement import Figures, far_rows, leaks, measure
from phat.training.selection import choose

PARITY = 1e-12

_MANY, _PART = 200_000, 50_000
"""Records from which several processes prove them, and the part of each."""

_ITS_ROWS = "on the rows of the fit"

JUDGED_BY = 5
"""Fewer test rows with one outcome than this say nothing about a model."""


STAGES = ("cleaning", "choosing columns", "fitting", "judging on held-out rows", "proving every row")
"""What a fit does, in this order."""

Stage = Callable[[str], None]
"""Called with the name of each stage as it begins."""


@dataclass(frozen=True)
class Fit:
    """A fitted model as an artifact, how good it is in sentences, and notices for the data scientist.

    `called` is the share of the fit's rows that the cutoff calls the event, if there is one; `config`, as TOML, makes
    the same fit of the same data: what was decided about them is written out in it.
    """

    artifact: Artifact
    sentences: list[str]
    notices: list[str]
    dropped: Dropped
    called: float | None
    config: str


def silent(_stage: str) -> None:
    """Nobody is told."""


class _Run(NamedTuple):
    source: Path | None
    before: Iterable[str]
    force: bool
    stage: Stage


def fit(  # noqa: PLR0913  # what most fits do without is given by name
    table: Table,
    config: Config,
    source: Path | None = None,
    *,
    force: bool = False,
    before: Iterable[str] = (),
    stage: Stage = silent,
) -> Fit:
    """Fit as configured and prove the artifact on the training data; raises a TrainingError that says what to do.

    A model that is worse than none on its own rows is refused, unless it is forced. Notices from `before` the fit are
    kept in the artifact with its own; `stage` is called as each of STAGES begins.
    """
    try:
        return _fit(table, config, _Run(source, before, force, stage))
    except (SchemaError, ArtifactError) as error:
        raise FitError(f"such a model cannot be served: {error}") from error


class _Solution(NamedTuple):
    """The rows, the model columns with their matrix (rows by columns), statsmodels' results and their probabilities."""

    prepared: Prepared
    columns: list[str]
    constant: str | None
    matrix: Matrix
    results: Any
    phat: Vector
    repairs: tuple[str, ...] = ()

    def warnings(self) -> Iterator[str]:
        """What of the rows and columns may be wrong."""
        parameters, number = np.asarray(self.results.params), self.prepared.table.number
        yield from self.repairs
        yield from few_rows(self.prepared.target, len(self.columns) - bool(self.constant))
        yield from self.prepared.gap_notices()
        yield from far_rows(self.matrix, self.columns, parameters, number)
        gaps = [(name, column.gaps()) for name, column in self.prepared.columns.items() if column.values.null_count()]
        missing = ((f"a missing {name}", values) for name, values in gaps)
        yield from leaks(chain(zip(self.columns, self.matrix.T, strict=True), missing), self.prepared.target)


def _fit(table: Table, config: Config, run: _Run) -> Fit:
    run.stage("cleaning")
    prepared = prepare(table, config)
    written = decided(prepared, config)
    run.stage("choosing columns")
    prepared = choose(prepared, config)
    run.stage("fitting")
    solution = _solve(prepared, config)
    prepared = solution.prepared
    written = replace(written, columns=prepared.chosen, drop=())
    figures = measure(solution.prepared.target, solution.phat)
    if figures.worse_than_none and not run.force:
        raise FitError(_worse(figures, config))
    run.stage("judging on held-out rows")
    held = _hold_out(config, solution)
    notices = [*prepared.notices, *solution.warnings(), *figures.doubts(_ITS_ROWS), *_doubts(held)]
    provenance = Provenance(
        **origin(run.source),
        training_records=prepared.table.rows,
        proof=Proof("rows", "given data", prepared.table.rows, table.rows - prepared.table.rows),
        estimator=f"statsmodels {version('statsmodels')}, {config.estimator}, unpenalised",
        fit=_fit_figures(solution.results, figures),
        evaluation=_evaluation(held),
        cutoff=choose_cutoff(solution.phat, prepared.target, config).reason,
        target={"column": config.target, "event": prepared.event},
        config=written.to_toml(),
        notices=(*run.before, *notices),
    )
    artifact = _artifact(solution, config, provenance)
    run.stage("proving every row")
    prove(artifact, prepared.table, solution.phat)
    sentences = [figures.sentence(_ITS_ROWS)] + ([] if isinstance(held, str) else [held.sentence(_held(held))])
    called = float(np.mean(solution.phat >= artifact.cutoff))
    return Fit(artifact, sentences, notices, prepared.dropped, called, written.to_toml())


def decided(prepared: Prepared, config: Config) -> Config:
    """The configuration with what the data decided: the event, and words for a missing value that are levels."""
    columns = prepared.columns
    fields = tuple(columns[field.name].written if field.name in columns else field for field in config.fields)
    return replace(config, event=prepared.event, fields=fields)


def _solve(prepared: Prepared, config: Config) -> _Solution:
    constant = prepared.constant if config.constant else None
    columns = [*prepared.chosen, *([constant] if constant else [])]
    matrix = prepared.matrix(columns, constant)
    check_rows(prepared.target, len(columns))
    results, places, repairs = estimate_repaired(config.estimator, matrix, prepared.target, columns, config.strict)
    if repairs:
        columns = [columns[place] for place in places]
        prepared, rows = prepared.of([name for name in columns if name != constant]), prepared.table.rows
        matrix = prepared.matrix(columns, constant)
        if prepared.table.rows < rows:  # those whose last field was left out
            results = estimate(config.estimator, matrix, prepared.target, columns)
    phat = np.asarray(results.predict(matrix))
    return _Solution(prepared, columns, constant, matrix, results, phat, tuple(repairs))


def _artifact(solution: _Solution, config: Config, provenance: Provenance) -> Artifact:
    prepared, columns, phat = solution.prepared, solution.columns, solution.phat
    values = {field.name: prepared.columns[field.name].values for field in prepared.schema.fields}
    means = column_means(solution.matrix, columns)
    return Artifact(
        name=config.name,
        schema=prepared.schema,
        terms=prepared.terms(columns, solution.constant),
        link=ESTIMATORS[config.estimator][0],
        coefficients=dict(zip(columns, map(float, solution.results.params), strict=True)),
        covariance=tuple(map(tuple, _covariance(solution.results).tolist())),
        answer=Binary(
            choose_cutoff(phat, prepared.target, config).value,
            Labels(config.event_label, config.other_label),
        ),
        golden=_golden(prepared, solution.matrix, solution.results),
        texts=config.texts,
        provenance=provenance,
        baseline=describe(values, prepared.schema, means, phat[:, None], prepared.target),
    )


def _worse(figures: Figures, config: Config) -> str:
    cure = "look for what is wrong with the data" if config.constant else "say constant = true in the configuration"
    return f"{'; '.join(figures.doubts(_ITS_ROWS))}; {cure}, or write it all the same with --force"


def _hold_out(config: Config, solution: _Solution) -> Figures | str:
    """How the same columns, fitted on the training rows alone, do on the test rows, or why that is not known."""
    prepared, matrix = solution.prepared, solution.matrix
    target, training, test = prepared.target, prepared.training, prepared.test
    rarer = int(min(target[test].sum(), test.sum() - target[test].sum()))
    if rarer < JUDGED_BY:
        return f"{rarer} of {test.sum()} test rows have the rarer outcome; {JUDGED_BY} are needed"
    some, others = matrix[training], matrix[test]
    places = estimable(some, target[training])
    if len(places) < len(solution.columns):
        some, others = some[:, places], others[:, places]
    try:
        results = estimate(config.estimator, some, target[training], [solution.columns[place] for place in places])
    except FitError as error:
        return f"the training rows alone could not be fitted ({error})"
    return measure(target[test], np.asarray(results.predict(others)))


def _doubts(held: Figures | str) -> Iterable[str]:
    return [f"not judged on held-out rows: {held}"] if isinstance(held, str) else held.doubts(_held(held))


def _held(figures: Figures) -> str:
    return f"on {figures.records} held-out rows"


def _evaluation(held: Figures | str) -> Evaluation:
    if isinstance(held, str):
        return Evaluation(held)
    return Evaluation("test rows, by a fit on the training rows alone", held.known())


def _golden(prepared: Prepared, matrix: Matrix, results: Any) -> tuple[Golden, ...]:
    examples, cleaned = prepared.examples()
    rows = [examples[place] for place in choose_records(cleaned)]
    records = [*prepared.table.records([field.name for field in prepared.schema.fields], rows)]
    chosen = matrix[rows]
    answers, etas = np.asarray(results.predict(chosen))[:, None], chosen @ np.asarray(results.params)
    return make_golden(records, answers, etas, wald_errors(chosen, _covariance(results)))


def _covariance(results: Any) -> Matrix:
    """The covariance of the coefficients (k by k), symmetric to the last bit, as rounding leaves it not quite."""
    covariance = np.asarray(results.cov_params(), dtype=float)
    return np.asarray((covariance + covariance.T) / 2)


def origin(source: Path | None) -> dict[str, Any]:
    """What a provenance says of when, by what and of which file a model was made."""
    packages = ("statsmodels", "numpy", "scipy", "scikit-learn")
    return {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "created_by": "phat fit",
        "libraries": {"python": platform.python_version()} | {name: version(name) for name in packages},
        "data": source.name if source else None,
        "data_sha256": file_checksum(source) if source else None,
        "golden": "training records; the figures are statsmodels' own",
    }


def _fit_figures(results: Any, figures: Figures) -> dict[str, float]:
    return {
        "nobs": figures.records,
        "llf": float(results.llf),
        "llnull": float(results.llnull),
        "prsquared": float(1 - results.llf / results.llnull),  # McFadden 1974
        "auc": figures.auc,
        "event_rate": figures.event_rate,
        "mean_phat": figures.mean_phat,
    }


def prove(artifact: Artifact, table: Table, phat: Vector) -> None:
    """Score all raw records with the reloaded file; FitError if one differs from statsmodels by more than 1e-12.

    Many records are scored by several processes, each its part.
    """
    data = artifact.to_bytes()
    names = [field.name for field in artifact.schema.fields]
    frame = table.frame.select(names)
    if table.rows < _MANY:
        differences = [_difference(data, frame, phat)]
    else:
        starts = range(0, table.rows, _PART)
        parts = [(data, frame.slice(start, _PART), phat[start : start + _PART]) for start in starts]
        with ProcessPoolExecutor(os.cpu_count(), get_context("forkserver")) as pool:
            found = pool.map(_difference, *zip(*parts, strict=True))
            differences = [
                None if each is None else (start + each[0], each[1]) for start, each in zip(starts, found, strict=True)
            ]
    for difference in differences:
        if difference is not None:
            row, served = difference
            raise FitError(
                f"row {table.number(row)}: the endpoint would answer {served!r}, statsmodels says {float(phat[row])!r}"
            )


def _difference(data: bytes, frame: pl.DataFrame, phat: Vector) -> tuple[int, float] | None:
    """The first record (of n) that is not answered as it should be (n), with its answer; None if all are."""
    predictor = Model.from_bytes(data).predictor
    for row, (record, expected) in enumerate(zip(Table(frame).records(frame.columns), phat.tolist(), strict=True)):
        served = predictor.predict_one(record).answer
        if not abs(served - expected) <= PARITY:
            return row, served
    return None
