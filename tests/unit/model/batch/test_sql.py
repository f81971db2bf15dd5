"""The model as a query, run by DuckDB: the row path's answers, or NULL and a reason, and never another answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import polars as pl
import pytest
import sqlglot
from hypothesis import given, settings

from model.batch.errors import BatchError
from model.batch.sql import ANSWERS, DIALECTS, query
from model.loaded import Model
from model.predict import Predictor
from model.training.simulate import simulate
from tests.unit.model.batch.rows import score_rows
from tests.unit.model.batch.test_columns import columns
from tests.unit.preprocessing.test_clean_numbers import MISSING, NOT_NUMBERS, NUMBERS

Row = Mapping[str, Any]
Ask = Callable[[Model, Sequence[Row]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Ask DuckDB for the answers to records; a field that a record lacks is NULL."""
    file = tmp_path_factory.mktemp("duckdb") / "customers.parquet"
    with duckdb.connect() as connection:

        def asked(model: Model, records: Sequence[Row]) -> list[dict[str, Any]]:
            names = [field.name for field in model.artifact.schema.fields]
            texts = [[record.get(name) for name in names] for record in records]
            pl.DataFrame(texts, dict.fromkeys(names, pl.String), orient="row").write_parquet(file)
            connection.sql(f"CREATE OR REPLACE VIEW customers AS FROM '{file}'")
            found = connection.sql(query(model.artifact, "duckdb"))
            return [dict(zip(ANSWERS, row, strict=True)) for row in found.fetchall()]

        yield asked


def assert_right_or_refused(model: Model, records: Sequence[Row], answers: Sequence[Row]) -> int:
    """Each answer is the row path's, or NULL with a reason, as where that path refuses; how many are given."""
    given = 0
    for record, answer in zip(records, answers, strict=True):
        found = score_rows(model, [record])
        if answer["reason"] is not None:
            assert (answer["phat"], answer["business_outcome"]) == (None, None)
            continue
        assert not found.errors, record
        assert answer["phat"] == pytest.approx(found.predictions[0].phat, abs=1e-12), record
        assert answer["business_outcome"] == found.predictions[0].outcome
        given += 1
    return given


def test_golden_records(model: Model, ask: Ask) -> None:
    """The golden records' answers are exact to 1e-12."""
    golden = model.artifact.golden
    answers = ask(model, [record_of(each.record) for each in golden])
    assert [answer["phat"] for answer in answers] == pytest.approx([each.phat for each in golden], abs=1e-12)


def record_of(record: Mapping[str, Any]) -> dict[str, str | None]:
    """A record as a table of texts has it."""
    return {name: None if value is None else str(value) for name, value in record.items()}


def test_simulated_customers(model: Model, ask: Ask) -> None:
    """None of the simulated customers' spellings is beyond SQL."""
    [chunk] = simulate(3_000, 5)
    records = pl.DataFrame(chunk).to_dicts()
    assert assert_right_or_refused(model, records, ask(model, records)) == len(records)


def test_spellings(model: Model, ask: Ask) -> None:
    """All spellings of the cleaning's own tables are right or refused, and most of the numbers are right."""
    records = [{"x12": text, "x5": "Monday "} for text in (*NUMBERS, *NOT_NUMBERS, *MISSING)]
    answers = ask(model, records)
    assert_right_or_refused(model, records, answers)
    read = sum(answer["reason"] is None for answer in answers[: len(NUMBERS)])
    assert read > 0.8 * len(NUMBERS)


def test_any_text(model: Model, ask: Ask) -> None:
    """Whatever stands in two columns, no answer differs from the row path's."""

    @settings(deadline=None, max_examples=150)
    @given(columns, columns)
    def run(numbers: list[str | None], levels: list[str | None]) -> None:
        records = [{"x12": a, "x5": b} for a, b in zip(numbers, levels, strict=False) if a is not None or b is not None]
        if records:
            assert_right_or_refused(model, records, ask(model, records))

    run()


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"x12": "abc"}, "x12: not_a_number"),
        ({"x12": "12,34"}, "x12: not_a_number"),
        ({"x12": "1e301"}, "x12: out_of_range"),
        ({"x12": "1e9"}, "linear_predictor: inexact"),
        ({"x5": "funday"}, "x5: unknown_level"),
        ({"x12": "abc", "x5": "funday"}, "x12: not_a_number"),
    ],
)
def test_reasons(model: Model, ask: Ask, record: Row, reason: str) -> None:
    """What is not answered says which field is wrong, and how, in the API's codes."""
    assert ask(model, [record]) == [{"business_outcome": None, "phat": None, "reason": reason}]


def test_required_fields(model: Model, ask: Ask) -> None:
    """A gap in a field that was fitted without gaps is refused."""
    schema = model.artifact.schema
    fields = tuple(replace(field, gap="error" if field.name == "x31" else field.gap) for field in schema.fields)
    strict = replace(model, artifact=replace(model.artifact, schema=replace(schema, fields=fields)))
    records = [{"x12": "1", "x31": "nan"}, {"x12": "1", "x31": "asia"}]
    assert [row["reason"] for row in ask(strict, records)] == ["x31: missing_value", None]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects(model: Model, dialect: str) -> None:
    """Each dialect's query is one that its own grammar reads, with names and tables quoted as they are."""
    text = query(model.artifact, dialect, "lake.raw.customers", ["id", 'odd "name'])
    parsed = sqlglot.parse_one(text, dialect=dialect)
    assert isinstance(parsed, sqlglot.exp.Select)
    assert [column.alias_or_name for column in parsed.selects] == ["id", 'odd "name', *ANSWERS]
    assert "lake.raw.customers" in {
        table.sql().replace('"', "") for table in parsed.find_all(sqlglot.exp.Table) if table.db
    }


@pytest.mark.parametrize(
    ("link", "dialect", "keep", "told"),
    [
        ("probit", "duckdb", [], "no normal distribution function"),
        ("logit", "oracle", [], "is not one of athena"),
        ("logit", "duckdb", ["phat"], "column phat cannot be kept"),
        ("logit", "duckdb", ["x5", "id", "x5"], "got x5 2 times, expected it once"),
        ("logit", "duckdb", ["x5", ""], "got a blank name in 'x5', ''"),
    ],
)
def test_no_query(model: Model, link: str, dialect: str, keep: list[str], told: str) -> None:
    """What a dialect cannot express is said, not approximated."""
    with pytest.raises(BatchError, match=told):
        query(replace(model.artifact, link=link), dialect, keep=keep)


def test_other_links(model: Model, ask: Ask) -> None:
    """A complementary log-log model is asked as well; a probit in the dialect that has its function."""
    artifact = replace(model.artifact, link="cloglog")
    other = Model(artifact, model.sha256, Predictor(artifact))
    records = [{"x12": "$5.00"}, {"x5": "sunday", "x91": "3"}]
    assert assert_right_or_refused(other, records, ask(other, records)) == 2
    assert "NORMAL_CDF" in query(replace(model.artifact, link="probit"), "athena")
