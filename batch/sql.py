"""A model as one SQL query, for whoever already has a distributed engine.

The query cleans as `preprocessing` does, as far as SQL can be sure to (see `phat.batch.sql_columns` and
`phat.batch.sql_cleaning`): a value that only the cleaner would understand, or that it would refuse, makes the answer
NULL and names its field in `reason`. Nothing is guessed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sqlglot import exp

from phat.batch.kept import check_kept
from phat.batch.sql_answers import OUTCOME, REASON, Answered, answered
from phat.batch.sql_cleaning import cleaned, reason
from phat.batch.sql_columns import read, spelt
from phat.batch.sql_expressions import case, column, double, equal, is_null, named, whole, word
from phat.batch.sql_terms import SqlTerms
from phat.model.answer import equations
from phat.model.artifact import Artifact
from phat.preprocessing.schema import Field, levels_of
from phat.preprocessing.terms import PlainLevels, PlainNumber
from phat.storage.errors import FilesError

DIALECTS = ("athena", "duckdb", "redshift", "snowflake", "spark")
TRIED = ("duckdb", "spark")
"""Dialects whose queries were run and compared; the others are experimental."""
_REFUSAL = "refusal"
_PLACES = ("this", "db", "catalog")
"""Where the names that a table's name is made of belong, the last first."""


class NoQuery(FilesError):
    """A model that a dialect cannot express; the message says what is lacking."""


def sql_query(artifact: Artifact, dialect: str, table: str = "records", keep: Sequence[str] = ()) -> str:
    """The model as a query over a table whose columns have the fields' names and hold raw values of any type.

    Its columns are those kept, `business_outcome` of a model that decides, its figures (all NULL where the record has a
    reason) and `reason`: the first field that is wrong, and the code of what is wrong; `no_values` if all fields are
    missing; `linear_predictor: inexact` when the terms are so large, or so near to where the link has no mean, that the
    last bits of their sum would matter. With `business_outcome: inexact`, probabilities are so near to the cutoff, or
    to each other, that only the outcome is NULL. NoQuery if the dialect lacks a function or would take two fields for
    one, or the table's name cannot be one.
    """
    if dialect not in DIALECTS:
        raise NoQuery(f"dialect {dialect!r} is not one of {', '.join(DIALECTS)}")
    answer = answered(artifact)
    check_kept(keep, answer.names)
    fields = artifact.schema.fields
    _check_names(fields)
    kept = [f"keep {place}" for place, _ in enumerate(keep)]
    copies = [*map(column, kept)]
    raw = (named(column(name), copy) for name, copy in zip(keep, kept, strict=True))
    model = _Model(artifact)
    steps = {
        "columns": exp.select(*raw, *_each(fields, lambda field: read(field, dialect))).from_(_table(table)),
        "texts": exp.select(*copies, *_each(fields, spelt)).from_("columns"),
        "cleaned": exp.select(*copies, *_each(fields, cleaned)).from_("texts"),
    }
    for number, made in enumerate(model.made):
        steps[f"made_{number}"] = exp.select(exp.Star(), *made).from_([*steps][-1])
    steps["terms"] = exp.select(*copies, *model.terms, named(model.reason, REASON)).from_([*steps][-1])
    steps["summed"] = exp.select(*copies, column(REASON), *model.sums()).from_("terms")
    for number, figures in enumerate(answer.steps):
        steps[f"answer_{number}"] = exp.select(exp.Star(), *figures).from_([*steps][-1])
    steps["refused"] = exp.select(exp.Star(), named(_refusal(answer), _REFUSAL)).from_([*steps][-1])
    back = (named(copy, name) for copy, name in zip(copies, keep, strict=True))
    query = exp.select(*back, *_answers(answer)).from_([*steps][-1])
    for name, step in steps.items():
        query = query.with_(name, as_=step)
    _check_functions(query, dialect)
    return query.sql(dialect=dialect, pretty=True)


_WITHOUT_LOGARITHMS = ("redshift", "snowflake")
"""Dialects whose logarithms to the base of 2 and 10 go by other names, and may be ratios."""


def _check_functions(query: exp.Expr, dialect: str) -> None:
    """Refuse a query by functions that the dialect lacks."""
    functions = {str(each.this) for each in query.find_all(exp.Anonymous)} & {"LOG2", "LOG10"}
    if dialect in _WITHOUT_LOGARITHMS and functions:
        raise NoQuery(f"{dialect} has no function {min(functions)}, by which a column of the model is made")


def _check_names(fields: Iterable[Field]) -> None:
    """Refuse fields whose names differ by letter case alone, which counts for nothing in most dialects."""
    by_name: dict[str, str] = {}
    for field in fields:
        if (other := by_name.setdefault(field.name.casefold(), field.name)) != field.name:
            raise NoQuery(f"fields {other} and {field.name} differ by letter case alone: SQL takes them for one column")


def _each(fields: Iterable[Field], part: Callable[[Field], Iterable[exp.Expr]]) -> Iterator[exp.Expr]:
    return (expression for field in fields for expression in part(field))


def _table(name: str) -> exp.Table:
    """A table of a name with dots between catalogue, database and table."""
    parts = name.split(".")
    if len(parts) > len(_PLACES) or not all(part.strip() for part in parts):
        raise NoQuery(f"table {name!r}: expected TABLE, DATABASE.TABLE or CATALOGUE.DATABASE.TABLE")
    names = [exp.to_identifier(part, quoted=True) for part in reversed(parts)]
    return exp.Table(**dict(zip(_PLACES, names, strict=False)))


class _Model:
    """The terms of a model's linear predictors: `made` are steps from cleaned values to columns that are not plain."""

    def __init__(self, artifact: Artifact) -> None:
        self._artifact = artifact
        self._equations = equations(artifact.answer, artifact.coefficients)
        numbers, levels, others = artifact.terms.divide(artifact.schema)
        fields = artifact.schema.fields
        made: Mapping[str, PlainNumber | PlainLevels] = {**numbers, **levels}
        plain = [(field, made[field.name]) for field in fields if field.name in made]
        products = SqlTerms(fields, artifact.terms, others) if others or artifact.terms.offset else None
        self.made = [] if products is None else products.steps
        self.reason = reason(fields, () if products is None else products.reasons)
        self.terms: list[exp.Expr] = []
        self._parts: list[list[str]] = []
        for place, by_column in enumerate(self._equations):
            terms = {f"term {place} {field.name}": _term(field, of_field, by_column) for field, of_field in plain}
            for number, (name, value) in enumerate(products.columns.items() if products is not None else ()):
                terms[f"product {place} {number}"] = exp.Mul(this=value.copy(), expression=double(by_column[name]))
            if products is not None and products.offset is not None:
                terms[f"offset {place}"] = products.offset.copy()
            self.terms += [named(term, name) for name, term in terms.items()]
            self._parts.append([*terms])

    def sums(self) -> Iterator[exp.Expr]:
        """The linear predictors, and the sum of their terms' sizes, the largest of them."""
        constant, sizes = self._artifact.constant, []
        for place, (by_column, parts) in enumerate(zip(self._equations, self._parts, strict=True)):
            start = 0.0 if constant is None else by_column[constant]
            eta, size = double(start), double(abs(start))
            for name in parts:
                eta = exp.Add(this=eta, expression=column(name))
                size = exp.Add(this=size, expression=exp.Abs(this=column(name)))
            sizes.append(size)
            yield named(eta, f"eta {place}")
        yield named(exp.func("greatest", *sizes) if len(sizes) > 1 else sizes[0], "size")


def _term(field: Field, made: PlainNumber | PlainLevels, coefficients: Mapping[str, float]) -> exp.Expr:
    """What the field's plain columns add to a linear predictor."""
    value = column(f"value {field.name}")
    if isinstance(made, PlainNumber):
        filled = value if field.required else exp.func("coalesce", value, double(float(field.fill or 0.0)))
        moved = exp.paren(exp.Sub(this=filled, expression=double(made.centre)))
        scaled = exp.paren(exp.Div(this=moved, expression=double(made.scale)))
        return exp.Mul(this=scaled, expression=double(coefficients[made.column]))
    return case(*_weights(field, made, coefficients), default=double(0.0))


def _weights(field: Field, made: PlainLevels, coefficients: Mapping[str, float]) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """What each level that has a coefficient adds, and a missing value if it counts as one of them."""
    for place, level in enumerate(levels_of(field)):
        if level in made:
            value, weight = column(f"value {field.name}"), coefficients[made[level]]
            counts = equal(value, whole(place))
            yield exp.or_(counts, is_null(value.copy())) if level == field.fill else counts, double(weight)


def _refusal(answer: Answered) -> exp.Expr:
    """Why there is no figure; NULL if there is one."""
    reasons = ((each.condition, word(each.text)) for each in answer.reasons)
    return case((exp.not_(is_null(column(REASON))), column(REASON)), *reasons)


def _answers(answer: Answered) -> Iterator[exp.Expr]:
    refusal, uncertain = column(_REFUSAL), answer.uncertain
    for name in answer.names:
        value: exp.Expr = case((is_null(refusal.copy()), column(name)))
        if name == OUTCOME and answer.outcome is not None and uncertain is not None:
            certain = exp.and_(is_null(refusal.copy()), exp.not_(exp.paren(uncertain.copy())))
            value = case((certain, answer.outcome))
        elif name == REASON:
            near = [] if uncertain is None else [(uncertain.copy(), word(f"{OUTCOME}: inexact"))]
            value = case((exp.not_(is_null(refusal.copy())), refusal.copy()), *near)
        yield named(value, name)
