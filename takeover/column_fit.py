"""A fit of the columns that the fields make, for models of amounts, counts and classes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray

from phat.takeover.definitions import Definitions, with_takeover
from phat.takeover.exposure import read_exposure, with_exposure
from phat.takeover.solved import ITERATIONS, Solved, quietly
from phat.takeover.takeover import Takeover
from phat.training.alignment import Alignment
from phat.training.config import Config
from phat.training.data import Table
from phat.training.design import Prepared, prepare
from phat.training.errors import FitError
from phat.training.fit import Stage, decided
from phat.training.selection import choose

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def fit_columns(table: Table, config: Config, stage: Stage) -> Solved:
    """Fit the columns of the fields; FitError or DataError says what is wrong with them."""
    if config.exposure is not None:
        config = replace(config, fields=tuple(each for each in config.fields if each.name != config.exposure))
    exposure = read_exposure(table, config.exposure)
    prepared = prepare(table, config)
    written = decided(prepared, config)
    stage("choosing columns")
    prepared = choose(prepared, config)
    stage("fitting")
    constant = prepared.constant if config.constant else None
    columns = [*prepared.chosen, *([constant] if constant else [])]
    matrix = prepared.matrix(columns, constant)
    if len(prepared.target) <= len(columns):
        raise FitError(f"too few rows: {len(prepared.target)} rows cannot carry {len(columns)} columns")
    if exposure is not None:
        exposure = exposure[[prepared.table.number(row) - 1 for row in range(prepared.table.rows)]]
    frame = pd.DataFrame(matrix, columns=columns)
    target = prepared.target

    def again(some: NDArray[np.intp], others: NDArray[np.intp]) -> Matrix:
        fitted = _estimate(config, target[some], frame.iloc[some], None if exposure is None else exposure[some])
        more = {} if exposure is None else {"exposure": exposure[others]}
        return np.asarray(fitted.predict(frame.iloc[others], **more)).reshape(len(others), -1)

    results = _estimate(config, target, frame, exposure)
    return Solved(
        results=results,
        definitions=lambda _: _definitions(prepared, config, columns, constant),
        table=prepared.table,
        target=target,
        answers=np.asarray(results.predict()).reshape(len(target), -1),
        exposure=exposure,
        again=again,
        classes=prepared.classes,
        event=prepared.event,
        config=replace(written, columns=prepared.chosen, drop=()),
        dropped=prepared.dropped,
        notices=(*prepared.notices, *prepared.gap_notices()),
    )


def _estimate(config: Config, target: Vector, frame: pd.DataFrame, exposure: Vector | None) -> Any:
    """Statsmodels' results; FitError if it cannot fit."""
    with quietly("this"):
        match config.kind:
            case "ols":
                return sm.OLS(target, frame).fit()
            case "poisson":
                return sm.Poisson(target, frame, exposure=exposure).fit(disp=0, maxiter=ITERATIONS)
            case "gamma":
                family = sm.families.Gamma(sm.families.links.Log())
                return sm.GLM(target, frame, family=family).fit(maxiter=ITERATIONS)
        return sm.MNLogit(target, frame).fit(disp=0, maxiter=ITERATIONS)


def _definitions(prepared: Prepared, config: Config, columns: Sequence[str], constant: str | None) -> Definitions:
    takeover = Takeover(prepared.schema.fields, prepared.terms(columns, constant))
    takeover = with_exposure(takeover, config.exposure, prepared.table)
    definitions = with_takeover({}, config.name, takeover, prepared.table.frame.columns, {})
    rows = Alignment("by position", np.arange(prepared.table.rows))
    return definitions._replace(name=config.name, texts=config.texts, alignment=rows)
