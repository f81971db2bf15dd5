"""What an answer holds: parts, forms, ids, headers, and what a REST client expects besides."""

import base64
import csv
import io
import json
from typing import Any

import pytest

from phat.api.proxy_event import proxy_event
from phat.model.model import Model
from tests.gateway import EVENTS, STATUS, Pairs, call, event, invoke

pytestmark = pytest.mark.usefixtures("served")


def test_every_event_is_known() -> None:
    """No event of events/ goes untried."""
    assert {path.stem for path in EVENTS.glob("*.json")} == {
        *STATUS,
        "pre_traffic",
        "check_version",
        "check_endpoint",
        "batch",
    }


@pytest.mark.parametrize("name", STATUS)
def test_events(name: str, model: Model) -> None:
    """Each event of events/ gets its status, its request's id, and the version of the model."""
    asked = event(name)
    answer = invoke(asked)
    assert answer.status == STATUS[name]
    assert answer.headers["x-request-id"] == asked["requestContext"]["requestId"]
    assert answer.headers["x-model-version"] == model.version
    assert answer.headers["cache-control"] == "no-store"


def test_default_answer(examples: list[dict[str, Any]], model: Model) -> None:
    """An answer has model, version and, for each record, outcome, phat and the model's variables."""
    found = call("POST", "/predict", examples[0]["record"]).json()
    assert list(found) == ["model", "version", "predictions"]
    assert (found["model"], found["version"]) == ("segmentation", model.version)
    [prediction] = found["predictions"]
    assert list(prediction) == ["business_outcome", "phat", "variables"]
    assert list(prediction["variables"]) == sorted(prediction["variables"])
    assert prediction["variables"]["x31_asia"] == 1.0


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ([], {"variables"}),
        ([("include", "variables")], {"variables"}),
        ([("include", "imputed")], {"imputed"}),
        ([("include", "imputed,variables")], {"imputed", "variables"}),
        ([("include", "imputed"), ("include", " variables")], {"imputed", "variables"}),
        ([("include", "none")], set()),
    ],
)
def test_parts(query: Pairs, parts: set[str]) -> None:
    """`include` chooses the parts, separated by commas or repeated."""
    [prediction] = call("POST", "/predict", {"x12": 1}, query=query).json()["predictions"]
    assert prediction.keys() == {"business_outcome", "phat"} | parts


def test_imputed_names_what_was_missing() -> None:
    """`imputed` lists the fields that were absent, null, blank or a word for missing; numbers and categories."""
    record: dict[str, object] = dict.fromkeys(("x12", "x53", "x56", "x58", "x62", "x63", "x91"), 1)
    record |= {"x44": " NaN ", "x5": "sunday"}
    record |= {"x31": None, "x81": "", "x82": "Male"}
    [prediction] = call("POST", "/predict", record, query=[("include", "imputed")]).json()["predictions"]
    assert sorted(prediction["imputed"]) == ["x31", "x44", "x81"]


@pytest.mark.parametrize("id_", ["7", 7, "", -(2**63), "é\n", 0])
def test_id_comes_back(id_: str | int) -> None:
    """A record's own id, text or integer, is in its answer as it was sent."""
    [prediction] = call("POST", "/predict", {"x12": 1, "id": id_}).json()["predictions"]
    assert prediction["id"] == id_
    assert type(prediction["id"]) is type(id_)


def test_null_id_is_none() -> None:
    """A null id is no id."""
    assert "id" not in call("POST", "/predict", {"x12": 1, "id": None}).json()["predictions"][0]


def test_csv_answer() -> None:
    """A CSV answer has id if sent, outcome, phat, then the parts as columns."""
    body = b"id,x12,x44,other\r\na,1,,7\r\n\r\nb,$2.5,1,\r\n"
    answer = call("POST", "/predict", body, "text/csv", [("include", "imputed")], [("Accept", "text/csv")])
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.body)))
    assert rows[0] == ["id", "business_outcome", "phat", "imputed"]
    assert [row[0] for row in rows[1:]] == ["a", "b"]
    assert rows[1][3].split()[:2] == ["x44", "x53"]
    assert float(rows[2][2]) == call("POST", "/predict", {"x12": 2.5, "x44": 1}).json()["predictions"][0]["phat"]


def test_csv_answer_without_ids(model: Model) -> None:
    """Without ids a CSV answer has no column for them; by default the variables are columns."""
    answer = call("POST", "/predict", [{"x12": 1}], headers=[("Accept", "text/csv")])
    [header, row] = csv.reader(io.StringIO(answer.body))
    assert header == ["business_outcome", "phat", *sorted(model.artifact.columns)]
    assert len(row) == len(header)


def test_csv_with_a_byte_order_mark() -> None:
    """A BOM before the header, as spreadsheets write it, is not part of the first name."""
    answer = call("POST", "/predict", b"\xef\xbb\xbfid,x12\n1,1\n", "Text/CSV; charset=UTF-8")
    assert answer.json()["predictions"][0]["id"] == "1"


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/csv; charset=utf-8"),
        ("text/html, text/csv;q=0.5", "text/csv; charset=utf-8"),
        ("application/json;q=0.2, text/csv;q=0.3", "text/csv; charset=utf-8"),
        ("text/csv, application/json", "application/json"),
    ],
)
def test_accept(accept: str | None, form: str) -> None:
    """The answer comes in the accepted form of the greatest weight, JSON among equals."""
    headers = [("aCCept", accept)] if accept else []
    assert call("POST", "/predict", {"x12": 1}, headers=headers).headers["content-type"] == form


def test_empty_array() -> None:
    """No records, no predictions, no error, no warning; as CSV a header alone."""
    assert call("POST", "/predict", []).json()["predictions"] == []
    assert "warnings" not in call("POST", "/predict", []).json()
    answer = call("POST", "/predict", [], query=[("include", "none")], headers=[("Accept", "text/csv")])
    assert (answer.status, answer.body) == (200, "business_outcome,phat\r\n")


def test_last_of_duplicate_keys_counts() -> None:
    """Of duplicate JSON keys the last counts."""
    twice = call("POST", "/predict", b'{"x12": 1, "x12": 2}')
    assert twice.json() == call("POST", "/predict", {"x12": 2}).json()


def test_base64_body(examples: list[dict[str, Any]]) -> None:
    """A body that the gateway hands over in base64 is the same body."""
    encoded = base64.b64encode(json.dumps(examples[0]["record"]).encode()).decode()
    answer = invoke(event("predict", body=encoded, isBase64Encoded=True))
    assert answer.json()["predictions"][0]["phat"] == 0.7224644184562925


@pytest.mark.parametrize("body", ["%%%", "eA", "é"])
def test_broken_base64(body: str) -> None:
    """A body that is not base64 though it says so is a 400."""
    assert invoke(event("predict", body=body, isBase64Encoded=True)).status == 400


def test_single_valued_event() -> None:
    """An event with single-valued headers and query alone, as test tools make them, is understood."""
    asked = proxy_event("POST", "/predict", body=b"x12\n1\n")
    asked |= {"headers": {"content-type": "text/csv", "accept": "text/csv"}, "multiValueHeaders": None}
    asked |= {"queryStringParameters": {"include": "none"}, "multiValueQueryStringParameters": None}
    answer = invoke(asked)
    assert answer.body.startswith("business_outcome,phat\r\n")


@pytest.mark.parametrize("path", ["/model", "/health"])
def test_head(path: str) -> None:
    """HEAD gives the status and headers of GET, and no body."""
    head, get = call("HEAD", path), call("GET", path)
    assert (head.status, head.body) == (get.status, "")
    assert head.headers.keys() == get.headers.keys()
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize(("path", "allow"), [("/predict", "POST, OPTIONS"), ("/model", "GET, HEAD, OPTIONS")])
def test_options(path: str, allow: str) -> None:
    """OPTIONS names the methods of a path."""
    answer = call("OPTIONS", path)
    assert (answer.status, answer.headers["allow"], answer.body) == (204, allow, "")


def test_model(model: Model) -> None:
    """GET /model says name, version, texts, schema, cutoff, the figures of fit and evaluation, and the proof."""
    found = call("GET", "/model").json()
    assert (found["name"], found["version"], found["sha256"]) == ("segmentation", model.version, model.sha256)
    assert found["schema"] == model.artifact.schema.to_dict()
    assert found["cutoff"] == model.artifact.cutoff
    assert found["provenance"]["fit"]["nobs"] == 40000
    assert found["provenance"]["evaluation"]["figures"]["auc"] > 0.5
    assert found["provenance"]["proof"] == {"kind": "expected", "on": None, "records": 300, "dropped": 0}
    assert found["texts"]["units"] == {"x12": "USD"}


def test_health(model: Model) -> None:
    """GET /health says that the golden records score as published."""
    assert call("GET", "/health").json() == {
        "status": "ok",
        "model": "segmentation",
        "version": model.version,
        "golden_records": 24,
    }


def test_health_is_not_asserted_but_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the golden records no longer score as published, health is a 503."""
    from phat.preprocessing.design import Design

    right = Design.by_name

    def wrong(self: Design, cleaned: Any) -> dict[str, float]:
        return {name: value + 1e-6 for name, value in right(self, cleaned).items()}

    monkeypatch.setattr(Design, "by_name", wrong)
    answer = call("GET", "/health")
    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
