"""What the function does in a process of its own: imports, metrics, logs, and a model that comes late."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from phat.model.model import Model
from phat.model.store import Pin
from tests.gateway import STATUS, Answer, event
from tests.integration.process import Outcome, serve_fresh

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BANNED = {
    "aws_lambda_powertools", "boto3", "botocore.session", "matplotlib", "moto", "numpy", "pandas", "pydantic",
    "scipy", "sklearn", "statsmodels",
}  # fmt: skip
EVERY_EVENT = [
    "predict", "predict_batch", "predict_csv", "predict_bad_records", "predict_malformed", "model", "health",
    "predict_other_content", "preflight", "unknown_path", "wrong_method",
]  # fmt: skip


@pytest.fixture(scope="module")
def outcome(pinned: dict[str, str]) -> Outcome:
    """A process that served every event of events/."""
    return serve_fresh([event(name) for name in EVERY_EVENT], pinned)


def figures(line: dict[str, Any]) -> dict[str, float]:
    """Names and values of the metrics of one EMF line."""
    [directive] = line["_aws"]["CloudWatchMetrics"]
    return {metric["Name"]: line[metric["Name"]] for metric in directive["Metrics"]}


def total(outcome: Outcome, name: str) -> float:
    """A metric summed over the process."""
    return sum(figures(line).get(name, 0) for line in outcome.metrics)


def test_serving_imports_nothing_heavy(outcome: Outcome) -> None:
    """Serving every kind of event loads none of the banned packages, though all of them are installed."""
    import importlib.util

    assert not BANNED & outcome.modules
    assert all(importlib.util.find_spec(name) for name in BANNED)


def test_metrics_are_counted(outcome: Outcome) -> None:
    """Predictions, events, gaps and refusals of all the requests are counted."""
    assert total(outcome, "Predictions") == 1 + 2 + 2
    assert total(outcome, "Events") == 1 + 1 + 1
    assert total(outcome, "RejectedRecords") == 1
    assert total(outcome, "ColdStart") == 1
    assert [bool("PredictLatency" in figures(line)) for line in outcome.metrics].count(True) == 3
    assert 0 < total(outcome, "ModelLoadTime") < 60_000
    assert total(outcome, "ModelLoadFailure") == 0


def test_metrics_have_two_dimension_sets(outcome: Outcome, model: Model) -> None:
    """Each metric goes out by service, and by service and model version, in the namespace, with its unit."""
    for line in outcome.metrics:
        [directive] = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == "phat"
        assert sorted(map(sorted, directive["Dimensions"])) == [["model_version", "service"], ["service"]]
        assert (line["service"], line["model_version"]) == ("phat", model.version)
        for metric in directive["Metrics"]:
            in_time = metric["Name"] in ("PredictLatency", "ModelLoadTime")
            assert metric["Unit"] == ("Milliseconds" if in_time else "Count")


def test_gaps_are_counted(pinned: dict[str, str]) -> None:
    """Imputed numbers and missing categories are counted apart."""
    body = json.dumps([{"x12": 1, "x44": "nan", "x5": None, "x31": "asia"}])
    found = figures(serve_fresh([event("predict", body=body)], pinned).metrics[0])
    assert (found["ImputedValues"], found["MissingCategories"]) == (6, 2)


def test_every_request_leaves_one_line(outcome: Outcome) -> None:
    """Each request leaves one log line with its id, route, status and time."""
    ids = [event(name)["requestContext"]["requestId"] for name in EVERY_EVENT]
    assert [line["request_id"] for line in outcome.logs] == ids
    assert [line["status"] for line in outcome.logs] == [STATUS[name] for name in EVERY_EVENT]
    assert [line.get("route") for line in outcome.logs][-2:] == [None, "/predict"]
    assert all(line["milliseconds"] > 0 and line["level"] == "INFO" for line in outcome.logs)


def test_logs_hold_no_value_of_a_record(pinned: dict[str, str]) -> None:
    """Nothing a caller sent reaches the log or the metrics: not from records, refused ones, query or path."""
    secrets = ["3709.9300001", "gold-plated", "Xyzzy", "plugh", "secretpath", "id-of-somebody"]
    good = {"x12": secrets[0], "id": secrets[5]}
    events = [
        event("predict", body=json.dumps(good)),
        event("predict", body=json.dumps([good, {"x12": secrets[1], "x5": secrets[2], "id": secrets[5]}])),
        event("predict", body='{"x12": ' + secrets[3] + "}"),
        event("predict", body=f"x12\n{secrets[0]},{secrets[1]}", multiValueHeaders={"content-type": ["text/csv"]}),
        event("predict", multiValueQueryStringParameters={"include": [secrets[2]]}),
        event("predict", path=f"/{secrets[4]}", pathParameters={"proxy": secrets[4]}),
    ]
    outcome = serve_fresh(events, pinned)
    assert [answer["statusCode"] for answer in outcome.answers] == [200, 422, 400, 400, 400, 404]
    written = json.dumps(outcome.lines)
    assert not [secret for secret in secrets if secret in written]


@pytest.mark.parametrize("name", ["predict", "predict_csv", "model", "health"])
def test_without_a_model(name: str) -> None:
    """Without a configured model every route answers 503 and says so; it is no failure to load one."""
    outcome = serve_fresh([event(name)], {})
    answer = Answer.of(outcome.answers[0])
    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.json()["detail"] == "no model configured"
    assert answer.headers["x-request-id"]
    assert "x-model-version" not in answer.headers
    assert total(outcome, "ModelLoadFailure") == 0
    assert "not set: MODEL_BUCKET, MODEL_KEY, MODEL_SHA256" in {line.get("reason") for line in outcome.logs}


@pytest.mark.parametrize(("level", "written"), [("INFO", True), ("WARNING", False), ("ERROR", False)])
def test_log_level_silences_good_requests_alone(pinned: dict[str, str], level: str, written: bool) -> None:
    """At a higher level good requests leave no line, only metrics; failed ones always do, as roll-outs count them."""
    good = serve_fresh([event("predict")], pinned | {"POWERTOOLS_LOG_LEVEL": level})
    assert [line["message"] for line in good.logs] == (["request"] if written else [])
    assert good.metrics
    failed = serve_fresh([event("predict")], {"POWERTOOLS_LOG_LEVEL": level})
    [line] = [line for line in failed.logs if line["message"] == "request"]
    assert (line["status"], line["level"], line["function_version"]) == (503, "ERROR", "$LATEST")


def test_reason_is_logged_not_told(pin: Pin, pinned: dict[str, str]) -> None:
    """The log names the object that could not be loaded; the caller gets a reason without places."""
    outcome = serve_fresh([event("predict")], pinned | {"MODEL_BUCKET": "not-the-bucket"})
    answer = Answer.of(outcome.answers[0])
    assert answer.status == 503
    assert "not-the-bucket" not in answer.body
    assert pin.key not in answer.body
    assert any(f"s3://not-the-bucket/{pin.key}" in line.get("reason", "") for line in outcome.logs)


def test_refuses_a_model_that_scores_otherwise(s3: "S3Client", bucket: str, artifact_bytes: bytes) -> None:
    """A model whose golden records do not score as published is never served."""
    from phat.model.artifact import checksum

    plain = json.loads(artifact_bytes)
    plain["golden"][3]["answer"] += 1e-9
    data = json.dumps(plain).encode()
    key = f"models/segmentation/{checksum(data)[:12]}/model.json"
    s3.put_object(Bucket=bucket, Key=key, Body=data)
    variables = {"MODEL_BUCKET": bucket, "MODEL_KEY": key, "MODEL_SHA256": checksum(data)}
    outcome = serve_fresh([event("predict")], variables)
    assert Answer.of(outcome.answers[0]).json()["detail"] == "the model file was refused"
    assert any("golden record 4: got phat" in line.get("reason", "") for line in outcome.logs)


@pytest.mark.usefixtures("served")
def test_a_late_model_is_served(
    s3: "S3Client", bucket: str, pin: Pin, artifact_bytes: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed load is tried again at each request: once the object is there, answers come."""
    import handler
    from phat.api.serving import Serving
    from tests.gateway import invoke

    monkeypatch.setenv("MODEL_BUCKET", bucket)
    monkeypatch.setenv("MODEL_VERSION_ID", "")
    monkeypatch.setattr(handler, "serving", Serving())
    assert [invoke(event(name)).status for name in ("predict", "health", "model")] == [503, 503, 503]
    s3.put_object(Bucket=bucket, Key=pin.key, Body=artifact_bytes)
    assert invoke(event("predict")).status == 200
    s3.delete_object(Bucket=bucket, Key=pin.key)
    assert invoke(event("predict")).status == 200
