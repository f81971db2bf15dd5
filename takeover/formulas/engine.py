"""What an engine's design has in common with the other's: fields, shared factors, and columns as their products."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from phat.preprocessing.expressions import Expression
from phat.preprocessing.terms import Column, Factor, Table
from phat.takeover.formulas.code import Basis, Compiler
from phat.training.errors import NotServable

Values = list[tuple[int, int]]
"""The values of a factor, as columns name them: its place and that of the value."""


class EngineDesign(ABC):
    """The factors and columns that an engine made of a formula; `fields` are the columns of the data that they use."""

    def __init__(self, design: Any, columns: Mapping[str, Any]) -> None:
        self.design, self.data_columns = design, columns
        self.fields: dict[str, None] = {}
        self.factors: list[Factor] = []
        self._places: dict[Factor, int] = {}
        self.columns = [*self.all_columns()]

    @abstractmethod
    def all_columns(self) -> Iterator[Column]:
        """The columns in the order of the fit."""

    def values(self, factor: Factor) -> Values:
        """The values of a factor, which columns share."""
        if factor not in self._places:
            self._places[factor] = len(self.factors)
            self.factors.append(factor)
        return [(self._places[factor], value) for value in range(factor.width)]

    def compile(self, compiler: Compiler, code: str) -> Expression | Basis:
        """What a factor's code is; its fields are noted."""
        made = compiler.compile(code)
        self.fields |= compiler.fields
        return made


def products(names: Iterator[str], values: Sequence[Values]) -> Iterator[Column]:
    """All products of one value of each factor; the leftmost factor runs fastest."""
    for places in product(*reversed(values)):
        yield Column(next(names), tuple(reversed(places)))


def scalar(made: Expression | Basis, name: str) -> Expression:
    """The expression; NotServable if it is a spline."""
    if isinstance(made, Basis):
        raise NotServable(f"the formula's {name}: a spline as a category is not served")
    return made


def table(categories: Sequence[Any], matrix: Any) -> Table:
    """The table of a coding: the rows of its matrix (levels by columns) by level."""
    rows = np.asarray(matrix, dtype=float).tolist()
    return tuple((_key(level), tuple(row)) for level, row in zip(categories, rows, strict=True))


def _key(level: Any) -> Any:
    """A level as a table's key: text, or a number (of a truth value 0 or 1)."""
    value = level.item() if hasattr(level, "item") else level
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float | str):
        return value
    raise NotServable(f"the level {level!r} of the formula is a {type(level).__name__}; expected text or a number")


def number(learned: Any) -> float:
    """A number that a transform learned, which engines keep as arrays."""
    return float(np.asarray(learned).item())


def as_it_is(compiler: Compiler, node: Any) -> Expression:
    """A call that changes nothing."""
    return compiler.scalar(node.args[0])


def quoted(compiler: Compiler, node: Any) -> Expression:
    """A column by its name as a text."""
    return compiler.field(compiler.constant(node.args[0]))
