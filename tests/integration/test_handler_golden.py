"""The golden lines through the whole handler: alone, in one batch, as JSON and as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from phat.model.model import Model
from tests.gateway import Answer, call

pytestmark = pytest.mark.usefixtures("served")

TOLERANCE = 1e-12

Line = dict[str, Any]


def as_csv(records: Sequence[Mapping[str, Any]]) -> bytes:
    """Records as CSV: what a record lacks is an empty cell."""
    names = sorted({name for record in records for name in record})
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def predictions(answer: Answer) -> list[dict[str, Any]]:
    """The predictions of a 200."""
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json()["predictions"]
    return found


def from_csv(answer: Answer) -> list[dict[str, Any]]:
    """The predictions of a CSV answer in the form that JSON gives them."""
    assert answer.status == 200, answer.body
    rows = csv.DictReader(io.StringIO(answer.body))
    return [from_csv_row(row) for row in rows]


def from_csv_row(row: dict[str, str]) -> dict[str, Any]:
    """One row of a CSV answer in the form that JSON gives it."""
    first = {"business_outcome": row.pop("business_outcome"), "phat": float(row.pop("phat"))}
    return first | {"variables": {name: float(value) for name, value in row.items()}}


@pytest.fixture(scope="module")
def batch(served: None, golden: list[Line]) -> list[dict[str, Any]]:
    """Answers to all golden records in one JSON batch."""
    return predictions(call("POST", "/predict", [line["record"] for line in golden]))


def test_golden_lines_match(batch: list[dict[str, Any]], golden: list[Line], model: Model) -> None:
    """All 300 messy records get the published phat, and the outcome that the cutoff makes of it."""
    assert len(golden) == 300
    for line, found in zip(golden, batch, strict=True):
        assert found["phat"] == pytest.approx(line["phat"], abs=TOLERANCE, rel=0)
        assert found["business_outcome"] == ("event" if found["phat"] >= model.artifact.cutoff else "not event")


def test_examples_match(examples: list[Line]) -> None:
    """Both real customers get the published phat and outcome."""
    answers = predictions(call("POST", "/predict", [line["record"] for line in examples]))
    assert [found["phat"] for found in answers] == pytest.approx([line["phat"] for line in examples], abs=TOLERANCE)
    assert answers[0]["phat"] == 0.7224644184562925


def test_alone_as_in_a_batch(batch: list[dict[str, Any]], golden: list[Line]) -> None:
    """Each record alone, as an object and as an array of one, gets the very bits it gets in the batch."""
    for line, together in zip(golden, batch, strict=True):
        assert predictions(call("POST", "/predict", line["record"])) == [together]
        assert predictions(call("POST", "/predict", [line["record"]])) == [together]


def test_csv_as_json(batch: list[dict[str, Any]], golden: list[Line]) -> None:
    """The batch sent as CSV, and answered as CSV, has the same bits."""
    body = as_csv([line["record"] for line in golden])
    assert predictions(call("POST", "/predict", body, "text/csv")) == batch
    assert from_csv(call("POST", "/predict", body, "text/csv", headers=[("Accept", "text/csv")])) == batch


def test_csv_alone(batch: list[dict[str, Any]], golden: list[Line]) -> None:
    """Each record as a CSV of one row has the same bits."""
    for line, together in zip(golden, batch, strict=True):
        assert predictions(call("POST", "/predict", as_csv([line["record"]]), "text/csv")) == [together]


def test_variables_are_what_the_model_saw(batch: list[dict[str, Any]], golden: list[Line], model: Model) -> None:
    """The variables of an answer, by name, times the coefficients, add up to the published linear predictor."""
    coefficients = model.artifact.coefficients
    for line, found in zip(golden, batch, strict=True):
        assert list(found["variables"]) == sorted(coefficients)
        eta = sum(coefficients[name] * value for name, value in found["variables"].items())
        assert eta == pytest.approx(line["linear_predictor"], abs=TOLERANCE)
