"""Levels that are numbers or booleans in a data frame, through the handler: JSON and CSV as pandas writes them."""

from collections.abc import Iterator
from math import exp
from typing import Any

import pytest

from phat.model.model import Model
from tests.gateway import ROOT, call, problem

pytestmark = pytest.mark.usefixtures("grades")

JSON = b"""[{"grade":1.0,"is_active":true,"amount":100,"city":"Bern"},
 {"grade":2.0,"is_active":false,"amount":90,"city":"New York"},
 {"grade":null,"is_active":true,"amount":80,"city":"Bern"}]"""
CSV = b"grade,is_active,amount,city\n1.0,True,100,Bern\n2.0,False,90,New York\n,True,80,Bern\n"
SPELT = [
    {"grade": "1", "is_active": "True", "amount": 100, "city": "Bern"},
    {"grade": "2", "is_active": "False", "amount": 90, "city": "New York"},
    {"is_active": "True", "amount": 80, "city": "Bern"},
]


@pytest.fixture(scope="module")
def grades() -> Iterator[Model]:
    """A model whose levels are 1, 2 and 3, and True and False, fitted by statsmodels; it is what the handler serves."""
    import handler

    model = Model.from_bytes((ROOT / "tests" / "models" / "grades.json").read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handler.serving, "loaded", model)
        yield model


def predictions(body: object, content_type: str = "application/json") -> list[dict[str, Any]]:
    """The predictions of a 200."""
    answer = call("POST", "/predict", body, content_type)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json()["predictions"]
    return found


@pytest.mark.parametrize(("body", "content_type"), [(JSON, "application/json"), (CSV, "text/csv")])
def test_a_data_frame_is_scored(grades: Model, body: bytes, content_type: str) -> None:
    """1.0 is the level 1 and true the level True, in JSON and CSV; the answers are those of the levels as spelt."""
    found = predictions(body, content_type)
    assert found == predictions(SPELT)
    weights, made = grades.artifact.coefficients, grades.artifact.terms.divide(grades.artifact.schema)
    amount = made[0]["amount"]
    expected = [
        ("is_active_True", "city_Bern", 100.0),
        ("grade_2", 90.0),
        ("is_active_True", "city_Bern", 80.0),
    ]
    for prediction, (*columns, number) in zip(found, expected, strict=True):
        scaled = (float(number) - amount.centre) / amount.scale
        eta = weights["const"] + weights["amount"] * scaled + sum(weights[str(column)] for column in columns)
        assert prediction["phat"] == pytest.approx(1 / (1 + exp(-eta)), abs=1e-15)
        assert {name for name, value in prediction["variables"].items() if value == 1.0} == set(columns)


def test_what_was_missing_is_named() -> None:
    """Of the data frame, the record without a grade says so."""
    [*_, last] = call("POST", "/predict", JSON, query=[("include", "imputed")]).json()["predictions"]
    assert last["imputed"] == ["grade"]


@pytest.mark.parametrize(("field", "value"), [("grade", 1.5), ("grade", 4), ("grade", True), ("grade", "01")])
def test_other_numbers_are_unknown_levels(field: str, value: object) -> None:
    """Numbers and booleans that no level spells are refused, in JSON and CSV alike."""
    [error] = problem(call("POST", "/predict", SPELT[0] | {field: value}), 422)["errors"]
    assert (error["field"], error["code"]) == (field, "unknown_level")
    body = f"amount,{field}\n1,{value}\n".encode()
    [same] = problem(call("POST", "/predict", body, "text/csv"), 422)["errors"]
    assert (same["field"], same["code"]) == (field, "unknown_level")
