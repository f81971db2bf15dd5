"""The contract and the pages, through the handler."""

import base64
import hashlib
import itertools
import json
import re
from typing import Any

import pytest

from phat.api.problems import TABLE
from phat.api.proxy_event import proxy_event
from phat.model.model import Model
from phat.preprocessing.schema import CategoryField, NumberField
from tests.gateway import Answer, call, invoke
from tests.integration.process import serve_fresh

pytestmark = pytest.mark.usefixtures("served")

TYPE = [("Content-Type", "application/json")]
PAGES = (
    "/",
    "/card",
    "/form/rows.js",
    "/docs",
    "/docs/start.js",
    "/docs/swagger-ui-bundle.min.js",
    "/docs/swagger-ui.min.css",
)


def deployed(path: str, **stage: str) -> Answer:
    """A request as API Gateway passes it on, with these variables of its stage."""
    event = proxy_event("GET", path)
    context = event["requestContext"] | {"path": f"/live{path}", "stage": "live"}
    return invoke(event | {"requestContext": context, "stageVariables": stage or None})


def contract(**stage: str) -> dict[str, Any]:
    """The contract at such a stage."""
    answer = deployed("/openapi.json", **stage)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    found: dict[str, Any] = answer.json()
    return found


def test_contract_describes_every_field(model: Model) -> None:
    """Every field is there with kind, levels, unit, gaps and an example that scores."""
    record = contract()["components"]["schemas"]["Record"]
    assert record["properties"].keys() == model.artifact.schema.names | {"id"}
    for field in model.artifact.schema.fields:
        told = record["properties"][field.name]
        kinds = told["anyOf"]
        assert {"type": "null"} in kinds
        if isinstance(field, CategoryField):
            assert {"enum": list(field.levels)} in kinds
        else:
            assert any(kind.get("type") == "number" for kind in kinds)
        assert call("POST", "/predict", {field.name: told["examples"][0]}).status == 200
    assert record["properties"]["x12"]["x-unit"] == "USD"


def test_contract_shows_no_golden_record(model: Model) -> None:
    """Golden records may be real: hardly two numbers of the example come from the same one."""
    record = contract()["components"]["schemas"]["Record"]["examples"][0]
    numbers = {field.name for field in model.artifact.schema.fields if isinstance(field, NumberField)}
    for golden in model.artifact.golden:
        raw = {name: v.strip() if isinstance(v, str) else v for name, v in golden.record.items()}
        assert len([name for name in numbers if raw.get(name) == record[name]]) <= 2


def test_contract_shows_a_body_of_each_form() -> None:
    """The contract's examples of a body, one for each form that is read, are scored alike."""
    content = contract()["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert content.keys() == {"application/json", "application/x-ndjson", "text/csv"}
    answers = []
    for form, described in content.items():
        sent = described["examples"]["one record"]["value"]
        body = sent.encode() if isinstance(sent, str) else json.dumps(sent).encode()
        answers.append(call("POST", "/predict", body, form).json()["predictions"][0]["phat"])
    assert len(set(answers)) == 1


def test_contract_names_every_problem() -> None:
    """Every problem type that a route can answer is in the contract, under its status."""
    found = contract()["paths"]
    named = {
        (status, slug.rpartition(":")[2])
        for methods in found.values()
        for operation in methods.values()
        for status, response in operation["responses"].items()
        for content in response.get("content", {}).values()
        for slug in content["schema"].get("properties", {}).get("type", {}).get("enum", [])
    }
    ours = {(str(status), slug) for status, slug, _ in TABLE.values() if status not in (404, 405)}
    assert named == ours


@pytest.mark.parametrize(
    ("stage", "schemes", "gateway"),
    [
        ({}, set(), False),
        ({"guard": "key"}, {"key"}, True),
        ({"guard": "signature"}, {"key", "signature"}, True),
    ],
)
def test_contract_tells_the_guard(stage: dict[str, str], schemes: set[str], gateway: bool) -> None:
    """Security schemes are those of the deployment, and so are the gateway's own refusals."""
    found = contract(**stage)
    assert found["servers"] == [{"url": "/live"}]
    assert set(found["components"]["securitySchemes"]) == schemes
    assert found["security"] == ([{name: [] for name in sorted(schemes)}] if schemes else [])
    responses = found["paths"]["/predict"]["post"]["responses"]
    assert ({"403", "429", "504"} <= responses.keys()) is gateway


@pytest.mark.parametrize("path", PAGES)
def test_pages_hang_on_the_stage(path: str) -> None:
    """Pages are there on a laptop and where the stage shows them; else they are a 404 that says how to get them."""
    assert deployed(path).status == deployed(path, pages="yes", guard="key").status == 200
    off = deployed(path, pages="no", guard="key")
    assert off.status == 404
    assert "PublicPages" in off.json()["detail"]


def test_off_pages_are_not_in_the_contract() -> None:
    """The contract names the pages where they are shown."""
    assert {"/", "/docs"} <= contract(pages="yes")["paths"].keys()
    assert not {"/", "/docs"} & contract(pages="no")["paths"].keys()


def test_form_runs_only_what_it_brings() -> None:
    """The form's policy names its script and its style by hash, and forbids what is not from here."""
    answer = deployed("/")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", answer.body, re.DOTALL)
        own = "'self' " if tag == "script" else ""  # the script of its second tab
        assert policy[rule] == f"{own}'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert not re.findall(r'(?:src|href)="(?!data:|#)', answer.body)


def test_form_knows_the_schema_and_no_more(model: Model) -> None:
    """The form's data are name, figures, labels and fields."""
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', deployed("/", guard="key").body)
    data = json.loads(text)
    assert {field["name"] for field in data["fields"]} == model.artifact.schema.names
    assert (data["prefix"], data["guard"], data["answer"]["cutoff"]) == ("/live", "key", model.artifact.cutoff)
    assert ["AUC", "0.801"] in data["figures"]


def test_docs_load_from_here_alone() -> None:
    """Swagger UI's files come from this API, below its stage."""
    answer = deployed("/docs")
    assert set(re.findall(r'(?:src|href|data-contract)="([^"]+)"', answer.body)) == {
        "data:,", "/live/docs/swagger-ui.min.css", "/live/docs/docs.css", "/live/docs/swagger-ui-bundle.min.js",
        "/live/docs/start.js",
        "/live/openapi.json", "/live/",
    }  # fmt: skip
    assert "http" not in answer.headers["content-security-policy"]
    assert "SwaggerUIBundle" in deployed("/docs/swagger-ui-bundle.min.js").body


def test_previews_are_no_traffic(capsys: pytest.CaptureFixture[str]) -> None:
    """A preview has the answer of /predict, a metric of its own, and none of the figures of traffic; refused, too."""
    record = {"x12": "$1,000", "x5": "monday"}
    expected = call("POST", "/predict", record).json()["predictions"]
    capsys.readouterr()
    answer = call("POST", "/preview", [record])
    assert answer.json()["predictions"] == expected
    assert call("POST", "/preview", {"x12": "abc"}).status == 422
    good, refused = map(json.loads, capsys.readouterr().out.splitlines())
    [directive] = good["_aws"]["CloudWatchMetrics"]
    assert [metric["Name"] for metric in directive["Metrics"]] == ["Previews"]
    assert good["Previews"] == 1
    assert "_aws" not in refused
    assert refused["rejected"] == 1


def test_previews_are_few_and_of_the_page() -> None:
    """A preview takes 50 records at most, and is there where the pages are."""
    records = [{"x12": 1}] * 51
    assert call("POST", "/preview", records[:50]).status == 200
    refused = call("POST", "/preview", records)
    assert refused.status == 413
    assert "51 records, at most 50" in refused.json()["detail"]
    event = proxy_event("POST", "/preview", TYPE, (), json.dumps(records[0]).encode())
    assert invoke(event | {"stageVariables": {"guard": "key", "pages": "no"}}).status == 404
    assert "/preview" not in contract()["paths"]


def test_previews_are_not_captured(capsys: pytest.CaptureFixture[str]) -> None:
    """Where all records are captured, those of previews are not, refused ones neither."""
    stage = {"captureShare": "1", "captureFields": "all", "pages": "yes"}
    lines = {}
    for path, record in itertools.product(("/predict", "/preview"), ({"x12": 1}, {"x12": "abc"})):
        event = proxy_event("POST", path, TYPE, (), json.dumps(record).encode())
        invoke(event | {"stageVariables": stage})
        lines[path, str(record)] = len(capsys.readouterr().out.splitlines())
    assert [*lines.values()] == [2, 2, 1, 1]


def test_hostile_names_do_not_break_out() -> None:
    """A path or a model's text that holds markup stays text."""
    event = proxy_event("GET", "/docs")
    context = event["requestContext"] | {"path": '/"><script>alert(1)</script>/docs'}
    assert "<script>alert" not in invoke(event | {"requestContext": context}).body
    event = proxy_event("GET", "/")
    context = event["requestContext"] | {"path": "/</script><script>alert(1)</script>"}
    assert "<script>alert" not in invoke(event | {"requestContext": context}).body


def test_cold_start_does_not_pay(pinned: dict[str, str]) -> None:
    """What makes contract and pages is imported when they are asked for, and not before."""
    lazy = {"phat.api.openapi", "phat.api.schemas", "phat.api.pages", "statistics"}
    outcome = serve_fresh([proxy_event("POST", "/predict", body=b'{"x12": 1}')], pinned)
    assert not lazy & outcome.modules
    outcome = serve_fresh([proxy_event("GET", path) for path in ("/openapi.json", "/")], pinned)
    assert [answer["statusCode"] for answer in outcome.answers] == [200, 200]
    assert {"phat.api.openapi", "phat.api.schemas", "phat.api.pages"} <= outcome.modules
    assert "aws_lambda_powertools" not in outcome.modules


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        ({}, "scored and not recorded: neither this page nor the API stores it"),
        ({"captureShare": "0"}, "scored and not recorded: neither this page nor the API stores it"),
        ({"captureShare": "1"}, "values that you enter, and the answer, may be written to a log and stored"),
        ({"captureShare": "0.1"}, "values that you enter, and the answer, may be written to a log and stored"),
    ],
)
def test_the_form_says_what_is_recorded(stage: dict[str, str], told: str) -> None:
    """Below the form stands what becomes of what is entered, as the stage's settings have it."""
    body = deployed("/", pages="yes", **stage).body
    assert told in body
    assert "{{" not in body
    assert ("not recorded" in body) is ("not recorded" in told)
