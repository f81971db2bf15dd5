"""What clients of MLflow and SageMaker send, through the handler."""

from typing import Any

import pytest

from tests.gateway import call, problem

pytestmark = pytest.mark.usefixtures("served")

RECORDS: list[dict[str, Any]] = [{"x12": "$3,709.93", "x5": "sunday"}, {"x12": None, "x5": "MONDAY"}]
SPLIT = {"columns": ["x12", "x5"], "index": [0, 1], "data": [list(record.values()) for record in RECORDS]}


@pytest.mark.parametrize(
    "body", [{"instances": RECORDS}, {"dataframe_records": RECORDS}, {"dataframe_split": SPLIT}, RECORDS]
)
def test_invocations_answer_as_predict(body: Any) -> None:
    """Records in an envelope get the answer of the same records at /predict; query and Accept work alike."""
    query = [("include", "imputed")]
    assert (
        call("POST", "/invocations", body, query=query).json() == call("POST", "/predict", RECORDS, query=query).json()
    )
    accept = [("Accept", "text/csv")]
    assert (
        call("POST", "/invocations", body, headers=accept).body
        == call("POST", "/predict", RECORDS, headers=accept).body
    )


def test_invocations_take_csv() -> None:
    """SageMaker's clients send CSV; here it has a header."""
    table = b"x12,x5\n1,monday\n"
    assert call("POST", "/invocations", table, "text/csv").json() == call("POST", "/predict", table, "text/csv").json()


def test_predict_takes_no_envelope() -> None:
    """At /predict an envelope is a record without any of the model's fields."""
    assert problem(call("POST", "/predict", {"instances": RECORDS}), 422)["errors"][0]["code"] == "no_known_field"


def test_broken_envelope() -> None:
    """A broken envelope is a 400 that says what is wrong; a bad record in one is named by its row."""
    assert (
        "row 1 of data"
        in problem(call("POST", "/invocations", {"dataframe_split": SPLIT | {"data": [[1]]}}), 400)["detail"]
    )
    [error] = problem(call("POST", "/invocations", {"instances": [*RECORDS, {"x12": "a"}]}), 422)["errors"]
    assert (error["row"], error["field"]) == (3, "x12")


def test_limit_of_records() -> None:
    """An envelope holds no more records than a request may."""
    assert call("POST", "/invocations", {"instances": [{"x12": 1}] * 10_001}).status == 413


def test_ping() -> None:
    """Ping answers as health does."""
    assert call("GET", "/ping").json() == call("GET", "/health").json()
