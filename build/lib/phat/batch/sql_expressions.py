"""Small parts of a query, alike in all dialects."""

from collections.abc import Iterable
from typing import Any

from sqlglot import exp


def column(name: str) -> exp.Column:
    """A column, its name quoted."""
    return exp.column(name, quoted=True)


def named(value: exp.Expr, name: str) -> exp.Expr:
    """A value as a column of this name."""
    return exp.alias_(value, name, quoted=True)


def word(text: str) -> exp.Literal:
    """A text."""
    return exp.Literal.string(text)


def double(value: float) -> exp.Expr:
    """A number to its last bit; a literal would be a decimal in some dialects."""
    return exp.cast(word(repr(value)), "double")


def read_number(text: exp.Expr, kind: str) -> exp.Expr:
    """The number of this kind that a text spells; NULL if it spells none."""
    return exp.TryCast(this=text, to=exp.DataType.build(kind), safe=True, requires_string=True)


def whole(value: int) -> exp.Expr:
    """An integer that is not negative."""
    return exp.Literal.number(value)


def equal(value: exp.Expr, other: exp.Expr) -> exp.Expr:
    """Whether two values are the same."""
    return exp.EQ(this=value, expression=other)


def one_of(value: exp.Expr, words: Iterable[str]) -> exp.Expr:
    """Whether a text is one of these; never if there are none."""
    literals = [word(text) for text in words]
    return exp.In(this=value, expressions=literals) if literals else exp.false()


def like(value: exp.Expr, pattern: str) -> exp.Expr:
    """Whether a text matches a regular expression, which has to name its own ends."""
    return exp.RegexpLike(this=value, expression=word(pattern))


def is_null(value: exp.Expr) -> exp.Expr:
    """Whether a value is NULL."""
    return exp.Is(this=value, expression=exp.null())


def case(*branches: tuple[exp.Expr, Any], default: exp.Expr | None = None) -> exp.Expr:
    """The value of the first branch whose condition holds; NULL if none does."""
    cases = exp.Case()
    for condition, value in branches:
        cases = cases.when(condition, value)
    otherwise = exp.null() if default is None else default
    return cases.else_(otherwise) if branches else otherwise
