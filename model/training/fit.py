"""From a table and a configuration to an artifact that scores its own training data as statsmodels does."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from model.artifact import Artifact, Golden, Labels
from model.loaded import Model
from model.provenance import Evaluation, Proof, Provenance
from model.training.baseline import column_means, describe
from model.training.config import Config
from model.training.data import Table, file_checksum, read_target
from model.training.design import CONSTANT, Matrix, Prepared, Rows, prepare
from model.training.errors import ConfigError, FitError
from model.training.estimate import ESTIMATORS, Target, check_rows, estimate, screen
from model.training.golden import choose_records, make_golden
from preprocessing.schema import Schema

PARITY = 1e-12
_CANDIDATES = 2_000
"""Rows from which golden records are chosen, besides one for each level and gap."""


@dataclass(frozen=True)
class Fit:
    """A fitted model as an artifact, and notices for the data scientist."""

    artifact: Artifact
    notices: list[str]


def fit(table: Table, config: Config, source: Path | None = None) -> Fit:
    """Fit as configured and prove the artifact on the training data; raises a TrainingError that says what to do."""
    target = np.array(read_target(table, config), dtype=float)
    training, test = _split(table.rows, config)
    prepared = prepare(table, config, training)
    columns = _columns(prepared, config, target, training)
    schema = prepared.schema_of(columns)
    constant = CONSTANT if config.constant else None
    columns += [CONSTANT] if constant else []
    notices = prepared.notices + check_rows(target, len(columns))
    matrix = prepared.matrix(schema, columns, constant)
    results = estimate(config.estimator, matrix, target, columns)
    phat = np.asarray(results.predict(matrix))
    cutoff = config.cutoff if config.cutoff is not None else float(np.quantile(phat, config.cutoff_quantile))
    artifact = Artifact(
        name=config.name,
        schema=schema,
        link=ESTIMATORS[config.estimator][0],
        constant=constant,
        coefficients=dict(zip(columns, map(float, results.params), strict=True)),
        covariance=tuple(tuple(map(float, row)) for row in np.asarray(results.cov_params())),
        cutoff=cutoff,
        labels=Labels(config.event_label, config.other_label),
        golden=_golden(table, prepared, schema, matrix, results),
        texts=config.texts,
        provenance=Provenance(
            **_origin(source, table),
            proof=Proof("rows", "given data", table.rows),
            estimator=f"statsmodels {version('statsmodels')}, {config.estimator}, unpenalised",
            fit=_fit_figures(results, target, phat),
            evaluation=_holdout(config, matrix, target, columns, (training, test)),
            cutoff=_cutoff_text(config),
            target={"column": config.target, "event": config.event},
            config=config.to_toml(),
            notices=tuple(notices),
        ),
        baseline=describe(prepared.values, schema, column_means(matrix, columns), phat, target),
    )
    prove(artifact, table, phat)
    return Fit(artifact, notices)


def _split(rows: int, config: Config) -> tuple[Rows, Rows]:
    order = np.random.default_rng(config.seed).permutation(rows)
    first = round(rows * config.split[0])
    return np.sort(order[:first]), np.sort(order[rows - round(rows * config.split[2]) :])


def _columns(prepared: Prepared, config: Config, target: Target, training: Rows) -> list[str]:
    candidates = prepared.columns()
    if config.columns:
        if unknown := [name for name in config.columns if name not in candidates]:
            raise ConfigError(f"columns: no field makes {', '.join(unknown)}; possible are {', '.join(candidates)}")
        return list(config.columns)
    if len(candidates) <= config.screen:
        return candidates
    matrix = prepared.matrix(prepared.schema, candidates, None)[training]
    return screen(matrix, target[training], candidates, config.screen, constant=config.constant)


def _golden(table: Table, prepared: Prepared, schema: Schema, matrix: Matrix, results: Any) -> tuple[Golden, ...]:
    names = [field.name for field in schema.fields]
    cleaned = list(prepared.cleaned(schema))
    candidates = list(range(min(_CANDIDATES, len(cleaned))))
    candidates += [row for row in _firsts(prepared, names) if row >= len(candidates)]
    rows = [candidates[index] for index in choose_records([cleaned[row] for row in candidates])]
    records: list[dict[str, object]] = [{name: table.columns[name][row] for name in names} for row in rows]
    return make_golden(records, matrix[rows], results)


def _firsts(prepared: Prepared, names: Sequence[str]) -> list[int]:
    """The first row of each level and of each gap."""
    found: dict[tuple[str, object], int] = {}
    for name in names:
        for row, value in enumerate(prepared.values[name]):
            if not isinstance(value, float):
                found.setdefault((name, value), row)
    return sorted(set(found.values()))


def _origin(source: Path | None, table: Table) -> dict[str, Any]:
    packages = ("statsmodels", "numpy", "scipy", "scikit-learn")
    return {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "created_by": "python -m model fit",
        "libraries": {"python": platform.python_version()} | {name: version(name) for name in packages},
        "training_records": table.rows,
        "data": source.name if source else None,
        "data_sha256": file_checksum(source) if source else None,
        "golden": "training records; the figures are statsmodels' own",
    }


def _fit_figures(results: Any, target: Target, phat: Target) -> dict[str, Any]:
    return {
        "nobs": len(target),
        "llf": float(results.llf),
        "llnull": float(results.llnull),
        "prsquared": float(1 - results.llf / results.llnull),  # McFadden 1974
        "auc": float(roc_auc_score(target, phat)),
        "event_rate": float(target.mean()),
    }


def _holdout(
    config: Config, matrix: Matrix, target: Target, columns: Sequence[str], split: tuple[Rows, Rows]
) -> Evaluation:
    """How the same columns, fitted on the training rows alone, do on the test rows."""
    training, test = split
    if len(set(target[test])) < 2:
        return Evaluation("no test rows with both outcomes")
    try:
        results = estimate(config.estimator, matrix[training], target[training], columns)
    except FitError:
        return Evaluation("the training rows alone could not be fitted")
    phat = results.predict(matrix[test])
    figures = {
        "records": len(test),
        "auc": float(roc_auc_score(target[test], phat)),
        "brier": float(np.mean((phat - target[test]) ** 2)),
    }
    return Evaluation("test rows, by a fit on the training rows alone", figures)


def _cutoff_text(config: Config) -> str:
    if config.cutoff is not None:
        return "as configured"
    return f"quantile {config.cutoff_quantile} of phat on the training data"


def prove(artifact: Artifact, table: Table, phat: Target) -> None:
    """Score all raw records with the reloaded file; FitError if one differs from statsmodels by more than 1e-12."""
    model = Model.from_bytes(artifact.to_bytes())
    names = [field.name for field in artifact.schema.fields]
    rows = zip(*(table.columns[name] for name in names), strict=True)
    for row, (cells, expected) in enumerate(zip(rows, phat, strict=True), 1):
        found = model.predictor.predict_one(dict(zip(names, cells, strict=True))).phat
        if not abs(found - expected) <= PARITY:
            raise FitError(f"row {row}: the endpoint would answer {found!r}, statsmodels says {float(expected)!r}")
