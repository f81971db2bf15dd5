"""Random models of all kinds, links and terms as queries, run by DuckDB: the row path's answers, or a reason."""

from random import Random

import duckdb
import pytest

from phat.batch.sql import sql_query
from phat.preprocessing.schema import NumberField
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
