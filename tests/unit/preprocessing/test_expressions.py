"""Expressions: what they mean, where they have no value, and which are refused when a model is read."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phat.preprocessing.evaluate import Undefined, function
from phat.preprocessing.expression_text import text_of
from phat.preprocessing.expressions import (
    MAX_DEPTH,
    Expression,
    ExpressionError,
    Piecewise,
    check_expression,
    fields_of,
    plain,
    thaw,
)

X, Y, G = ("field", "x"), ("field", "y"), ("field", "g")
KINDS = {"x": "number", "y": "number", "g": "text"}
NAN = float("nan")
SPLINE = Piecewise((0.0, 1.0, 3.0), (((1.0, 2.0),), ((3.0, 4.0, 0.5),)), ((1.0,),), None)


def value(expression: Expression, x: float = NAN, y: float = NAN, g: str | None = None) -> Any:
    """What a checked expression is of a record."""
    check_expression(expression, KINDS)
    return function(expression)({"x": x, "y": y, "g": g})


ONE: dict[str, Any] = {
    "neg": np.negative, "abs": np.abs, "sign": np.sign, "exp": np.exp, "expm1": np.expm1, "floor": np.floor,
    "ceil": np.ceil, "sin": np.sin, "cos": np.cos, "log": np.log, "log1p": np.log1p, "log2": np.log2,
    "log10": np.log10, "sqrt": np.sqrt,
}  # fmt: skip
TWO: dict[str, Any] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "//": np.floor_divide, "%": np.mod,
    "**": np.power, "min": np.minimum, "max": np.maximum, "<": np.less, "<=": np.less_equal, ">": np.greater,
    ">=": np.greater_equal, "==": np.equal, "!=": np.not_equal, "and": np.logical_and, "or": np.logical_or,
}  # fmt: skip
positive = st.floats(1e-3, 1e3)
numbers = st.floats(-1e3, 1e3)


@pytest.mark.parametrize("operation", ONE)
@given(positive, st.booleans())
def test_one_operand(operation: str, x: float, negative: bool) -> None:
    """An operation on one number is numpy's to the last bits, and of a gap it is a gap."""
    x = x / 10 if operation in ("exp", "expm1") else x
    if negative and operation not in ("log", "log2", "log10", "sqrt", "log1p"):
        x = -x
    assert value((operation, X), x) == pytest.approx(float(ONE[operation](x)), rel=1e-15)
    assert np.isnan(value((operation, X)))


@pytest.mark.parametrize("operation", TWO)
@given(positive, numbers.filter(lambda y: abs(y) > 1e-3))
def test_two_operands(operation: str, x: float, y: float) -> None:
    """An operation on two numbers is numpy's to the last bits; remainders have the sign of the divisor."""
    y = y / 100 if operation == "**" else y
    with np.errstate(all="ignore"):
        assert value((operation, X, Y), x, y) == pytest.approx(float(TWO[operation](x, y)), rel=1e-14)


@pytest.mark.parametrize("operation", ["+", "-", "*", "/", "//", "%", "min", "max", "wrap"])
def test_gaps_pass_through(operation: str) -> None:
    """Arithmetic with a gap on either side is a gap."""
    more = (5.0,) if operation == "wrap" else ()
    assert np.isnan(value((operation, X, 1.0, *more)))
    assert operation == "wrap" or np.isnan(value((operation, 1.0, X)))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (("<", X, 1), 0.0), ((">=", X, 1), 0.0), (("==", X, X), 0.0), (("!=", X, 1), 1.0), (("in", X, (1, 2)), 0.0),
        (("missing", X), 1.0), (("missing", ("+", X, 1)), 1.0), (("fill", X, 7), 7.0), (("==", G, "a"), 0.0),
        (("!=", G, "a"), 1.0), (("in", G, ("a",)), 0.0), (("missing", G), 1.0), (("not", ("<", X, 1)), 1.0),
        (("map", G, ((None, 3.0), ("a", 1.0))), 3.0), (("map", X, ((None, 3.0), (1, 1.0))), 3.0),
    ],
)  # fmt: skip
def test_gaps_in_comparisons(expression: Expression, expected: float) -> None:
    """A comparison with a gap is false, `!=` is true, and a table may have an entry for gaps."""
    assert value(expression) == expected


@pytest.mark.parametrize("expression", [("if", X, 1, 2), ("map", G, (("a", 1.0),)), ("pp", X, SPLINE), ("round", X, 2)])
def test_gaps_that_stay(expression: Expression) -> None:
    """A condition, a table without an entry for gaps, a spline and a rounding give a gap for a gap."""
    assert np.isnan(value(expression))


@pytest.mark.parametrize(
    ("x", "digits", "expected"),
    [(0.5, 0, 0.0), (1.5, 0, 2.0), (2.675, 2, 2.68), (-1.25, 1, -1.2), (1250.0, -2, 1200.0)],
)
def test_rounding_is_numpys(x: float, digits: int, expected: float) -> None:
    """Halves go to the even neighbour, after the scaling, as numpy rounds."""
    assert value(("round", X, digits), x) == expected == float(np.round(x, digits))


@pytest.mark.parametrize(("power", "x"), [(2, 3.3), (0.5, 3.3), (-1, 3.3), (3, -3.3), (1.7, 3.3)])
def test_powers_are_numpys(power: float, x: float) -> None:
    """Squares, roots and reciprocals have numpy's bits; other powers are within its last."""
    assert value(("**", X, power), x) == pytest.approx(float(np.power(x, power)), rel=3e-16 if power == 1.7 else 5e-16)


@pytest.mark.parametrize(
    ("expression", "x"),
    [
        (("log", X), 0.0), (("log", X), -1.0), (("sqrt", X), -1.0), (("log1p", X), -1.0), (("/", 1, X), 0.0),
        (("%", 1, X), 0.0), (("exp", X), 1e4), (("**", X, 0.3), -2.0), (("**", X, -1), 0.0), (("pp", X, SPLINE), 3.1),
        (("map", X, ((1, 2.0),)), 3.0),
    ],
)  # fmt: skip
def test_no_value(expression: Expression, x: float) -> None:
    """Outside its domain an expression has no value, and no number or complex stands for it."""
    with pytest.raises((ArithmeticError, ValueError)):
        value(expression, x)


def test_splines() -> None:
    """Pieces are polynomials of their own t, closed on the left; beyond the breaks as the sides say."""
    assert [value(("pp", X, SPLINE), x) for x in (-5.0, 0.0, 0.5, 1.0, 2.0, 3.0)] == [1.0, 1.0, 2.0, 3.0, 5.125, 7.5]
    with pytest.raises(Undefined, match="a number from 0 to 3"):
        value(("pp", X, SPLINE), 3.0000001)


def test_wrap() -> None:
    """A cyclic variable comes back into its range from both sides."""
    assert [value(("wrap", X, 2, 12), x) for x in (2.0, 12.0, 13.5, 1.0)] == [2.0, 2.0, 3.5, 11.0]


def test_conditions() -> None:
    """Only the branch that holds is computed."""
    expression = ("if", (">", X, 0), ("log", X), 0)
    assert value(expression, 1.0) == 0.0
    assert value(expression, -1.0) == 0.0


def test_unknown_keys_are_named() -> None:
    """A table says which keys it has."""
    with pytest.raises(Undefined, match="one of a, b"):
        value(("map", G, (("a", 1.0), ("b", 2.0))), g="c")


leaves = st.just(X) | st.just(Y) | st.floats(-1e6, 1e6) | st.integers(-9, 9)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.tuples(st.sampled_from([*ONE]), inner)
        | st.tuples(st.sampled_from([*TWO]), inner, inner)
        | st.tuples(st.just("if"), inner, inner, inner)
        | st.tuples(st.just("round"), inner, st.integers(-3, 3))
        | st.tuples(st.just("pp"), inner, st.just(SPLINE))
    ),
    max_leaves=12,
)


@given(trees)
def test_expressions_come_back(tree: Expression) -> None:
    """An expression survives JSON, is a number, and names its fields."""
    assert thaw(json.loads(json.dumps(plain(tree)))) == tree
    assert check_expression(tree, KINDS) == "number"
    assert {*fields_of(tree)} <= {"x", "y"}
    assert isinstance(text_of(tree), str)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (("log", ("+", X, 1)), "log(x + 1)"),
        (("*", ("+", X, 1), Y), "(x + 1) * y"),
        (("-", X, ("-", Y, 1)), "x - (y - 1)"),
        (("**", X, -1), "x ** (-1)"),
        (("==", G, "a"), "g == 'a'"),
        (("in", X, (1, 2)), "(x in 1, 2)"),
        (("pp", X, SPLINE), "spline(x, 0 to 3)"),
        (("map", G, (("a", 1.0),)), "table(g, 1 values)"),
        (("neg", X), "-(x)"),
        (("and", (">", X, 0), ("<", Y, 1)), "x > 0 and y < 1"),
    ],
)
def test_text(expression: Expression, text: str) -> None:
    """An expression is written as people write it, with the brackets that it needs."""
    assert text_of(expression) == text


def deep(depth: int) -> Expression:
    """Negations of x in each other."""
    return X if not depth else ("neg", deep(depth - 1))


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (("field", "z"), "not in the schema"),
        (("field", "x", "y"), "not in the schema"),
        (("logg", X), "'logg' is unknown"),
        (("log", X, Y), "log: 2 operands, expected 1"),
        (("min", X), "min: 1 operands, expected 2 or more"),
        (("log", G), "a level where a number"),
        (("==", G, 1), "a level where a number"),
        (("in", G, (1,)), "operand's kind"),
        (("in", X, ()), "in: expected a list"),
        (("round", X, 0.5), "round: expected an integer"),
        (("missing", X, Y), "one operand"),
        (("round", G, 1), "round: expected a number"),
        (("fill", X, "a"), "fill: expected a number"),
        ((), "no finite number"),
        (True, "no finite number"),
        (float("inf"), "no finite number"),
        (None, "no finite number"),
        (("map", X, 1), "a table"),
        (("map", X, ()), "pairs"),
        (("map", X, ((1,),)), "pairs"),
        (("map", X, (("a", 1.0),)), "finite numbers"),
        (("map", G, ((1, 1.0),)), "keys that are levels"),
        (("map", G, (("a", 1.0), ("a", 2.0))), "a key is there twice"),
        (("map", X, ((1, 1.0), (1.0, 2.0))), "a key is there twice"),
        (("map", X, ((True, 1.0),)), "keys that are finite"),
        (("map", X, ((1, "b"),)), "map: expected numbers"),
        (("map", X, ((None, 1.0),)), "keys that are finite numbers"),
        (("pp", X, 1), "pp: expected pieces"),
        (("pp", X, SPLINE._replace(breaks=(0.0, 0.0, 1.0))), "each above the one before"),
        (("pp", X, SPLINE._replace(breaks=(0.0, NAN, 1.0))), "each above"),
        (("pp", X, SPLINE._replace(breaks=(0.0,))), "two breaks"),
        (("pp", X, SPLINE._replace(breaks=(0.0, 1.0))), "2 pieces for 2 breaks"),
        (("pp", X, SPLINE._replace(right=((),))), "a coefficient"),
        (("pp", X, SPLINE._replace(right=((NAN,),))), "finite"),
        (("pp", G, SPLINE), "pp: expected a number"),
        (deep(MAX_DEPTH + 1), "deeper than 32"),
        (("+", *(X,) * 3), "+: 3 operands"),
        (("max", *(X,) * 10_001), "more than 10000"),
    ],
)
def test_refused(expression: Expression, reason: str) -> None:
    """An expression that means nothing is refused with what is wrong."""
    with pytest.raises(ExpressionError) as caught:
        check_expression(expression, KINDS)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        {"breaks": [0, 1]},
        {"breaks": [0, 1], "pieces": [[[1]]], "left": None},
        {"breaks": 1, "pieces": 1, "left": 1, "right": 1},
        {"breaks": [0, 1], "pieces": [1], "left": None, "right": None},
    ],
)
def test_pieces_that_cannot_be_read(data: Any) -> None:
    """Pieces of another form are refused in words."""
    with pytest.raises(ExpressionError, match="pp: expected"):
        thaw(["pp", ["field", "x"], data])


def test_depth_of_plain_data() -> None:
    """Data nested without end are refused while they are read."""
    data: Any = 1
    for _ in range(200):
        data = ["neg", data]
    with pytest.raises(ExpressionError, match="deeper"):
        thaw(data)
