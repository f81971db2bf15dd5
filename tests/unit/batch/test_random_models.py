"""Whole columns of random models of all kinds, links and terms are answered as their records are one by one."""

from random import Random

import polars as pl
import pytest

from phat.api.includes import make_parts
from phat.api.kinds import available_parts
from phat.api.negotiate import Included
from phat.batch.error_tables import described
from phat.batch.errors import NoInterval
from phat.batch.intervals import INTERVAL, OBSERVATIONS
from phat.batch.scoring import Scorer
from tests.unit.batch.random_models import random_model, random_records
from tests.unit.batch.rows import assert_same, score_rows

ROWS = 120
LEVEL = 0.9


def check_random(random: Random) -> int:
    """Compare a random model's answers, errors and bounds with the row path's; how many records were good."""
    model = random_model(random)
    records = random_records(random, model, ROWS)
    texts = [{name: None if cell is None else str(cell) for name, cell in record.items()} for record in records]
    table = pl.DataFrame(texts, dict.fromkeys(records[0], pl.String))
    expected = score_rows(model, texts)
    scored = Scorer(model)(table)
    errors = [(row + 1, *rest) for row, *rest in described(scored.errors).iter_rows()]
    assert_same(model, scored.answers, errors, expected)
    parts = {"interval", "prediction_interval"} & {*available_parts(model.artifact)}
    if "interval" not in parts:
        with pytest.raises(NoInterval):
            Scorer(model, level=LEVEL)
        return len(expected.predictions)
    names = (*INTERVAL, *(OBSERVATIONS if "prediction_interval" in parts else ()))
    bounds = Scorer(model, level=LEVEL, observations="prediction_interval" in parts)(table).answers.select(names)
    given = make_parts(model, Included(frozenset(parts), LEVEL))
    for row, prediction in zip(bounds.iter_rows(), expected.predictions, strict=True):
        cells = [dict(zip(part.columns, part.cells(prediction), strict=True)) for part in given]
        wanted = [value for by_name in cells for name, value in by_name.items() if not name.endswith("level")]
        for got, one in zip(row, wanted, strict=True):
            if one is None or got is None:  # one path is just beyond the range of 64-bit floats
                assert got == one or abs(one or got or 0.0) > 1e300
            else:
                assert got == pytest.approx(one, rel=1e-9, abs=1e-9), (model.artifact.link, prediction)
    return len(expected.predictions)


@pytest.mark.parametrize("block", range(10))
def test_random_models(block: int) -> None:
    """Models of each kind and link get the row path's decisions, figures, bounds, and errors by row and field."""
    good = [check_random(Random(seed)) for seed in range(block * 25, block * 25 + 25)]  # noqa: S311  # no secret
    assert sum(good) > 0.2 * ROWS * len(good)
