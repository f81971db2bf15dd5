"""The functions of numpy, pandas and Python that formulas may use, by the object, and the operations that they are."""

import ast
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from phat.preprocessing.expressions import Expression

MODULES: Mapping[str, Any] = {"np": np, "numpy": np, "pd": pd, "pandas": pd, "math": math}
"""What these names usually mean, where nothing tells what the formula knew; the proof finds what differs."""

ONE: dict[Any, str] = {
    np.log: "log", np.log1p: "log1p", np.log2: "log2", np.log10: "log10", np.exp: "exp", np.expm1: "expm1",
    np.sqrt: "sqrt", np.abs: "abs", np.fabs: "abs", np.sign: "sign", np.floor: "floor", np.ceil: "ceil", np.sin: "sin",
    np.cos: "cos", np.negative: "neg", np.isnan: "missing", pd.isna: "missing", abs: "abs", np.logical_not: "not",
    math.log: "log", math.exp: "exp", math.sqrt: "sqrt",
}  # fmt: skip
TWO: dict[Any, str] = {
    np.minimum: "min", np.maximum: "max", np.power: "**", np.add: "+", np.subtract: "-", np.multiply: "*",
    np.divide: "/", np.mod: "%", np.floor_divide: "//", np.greater: ">", np.greater_equal: ">=", np.less: "<",
    np.less_equal: "<=", np.equal: "==", np.not_equal: "!=", np.logical_and: "and", np.logical_or: "or",
}  # fmt: skip
BATCH = {np.mean, np.std, np.var, np.median, np.min, np.max, np.sum, np.ptp, np.quantile, np.percentile, len, sum}
BATCH_METHODS = {"mean", "std", "var", "median", "min", "max", "sum", "rank", "shift", "diff", "cumsum", "quantile"}
"""What is computed from all records at once."""


def operation_of(function: Any) -> tuple[str, int] | None:
    """The operation that a function is, and its number of operands."""
    with suppress(TypeError):  # what has no hash is no function
        for operations, operands in ((ONE, 1), (TWO, 2)):
            if function in operations:
                return operations[function], operands
        if function is np.where:
            return "if", 3
    return None


OTHERS: dict[Any, Callable[[Any, ast.Call], Expression]] = {
    np.square: lambda compiler, node: ("**", compiler.scalar(node.args[0]), 2),
    np.reciprocal: lambda compiler, node: ("/", 1, compiler.scalar(node.args[0])),
    np.rint: lambda compiler, node: ("round", compiler.scalar(node.args[0]), 0),
    **dict.fromkeys(
        (np.round, np.around, round),
        lambda compiler, node: ("round", compiler.scalar(node.args[0]), compiler.digits(node.args[1:], node.keywords)),
    ),
    np.clip: lambda compiler, node: compiler.clip(*(compiler.scalar(each) for each in node.args)),
    np.isin: lambda compiler, node: compiler.among(node.args[0], node.args[1]),
}
"""Functions that are operations with something else than expressions, or several of them."""
