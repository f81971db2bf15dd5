"""Raw columns cleaned in SQL as `preprocessing.clean` cleans their values, as far as SQL can be sure to.

A column's own type says what its values are: text; numbers, which mean what they mean in JSON; true and false. A value
of any other type is the error that it is in a record. What SQL cannot be sure of is text that is not plain, that is,
has other characters than those of ASCII that print: of it only what the schema itself spells is known, and of numbers
what needs no other blanks than spaces. Patterns do without backslashes, groups that capture nothing, and letters
beyond ASCII, which dialects take differently.

A field's columns: its `type` (text, double or float, NULL for what it cannot take) and `text`; these `trimmed` and, if
plain, `folded`; its `value` (a number, or a level's place among the field's levels) and `code`, which says what is
wrong where there is no value: NULL if nothing is, as the value is missing.
"""

from collections.abc import Iterator, Sequence
from math import copysign, isnan

from sqlglot import exp

from model.batch.sql_expressions import (
    case,
    column,
    double,
    equal,
    is_null,
    like,
    named,
    one_of,
    read_number,
    whole,
    word,
)
from preprocessing.schema import OTHER, Field
from preprocessing.spelling import fold

UNTYPED = ("redshift",)
"""Dialects without a function that tells a column's type: their columns are taken for text."""

_ROUNDED = ("snowflake",)
"""Dialects that write fewer digits of a float than it has."""

_INTEGERS = "tinyint|smallint|int|integer|bigint|hugeint|utinyint|usmallint|uinteger|ubigint|uhugeint"
_TEXTS = f"(varchar|string|char|enum)([(].*[)])?|{_INTEGERS}|decimal[(][0-9]+, ?0[)]"
"""Types of text, and of numbers whose text is their only spelling."""
_DECIMALS = "decimal([(].*[)])?"
_DIGITS = "([0-9]+|[1-9][0-9]?[0-9]?(,[0-9][0-9][0-9])+)([.][0-9]*)?|[.][0-9]+"
_PLAIN_NUMBER = f"({_DIGITS})([eE][+-]?[0-9]+)?( *%)?"
_OPENED = "[(]([$] *)?|[$] *[(]"
_NUMBER = f"^(([+-]?([$] *)?|[$] *[+-]){_PLAIN_NUMBER}|({_OPENED}){_PLAIN_NUMBER}[)])$"
"""A number as `preprocessing.clean` describes it, with no blanks but spaces."""
_DECORATION = "$,%() "
_PLAIN = "^[ -~]*$"
_LARGEST = 1e300
"""What is larger is left to the row path: engines differ in what they do beyond the range of 64-bit floats."""


def read(field: Field, dialect: str) -> Iterator[exp.Expr]:
    """What kind of values the field's column has, and their texts."""
    yield named(_type(field, dialect), f"type {field.name}")
    text = exp.cast(column(field.name), "varchar")
    if dialect == "duckdb":  # where letter case may not count in a column, or in all of them
        text = exp.Collate(this=text, expression=exp.Var(this="C"))
    yield named(text, f"text {field.name}")


def _type(field: Field, dialect: str) -> exp.Expr:
    if dialect in UNTYPED:
        return word("text")
    raw = column(field.name)
    name = exp.func("lower", exp.func("typeof", exp.cast(raw, "variant") if dialect == "snowflake" else raw))
    texts = f"{_TEXTS}|boolean" if field.kind == "category" or field.boolean else _TEXTS
    patterns = {"text": texts, "double": _DECIMALS, "float": "float|real"}
    if dialect in _ROUNDED:
        del patterns["float"]
    else:
        patterns["double"] += "|double"
    return case(*((like(name.copy(), f"^({pattern})$"), word(kind)) for kind, pattern in patterns.items()))


def spelt(field: Field) -> Iterator[exp.Expr]:
    """The texts as the cleaning compares them; a float that is no number is NULL."""
    text = column(f"text {field.name}")
    no_number = exp.and_(exp.not_(_is_text(field)), one_of(exp.func("lower", text), ("nan", "-nan")))
    trimmed = exp.Trim(this=text.copy())
    ended = exp.func("concat", text.copy(), word("."))  # as $ of some dialects is before the last line break
    yield column(f"type {field.name}")
    yield named(case((no_number, exp.null()), default=text.copy()), f"text {field.name}")
    yield named(trimmed, f"trimmed {field.name}")
    yield named(case((like(ended, _PLAIN), exp.func("lower", trimmed.copy()))), f"folded {field.name}")


def cleaned(field: Field) -> Iterator[exp.Expr]:
    """The field's value, and what is wrong if there is none."""
    yield named(_number(field) if field.kind == "number" else _level(field), f"value {field.name}")
    yield named(_code(field), f"code {field.name}")


def _is_text(field: Field) -> exp.Expr:
    return equal(column(f"type {field.name}"), word("text"))


def _floating(field: Field) -> exp.Expr:
    """The number of a column of numbers; one of 32 bits is the number that these bits are, not the text's."""
    text = column(f"text {field.name}")
    short = exp.cast(read_number(text, "float"), "double")
    return case((equal(column(f"type {field.name}"), word("float")), short), default=read_number(text.copy(), "double"))


def _number(field: Field) -> exp.Expr:
    text = column(f"trimmed {field.name}")
    digits: exp.Expr = text
    for sign in _DECORATION:
        digits = exp.func("replace", digits, word(sign), word(""))
    number = read_number(digits, "double")
    opened = exp.Like(this=text.copy(), expression=word("%(%"))
    signed = case((opened, exp.Neg(this=number)), default=number.copy())
    branches = [(exp.not_(_is_text(field)), _floating(field)), (_of_text(field, like(text.copy(), _NUMBER)), signed)]
    if field.boolean:
        folded = column(f"folded {field.name}")
        for boolean, meaning in (("true", 1.0), ("false", 0.0)):
            branches.append((_of_text(field, equal(folded.copy(), word(boolean))), double(meaning)))
    return case(*branches)


def _of_text(field: Field, condition: exp.Expr) -> exp.Expr:
    return exp.and_(_is_text(field), condition)


def _level(field: Field) -> exp.Expr:
    """The place of the level that a value means: spelt exactly, else folded, else by its number."""
    texts = [(_of_text(field, condition), _place(field, level)) for condition, level in _by_text(field)]
    numbers = [(exp.and_(exp.not_(_is_text(field)), same), _place(field, level)) for same, level in _by_number(field)]
    if field.unknown != "other":
        return case(*texts, *numbers)
    return case(*texts, *numbers, (equal(_code(field), word(_unknown(field))), _place(field, OTHER)))


def _place(field: Field, level: str) -> exp.Expr:
    return whole(field.levels.index(level))


def _by_text(field: Field) -> Iterator[tuple[exp.Expr, str]]:
    """Conditions under which a text means a level, the strictest first."""
    spellings = field.by_spelling
    trimmed = {text: level for key in spellings if (level := spellings.get(fold(text := key.strip())))}
    for name, levels in (
        ("text", {key: level for key, level in spellings.items() if key in field.levels or not _plain(key)}),
        ("folded", {key: level for key, level in spellings.items() if _plain(key) and key == fold(key)}),
        ("trimmed", {text: level for text, level in trimmed.items() if not _plain(text)}),
    ):
        for level in field.levels:
            if keys := [key for key, meant in levels.items() if meant == level]:
                yield one_of(column(f"{name} {field.name}"), keys), level


def _by_number(field: Field) -> Iterator[tuple[exp.Expr, str]]:
    return ((_equals(field, key), level) for key, level in field.by_spelling.items() if _spells_float(key))


def _equals(field: Field, spelling: str) -> exp.Expr:
    """Whether a number is the one so spelt; the sign of a zero counts, as it does in its text."""
    number = float(spelling)
    same = equal(_floating(field), double(number))
    if number:
        return same
    negative = exp.Like(this=column(f"text {field.name}"), expression=word("-%"))
    return exp.and_(same, negative if copysign(1.0, number) < 0 else exp.not_(negative))


def _spells_float(text: str) -> bool:
    """Whether a float is spelt so when it is cleaned as a level."""
    try:
        number = float(text)
    except ValueError:
        return False
    return repr(number) == text and not isnan(number)


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _unknown(field: Field) -> str:
    return f"{field.name}: {'not_a_number' if field.kind == 'number' else 'unknown_level'}"


def _missing(field: Field) -> exp.Expr:
    """The code of a missing value."""
    return word(f"{field.name}: missing_value") if field.required else exp.null()


def _code(field: Field) -> exp.Expr:
    """What is wrong with a value that is neither a number nor a level."""
    nothing = is_null(column(f"text {field.name}"))
    refused = is_null(column(f"type {field.name}"))
    beyond = _of_text(field, is_null(column(f"folded {field.name}")))
    return case(
        (exp.or_(nothing, *_gaps(field)), _missing(field)),
        (refused, word(f"{field.name}: wrong_type")),
        (beyond, word(f"{field.name}: not_plain_text")),
        default=exp.null() if field.unknown == "missing" else word(_unknown(field)),
    )


def _gaps(field: Field) -> Iterator[exp.Expr]:
    """Conditions under which a value that is no level's spelling is missing."""
    spellings = {text for word in (*field.missing, *field.gaps) if fold(text := word.strip()) in field.gaps}
    yield _of_text(field, one_of(column(f"folded {field.name}"), sorted(filter(_plain, field.gaps))))
    if odd := sorted(text for text in spellings if not _plain(text)):
        yield _of_text(field, one_of(column(f"trimmed {field.name}"), odd))
    if field.kind == "category":
        for gap in sorted(filter(_spells_float, field.gaps)):
            yield exp.and_(exp.not_(_is_text(field)), _equals(field, gap))


def reason(fields: Sequence[Field]) -> exp.Expr:
    """What is wrong with the record: that it has no values, or the first field that is wrong."""
    gaps = exp.and_(*map(_is_missing, fields))
    return case((gaps, word("no_values")), *(branch for field in fields for branch in _wrong(field)))


def _is_missing(field: Field) -> exp.Expr:
    code = column(f"code {field.name}")
    return exp.and_(
        is_null(column(f"value {field.name}")), equal(code, _missing(field)) if field.required else is_null(code)
    )


def _wrong(field: Field) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    value, code = column(f"value {field.name}"), column(f"code {field.name}")
    yield exp.and_(is_null(value), exp.not_(is_null(code))), code.copy()
    if field.kind == "number":
        large = exp.GT(this=exp.Abs(this=value.copy()), expression=double(_LARGEST))
        yield large, word(f"{field.name}: out_of_range")
