"""Whole columns of random models of all kinds, links and terms are answered as their records are one by one."""

from dataclasses import replace
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
from phat.model.answer import Mean
from phat.model.artifact import Golden
from phat.model.model import Model
from phat.model.predict import Predictor
from phat.preprocessing.schema import NumberField, Schema
from phat.preprocessing.terms import Column, Factor, Terms
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


def test_jumps_are_where_the_row_path_has_them() -> None:
    """Below a rounding, a remainder or a comparison no last bit differs, so that no column jumps elsewhere."""
    of = ("field", "n")
    factors = tuple(
        Factor(each) for each in (
            ("floor", ("log10", of)), ("wrap", ("expm1", of), 0.0, 7.0), ("<", ("exp", of), 20.085536923187668),
            ("sin", ("exp", of)),
        )
    )  # fmt: skip
    columns = tuple(Column(f"column {place}", ((place, 0),)) for place in range(len(factors)))
    plain = random_model(Random(1)).artifact  # noqa: S311  # no secret
    artifact = replace(
        plain, schema=Schema((NumberField("n"),)), terms=Terms(factors, columns), link="identity", answer=Mean(),
        coefficients={column.name: 10.0**place for place, column in enumerate(columns)}, covariance=None, scale=None,
        golden=(Golden({}, 0.0, None, None),) * 20,
    )  # fmt: skip
    model = Model(artifact, "0" * 64, Predictor(artifact))
    rows = [
        {"n": repr(value)} for value in (1000.0, 0.001, 26.0, 3.0, 25.0, 30.1, 17.3, *(1.0 + n / 7 for n in range(200)))
    ]
    scored = Scorer(model)(pl.DataFrame(rows, {"n": pl.String}))
    errors = [(row + 1, *rest) for row, *rest in described(scored.errors).iter_rows()]
    assert_same(model, scored.answers, errors, score_rows(model, rows))


def test_gaps_in_constant_pieces() -> None:
    """A gap in a spline whose pieces are constants is a gap, and a divisor of 0 is refused for a gap too."""
    for seed in ("6465c0375c65", "2219685e336f"):
        check_random(Random(bytes.fromhex(seed)))  # noqa: S311  # no secret
