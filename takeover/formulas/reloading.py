"""Formulas of pickled fits, which statsmodels evaluates again while it loads them."""

import builtins
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from statsmodels.formula import options

from phat.takeover.formulas.compile import ENGINES, design_of
from phat.takeover.formulas.functions import MODULES


def load_formula(load: Callable[[], Any]) -> Any:
    """The results that `load` gives, their formula read by the engine that read it first.

    Statsmodels reads it by the engine that is set; the other one calls some columns otherwise. Raises what `load` does.
    """
    errors: list[Exception] = []
    for engine in ENGINES:
        with _engine(engine):
            try:
                results = load()
            except Exception as error:  # engines raise what they happen to raise
                errors.append(error)
                continue
        if list(design_of(results).column_names) == _names(results):
            return results
        errors.append(ValueError(f"{engine} calls the columns of the formula otherwise than the fit"))
    raise errors[0]


def _names(results: Any) -> list[str]:
    """The fit's names of its columns, without those of other parameters."""
    names = list(results.model.exog_names)
    return names[: len(design_of(results).column_names)]


@contextmanager
def _engine(name: str) -> Iterator[None]:
    """Statsmodels with a formula engine, and numpy and pandas known wherever a formula looks for them."""
    before, known = options.formula_engine, [each for each in MODULES if not hasattr(builtins, each)]
    options.formula_engine = name
    for each in known:
        setattr(builtins, each, MODULES[each])
    try:
        yield
    finally:
        options.formula_engine = before
        for each in known:
            delattr(builtins, each)
