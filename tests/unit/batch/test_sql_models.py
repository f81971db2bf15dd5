"""Random models of all kinds, links and terms as queries, run by DuckDB: the row path's answers, or a reason."""

from dataclasses import replace
from random import Random

import duckdb
import pytest

from phat.batch.sql import NoQuery, sql_query
from phat.model.answer import Mean
from phat.model.model import Model
from phat.model.predict import Predictor
from phat.preprocessing.schema import NumberField, Schema
from phat.preprocessing.terms import Column, Factor, Terms
from tests.unit.batch.random_models import random_model, random_records
from tests.unit.batch.typed_tables import ask, check

ROWS = 120


def check_random(connection: duckdb.DuckDBPyConnection, random: Random) -> int:
    """Compare a random model's query, over a table of any types, with the row path; how many records got figures."""
    model = random_model(random)
    records = random_records(random, model, ROWS)
    types = {
        field.name: random.choice(["VARCHAR", "DOUBLE"]) if isinstance(field, NumberField) else "VARCHAR"
        for field in model.artifact.schema.fields
    }
    rows = [{name: _text(cell, types[name]) for name, cell in record.items()} for record in records]
    text = sql_query(model.artifact, "duckdb", keep=["place"])
    return sum(check(model, values, answer) for values, answer in ask(connection, text, types, rows))


def _text(cell: object, kind: str) -> str | None:
    """A cell's text; in a column of numbers what is none is NULL."""
    if cell is None or (kind == "DOUBLE" and isinstance(cell, str)):
        return None
    return str(cell)


@pytest.mark.parametrize("block", range(4))
def test_random_models(block: int) -> None:
    """Models of each kind and link have the row path's figures, decisions and reasons, and most records an answer."""
    with duckdb.connect() as connection:
        connection.execute("PRAGMA threads = 1")
        random = [Random(seed) for seed in range(block * 10, block * 10 + 10)]  # noqa: S311  # no secret
        answers = [check_random(connection, each) for each in random]
    assert sum(answers) > 0.1 * ROWS * len(answers)


def test_logarithms_that_are_whole(model: Model) -> None:
    """A rounding of logarithms to the base of 10 or 2 jumps where the row path's does; who lacks them is refused."""
    field = NumberField("n")
    of = ("field", "n")
    factors = tuple(Factor(("floor", (name, of))) for name in ("log10", "log2"))
    columns = (Column("tens", ((0, 0),)), Column("twos", ((1, 0),)))
    artifact = replace(
        model.artifact, schema=Schema((field,)), terms=Terms(factors, columns), link="identity", answer=Mean(),
        coefficients={"tens": 1.0, "twos": 100.0}, covariance=None, baseline=None,
    )  # fmt: skip
    one = Model(artifact, "0" * 64, Predictor(artifact))
    rows = [{"n": repr(10.0**power)} for power in range(-20, 20)] + [
        {"n": repr(2.0**power)} for power in range(-60, 60)
    ]
    with duckdb.connect() as connection:
        answers = list(ask(connection, sql_query(artifact, "duckdb", keep=["place"]), {"n": "DOUBLE"}, rows))
    assert all(check(one, record, answer) for record, answer in answers)
    assert [answer["prediction"] for _, answer in answers] == [
        one.predictor.predict_one(record).answer for record, _ in answers
    ]
    with pytest.raises(NoQuery, match="redshift has no function LOG10"):
        sql_query(artifact, "redshift")
