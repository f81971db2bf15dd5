"""The contract's main lines, asked of the function in its container."""

import csv
import io
import json

import pytest

from tests.e2e.function import Function
from tests.e2e.shell import ROOT
from tests.gateway import event

EXAMPLES = json.loads((ROOT / "model" / "reference" / "examples.json").read_text())


def test_scores_the_first_example_exactly(function: Function) -> None:
    """The first reference record gets the model's own answer, to the last bit."""
    answer = function.invoke(event("predict"))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()["predictions"][0]["phat"] == EXAMPLES[0]["phat"] == 0.7224644184562925


def test_scores_a_batch(function: Function) -> None:
    """Both reference records, sent as an array, get their answers in order."""
    answer = function.invoke(event("predict_batch"))
    assert [prediction["phat"] for prediction in answer.json()["predictions"]] == [row["phat"] for row in EXAMPLES]


def test_scores_csv(function: Function) -> None:
    """Both reference records, sent as CSV, get their answers in CSV."""
    answer = function.invoke(event("predict_csv"))
    rows = list(csv.DictReader(io.StringIO(answer.body)))
    assert [float(row["phat"]) for row in rows] == [row["phat"] for row in EXAMPLES]


@pytest.mark.parametrize(
    ("name", "status"),
    [("predict_malformed", 400), ("unknown_path", 404), ("wrong_method", 405), ("predict_bad_records", 422)],
)
def test_refuses_with_a_problem(function: Function, name: str, status: int) -> None:
    """What is wrong with a request is told as problem+json, under the request's id."""
    asked = event(name)
    answer = function.invoke(asked)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert answer.headers["x-request-id"] == asked["requestContext"]["requestId"]


@pytest.mark.parametrize("name", ["model", "health"])
def test_tells_about_itself(function: Function, name: str) -> None:
    """Model and health answer, and name the version that is served."""
    answer = function.invoke(event(name))
    assert answer.status == 200
    assert answer.headers["x-model-version"] == function.invoke(event("predict")).json()["version"]


def test_writes_metrics_to_its_log(function: Function) -> None:
    """A prediction leaves an EMF line in the log, with both dimension sets."""
    function.invoke(event("predict"))
    blob = [record for record in function.records() if "_aws" in record][-1]
    [directive] = blob["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "phat"
    assert sorted(map(sorted, directive["Dimensions"])) == [["model_version", "service"], ["service"]]
    assert blob["Predictions"] == 1
    assert {"Predictions", "Events", "PredictLatency"} <= {metric["Name"] for metric in directive["Metrics"]}


def test_logs_no_value_of_a_record(function: Function) -> None:
    """Nothing of a record reaches the log, scored or refused."""
    asked = event("predict")
    function.invoke(asked)
    function.invoke(event("predict_bad_records"))
    log = "\n".join(function.logs())
    assert asked["requestContext"]["requestId"] in log
    assert not [value for value in EXAMPLES[0]["record"].values() if len(value) > 6 and value in log]
