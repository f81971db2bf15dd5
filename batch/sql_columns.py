"""Raw columns of a table in SQL: what kind of values they have, and how these are spelt.

A column's own type says what its values are: text; numbers, which mean what they mean in JSON; true and false. Of each
field there are its `type` (text, double or float; NULL for what the field cannot take) and `text` (NULL for a missing
value); of text this `trimmed` and, if it is plain, `folded`; of numbers the `number`. Plain text has no other
characters than those of ASCII that print.
"""

from collections.abc import Iterator

from sqlglot import exp

from phat.batch.sql_expressions import case, column, equal, like, named, one_of, read_number, word
from phat.preprocessing.schema import CategoryField, Field

UNTYPED = ("redshift",)
"""Dialects without a function that tells a column's type: their columns are taken for text."""

_ROUNDED = ("snowflake",)
"""Dialects that write fewer digits of a float than it has."""

_INTEGERS = "tinyint|smallint|int|integer|bigint|hugeint|utinyint|usmallint|uinteger|ubigint|uhugeint"
_TEXTS = f"(varchar|string|char|enum)([(].*[)])?|{_INTEGERS}|decimal[(][0-9]+, ?0[)]"
"""Types of text, and of numbers that have one spelling, as in JSON."""
_DECIMALS = "decimal([(].*[)])?"
_PLAIN = "^[ -~]*$"


def read(field: Field, dialect: str) -> Iterator[exp.Expr]:
    """The kind of the column's values, and their texts."""
    yield named(_type(field, dialect), f"type {field.name}")
    text: exp.Expr = exp.cast(column(field.name), "varchar")
    if dialect == "duckdb":  # where letter case may not count in a column, or in all of them
        text = exp.Collate(this=text, expression=exp.Var(this="C"))
    yield named(text, f"text {field.name}")


def _type(field: Field, dialect: str) -> exp.Expr:
    if dialect in UNTYPED:
        return word("text")
    raw = column(field.name)
    name = exp.func("lower", exp.func("typeof", exp.cast(raw, "variant") if dialect == "snowflake" else raw))
    texts = f"{_TEXTS}|boolean" if isinstance(field, CategoryField) or field.boolean else _TEXTS
    floats = {"double": _DECIMALS} if dialect in _ROUNDED else {"double": f"{_DECIMALS}|double", "float": "float|real"}
    patterns = {"text": texts, **floats}
    return case(*((like(name.copy(), f"^({pattern})$"), word(kind)) for kind, pattern in patterns.items()))


def spelt(field: Field) -> Iterator[exp.Expr]:
    """The values as the cleaning compares them; a float that is no number is missing."""
    raw = column(f"text {field.name}")
    no_number = exp.and_(exp.not_(is_text(field)), one_of(exp.func("lower", raw), ("nan", "-nan")))
    text = case((no_number, exp.null()), default=raw.copy())
    trimmed = exp.Trim(this=raw.copy())
    ended = exp.func("concat", raw.copy(), word("."))  # as $ of some dialects is before the last line break
    yield column(f"type {field.name}")
    yield named(text, f"text {field.name}")
    yield named(trimmed, f"trimmed {field.name}")
    yield named(case((like(ended, _PLAIN), exp.func("lower", trimmed.copy()))), f"folded {field.name}")
    yield named(_number(field, text.copy()), f"number {field.name}")


def _number(field: Field, text: exp.Expr) -> exp.Expr:
    """The number of a column of numbers; one of 32 bits is the number that these bits are, not the text's."""
    short = exp.cast(read_number(text, "float"), "double")
    return case(
        (equal(column(f"type {field.name}"), word("float")), short),
        (exp.not_(is_text(field)), read_number(text.copy(), "double")),
    )


def is_text(field: Field) -> exp.Expr:
    """Whether the field's values are texts, or what has one spelling as text; NULL if it cannot take them."""
    return equal(column(f"type {field.name}"), word("text"))


def is_plain(text: str) -> bool:
    """Whether SQL can fold a text."""
    return text.isascii() and text.isprintable()
