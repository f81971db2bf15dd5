"""The model as a query, run by DuckDB: the row path's answers, or NULL and a reason, and never another answer."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import duckdb
import polars as pl
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.batch.sql import DIALECTS, NoQuery, sql_query
from phat.model.answer import Binary
from phat.model.model import Model
from phat.model.predict import Predictor
from phat.preprocessing.schema import MISSING_WORDS, OTHER, CategoryField, Field, Gap, NumberField, Unknown, levels_of
from phat.storage.errors import FilesError
from phat.training.simulate import simulate
from tests.unit.batch.test_columns import texts
from tests.unit.batch.typed_tables import CELLS, FIELDS, Row, ask, check, lenient, model_of, one_by_one
from tests.unit.preprocessing.test_clean_numbers import MISSING, NOT_NUMBERS, NUMBERS

Connection = duckdb.DuckDBPyConnection
ANSWERS = ("business_outcome", "phat", "reason")
"""What a model of two outcomes answers."""


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """DuckDB in memory."""
    with duckdb.connect() as opened:
        yield opened


def asked(connection: Connection, model: Model, rows: Sequence[Row], **types: str) -> list[Row]:
    """Checked answers to rows, whose columns are text if no type is given; what a row lacks is NULL."""
    fields = {field.name: "VARCHAR" for field in model.artifact.schema.fields}
    text = sql_query(model.artifact, "duckdb", keep=["place"])
    answers = list(ask(connection, text, fields | types, [dict.fromkeys(fields) | dict(row) for row in rows]))
    for record, answer in answers:
        check(model, record, answer)
    return [answer for _, answer in answers]


def of_one(model: Model, name: str) -> Model:
    """A model of one of the fields."""
    return model_of(model, [lenient(field) for field in FIELDS if field.name == name])


def test_golden_records(model: Model, connection: Connection) -> None:
    """The golden records' answers are exact to 1e-12."""
    golden = model.artifact.golden
    records = [{name: None if raw is None else str(raw) for name, raw in each.record.items()} for each in golden]
    answers = asked(connection, model, records)
    assert [answer["phat"] for answer in answers] == pytest.approx([each.answer for each in golden], abs=1e-12)


def test_simulated_records(model: Model, connection: Connection) -> None:
    """None of the simulated spellings is beyond SQL."""
    [chunk] = simulate(3_000, 5)
    answers = asked(connection, model, pl.DataFrame(chunk).to_dicts())
    assert {answer["reason"] for answer in answers} == {None}


def test_spellings(model: Model, connection: Connection) -> None:
    """All spellings of the cleaning's own tables are right or refused, and most of the numbers are right."""
    spellings = (*NUMBERS, "$(5,032.58)", *NOT_NUMBERS, *MISSING)
    answers = asked(connection, model, [{"x12": text, "x5": "Monday "} for text in spellings])
    read = sum(answer["reason"] is None for answer in answers[: len(NUMBERS)])
    assert read > 0.8 * len(NUMBERS)
    assert answers[len(NUMBERS)]["reason"] is None


@pytest.mark.parametrize("kind", CELLS)
def test_columns_of_each_type(model: Model, connection: Connection, kind: str) -> None:
    """A value of any type means in every field what it means in a record, or is refused with a reason."""
    types = {field.name: kind for field in FIELDS}
    asked(connection, model_of(model, [lenient(field) for field in FIELDS]), one_by_one(kind), **types)


@pytest.mark.parametrize(
    ("field", "kind", "cells"),
    [
        ("amount", "DOUBLE", ["0.1", "-0.0", "-1.0", "5e-324"]),
        ("amount", "FLOAT", ["0.1", "1.0"]),
        ("amount", "INTEGER", ["5"]),
        ("amount", "HUGEINT", ["5"]),
        ("amount", "DECIMAL(18,3)", ["0.1"]),
        ("amount", "VARCHAR", ["$(32.58)", "$ (5)", "(5%)"]),
        ("flag", "BOOLEAN", ["true", "false"]),
        ("flag", "VARCHAR", [" True", "false", "0.5"]),
        ("member", "BOOLEAN", ["true", "false"]),
        ("bought", "BOOLEAN", ["true", "false"]),
        ("bought", "VARCHAR", ["TRUE", "true ", "False"]),
        ("grade", "DOUBLE", ["1.0", "2.0", "0.0", "0.5", "1e16"]),
        ("grade", "FLOAT", ["1.0", "2.0", "0.5"]),
        ("grade", "BIGINT", ["1", "2", "0"]),
        ("grade", "HUGEINT", ["12345678901234567890"]),
        ("grade", "DECIMAL(18,3)", ["1.000", "2", "0.500"]),
        ("grade", "DECIMAL(38,0)", ["1", "12345678901234567890"]),
        ("grade", "VARCHAR", ["1", "1.0", "2", "0.0"]),
        ("region", "VARCHAR", ["NA", " na", "NONE", "unknown"]),
        ("exact", "VARCHAR", ["a", "A", " a", "Straße", "STRASSE"]),
        ("city", "VARCHAR", ["Köln", " Köln ", "STRASSE", "Straße "]),
    ],
)
def test_values_that_are_answered(
    model: Model, connection: Connection, field: str, kind: str, cells: list[str]
) -> None:
    """What means a number or a level is answered, whatever type its column has."""
    answers = asked(connection, of_one(model, field), [{field: cell} for cell in cells], **{field: kind})
    assert [answer["reason"] for answer in answers] == [None] * len(cells)


@pytest.mark.parametrize(
    ("field", "kind", "cell", "reason"),
    [
        ("amount", "BOOLEAN", "true", "amount: wrong_type"),
        ("amount", "DATE", "2020-01-01", "amount: wrong_type"),
        ("amount", "VARCHAR", "true", "amount: not_a_number"),
        ("amount", "VARCHAR", "5\t", "amount: not_plain_text"),
        ("amount", "DOUBLE", "inf", "amount: out_of_range"),
        ("amount", "DOUBLE", "nan", "no_values"),
        ("grade", "TIMESTAMP", "2020-01-01 00:00:00", "grade: wrong_type"),
        ("grade", "DOUBLE[]", "[1.0]", "grade: wrong_type"),
        ("grade", "VARCHAR", "01", "grade: unknown_level"),
        ("grade", "FLOAT", "0.1", "grade: unknown_level"),
        ("exact", "VARCHAR", "  a", "exact: unknown_level"),
        ("exact", "VARCHAR", "straße", "exact: not_plain_text"),
        ("city", "VARCHAR", "KÖLN", "city: not_plain_text"),
        ("region", "VARCHAR", "Brühl", "region: not_plain_text"),
        ("member", "VARCHAR", "none", "no_values"),
        ("code", "INTEGER", "7", "no_values"),
        ("city", "VARCHAR", " — ", "no_values"),
        ("city", "DOUBLE", "-999", "no_values"),
    ],
)
def test_values_that_are_not(
    model: Model, connection: Connection, field: str, kind: str, cell: str, reason: str
) -> None:
    """What means nothing, or is missing, or is beyond SQL, has a reason in each row."""
    one = of_one(model, field)
    connection.execute(f'CREATE OR REPLACE TABLE records AS SELECT CAST(? AS {kind}) AS "{field}"', [cell])
    assert connection.sql(sql_query(one.artifact, "duckdb")).fetchall() == [(None, None, reason)]


def test_float_means_its_own_bits(model: Model, connection: Connection) -> None:
    """A number of 32 bits is the number that these bits are, not the one that its shortest text spells."""
    one = model_of(model, [NumberField("x", fill=0.0)])
    [short, exact] = asked(connection, one, [{"x": "0.1"}, {"x": "0.10000000149011612"}], x="FLOAT")
    [same, other] = asked(connection, one, [{"x": "0.10000000149011612"}, {"x": "0.1"}], x="DOUBLE")
    assert short["phat"] == exact["phat"] == same["phat"] != other["phat"]


LEVELS = (
    *("yes", "no", "Yes", "NO", "True", "false", "1", "1.0", "01", "2", "-0", "0.0", "0.5", "none", "NA", "nan", "?"),
    *("other", "a", "A", " a", "Straße", "STRASSE", "Köln", "ko\u0308ln", "inf", "1e+16", "it's", "a\\b", "x\n", "—"),
)
WORDS = ("?", "—", "N/A", "none", "NaN", "True", "no")
NUMERIC_WORDS = ("-999", "999.0", "1e+16", "0")


@st.composite
def fields(draw: st.DrawFn, name: str) -> Field:
    """Fields of both kinds with any policies."""
    number = draw(st.booleans())
    words = st.lists(st.sampled_from(WORDS if number else WORDS + NUMERIC_WORDS), max_size=4).map(tuple)
    missing = draw(st.just(MISSING_WORDS) | words)
    if number:
        fill = draw(st.sampled_from([None, 0.0, 1.5]))
        return NumberField(name, fill=fill, missing=missing, boolean=draw(st.booleans()))
    levels = tuple(draw(st.lists(st.sampled_from(LEVELS), min_size=1, max_size=7, unique=True)))
    gap: Gap = draw(st.sampled_from(["error", "fill", "zero"]))
    unknowns = {"error": True, "missing": gap != "error", "other": OTHER in levels}
    unknown: Unknown = draw(st.sampled_from([policy for policy, possible in unknowns.items() if possible]))
    level = draw(st.sampled_from(levels)) if gap == "fill" else None
    return CategoryField(name, fill=level, levels=levels, gap=gap, unknown=unknown, missing=missing)


def cells(field: Field, kind: str) -> st.SearchStrategy[str | None]:
    """Cells of a type: of text, spellings of the field's own levels, decorated or not, and any other text."""
    if kind != "VARCHAR":
        return st.none() | st.sampled_from(CELLS[kind])
    own = st.sampled_from([*levels_of(field), *field.missing, "x"])
    changed = own | own.map(str.upper) | own.map(str.title) | own.map(str.casefold)
    before, after = st.sampled_from(["", " ", "\u00a0"]), st.sampled_from(["", "  ", "\n", "."])
    decorated = st.builds("{}{}{}".format, before, changed, after)
    return st.none() | decorated | texts | st.sampled_from(CELLS[kind])


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_fields_and_columns(model: Model, connection: Connection, data: st.DataObject) -> None:
    """Whatever fields a model has and whatever types its table, no answer differs from the row path's."""
    every = [data.draw(fields(f"f{place}")) for place in range(data.draw(st.integers(1, 3)))]
    types = {field.name: data.draw(st.just("VARCHAR") | st.sampled_from([*CELLS])) for field in every}
    row = st.fixed_dictionaries({field.name: cells(field, types[field.name]) for field in every})
    link, cutoff = (
        data.draw(st.sampled_from(["logit", "cloglog"])),
        data.draw(st.sampled_from([0.5, 0.4875026035157896])),
    )
    one = model_of(model, every, link=link, answer=Binary(cutoff, model.artifact.labels))
    asked(connection, one, data.draw(st.lists(row, min_size=1, max_size=12)), **types)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"x12": "abc"}, "x12: not_a_number"),
        ({"x12": "12,34"}, "x12: not_a_number"),
        ({"x12": "1e301"}, "x12: out_of_range"),
        ({"x12": "1e9"}, "linear_predictor: inexact"),
        ({"x5": "funday"}, "x5: unknown_level"),
        ({"x12": "abc", "x5": "funday"}, "x12: not_a_number"),
        ({}, "no_values"),
        ({"x5": "NaN", "x12": " "}, "no_values"),
    ],
)
def test_reasons(model: Model, connection: Connection, record: Row, reason: str) -> None:
    """What is not answered says which field is wrong, and how, in the API's codes."""
    assert asked(connection, model, [record]) == [{"business_outcome": None, "phat": None, "reason": reason}]


def test_required_fields(model: Model, connection: Connection) -> None:
    """A gap in a field that was fitted without gaps is refused."""
    schema = model.artifact.schema
    strict = tuple(replace(field, gap="error") if field.name == "x31" else field for field in schema.fields)
    artifact = replace(model.artifact, schema=replace(schema, fields=strict))
    rows = [{"x31": "nan", "x12": "5"}, {"x31": "asia"}]
    answers = asked(connection, Model(artifact, model.sha256, Predictor(artifact)), rows)
    assert [answer["reason"] for answer in answers] == ["x31: missing_value", None]


def test_uncertain_outcomes_have_phat(model: Model, connection: Connection) -> None:
    """So near to the cutoff that the last bits decide, `phat` is answered, and the outcome is not."""
    phat = model.predictor.predict_one({"x12": 5.0}).answer
    artifact = replace(model.artifact, answer=Binary(phat, model.artifact.labels))
    [answer] = asked(connection, Model(artifact, model.sha256, Predictor(artifact)), [{"x12": "5"}])
    assert answer == {"business_outcome": None, "phat": pytest.approx(phat), "reason": "business_outcome: inexact"}


def test_numbers_that_leave_the_range(model: Model, connection: Connection) -> None:
    """Where scaling, or the terms' sum, leaves the range of 64-bit floats, no answer is given."""
    every = [NumberField("a", fill=0.0), NumberField("b", fill=0.0)]
    tiny = {"a": (0.0, 1e-300), "b": (0.0, 1e-300)}
    answers = asked(connection, model_of(model, every, tiny), [{"a": "1e200", "b": "1e200"}, {"a": "0", "b": "1e-300"}])
    assert [answer["reason"] for answer in answers] == ["linear_predictor: inexact", None]


@pytest.mark.parametrize("collation", ["nocase", "noaccent"])
def test_collations(model: Model, connection: Connection, collation: str) -> None:
    """Levels that differ by letter case or accents stay apart in columns for which these count for nothing."""
    field = CategoryField("x", gap="error", levels=("A", "a", "Koln"))
    one = model_of(model, [field])
    connection.execute(f"CREATE OR REPLACE TABLE records (place INTEGER, x VARCHAR COLLATE {collation})")
    connection.execute("INSERT INTO records VALUES (0, 'a'), (1, 'A'), (2, 'Köln'), (3, 'Koln')")
    connection.execute(f"PRAGMA default_collation = '{collation}'")
    try:
        answers = connection.sql(sql_query(one.artifact, "duckdb", keep=["place"])).fetchall()
    finally:
        connection.execute("PRAGMA default_collation = 'binary'")
    for text, (_, *answer) in zip(["a", "A", "Köln", "Koln"], sorted(answers), strict=True):
        check(one, {"x": text}, dict(zip(ANSWERS, answer, strict=True)))


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects(model: Model, dialect: str) -> None:
    """Each dialect's query is one that its own grammar reads, with names and tables quoted as they are."""
    text = sql_query(model.artifact, dialect, "lake.raw.records", ["id", 'odd "name'])
    parsed = sqlglot.parse_one(text, dialect=dialect)
    assert isinstance(parsed, sqlglot.exp.Select)
    assert [column.alias_or_name for column in parsed.selects] == ["id", 'odd "name', *ANSWERS]
    assert "lake.raw.records" in {
        table.sql().replace('"', "") for table in parsed.find_all(sqlglot.exp.Table) if table.db
    }
    assert "TRY_CAST" in text  # or a text that is no number ends the query


def test_kept_columns_are_the_table_s(model: Model, connection: Connection) -> None:
    """Columns are kept as they are, whatever the query calls its own in between, and fields among them."""
    one = model_of(model, [NumberField("x", fill=0.0)])
    connection.execute('CREATE OR REPLACE TABLE records AS SELECT 1 AS x, 2 AS size, 3 AS eta, 4 AS "text x"')
    kept = connection.sql(sql_query(one.artifact, "duckdb", keep=["size", "x", "eta", "text x"]))
    assert kept.columns == ["size", "x", "eta", "text x", *ANSWERS]
    assert kept.fetchall()[0][:4] == (2, 1, 3, 4)


@pytest.mark.parametrize(
    ("link", "dialect", "keep", "message"),
    [
        ("logit", "oracle", [], "is not one of athena"),
        ("logit", "duckdb", ["phat"], "column phat cannot be kept"),
        ("logit", "duckdb", ["x5", "id", "x5"], "got x5 2 times, expected it once"),
        ("logit", "duckdb", ["x5", ""], "got a blank name in 'x5', ''"),
    ],
)
def test_no_query(model: Model, link: str, dialect: str, keep: list[str], message: str) -> None:
    """What a dialect cannot express is said, not approximated."""
    with pytest.raises(FilesError, match=message):
        sql_query(replace(model.artifact, link=link), dialect, keep=keep)


def test_fields_that_sql_takes_for_one(model: Model) -> None:
    """Fields that differ by letter case alone are refused, as SQL would read one column for both."""
    two = model_of(model, [NumberField("x", fill=0.0), NumberField("X", fill=0.0)])
    with pytest.raises(NoQuery, match="fields x and X differ by letter case alone"):
        sql_query(two.artifact, "duckdb")


def test_complementary_log_log(model: Model, connection: Connection) -> None:
    """A complementary log-log model keeps its digits where `phat` is small."""
    one = model_of(model, [NumberField("x", fill=0.0)], link="cloglog")
    rows = [{"x": str(number)} for number in (-600, -300, -100, -70, -69, -65, -10, 0, 10, 100)]
    assert {answer["reason"] for answer in asked(connection, one, rows)} == {None}
