"""The model as a query, run by a real local Spark: the row path's answers, or NULL and a reason."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import polars as pl
import pytest
from pyspark.sql import SparkSession

from phat.batch.sql import sql_query
from phat.model.model import Model
from phat.training.simulate import simulate
from tests.conftest import REFERENCE
from tests.gateway import ROOT
from tests.unit.batch.random_models import random_model, random_records
from tests.unit.batch.typed_tables import CELLS, FIELDS, Row, check, lenient, model_of, one_by_one, record
from tests.unit.preprocessing.test_clean_numbers import MISSING, NOT_NUMBERS, NUMBERS

ARTIFACT = REFERENCE / "segmentation.json"
TYPES = {kind: kind for kind in CELLS} | {"VARCHAR": "STRING", "BLOB": "BINARY"}
"""What Spark calls DuckDB's types."""


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """A Spark of this machine."""
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = (
        builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate()
    )
    yield session
    session.stop()


def printed() -> str:
    """The reference model's query as its user prints it."""
    command = [sys.executable, "-m", "phat.cli", "sql", str(ARTIFACT), "--dialect", "spark", "--keep", "place"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def ask(spark: SparkSession, text: str, rows: Sequence[Row], folder: Path, types: Mapping[str, str]) -> list[Row]:
    """Have Spark answer a query of a table of these types by field; all values are made from their texts."""
    texts = {name: [row.get(name) for row in rows] for name in types}
    file = folder / "records.parquet"
    pl.DataFrame(texts, dict.fromkeys(types, pl.String)).with_row_index("place").write_parquet(file)
    typed = (f"CAST(`{name}` AS {TYPES[kind]}) AS `{name}`" for name, kind in types.items())
    spark.read.parquet(str(file)).selectExpr("place", *typed).createOrReplaceTempView("records")
    return [row.asDict() for row in spark.sql(text).orderBy("place").collect()]


def texts_of(model: Model) -> dict[str, str]:
    """Columns of text for a model's fields."""
    return {field.name: "VARCHAR" for field in model.artifact.schema.fields}


def test_golden_records(spark: SparkSession, model: Model, tmp_path: Path) -> None:
    """The golden records' answers are exact to 1e-12."""
    golden = [json.loads(line) for line in (REFERENCE / "golden.jsonl").read_text().splitlines()]
    records = [{name: None if value is None else str(value) for name, value in g["record"].items()} for g in golden]
    answers = ask(spark, printed(), records, tmp_path, texts_of(model))
    assert [row["phat"] for row in answers] == pytest.approx([each["phat"] for each in golden], abs=1e-12)


def test_simulated_records_and_spellings(spark: SparkSession, model: Model, tmp_path: Path) -> None:
    """Simulated records are all answered, and of the cleaning's own tables no answer differs."""
    [chunk] = simulate(5_000, 5)
    raw_records = pl.DataFrame(chunk).to_dicts()
    spellings = [{"x12": text, "x5": "Monday "} for text in (*NUMBERS, *NOT_NUMBERS, *MISSING)]
    rows = [dict.fromkeys(texts_of(model)) | row for row in (*raw_records, *spellings)]
    answers = ask(spark, printed(), rows, tmp_path, texts_of(model))
    given = [check(model, row, answer) for row, answer in zip(rows, answers, strict=True)]
    assert all(given[: len(raw_records)])
    assert sum(given[len(raw_records) :]) > 0.5 * len(NUMBERS)


@pytest.mark.parametrize("kind", sorted(CELLS.keys() - {"HUGEINT"}))
def test_columns_of_each_type(spark: SparkSession, model: Model, tmp_path: Path, kind: str) -> None:
    """A value of any of Spark's types means in every field what it means in a record, or is refused with a reason."""
    one = model_of(model, [lenient(field) for field in FIELDS])
    rows = [{name: "nan" if cell == "-nan" else cell for name, cell in row.items()} for row in one_by_one(kind)]
    types = dict.fromkeys(texts_of(one), kind)
    answers = ask(spark, sql_query(one.artifact, "spark", keep=["place"]), rows, tmp_path, types)
    for row, answer in zip(rows, answers, strict=True):
        check(one, record(types, row), answer)


@pytest.mark.parametrize("block", range(3))
def test_random_models(spark: SparkSession, tmp_path: Path, block: int) -> None:
    """Models of all kinds, links and terms have the row path's figures, decisions and reasons."""
    given = 0
    for seed in range(block * 6, block * 6 + 6):
        random = Random(seed)  # noqa: S311  # no secret
        one = random_model(random)
        records = random_records(random, one, 60)
        rows = [{name: None if cell is None else str(cell) for name, cell in row.items()} for row in records]
        answers = ask(spark, sql_query(one.artifact, "spark", keep=["place"]), rows, tmp_path, texts_of(one))
        given += sum(check(one, row, answer) for row, answer in zip(rows, answers, strict=True))
    assert given > 20
