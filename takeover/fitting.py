"""`phat fit` of all but plain models of two outcomes: statsmodels fits, and the fit is taken over as any other."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phat.model.answer import Binary, Labels
from phat.model.artifact import Artifact
from phat.model.errors import ArtifactError
from phat.model.provenance import Evaluation
from phat.preprocessing.schema import SchemaError
from phat.takeover.column_fit import fit_columns
from phat.takeover.export import Source, export
from phat.takeover.fitted import read_fit
from phat.takeover.formula_fit import fit_formula
from phat.takeover.solved import Solved
from phat.takeover.soundness import check_sound
from phat.training.config import Config
from phat.training.cutoff import choose_cutoff
from phat.training.data import Table, file_checksum
from phat.training.errors import FitError
from phat.training.fit import JUDGED_BY, Fit, Stage, fit, origin, silent
from phat.training.judgement import Figures, measure
from phat.training.other_figures import OtherFigures, measure_classes, measure_mean
from phat.training.raw import Raw, records_of

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

_ITS_ROWS = "on the rows of the fit"
_ITERATIONS = 200


def fit_as_configured(  # noqa: PLR0913  # what most fits do without is given by name
    table: Table,
    config: Config,
    source: Path | None = None,
    *,
    force: bool = False,
    before: Iterable[str] = (),
    stage: Stage = silent,
) -> Fit:
    """Fit any kind of model, as `phat.training.fit.fit` does one of two outcomes; with a formula these too."""
    if config.kind == "binary" and not config.formula:
        return fit(table, config, source, force=force, before=before, stage=stage)
    try:
        return _fit(table, config, source, force, tuple(before), stage)
    except (SchemaError, ArtifactError) as error:
        raise FitError(f"such a model cannot be served: {error}") from error


def _fit(table: Table, config: Config, source: Path | None, force: bool, before: tuple[str, ...], stage: Stage) -> Fit:  # noqa: PLR0913, PLR0917  # the steps of one fit
    stage("cleaning")
    solved = fit_formula(table, config) if config.formula else fit_columns(table, config, stage)
    check_sound(solved)
    figures = _measure(config, solved.target, solved.answers, solved.exposure)
    if figures.worse_than_none and not force:
        raise FitError(f"{'; '.join(figures.doubts(_ITS_ROWS))}; look for what is wrong with the data, or use --force")
    stage("judging on held-out rows")
    held = _hold_out(config, solved)
    notices = [*solved.notices, *figures.doubts(_ITS_ROWS)]
    notices += [] if isinstance(figures, Figures) else figures.suspicions(_ITS_ROWS)
    notices += [f"not judged on held-out rows: {held}"] if isinstance(held, str) else held.doubts(_held(held))
    stage("proving every row")
    artifact = _artifact(solved, source)
    provenance = artifact.provenance._replace(
        **origin(source),
        proof=artifact.provenance.proof._replace(dropped=table.rows - len(solved.target)),
        fit={name: value for name, value in figures.known().items() if name != "records"} | {"nobs": figures.records},
        evaluation=_evaluation(held),
        target={"column": config.target} | ({"event": solved.event} if solved.event else {}),
        config=solved.config.to_toml(),
        notices=(*before, *notices, *artifact.provenance.notices),
    )
    called = None
    if isinstance(artifact.answer, Binary):
        cutoff = choose_cutoff(solved.answers[:, 0], solved.target, config)
        provenance = provenance._replace(cutoff=cutoff.reason)
        called = float((solved.answers[:, 0] >= cutoff.value).mean())
    artifact = replace(artifact, provenance=provenance)
    sentences = [figures.sentence(_ITS_ROWS)] + ([] if isinstance(held, str) else [held.sentence(_held(held))])
    shown = [*notices, *artifact.provenance.notices[len(before) + len(notices) :]]
    return Fit(artifact, sentences, shown, solved.dropped, called, solved.config.to_toml())


def _measure(config: Config, target: Vector, answers: Matrix, exposure: Vector | None) -> Figures | OtherFigures:
    if config.kind == "binary":
        return measure(target, answers[:, 0])
    if config.kind == "multinomial":
        return measure_classes(target, answers)
    return measure_mean(config.kind, target, answers[:, 0], exposure)


def _hold_out(config: Config, solved: Solved) -> Figures | OtherFigures | str:
    """How the same columns, fitted on the training rows alone, do on the test rows, or why that is not known."""
    rows = len(solved.target)
    order = np.random.default_rng(config.seed).permutation(rows)
    some, others = (
        np.sort(order[: round(rows * config.split[0])]),
        np.sort(order[rows - round(rows * config.split[2]) :]),
    )
    target = solved.target[others]
    counts = np.unique(target, return_counts=True)[1]
    if len(others) < 2 * JUDGED_BY or (config.kind == "binary" and (len(counts) < 2 or counts.min() < JUDGED_BY)):
        return f"{len(others)} test rows are too few"
    if config.kind == "multinomial" and set(np.unique(solved.target[some])) != set(np.unique(solved.target)):
        return "the training rows alone do not have every class"
    try:
        answers = solved.again(some, others)
    except Exception as error:  # of a formula engine that meets a level for the first time, or of an optimisation
        return f"the training rows alone could not be fitted ({str(error).partition(chr(10))[0]})"
    if not np.isfinite(answers).all():
        return "the training rows alone do not predict all test rows"
    return _measure(config, target, answers, None if solved.exposure is None else solved.exposure[others])


def _held(figures: Figures | OtherFigures) -> str:
    return f"on {figures.records} held-out rows"


def _evaluation(held: Figures | OtherFigures | str) -> Evaluation:
    if isinstance(held, str):
        return Evaluation(held)
    return Evaluation("test rows, by a fit on the training rows alone", held.known())


def _artifact(solved: Solved, source: Path | None) -> Artifact:
    fitted = read_fit(solved.results, None)
    if solved.classes:  # the fit has their places alone
        fitted = replace(fitted, classes=solved.classes)
    definitions = solved.definitions(fitted)
    config = solved.config
    if config.kind == "binary":
        cutoff = choose_cutoff(solved.answers[:, 0], solved.target, config).value
        definitions = definitions._replace(cutoff=cutoff, labels=Labels(config.event_label, config.other_label))
    place = "the data" if source is None else source.name
    return export(
        fitted,
        definitions,
        lambda schema: Raw(
            records_of(solved.table.columns, schema, place), solved.table.columns, range(solved.table.rows)
        ),
        None,
        Source("phat fit", None if source is None else source.name, file_checksum(source) if source else None),
    )
