"""From raw records to predictions."""

import random
from dataclasses import replace
from math import nextafter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.model.answer import Binary
from phat.model.model import Model
from phat.model.predict import Predictor
from phat.preprocessing.errors import InvalidRecords

TOLERANCE = 1e-12


def test_golden_lines(model: Model, golden: list[dict[str, Any]]) -> None:
    """All 300 golden lines: phat, linear predictor and standard error as computed independently."""
    from phat.model.explain import standard_error

    assert len(golden) == 300
    for line in golden:
        found = model.predictor.predict_one(line["record"])
        assert found.answer == pytest.approx(line["phat"], abs=TOLERANCE, rel=0)
        assert found.linear_predictor == pytest.approx(line["linear_predictor"], abs=TOLERANCE, rel=0)
        error = standard_error(found.values, model.artifact.known_covariance)
        assert error == pytest.approx(line["standard_error"], abs=TOLERANCE, rel=0)


def test_examples(model: Model, examples: list[dict[str, Any]]) -> None:
    """Both real customers, as a real client sent them."""
    found = model.predictor.predict([line["record"] for line in examples])
    assert [one.answer for one in found] == pytest.approx([line["phat"] for line in examples], abs=TOLERANCE)


@settings(deadline=None, max_examples=50)
@given(chosen=st.lists(st.integers(0, 299), min_size=1, max_size=20), seed=st.integers(0, 100))
def test_neighbours_and_keys_do_not_matter(
    model: Model, golden: list[dict[str, Any]], chosen: list[int], seed: int
) -> None:
    """A record has the same bits alone, in any batch, and with its keys in any order."""
    records = [golden[index]["record"] for index in chosen]
    shuffled = [dict(random.Random(seed).sample(list(record.items()), len(record))) for record in records]  # noqa: S311  # no secret
    alone = [model.predictor.predict_one(record) for record in records]
    assert model.predictor.predict(records) == model.predictor.predict(shuffled) == alone


def test_order_of_coefficients_shows_in_no_bit(model: Model, golden: list[dict[str, Any]]) -> None:
    """The same model with its columns in another order gives the same bits."""
    artifact = model.artifact
    order = list(reversed(range(len(artifact.columns))))
    names = [artifact.columns[index] for index in order]
    other = replace(
        artifact,
        terms=artifact.terms.ordered(names),
        coefficients={name: artifact.coefficients[name] for name in names},
        covariance=tuple(tuple(artifact.known_covariance[i][j] for j in order) for i in order),
    )
    records = [line["record"] for line in golden]
    expected = [one.answer for one in model.predictor.predict(records)]
    assert [one.answer for one in Predictor(other).predict(records)] == expected


def test_imputed_names_the_gaps(model: Model) -> None:
    """A prediction names the fields that were missing, in the schema's order."""
    found = model.predictor.predict_one({"x12": "nan", "x44": 1, "x5": "monday", "x81": None})
    assert found.imputed == ["x12", "x53", "x56", "x58", "x62", "x91", "x31", "x81"]


def test_numbers_beyond_the_arithmetic(model: Model) -> None:
    """Numbers that are finite one by one but overflow together are the record's error."""
    record = dict.fromkeys(("x12", "x44", "x53", "x56", "x58", "x62", "x91"), 1.7e308)
    with pytest.raises(InvalidRecords) as caught:
        model.predictor.predict([{"x12": 1}, record])
    assert {(error.row, error.code) for error in caught.value.errors} == {(2, "out_of_range")}


@pytest.mark.parametrize("record", [{"x12": 5e307, "x44": 5e307}, {"x12": 5e307, "x44": -5e307}])
def test_sums_beyond_the_arithmetic(model: Model, record: dict[str, float]) -> None:
    """A linear predictor that overflows, to one infinity or between both, is the record's error."""
    huge = {name: 1e9 if name in record else 0.0 for name in model.artifact.columns}
    with pytest.raises(InvalidRecords, match="linear predictor stays within the range"):
        Predictor(replace(model.artifact, coefficients=huge)).predict([record])


def test_large_numbers_saturate(model: Model) -> None:
    """A large number that the arithmetic can hold gives a probability of 0 or 1."""
    found = [model.predictor.predict_one({"x12": number}).answer for number in ("1e300", "-1e300")]
    assert sorted(found) == [0.0, 1.0]


def test_outcome_at_the_cutoff_is_the_event(model: Model, examples: list[dict[str, Any]]) -> None:
    """A phat at the cutoff is the event, one bit below it is not."""
    record = examples[0]["record"]
    phat = model.predictor.predict_one(record).answer
    at, above = (
        Predictor(replace(model.artifact, answer=Binary(cutoff, model.artifact.labels)))
        for cutoff in (phat, nextafter(phat, 1))
    )
    assert (at.predict_one(record).outcome, above.predict_one(record).outcome) == ("event", "not event")
