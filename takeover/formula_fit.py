"""A fit by a formula on raw records: their columns cleaned, and statsmodels' formula interface."""

import warnings
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import statsmodels.api as sm
import statsmodels.formula.api as smf
from numpy.typing import NDArray
from patsy import PatsyError

from phat.preprocessing.schema import CategoryField
from phat.takeover.defining import define_formula
from phat.takeover.formulas.compile import compile_formula, used_rows
from phat.takeover.solved import Solved
from phat.takeover.takeover import Takeover
from phat.training.config import Config, FieldConfig, Kind
from phat.training.data import Table, clean_column
from phat.training.design import Dropped, refuse_repairs
from phat.training.errors import ConfigError, FitError
from phat.training.levels import read_levels
from phat.training.naming import free_name
from phat.training.responses import read_response
from phat.training.target import with_outcomes
from phat.training.values import Values

Matrix = NDArray[np.float64]

_MOSTLY = 0.9
_MOST_LEVELS = 1_000
_ITERATIONS = 200
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
    """Fit a formula; FitError or ConfigError says what of it cannot be fitted or served."""
    sides = split_formula(config.formula)
    if sides.target not in (None, config.target):
        raise ConfigError(f"formula: it predicts {sides.target}, and the target is {config.target}")
    if config.exposure is not None:
        raise ConfigError("exposure: it does not go with a formula yet; leave one of them out")
    table, left = with_outcomes(table, config.target)
    refuse_repairs(left, config)
    response = read_response(table, config)
    frame = _frame(table, config.target)
    outcome = free_name("outcome", lambda name: name in frame.columns or name in sides.terms)
    frame[outcome] = response.values
    formula = f"{outcome} ~ {sides.terms}"
    results = _estimate(config, formula, frame)
    takeover = compile_formula(results)
    if config.target in takeover.names:
        raise ConfigError(f"formula: the target {config.target} is on its right side too")
    rows = used_rows(results, frame)
    values = response.values[rows]
    left_out = table.rows - len(rows)

    def again(some: NDArray[np.intp], others: NDArray[np.intp]) -> Matrix:
        fitted = _estimate(config, formula, frame.iloc[rows[some]])
        return np.asarray(fitted.predict(frame.iloc[rows[others]])).reshape(len(others), -1)

    gaps = f"{left_out} of {table.rows} rows are left out: the formula's columns have gaps there, which are refused"
    return Solved(
        results=results,
        definitions=lambda fit: define_formula(fit, {}, {"name": config.name}, table.columns)._replace(
            texts=config.texts
        ),
        table=table,
        target=values,
        answers=np.asarray(results.predict()).reshape(len(rows), -1),
        exposure=None,
        again=again,
        classes=response.classes,
        event=response.event,
        config=replace(config, formula=sides.terms, fields=_fields(config, takeover), columns=(), drop=()),
        dropped=Dropped(),
        notices=(*left, *response.notices, *([gaps] if left_out else [])),
    )


def _fields(config: Config, takeover: Takeover) -> tuple[FieldConfig, ...]:
    """The fields that the formula uses, as they are written down."""
    known = {field.name: field for field in config.fields}
    kinds: dict[str, Kind] = {
        field.name: "category" if isinstance(field, CategoryField) else "number" for field in takeover.fields
    }
    return tuple(known.get(name) or FieldConfig(name, kind) for name, kind in kinds.items())


def _frame(table: Table, target: str) -> pd.DataFrame:
    """The columns as the formula sees them: numbers, and texts by the spelling of their level; gaps are missing."""
    columns: dict[str, Any] = {}
    for name in table.frame.columns:
        cells = table.column(name)
        if name == target or cells.dtype.is_nested():
            continue
        columns[name] = _column(name, cells)
    return pd.DataFrame({name: cells for name, cells in columns.items() if cells is not None})


def _column(name: str, cells: pl.Series) -> Any:
    values = Values(cells)
    if values.numbers >= _MOSTLY * max(values.present, 1) and not values.zeros:
        return values.cleaned.to_numpy()
    levels = read_levels(cells)
    if not 0 < len(levels.counts) <= _MOST_LEVELS:
        return None
    texts = clean_column(cells, CategoryField(name, tuple(levels.counts), gap="zero")).cast(pl.String)
    return np.array(texts.to_list(), dtype=object)


def _estimate(config: Config, formula: str, frame: pd.DataFrame) -> Any:
    """Statsmodels' results; FitError says in words what it cannot fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they warn of is reported
        try:
            return _fit(config, formula, frame)
        except (PatsyError, NameError, SyntaxError, TypeError, AttributeError) as error:
            raise FitError(f"formula: {_words(error, frame)}") from None
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            raise FitError(f"statsmodels cannot fit the formula: {_first(error)}") from None


def _fit(config: Config, formula: str, frame: pd.DataFrame) -> Any:
    match config.kind:
        case "ols":
            return smf.ols(formula, frame).fit()
        case "poisson":
            return smf.poisson(formula, frame).fit(disp=0, maxiter=_ITERATIONS)
        case "gamma":
            return smf.glm(formula, frame, family=sm.families.Gamma(_Links.Log())).fit(maxiter=_ITERATIONS)
        case "multinomial":
            return smf.mnlogit(formula, frame).fit(disp=0, maxiter=_ITERATIONS)
    if config.estimator in _LINKS:
        family = sm.families.Binomial(_LINKS[config.estimator]())
        return smf.glm(formula, frame, family=family).fit(maxiter=_ITERATIONS)
    model = smf.logit if config.estimator == "logit" else smf.probit
    return model(formula, frame).fit(disp=0, maxiter=_ITERATIONS)


def _words(error: Exception, frame: pd.DataFrame) -> str:
    """What the engine could not evaluate, with the column that may be meant."""
    text = _first(error)
    if isinstance(error, NameError) or "is not defined" in text:
        name = text.partition("'")[2].partition("'")[0]
        near = get_close_matches(name, map(str, frame.columns), 1)
        meant = f"; did you mean {near[0]}?" if near else f"; the columns are {', '.join(map(str, frame.columns[:20]))}"
        return f"there is no column and no function {name}{meant}"
    return text


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0]
