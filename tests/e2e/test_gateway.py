"""The deployed gateway, as a partner meets it: the contract over HTTP, keys, signatures, limits."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest
from botocore.credentials import Credentials

from phat.api.telemetry import METRICS
from tests.e2e.cloud import AWS, SAM
from tests.e2e.shell import ROOT, run
from tests.e2e.stack import Stack
from tests.gateway import Answer

EXAMPLE = (ROOT / "model" / "reference" / "examples.json").read_bytes()
RECORD = json.dumps(json.loads(EXAMPLE)[0]["record"]).encode()


def assert_problem(answer: Answer, status: int) -> None:
    """The answer is a problem of this status, under the request's id."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/predict", b"{", 400),
        ("POST", "/predict?include=all", RECORD, 400),
        ("GET", "/nothing", None, 404),
        ("GET", "/", None, 404),
        ("GET", "/predict", None, 405),
        ("DELETE", "/model", None, 405),
        ("POST", "/predict", b'{"x12": "abc"}', 422),
        ("POST", "/predict", b" " * (5 << 20), 413),
    ],
)
def test_function_refuses(served: Stack, method: str, path: str, body: bytes | None, status: int) -> None:
    """Whatever is wrong with a request comes back through the gateway as the contract says."""
    assert_problem(served.send(method, path, body), status)


def test_other_content_is_refused(served: Stack) -> None:
    """A content type that is not read here is a 415."""
    assert_problem(served.send("POST", "/predict", RECORD, {"Content-Type": "application/xml"}), 415)


def test_csv_comes_and_goes_as_text(served: Stack) -> None:
    """CSV in and out passes the gateway unharmed."""
    types = {"Content-Type": "text/csv", "Accept": "text/csv"}
    answer = served.send("POST", "/predict?include=none", b'id,x12,x5\n1,"$3,709.93",Sunday\n', types)
    assert answer.status == 200
    assert answer.body.splitlines()[0] == "id,business_outcome,phat"


@pytest.mark.parametrize(
    ("key", "signed"), [(None, True), ("no-such-key-000000000000", True), ("first", False), (None, False)]
)
def test_gateway_refuses(served: Stack, key: str | None, signed: bool) -> None:
    """Without a key, with a wrong one, or without a signature, the gateway itself answers, with a problem."""
    credentials = boto3.Session().get_credentials() if signed else None
    asked = served.key() if key == "first" else key
    assert_problem(served.send("POST", "/predict", RECORD, key=asked, signer=credentials), 403)


@dataclass(frozen=True)
class Partner:
    """A partner's user in IAM."""

    name: str
    credentials: Credentials


@pytest.fixture
def partner(served: Stack) -> Iterator[Partner]:
    """A user without any right."""
    client = boto3.client("iam")
    name = f"{served.name}-partner"
    client.create_user(UserName=name)
    key = client.create_access_key(UserName=name)["AccessKey"]
    yield Partner(name, Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    client.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in client.list_user_policies(UserName=name)["PolicyNames"]:
        client.delete_user_policy(UserName=name, PolicyName=policy)
    client.delete_user(UserName=name)


def test_partner_needs_the_right_to_invoke(served: Stack, partner: Partner) -> None:
    """A signature is not enough: the user must be allowed to invoke this API, by the policy that the stack prints."""
    assert served.send("POST", "/predict", RECORD, signer=partner.credentials).status == 403
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": served.outputs["InvokeArn"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("iam").put_user_policy(UserName=partner.name, PolicyName="phat", PolicyDocument=document)
    assert served.send("POST", "/predict", RECORD, signer=partner.credentials).status == 200


def test_key_is_made_rotated_and_revoked(served: Stack) -> None:
    """The operations page's commands: a partner gets a key, then another, and the first stops working."""
    plan = served.outputs["UsagePlan"]
    first, second = make_key("acme", plan), make_key("acme-2", plan)
    assert [served.send("GET", "/health", key=value).status for _, value in (first, second)] == [200, 200]
    run(AWS, "apigateway", "delete-usage-plan-key", "--usage-plan-id", plan, "--key-id", first[0])
    assert_problem(served.send("GET", "/health", key=first[1]), 403)
    assert served.send("GET", "/health", key=second[1]).status == 200
    for identity, value in (first, second):
        run(AWS, "apigateway", "delete-api-key", "--api-key", identity)
        assert served.send("GET", "/health", key=value).status == 403


def make_key(name: str, plan: str) -> tuple[str, str]:
    """Id and value of a new key under the usage plan, made with the AWS command line."""
    made = json.loads(run(AWS, "apigateway", "create-api-key", "--name", name, "--enabled", "--output", "json"))
    run(
        AWS,
        "apigateway",
        "create-usage-plan-key",
        "--usage-plan-id",
        plan,
        "--key-type",
        "API_KEY",
        "--key-id",
        made["id"],
    )
    return made["id"], made["value"]


def test_used_up_quota(served: Stack) -> None:
    """Beyond its quota a key gets a 429 that says so."""
    client = boto3.client("apigateway")
    stage = {"apiId": served.outputs["Url"].split("/")[2].partition(".")[0], "stage": "live"}
    plan = client.create_usage_plan(name="tight", apiStages=[stage], quota={"limit": 1, "period": "DAY"})["id"]
    identity, value = make_key("tight", plan)
    assert served.send("GET", "/health", key=value).status == 200
    refused = served.send("GET", "/health", key=value)
    assert_problem(refused, 429)
    assert refused.json()["type"] == "urn:phat:problem:quota-exceeded"
    client.delete_api_key(apiKey=identity)
    client.update_usage_plan(
        usagePlanId=plan, patchOperations=[{"op": "remove", "path": "/apiStages", "value": f"{stage['apiId']}:live"}]
    )
    client.delete_usage_plan(usagePlanId=plan)


def test_log_holds_the_metrics_that_alarms_read(served: Stack) -> None:
    """CloudWatch Logs has the EMF lines, under the stack's name as service, with the names of the code."""
    served.score(json.loads(RECORD))
    lines = [line for line in served.logged() if "_aws" in line]
    found = {metric["Name"] for line in lines for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert {"Predictions", "Events", "ModelLoadTime", "ColdStart"} <= found <= set(METRICS)
    assert {line["service"] for line in lines} == {served.name}
    assert {line["_aws"]["CloudWatchMetrics"][0]["Namespace"] for line in lines} == {"phat"}


def test_log_line_names_the_version(served: Stack) -> None:
    """Each request's line has the version and the status by which a bad new version is found."""
    served.send("GET", "/nothing")
    last = [line for line in served.logged() if line.get("message") == "request"][-1]
    assert (last["function_version"], last["status"]) == (served.version, 404)


def test_alarms_and_dashboard_are_there(served: Stack) -> None:
    """The stack has its alarms, each with words for whoever is woken, and its dashboard."""
    client = boto3.client("cloudwatch")
    alarms = client.describe_alarms(AlarmNamePrefix=f"{served.name}-")["MetricAlarms"]
    names = {alarm["AlarmName"].removeprefix(f"{served.name}-") for alarm in alarms}
    assert {"server-errors", "latency", "function-errors", "throttles", "model-load-failures"} <= names
    assert {f"version-{served.version}-{kind}" for kind in ("errors", "server-errors", "latency")} <= names
    assert all(alarm["AlarmDescription"] for alarm in alarms)
    dashboard = f"{served.name}-{client.meta.region_name}"
    body = json.loads(client.get_dashboard(DashboardName=dashboard)["DashboardBody"])
    assert len(body["widgets"]) == 9


def test_sam_logs_finds_a_request(served: Stack) -> None:
    """`sam logs`, as the operations page has it, prints the line of a request by its id."""
    asked = served.send("GET", "/health").headers["x-request-id"]
    options = ("--config-file", served.config, "--stack-name", served.name, "--filter", asked)
    assert asked in run(SAM, "logs", "--name", "Function", *options)


def test_pages_are_shown_by_parameter(served: Stack) -> None:
    """Pages are off by default; PublicPages shows them to everybody, and nothing else; they know their guard."""
    assert_problem(served.send("GET", "/docs"), 404)
    assert_problem(served.send("GET", "/", key=None, signer=None), 403)
    version = served.version
    served.deploy(PublicPages="yes")
    try:
        page = served.send("GET", "/", key=None, signer=None)
        assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert '"guard":"signature"' in page.body
        for path in ("/docs", "/docs/start.js", "/docs/swagger-ui.min.css", "/openapi.json"):
            assert served.send("GET", path, key=None, signer=None).status == 200, path
        assert_problem(served.send("POST", "/predict", RECORD, key=None, signer=None), 403)
        assert_problem(served.send("GET", "/model", key=None, signer=None), 403)
        assert served.send("POST", "/predict", RECORD).status == 200
    finally:
        served.deploy(PublicPages="no")
    assert_problem(served.send("GET", "/", key=None, signer=None), 403)
    assert served.version == version
