"""A fit by a formula on raw records: their columns cleaned, and statsmodels' formula interface."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from numpy.typing import NDArray
from patsy import EvalEnvironment, PatsyError, dmatrix

from phat.takeover.definitions import Definitions, with_takeover
from phat.takeover.exposure import read_exposure, with_exposure
from phat.takeover.formula_columns import FormulaColumns, names_in, read_formula_columns
from phat.takeover.formulas.compile import compile_formula
from phat.takeover.solved import ITERATIONS, Solved, quietly
from phat.takeover.soundness import check_independent
from phat.training.alignment import Alignment
from phat.training.config import Config
from phat.training.data import Table
from phat.training.design import Dropped, refuse_repairs
from phat.training.errors import ConfigError, FitError
from phat.training.naming import free_name
from phat.training.responses import Response, read_response
from phat.training.target import with_outcomes

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Rows = NDArray[np.intp]

_SHOWN = 20
_KNOWN = EvalEnvironment([{"np": np, "numpy": np}])
"""What a formula may name besides its columns and the functions of the engine."""
_Links = sm.families.links
_LINKS = {"glm-logit": _Links.Logit, "glm-probit": _Links.Probit, "glm-cloglog": _Links.CLogLog}


class Sides(NamedTuple):
    """The two sides of a formula: the column that is predicted, None if it is not named, and the terms."""

    target: str | None
    terms: str


def split_formula(formula: str) -> Sides:
    """The sides of a formula; ConfigError unless its left side is the name of a column, or missing."""
    left, tilde, right = formula.partition("~")
    if not tilde:
        left, right = "", formula
    left, right = left.strip(), right.strip()
    name = left[3:-2] if left.startswith(("Q('", 'Q("')) and left.endswith(("')", '")')) else left
    if not right or "~" in right:
        raise ConfigError(f"formula: got {formula!r}, expected such as 'churn ~ tenure + C(contract)'")
    if name == left and left and not left.isidentifier():
        raise ConfigError(
            f"formula: its left side must be the name of a column, got {left!r} (odd names: Q('odd name'))"
        )
    return Sides(name or None, right)


def fit_formula(table: Table, config: Config) -> Solved:
    """Fit a formula; a TrainingError says what of it cannot be fitted or served."""
    sides = split_formula(config.formula)
    if sides.target not in (None, config.target):
        raise ConfigError(f"formula: it predicts {sides.target}, and the target is {config.target}")
    table, left = with_outcomes(table, config.target)
    refuse_repairs(left, config)
    response, exposure = read_response(table, config), read_exposure(table, config.exposure)
    response = response._replace(notices=(*left, *response.notices))
    with _in_words(table):
        names = names_in(sides.terms)
    columns = read_formula_columns(names, table, config)
    outcome = free_name("outcome", lambda name: name in table.frame.columns or name in sides.terms)
    frame = pd.DataFrame({**columns.values, outcome: response.values}, index=range(table.rows))
    rows = _rows(sides.terms, frame, table)
    config = replace(config, formula=sides.terms, fields=tuple(columns.fields.values()), drop=())
    return _solve(_Data(table, config, columns, response, exposure, frame, outcome, rows))


class _Data(NamedTuple):
    """What is fitted: the columns of the formula and the `outcome` in a `frame`, of which the `rows` are used."""

    table: Table
    config: Config
    columns: FormulaColumns
    response: Response
    exposure: Vector | None
    frame: pd.DataFrame
    outcome: str
    rows: Rows

    def fit(self, rows: Rows) -> Any:
        """Statsmodels' results of some rows."""
        exposure = None if self.exposure is None else self.exposure[rows]
        with _in_words(self.table), quietly("the formula"):
            return _fit(self.config, f"{self.outcome} ~ {self.config.formula}", self.frame.iloc[rows], exposure)

    def again(self, some: Rows, others: Rows) -> Matrix:
        """The answers to some of the rows by a fit of others."""
        rows = self.rows[others]
        more = {} if self.exposure is None else {"exposure": self.exposure[rows]}
        return np.asarray(self.fit(self.rows[some]).predict(self.frame.iloc[rows], **more)).reshape(len(rows), -1)


def _solve(data: _Data) -> Solved:
    table, rows, response = data.table, data.rows, data.response
    results = data.fit(rows)
    left_out = table.rows - len(rows)
    gaps = f"{left_out} of {table.rows} rows are left out: the formula has no value there, as columns have gaps or "
    gaps += "functions none of such numbers; records like these are refused"
    return Solved(
        results=results,
        definitions=lambda _: _definitions(results, data),
        table=table,
        target=response.values[rows],
        answers=np.asarray(results.predict()).reshape(len(rows), -1),
        exposure=None if data.exposure is None else data.exposure[rows],
        again=data.again,
        classes=response.classes,
        event=response.event,
        config=data.config,
        dropped=Dropped(),
        notices=(*response.notices, *data.columns.notices, *([gaps] if left_out else [])),
    )


def _definitions(results: Any, data: _Data) -> Definitions:
    config, names = data.config, data.table.frame.columns
    takeover = with_exposure(compile_formula(results), config.exposure, data.table)
    fields = data.columns.fields
    missing = {name: {"missing": [*each.missing]} for name, each in fields.items() if each.missing is not None}
    definitions = with_takeover({}, config.name, takeover, names, missing)
    return definitions._replace(texts=config.texts, alignment=Alignment("by the rows of the fit", data.rows))


def _rows(terms: str, frame: pd.DataFrame, table: Table) -> Rows:
    """The rows in which every column of the formula has a value; FitError if these columns cannot be fitted."""
    complete = frame[frame.notna().all(axis=1)]
    with _in_words(table), quietly("the formula"):
        design = dmatrix(terms, complete, eval_env=_KNOWN, return_type="dataframe")
    rows: Rows = design.index.to_numpy(dtype=np.intp)
    matrix = design.to_numpy(dtype=float)
    infinite = ~np.isfinite(matrix)
    if infinite.any():
        row, column = map(int, np.argwhere(infinite)[0])
        raise FitError(
            f"formula: {design.columns[column]} is {matrix[row, column]} in {int(infinite[:, column].sum())} rows, the "
            f"first {table.number(int(rows[row]))}"
        )
    if len(rows) <= len(design.columns):
        raise FitError(f"too few rows: {len(rows)} rows with values cannot carry {len(design.columns)} columns")
    check_independent(matrix, list(design.columns))
    return rows


def _fit(config: Config, formula: str, frame: pd.DataFrame, exposure: Vector | None) -> Any:
    known = {"eval_env": _KNOWN}
    match config.kind:
        case "ols":
            return smf.ols(formula, frame, **known).fit()
        case "poisson":
            return smf.poisson(formula, frame, exposure=exposure, **known).fit(disp=0, maxiter=ITERATIONS)
        case "gamma":
            return smf.glm(formula, frame, family=sm.families.Gamma(_Links.Log()), **known).fit(maxiter=ITERATIONS)
        case "multinomial":
            return smf.mnlogit(formula, frame, **known).fit(disp=0, maxiter=ITERATIONS)
    if config.estimator in _LINKS:
        family = sm.families.Binomial(_LINKS[config.estimator]())
        return smf.glm(formula, frame, family=family, **known).fit(maxiter=ITERATIONS)
    model = smf.logit if config.estimator == "logit" else smf.probit
    return model(formula, frame, **known).fit(disp=0, maxiter=ITERATIONS)


@contextmanager
def _in_words(table: Table) -> Iterator[None]:
    """FitError for what the formula engine could not evaluate, with the column that may be meant."""
    try:
        yield
    except (PatsyError, NameError, SyntaxError, TypeError, AttributeError) as error:
        raise FitError(f"formula: {_words(error, table.frame.columns)}") from None


def _words(error: Exception, columns: list[str]) -> str:
    text = str(error).partition("\n")[0]
    if not isinstance(error, NameError) and "is not defined" not in text:
        return text
    name = text.partition("'")[2].partition("'")[0]
    near = [f"np.{name}"] if hasattr(np, name) else get_close_matches(name, columns, 1)
    shown = ", ".join(columns[:_SHOWN]) + (", ..." if len(columns) > _SHOWN else "")
    meant = f"did you mean {near[0]}?" if near else f"the columns are {shown}"
    return f"there is no column and no function {name}; {meant}"
