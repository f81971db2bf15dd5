"""The columns of the data that a formula uses, cleaned as `phat fit` cleans fields."""

import ast
from collections.abc import Iterator, Set
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from patsy import ModelDesc
from patsy.eval import EvalFactor

from phat.training.config import Config, FieldConfig
from phat.training.coverage import listed
from phat.training.data import Table
from phat.training.errors import ConfigError
from phat.training.fields import Column, read_column
from phat.training.values import Values

_MOSTLY = 0.9
"""Share of a column's values that must be numbers for it to be one, where the configuration does not say its kind."""


class FormulaColumns(NamedTuple):
    """By name, the values (n) that the formula is given, how each field is written down, and what must be reported."""

    values: dict[str, Any]
    fields: dict[str, FieldConfig]
    notices: tuple[str, ...]


def read_formula_columns(names: Set[str], table: Table, config: Config) -> FormulaColumns:
    """The columns among the names in a formula: numbers with NaN, and texts with None, where they are missing.

    Raises DataError for values that cannot be read, and ConfigError if the target is among the columns.
    """
    if config.target in names:
        raise ConfigError(f"formula: the target {config.target} is on its right side too")
    if dropped := sorted(names & {*config.drop}):
        raise ConfigError(f"drop: the formula uses {dropped[0]}; leave it out of one of them")
    known = {field.name: field for field in config.fields}
    values, fields, notices = dict[str, Any](), dict[str, FieldConfig](), list[str]()
    for name in table.frame.columns:
        if name in names:
            said = known.get(name) or FieldConfig(name, _kind(table.column(name)))
            own = FieldConfig(name, said.kind, missing=said.missing, label=said.label, unit=said.unit)
            column = read_column(table, own)
            values[name], fields[name] = _for_formula(column), column.written
            notices += [*_without_effect(said, own), *column.levels.notices(name, table.rows)]
    return FormulaColumns(values, fields, tuple(notices))


def names_in(terms: str) -> set[str]:
    """The names of columns, functions and modules in a formula's right side, those in Q("...") among them.

    Raises patsy's errors of a formula that cannot be read.
    """
    description = ModelDesc.from_formula(f"~ {terms}")
    factors = {factor for term in description.rhs_termlist for factor in term.factors}
    return {name for factor in factors if isinstance(factor, EvalFactor) for name in _names(factor.code)}


def _names(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code, mode="eval")):
        match node:
            case ast.Name(id=name):
                yield name
            case ast.Call(func=ast.Name(id="Q"), args=[ast.Constant(value=str(name))]):
                yield name


def _kind(cells: pl.Series) -> Any:
    values = Values(cells)
    return "number" if values.numbers >= _MOSTLY * max(values.present, 1) and not values.zeros else "category"


def _for_formula(column: Column) -> Any:
    """The values as the formula engine takes them: floats, truth values, or texts."""
    if column.config.kind == "category":
        return np.array(column.values.cast(pl.String).to_list(), dtype=object)
    if column.field.to_dict().get("boolean"):
        truths = column.values.cast(pl.Boolean)
        return truths.to_numpy() if not truths.null_count() else np.array(truths.to_list(), dtype=object)
    return column.numbers()


def _without_effect(said: FieldConfig, own: FieldConfig) -> Iterator[str]:
    """That what the configuration says of a field beyond its kind and gaps has no effect on a formula."""
    keys = ("fill", "standardise", "reference", "levels", "gap", "unknown")
    if idle := [key for key in keys if getattr(said, key) != getattr(own, key)]:
        yield f"field {said.name}: {listed(idle)} of the configuration has no effect, as the formula says how it counts"
