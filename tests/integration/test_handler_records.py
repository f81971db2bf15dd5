"""Bad records: a 422 that names row, field and code, what was got and what was expected."""

import pytest

from tests.gateway import call, event, invoke, problem

pytestmark = pytest.mark.usefixtures("served")

RECORD = {"x12": 1, "x5": "sunday"}


def test_bad_records_are_named() -> None:
    """The event with bad records gets a 422 that names row, field, code, what was got and what was expected."""
    found = problem(invoke(event("predict_bad_records")), 422)
    expected = "one of friday, monday, saturday, sunday, thursday, tuesday, wednesday"
    assert found["errors"] == [
        {"row": 2, "field": "x12", "code": "not_a_number", "detail": "got '12,34', expected a number"},
        {"row": 2, "field": "x5", "code": "unknown_level", "detail": f"got 'funday', expected {expected}"},
    ]
    assert (found["total"], found["detail"]) == (2, "2 errors in 1 record; nothing was scored")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("abc", "not_a_number"),
        ("(-5)", "not_a_number"),
        ("-(5)", "not_a_number"),
        ("($5)%", "not_a_number"),
        ("1234,567", "not_a_number"),
        ("$1,2,3", "not_a_number"),
        ("1_000", "not_a_number"),
        ("0x1F", "not_a_number"),
        ("1e400", "out_of_range"),
        ("inf", "not_a_number"),
        ("\u0663", "not_a_number"),
        ("--5", "not_a_number"),
        ("(5", "not_a_number"),
        (True, "wrong_type"),
        ([], "wrong_type"),
        ({}, "wrong_type"),
        (10**400, "out_of_range"),
    ],
)
def test_bad_numbers(value: object, code: str) -> None:
    """Every kind of bad number of the table is a 422 that names row and field, alone and as CSV too."""
    answer = call("POST", "/predict", [RECORD, RECORD | {"x44": value}])
    [error] = problem(answer, 422)["errors"]
    assert (error["row"], error["field"], error["code"]) == (2, "x44", code)
    if isinstance(value, str):
        body = f'x12,x44\n1,1\n1,"{value}"\n'.encode()
        assert problem(call("POST", "/predict", body, "text/csv"), 422)["errors"] == [error | {"line": 3}]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("x5", "funday", "unknown_level"),
        ("x5", 1, "unknown_level"),
        ("x5", True, "unknown_level"),
        ("x5", 1.5, "unknown_level"),
        ("x31", ["asia"], "wrong_type"),
        ("x12", 1.7e308, "out_of_range"),
        ("id", 1.5, "wrong_type"),
        ("id", {}, "wrong_type"),
    ],
)
def test_bad_values(field: str, value: object, code: str) -> None:
    """Bad levels, bad ids, and numbers that the model's arithmetic cannot hold are 422s that name the field."""
    other = {"x44": 1e308, "x53": -1e308} if code == "out_of_range" else {}
    errors = problem(call("POST", "/predict", RECORD | other | {field: value}), 422)["errors"]
    assert {error["code"] for error in errors} == {code}
    assert errors[0]["row"] == 1
    assert field in {error["field"] for error in errors} or code == "out_of_range"


@pytest.mark.parametrize("record", [{}, {"id": 1, "x99": 1}, 1, "x12", None, [], [RECORD]])
def test_what_is_no_record(record: object) -> None:
    """An item that is no object, or has none of the model's fields, is an error of its row."""
    [error] = problem(call("POST", "/predict", [RECORD, record]), 422)["errors"]
    assert (error["row"], error["field"]) == (2, None)
    assert error["code"] == ("no_known_field" if isinstance(record, dict) else "not_an_object")


def test_three_bad_of_a_thousand() -> None:
    """In a batch of 1,000 exactly the three bad records are named."""
    records: list[dict[str, object]] = [dict(RECORD) for _ in range(1000)]
    records[0]["x5"] = "funday"
    records[499]["x44"] = "12,34"
    records[999]["x12"] = True
    found = problem(call("POST", "/predict", records), 422)
    assert [(e["row"], e["field"]) for e in found["errors"]] == [(1, "x5"), (500, "x44"), (1000, "x12")]
    assert found["total"] == 3


def test_many_errors_are_counted() -> None:
    """Of many errors the first 100 are listed and all are counted."""
    found = problem(call("POST", "/predict", [RECORD | {"x12": "?", "x44": "?"}] * 80), 422)
    assert (len(found["errors"]), found["total"]) == (100, 160)
    assert found["detail"] == "160 errors in 80 records; the first 100 are listed; nothing was scored"


def test_a_quoted_value_is_short() -> None:
    """A caller's own value is quoted up to 40 characters, counted as they are shown."""
    [error] = problem(call("POST", "/predict", RECORD | {"x12": "\n\u20ac" + "x" * 100}), 422)["errors"]
    assert error["detail"] == "got '\\n\u20ac" + "x" * 37 + "'..., expected a number"
