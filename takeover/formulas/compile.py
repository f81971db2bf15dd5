"""Live results of a formula's fit to raw fields and terms."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from phat.preprocessing.expressions import fields_of
from phat.preprocessing.schema import CategoryField, Field, NumberField
from phat.preprocessing.terms import Column, Factor, Terms
from phat.takeover.formulas.engine import EngineDesign
from phat.takeover.formulas.formulaic import FormulaicDesign
from phat.takeover.formulas.patsy import PatsyDesign
from phat.takeover.takeover import Takeover
from phat.training.errors import NotServable

ENGINES: Mapping[str, type[EngineDesign]] = {"patsy": PatsyDesign, "formulaic": FormulaicDesign}


def design_of(results: Any) -> Any:
    """What the engine made of the formula of a fit; None if it was fitted without one."""
    data = getattr(getattr(results, "model", None), "data", None)
    return getattr(data, "model_spec", None) or getattr(data, "design_info", None)


def frame_of(results: Any) -> pd.DataFrame:
    """The rows that a formula's fit was given, raw, those that it dropped among them; NotServable if they are lost."""
    frame = getattr(results.model.data, "frame", None)
    if not isinstance(frame, pd.DataFrame):
        raise NotServable(
            "the results have lost the rows that the formula was fitted on: export them where they were made"
        )
    return frame


def compile_formula(results: Any) -> Takeover:
    """The fields and terms of a fit by a formula; NotServable names what of it cannot be served, and why."""
    design = design_of(results)
    engine = type(design).__module__.partition(".")[0]
    if engine not in ENGINES:
        raise NotServable(f"the formula was read by {engine}; served are {' and '.join(ENGINES)}")
    frame = frame_of(results)
    made = ENGINES[engine](design, {name: None for name in frame.columns if isinstance(name, str)})
    names = [name for name in frame.columns if name in made.fields]
    if not names:
        raise NotServable("the formula uses no column of the data, so that each record would get the same answer")
    used = frame.iloc[used_rows(results, frame)]
    fields = tuple(_field(name, used[name], made.factors) for name in names)
    factors = tuple(_with_texts(factor, fields) for factor in made.factors)
    return Takeover(fields, Terms(factors, tuple(Column(*column) for column in made.columns)), _doubts(results))


def _doubts(results: Any) -> tuple[str, ...]:
    """What must be reported of the outcome: of one that is no number the engine makes a column for each level."""
    names = results.model.endog_names
    if isinstance(names, str):
        return ()
    first, *others = names
    return (
        f"the outcome has the columns {first} and {', '.join(others)}: for statsmodels the event is the first, {first}",
    )


def used_rows(results: Any, frame: pd.DataFrame) -> NDArray[np.intp]:
    """The places of the rows of its frame that the fit used."""
    dropped = getattr(results.model.data, "missing_row_idx", None)
    return np.setdiff1d(np.arange(len(frame)), np.asarray([] if dropped is None else dropped, dtype=int))


def _field(name: str, values: "pd.Series[Any]", factors: Sequence[Factor]) -> Field:
    """A column of the data as a field: a category if it holds texts, or if the formula takes it for nothing else."""
    gaps = bool(values.isna().any())
    present = values.dropna()
    if pd.api.types.is_bool_dtype(present.dtype) or {*map(type, present)} <= {bool, np.bool_}:
        return NumberField(name, gap="as_fitted" if gaps else None, boolean=True)
    is_number = pd.api.types.is_numeric_dtype(present.dtype)
    if not is_number and not {*map(type, present)} <= {str}:
        kinds = ", ".join(sorted({type(value).__name__ for value in present}))
        raise NotServable(f"column {name} holds values of type {kinds}; expected numbers, texts, or true and false")
    if is_number and not _is_category(name, factors):
        return NumberField(name, gap="as_fitted" if gaps else None)
    levels = _levels(name, factors) or sorted(map(_text, present.unique()))
    return CategoryField(name, tuple(levels), gap="as_fitted" if gaps else None)


def _is_category(name: str, factors: Sequence[Factor]) -> bool:
    """Whether the formula uses a column of numbers only for tables of its levels."""
    uses = [factor for factor in factors if name in fields_of(factor.of)]
    return all(factor.table is not None and factor.of == ("field", name) for factor in uses)


def _levels(name: str, factors: Sequence[Factor]) -> list[str]:
    """The levels of the tables of a column, in the engine's order."""
    tables = [factor.table for factor in factors if factor.table is not None and factor.of == ("field", name)]
    return list(dict.fromkeys(_text(key) for table in tables for key, _ in table))


def _with_texts(factor: Factor, fields: Sequence[Field]) -> Factor:
    """A table of a category by its levels' texts, and one of a number or truth value by numbers."""
    if factor.table is None:
        return factor
    names = {field.name for field in fields if isinstance(field, CategoryField)}
    if isinstance(factor.of, tuple) and factor.of[0] == "field" and factor.of[1] in names:
        return factor._replace(table=tuple((_text(key), values) for key, values in factor.table))
    return factor


def _text(level: Any) -> str:
    """A level as a record spells it: of a whole number its integer."""
    value = level.item() if hasattr(level, "item") else level
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value)
