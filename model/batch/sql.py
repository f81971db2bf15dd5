"""A model as one SQL query, for whoever already has a distributed engine.

The query cleans as `preprocessing` does, as far as SQL can be sure to: a text that only the cleaner would understand,
or that it would refuse, makes `phat` NULL and names its field in `reason`. Nothing is guessed. Its patterns do without
backslashes, groups that capture nothing, and letters beyond ASCII, which dialects take differently.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlglot import exp

from model.artifact import Artifact
from model.batch.errors import BatchError
from preprocessing.schema import MISSING_WORDS, Field

DIALECTS = ("athena", "duckdb", "redshift", "snowflake", "spark")
TRIED = ("duckdb", "spark")
"""Dialects whose queries were run and compared; the others are experimental."""
ANSWERS = ("business_outcome", "phat", "reason")

_DIGITS = "([0-9]+|[1-9][0-9]?[0-9]?(,[0-9][0-9][0-9])+)([.][0-9]*)?|[.][0-9]+"
_PLAIN = f"({_DIGITS})([eE][+-]?[0-9]+)?( *%)?"
_NUMBER = f"^(([+-]?([$] *)?|[$] *[+-]){_PLAIN}|[(]([$] *)?{_PLAIN}[)])$"
"""A number as `preprocessing.clean` describes it, with no blanks but spaces."""
_DECORATION = "$,%() "
_ASCII = "^[ -~]*$"
_LARGEST = 1e300
"""What is larger is left to the row path: engines differ in what they do beyond the range of 64-bit floats."""
_LARGEST_SUM = 100.0
"""Sum of the terms' sizes up to which a plain sum of them is exact enough (see `model.batch.scoring`)."""
_NEAR = 1e-12
_PLACES = ("this", "db", "catalog")
"""Where the names that a table's name is made of belong, the last first."""


class NoQuery(BatchError):
    """A model that a dialect cannot express; the message says what is lacking."""


def query(artifact: Artifact, dialect: str, table: str = "customers", keep: Sequence[str] = ()) -> str:
    """The model as a query over a table whose columns have the fields' names and hold their raw texts.

    Its columns are those kept, `business_outcome`, `phat` (both NULL where there is a reason) and `reason`: the first
    field that is wrong, and the code of what is wrong, or `linear_predictor: inexact` when the last bits of the sum
    would matter. NoQuery if the dialect lacks a function, or the table's name cannot be one.
    """
    if dialect not in DIALECTS:
        raise NoQuery(f"dialect {dialect!r} is not one of {', '.join(DIALECTS)}")
    if twice := sorted({*ANSWERS} & {*keep}):
        raise NoQuery(f"column {twice[0]} cannot be kept: the answers have one of that name")
    fields = artifact.schema.fields
    texts = exp.select(*(_named(_column(name), name) for name in keep), *(_text(f) for f in fields)).from_(
        _table(table)
    )
    cleaned = exp.select(*map(_column, keep), *(part for f in fields for part in _cleaned(f))).from_("texts")
    reasons = exp.select(*map(_column, keep), *(part for f in fields for part in _terms(f, artifact)))
    reasons = reasons.select(_named(_field_reason(fields), "reason")).from_("cleaned")
    summed = exp.select(*map(_column, keep), _column("reason"), *_sums(artifact)).from_("terms")
    scored = exp.select(*map(_column, keep), "reason", "size", _named(_phat(artifact, dialect), "phat")).from_("summed")
    answered = exp.select(*map(_column, keep), *_answers(artifact)).from_("scored")
    for name, part in (
        ("texts", texts), ("cleaned", cleaned), ("terms", reasons), ("summed", summed), ("scored", scored),
    ):  # fmt: skip
        answered = answered.with_(name, as_=part)
    return answered.sql(dialect=dialect, pretty=True)


def _table(name: str) -> exp.Table:
    """A table of a name with dots between catalogue, database and table."""
    parts = name.split(".")
    if len(parts) > len(_PLACES) or not all(part.strip() for part in parts):
        raise NoQuery(f"table {name!r}: expected TABLE, DATABASE.TABLE or CATALOGUE.DATABASE.TABLE")
    names = [exp.to_identifier(part, quoted=True) for part in reversed(parts)]
    return exp.Table(**dict(zip(_PLACES, names, strict=False)))


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _named(value: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(value, name, quoted=True)


def _double(value: float) -> exp.Expr:
    """A number to its last bit; a literal would be a decimal in some dialects."""
    return exp.cast(exp.Literal.string(repr(value)), "double")


def _in(value: exp.Expr, words: Iterable[str]) -> exp.Expr:
    return exp.In(this=value, expressions=[exp.Literal.string(word) for word in words])


def _like(value: exp.Expr, pattern: str) -> exp.Expr:
    return exp.RegexpLike(this=value, expression=exp.Literal.string(pattern))


def _case(*branches: tuple[exp.Expr, Any], default: Any = None) -> exp.Case:
    case = exp.Case()
    for condition, value in branches:
        case = case.when(condition, value)
    return case.else_(exp.null() if default is None else default)


def _text(field: Field) -> exp.Expr:
    """The text without spaces around it; a missing one is empty."""
    text = exp.Trim(this=exp.cast(_column(field.name), "varchar"))
    return _named(exp.func("coalesce", text, exp.Literal.string("")), f"text {field.name}")


def _cleaned(field: Field) -> Iterator[exp.Expr]:
    """A field's value, NULL if it is missing or wrong, and what is wrong with it."""
    text = _column(f"text {field.name}")
    value = _number(text) if field.kind == "number" else _level(text, field)
    missing = exp.and_(_like(text, _ASCII), _in(exp.func("lower", text), ("", *MISSING_WORDS)))
    yield _named(value, f"value {field.name}")
    yield _named(missing, f"missing {field.name}")


def _number(text: exp.Expr) -> exp.Expr:
    digits = text
    for sign in _DECORATION:
        digits = exp.func("replace", digits, exp.Literal.string(sign), exp.Literal.string(""))
    number = exp.TryCast(this=digits, to=exp.DataType.build("double"))
    negative = exp.Like(this=text, expression=exp.Literal.string("(%"))
    return _case((exp.and_(_like(text, _NUMBER), negative), exp.Neg(this=number)), (_like(text, _NUMBER), number))


def _level(text: exp.Expr, field: Field) -> exp.Expr:
    """The level of a text: in any case if both are ASCII, else exactly as it is spelt."""
    exact = [(exp.EQ(this=text, expression=_word(level.strip())), _word(level)) for level in field.levels]
    folded = [
        (exp.and_(_like(text, _ASCII), exp.EQ(this=exp.func("lower", text), expression=_word(level.strip().lower()))),
         _word(level))
        for level in field.levels
        if level.isascii()
    ]  # fmt: skip
    return _case(*exact, *folded)


def _word(text: str) -> exp.Literal:
    return exp.Literal.string(text)


def _is_null(value: exp.Expr) -> exp.Expr:
    return exp.Is(this=value, expression=exp.null())


def _field_reason(fields: Sequence[Field]) -> exp.Expr:
    """The first field that is wrong."""
    return _case(*((condition, _word(f"{f.name}: {code}")) for f in fields for condition, code in _wrong(f)))


def _wrong(field: Field) -> Iterator[tuple[exp.Expr, str]]:
    value, missing = _column(f"value {field.name}"), _column(f"missing {field.name}")
    unread = exp.and_(_is_null(value), exp.not_(missing))
    yield unread, "not_a_number" if field.kind == "number" else "unknown_level"
    if field.kind == "number":
        large = exp.GT(this=exp.Abs(this=value), expression=_double(_LARGEST))
        yield exp.and_(exp.not_(_is_null(value)), large), "out_of_range"
    if field.required:
        yield missing.copy(), "missing_value"


def _terms(field: Field, artifact: Artifact) -> Iterator[exp.Expr]:
    """The field's part of the linear predictor."""
    value = _column(f"value {field.name}")
    if field.kind == "number":
        filled = exp.func("coalesce", value, _double(float(field.fill or 0.0)))
        scaled = exp.Div(
            this=exp.paren(exp.Sub(this=filled, expression=_double(field.centre))), expression=_double(field.scale)
        )
        term: exp.Expr = exp.Mul(this=exp.paren(scaled), expression=_double(artifact.coefficients[field.name]))
    else:
        levels = {level: artifact.coefficients.get(column) for column, level in field.columns().items()}
        weighed = [(level, weight) for level, weight in levels.items() if level is not None and weight is not None]
        term = _case(
            *((exp.EQ(this=value, expression=_word(level)), _double(weight)) for level, weight in weighed),
            default=_double(0.0),
        )
    yield _named(term, f"term {field.name}")


def _sums(artifact: Artifact) -> Iterator[exp.Expr]:
    """The linear predictor, and the sum of its terms' sizes."""
    constant = 0.0 if artifact.constant is None else artifact.coefficients[artifact.constant]
    terms = [_column(f"term {field.name}") for field in artifact.schema.fields]
    eta, size = _double(constant), _double(abs(constant))
    for term in terms:
        eta = exp.Add(this=eta, expression=term)
        size = exp.Add(this=size, expression=exp.Abs(this=term.copy()))
    yield _named(eta, "eta")
    yield _named(size, "size")


def _phat(artifact: Artifact, dialect: str) -> exp.Expr:
    """The inverse link; what is beyond its bounds is refused by its size anyway."""
    bounded = exp.func("greatest", exp.func("least", _column("eta"), _double(_LARGEST_SUM)), _double(-_LARGEST_SUM))
    one = _double(1.0)
    if artifact.link == "logit":
        power = exp.Exp(this=exp.Neg(this=exp.paren(bounded)))
        return exp.Div(this=one, expression=exp.paren(exp.Add(this=one.copy(), expression=power)))
    if artifact.link == "cloglog":
        return exp.Sub(this=one, expression=exp.Exp(this=exp.Neg(this=exp.paren(exp.Exp(this=bounded)))))
    if dialect == "athena":
        return exp.func("normal_cdf", _double(0.0), one, bounded)
    raise NoQuery(f"link {artifact.link}: {dialect} has no normal distribution function; athena has")


def _answers(artifact: Artifact) -> Iterator[exp.Expr]:
    phat = _column("phat")
    cutoff = _double(artifact.cutoff)
    large = exp.GT(this=_column("size"), expression=_double(_LARGEST_SUM))
    near = exp.LTE(this=exp.Abs(this=exp.Sub(this=phat, expression=cutoff)), expression=_double(_NEAR))
    inexact = exp.or_(large, near)
    fine = exp.and_(_is_null(_column("reason")), exp.not_(exp.paren(inexact)))
    event = exp.GTE(this=phat.copy(), expression=cutoff.copy())
    labels = artifact.labels
    yield _named(_case((exp.and_(fine, event), _word(labels.event)), (fine.copy(), _word(labels.other))), ANSWERS[0])
    yield _named(_case((fine.copy(), phat.copy())), ANSWERS[1])
    told = _word("linear_predictor: inexact")
    reason = _case((exp.not_(_is_null(_column("reason"))), _column("reason")), (inexact.copy(), told))
    yield _named(reason, ANSWERS[2])
