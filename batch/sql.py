"""A model as one SQL query, for whoever already has a distributed engine.

The query cleans as `preprocessing` does, as far as SQL can be sure to (see `phat.batch.sql_columns` and
`phat.batch.sql_cleaning`): a value that only the cleaner would understand, or that it would refuse, makes `phat` NULL
and names its field in `reason`. Nothing is guessed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlglot import exp

from phat.batch.kept import check_kept
from phat.batch.plain import read_plain
from phat.batch.sql_cleaning import cleaned, reason
from phat.batch.sql_columns import read, spelt
from phat.batch.sql_expressions import case, column, double, equal, is_null, named, whole, word
from phat.model.artifact import Artifact
from phat.preprocessing.schema import Field, levels_of
from phat.preprocessing.terms import PlainLevels, PlainNumber
from phat.storage.errors import FilesError

DIALECTS = ("athena", "duckdb", "redshift", "snowflake", "spark")
TRIED = ("duckdb", "spark")
"""Dialects whose queries were run and compared; the others are experimental."""
ANSWERS = ("business_outcome", "phat", "reason")

_LARGEST_SUM = 100.0
"""Sum of the terms' sizes up to which a plain sum of them is exact enough (see `phat.batch.scoring`)."""
_NEAR = 1e-11
"""How near to the cutoff `phat` may come before the last bits of a sum of hundreds of terms decide."""
_SMALL, _SERIES = 1e-3, 6
"""Up to which rate Taylor's series of 1 - exp(-rate) is used, and its terms: it is off by less than 1e-21 of itself."""
_PLACES = ("this", "db", "catalog")
"""Where the names that a table's name is made of belong, the last first."""


class NoQuery(FilesError):
    """A model that a dialect cannot express; the message says what is lacking."""


def sql_query(artifact: Artifact, dialect: str, table: str = "records", keep: Sequence[str] = ()) -> str:
    """The model as a query over a table whose columns have the fields' names and hold raw values of any type.

    Its columns are those kept, `business_outcome`, `phat` (both NULL where the record has a reason) and `reason`: the
    first field that is wrong, and the code of what is wrong; `no_values` if all fields are missing;
    `linear_predictor: inexact` when the terms are so large that the last bits of their sum would matter. With
    `business_outcome: inexact`, `phat` is so near to the cutoff that only the outcome is NULL. NoQuery if the dialect
    lacks a function or would take two fields for one, or the table's name cannot be one.
    """
    if dialect not in DIALECTS:
        raise NoQuery(f"dialect {dialect!r} is not one of {', '.join(DIALECTS)}")
    check_kept(keep, ANSWERS)
    fields = artifact.schema.fields
    _check_names(fields)
    plain = read_plain(artifact, "SQL", NoQuery)
    kept = [f"keep {place}" for place, _ in enumerate(keep)]
    copies = [*map(column, kept)]
    raw = (named(column(name), copy) for name, copy in zip(keep, kept, strict=True))
    terms = (_term(field, plain[field.name], artifact) for field in fields)
    steps = {
        "columns": exp.select(*raw, *_each(fields, lambda field: read(field, dialect))).from_(_table(table)),
        "texts": exp.select(*copies, *_each(fields, spelt)).from_("columns"),
        "cleaned": exp.select(*copies, *_each(fields, cleaned)).from_("texts"),
        "terms": exp.select(*copies, *terms, named(reason(fields), "reason"))
        .from_("cleaned"),
        "summed": exp.select(*copies, column("reason"), *_sums(artifact)).from_("terms"),
        "scored": exp.select(*copies, "reason", "size", named(_phat(artifact, dialect), "phat")).from_("summed"),
    }  # fmt: skip
    back = (named(copy, name) for copy, name in zip(copies, keep, strict=True))
    answered = exp.select(*back, *_answers(artifact)).from_("scored")
    for name, step in steps.items():
        answered = answered.with_(name, as_=step)
    return answered.sql(dialect=dialect, pretty=True)


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


def _term(field: Field, made: PlainNumber | PlainLevels, artifact: Artifact) -> exp.Expr:
    """The field's part of the linear predictor."""
    value = column(f"value {field.name}")
    if isinstance(made, PlainNumber):
        filled = value if field.required else exp.func("coalesce", value, double(float(field.fill or 0.0)))
        moved = exp.paren(exp.Sub(this=filled, expression=double(made.centre)))
        scaled = exp.paren(exp.Div(this=moved, expression=double(made.scale)))
        term: exp.Expr = exp.Mul(this=scaled, expression=double(artifact.coefficients[made.column]))
    else:
        term = case(*_weights(field, made, artifact), default=double(0.0))
    return named(term, f"term {field.name}")


def _weights(field: Field, made: PlainLevels, artifact: Artifact) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """What each level that has a coefficient adds, and a missing value if it counts as one of them."""
    for place, level in enumerate(levels_of(field)):
        if level in made:
            value, weight = column(f"value {field.name}"), artifact.coefficients[made[level]]
            counts = equal(value, whole(place))
            yield exp.or_(counts, is_null(value.copy())) if level == field.fill else counts, double(weight)


def _sums(artifact: Artifact) -> Iterator[exp.Expr]:
    """The linear predictor, and the sum of its terms' sizes."""
    constant = 0.0 if artifact.constant is None else artifact.coefficients[artifact.constant]
    terms = [column(f"term {field.name}") for field in artifact.schema.fields]
    eta, size = double(constant), double(abs(constant))
    for term in terms:
        eta = exp.Add(this=eta, expression=term)
        size = exp.Add(this=size, expression=exp.Abs(this=term.copy()))
    yield named(eta, "eta")
    yield named(size, "size")


def _phat(artifact: Artifact, dialect: str) -> exp.Expr:
    """The inverse link; what is beyond its bounds is refused by its size anyway."""
    bounded = exp.func("greatest", exp.func("least", column("eta"), double(_LARGEST_SUM)), double(-_LARGEST_SUM))
    one = double(1.0)
    if artifact.link == "logit":
        power = exp.Exp(this=exp.Neg(this=exp.paren(bounded)))
        return exp.Div(this=one, expression=exp.paren(exp.Add(this=one.copy(), expression=power)))
    if artifact.link == "cloglog":
        return _complement(exp.Exp(this=bounded))
    if dialect == "athena":
        return exp.func("normal_cdf", double(0.0), one, bounded)
    raise NoQuery(f"link {artifact.link}: {dialect} has no normal distribution function; athena has")


def _complement(rate: exp.Expr) -> exp.Expr:
    """1 - exp(-rate), by Taylor's series where the difference would lose digits, since dialects have no expm1."""
    series: exp.Expr = double(1.0)
    for divisor in range(_SERIES, 1, -1):
        part = exp.Mul(this=exp.Div(this=rate.copy(), expression=double(float(divisor))), expression=series)
        series = exp.paren(exp.Sub(this=double(1.0), expression=part))
    small = exp.LT(this=rate, expression=double(_SMALL))
    large = exp.Sub(this=double(1.0), expression=exp.Exp(this=exp.Neg(this=rate.copy())))
    return case((small, exp.Mul(this=rate.copy(), expression=series)), default=large)


def _answers(artifact: Artifact) -> Iterator[exp.Expr]:
    phat, wrong = column("phat"), column("reason")
    cutoff = double(artifact.cutoff)
    inexact = exp.not_(exp.paren(exp.LTE(this=column("size"), expression=double(_LARGEST_SUM))))  # not a number either
    near = exp.LTE(this=exp.Abs(this=exp.Sub(this=phat, expression=cutoff)), expression=double(_NEAR))
    event = exp.GTE(this=phat.copy(), expression=cutoff.copy())
    reasons = case(
        (exp.not_(is_null(wrong)), wrong.copy()),
        (inexact, word("linear_predictor: inexact")),
        (near, word("business_outcome: inexact")),
    )
    certain = is_null(reasons)
    scored = exp.and_(is_null(wrong.copy()), exp.not_(inexact.copy()))
    outcome = case(
        (exp.and_(certain, event), word(artifact.labels.event)), (certain.copy(), word(artifact.labels.other))
    )
    for name, answer in zip(ANSWERS, (outcome, case((scored, phat.copy())), reasons.copy()), strict=True):
        yield named(answer, name)
