"""Values of a table cleaned in SQL as `preprocessing.clean` cleans them, as far as SQL can be sure to.

Of a field there are then its `value` (a number, or a level's place among the field's levels) and a `code`, which says
what is wrong where there is no value: NULL if nothing is, as the value is missing. Of text that is not plain only what
the schema itself spells is known, and of numbers what needs no other blanks than spaces. Patterns do without
backslashes, groups that capture nothing, and letters beyond ASCII, which dialects take differently.
"""

from collections.abc import Iterator, Sequence
from math import copysign, isnan

from sqlglot import exp

from phat.batch.sql_columns import is_plain, is_text
from phat.batch.sql_expressions import (
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
from phat.batch.sql_terms import Reason
from phat.preprocessing.schema import OTHER, CategoryField, Field, NumberField
from phat.preprocessing.spelling import fold

_DIGITS = "([0-9]+|[1-9][0-9]?[0-9]?(,[0-9][0-9][0-9])+)([.][0-9]*)?|[.][0-9]+"
_PLAIN_NUMBER = f"({_DIGITS})([eE][+-]?[0-9]+)?( *%)?"
_OPENED = "[(]([$] *)?|[$] *[(]"
_NUMBER = f"^(([+-]?([$] *)?|[$] *[+-]){_PLAIN_NUMBER}|({_OPENED}){_PLAIN_NUMBER}[)])$"
"""A number as `preprocessing.clean` describes it, with no blanks but spaces."""
_DECORATION = "$,%() "
_LARGEST = 1e300
"""What is larger is left to the row path: engines differ in what they do beyond the range of 64-bit floats."""


def cleaned(field: Field) -> Iterator[exp.Expr]:
    """The field's value, and what is wrong if there is none."""
    yield named(_number(field) if isinstance(field, NumberField) else _level(field), f"value {field.name}")
    yield named(_code(field), f"code {field.name}")


def _number(field: NumberField) -> exp.Expr:
    text = column(f"trimmed {field.name}")
    digits: exp.Expr = text
    for sign in _DECORATION:
        digits = exp.func("replace", digits, word(sign), word(""))
    number = read_number(digits, "double")
    opened = exp.Like(this=text.copy(), expression=word("%(%"))
    signed = case((opened, exp.Neg(this=number)), default=number.copy())
    booleans = {"true": 1.0, "false": 0.0} if field.boolean else {}
    return case(
        (exp.not_(is_text(field)), column(f"number {field.name}")),
        (_of_text(field, like(text.copy(), _NUMBER)), signed),
        *((_of_text(field, one_of(column(f"folded {field.name}"), [key])), double(booleans[key])) for key in booleans),
    )


def _of_text(field: Field, condition: exp.Expr) -> exp.Expr:
    return exp.and_(is_text(field), condition)


def _level(field: CategoryField) -> exp.Expr:
    """The place of the level that a value means: spelt exactly, else folded, else by its number."""
    texts = [(_of_text(field, condition), _place(field, level)) for condition, level in _by_text(field)]
    numbers = [(exp.and_(exp.not_(is_text(field)), same), _place(field, level)) for same, level in _by_number(field)]
    if field.unknown != "other":
        return case(*texts, *numbers)
    return case(*texts, *numbers, (equal(_code(field), word(_unknown(field))), _place(field, OTHER)))


def _place(field: CategoryField, level: str) -> exp.Expr:
    return whole(field.levels.index(level))


def _by_text(field: CategoryField) -> Iterator[tuple[exp.Expr, str]]:
    """Conditions under which a text means a level, the strictest first."""
    spellings = {text for key in (*field.levels, *field.by_fold) if not is_plain(text := key.strip())}
    for name, levels in (
        ("text", field.by_spelling),
        ("folded", {key: level for key, level in field.by_fold.items() if is_plain(key)}),
        ("trimmed", {text: field.by_fold[fold(text)] for text in sorted(spellings) if fold(text) in field.by_fold}),
    ):
        for level in field.levels:
            if keys := [key for key, meant in levels.items() if meant == level]:
                yield one_of(column(f"{name} {field.name}"), keys), level


def _by_number(field: CategoryField) -> Iterator[tuple[exp.Expr, str]]:
    spellings = {**field.by_fold, **field.by_spelling}
    return ((_equals(field, key), level) for key, level in spellings.items() if _spells_float(key))


def _equals(field: Field, spelling: str) -> exp.Expr:
    """Whether a number is the one so spelt; the sign of a zero counts, as it does in its text."""
    number = float(spelling)
    same = equal(column(f"number {field.name}"), double(number))
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


def _unknown(field: Field) -> str:
    return f"{field.name}: {'not_a_number' if isinstance(field, NumberField) else 'unknown_level'}"


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
        default=exp.null() if _is_lenient(field) else word(_unknown(field)),
    )


def _is_lenient(field: Field) -> bool:
    """Whether an unknown level counts as missing."""
    return isinstance(field, CategoryField) and field.unknown == "missing"


def _gaps(field: Field) -> Iterator[exp.Expr]:
    """Conditions under which a value that is no level's spelling is missing."""
    spellings = {text for gap in (*field.missing, *field.gaps) if fold(text := gap.strip()) in field.gaps}
    yield _of_text(field, one_of(column(f"folded {field.name}"), sorted(filter(is_plain, field.gaps))))
    if odd := sorted(text for text in spellings if not is_plain(text)):
        yield _of_text(field, one_of(column(f"trimmed {field.name}"), odd))
    if isinstance(field, CategoryField):
        for gap in sorted(filter(_spells_float, field.gaps)):
            yield exp.and_(exp.not_(is_text(field)), _equals(field, gap))


def reason(fields: Sequence[Field], of_columns: Sequence[Reason] = ()) -> exp.Expr:
    """What is wrong with the record: that it has no values, the first field that is wrong, or the first column."""
    gaps = exp.and_(*map(_is_missing, fields))
    wrong = (branch for field in fields for branch in _wrong(field))
    return case((gaps, word("no_values")), *wrong, *((each.condition, word(each.text)) for each in of_columns))


def _is_missing(field: Field) -> exp.Expr:
    value, code = column(f"value {field.name}"), column(f"code {field.name}")
    return exp.and_(is_null(value), equal(code, _missing(field)) if field.required else is_null(code))


def _wrong(field: Field) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    value, code = column(f"value {field.name}"), column(f"code {field.name}")
    yield exp.and_(is_null(value), exp.not_(is_null(code))), code.copy()
    if isinstance(field, NumberField):
        large = exp.GT(this=exp.Abs(this=value.copy()), expression=double(_LARGEST))
        yield large, word(f"{field.name}: out_of_range")
