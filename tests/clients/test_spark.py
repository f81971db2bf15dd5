"""The model as a query, run by a real local Spark: the row path's answers, or NULL and a reason."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pytest
from pyspark.sql import SparkSession

from model.loaded import Model
from model.training.simulate import simulate
from tests.conftest import REFERENCE
from tests.gateway import ROOT
from tests.unit.model.batch.test_sql import Row, assert_right_or_refused
from tests.unit.preprocessing.test_clean_numbers import MISSING, NOT_NUMBERS, NUMBERS

ARTIFACT = REFERENCE / "segmentation.json"


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """A Spark of this machine."""
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = (
        builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate()
    )
    yield session
    session.stop()


def ask(spark: SparkSession, model: Model, records: Sequence[Row], folder: Path) -> list[Row]:
    """Print the query as its user does, and have Spark answer it."""
    command = [sys.executable, "-m", "model", "sql", str(ARTIFACT), "--dialect", "spark", "--keep", "place"]
    query = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [field.name for field in model.artifact.schema.fields]
    texts = {name: [record.get(name) for record in records] for name in names}
    file = folder / "customers.parquet"
    pl.DataFrame(texts, dict.fromkeys(names, pl.String)).with_row_index("place").write_parquet(file)
    spark.read.parquet(str(file)).createOrReplaceTempView("customers")
    return [row.asDict() for row in spark.sql(query).orderBy("place").collect()]


def test_golden_records(spark: SparkSession, model: Model, tmp_path: Path) -> None:
    """The golden records' answers are exact to 1e-12."""
    golden = [json.loads(line) for line in (REFERENCE / "golden.jsonl").read_text().splitlines()]
    records = [{name: None if value is None else str(value) for name, value in g["record"].items()} for g in golden]
    answers = ask(spark, model, records, tmp_path)
    assert [row["phat"] for row in answers] == pytest.approx([each["phat"] for each in golden], abs=1e-12)


def test_simulated_customers_and_spellings(spark: SparkSession, model: Model, tmp_path: Path) -> None:
    """Simulated customers are all answered, and of the cleaning's own tables no answer differs."""
    [chunk] = simulate(5_000, 5)
    customers = pl.DataFrame(chunk).to_dicts()
    spellings = [{"x12": text, "x5": "Monday "} for text in (*NUMBERS, *NOT_NUMBERS, *MISSING)]
    answers = ask(spark, model, [*customers, *spellings], tmp_path)
    assert assert_right_or_refused(model, customers, answers[: len(customers)]) == len(customers)
    assert assert_right_or_refused(model, spellings, answers[len(customers) :]) > 0.5 * len(NUMBERS)
