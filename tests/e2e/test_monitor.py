"""Traffic through the gateway ends as captured objects, and the monitor looks at them."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import polars as pl
import pytest

from model.training.simulate import simulate
from tests.e2e.conftest import Published
from tests.e2e.stack import Stack
from tests.e2e.waiting import wait_until

RECORDS = 600
HASH_KEY = "known-to-everybody-here"


@pytest.fixture(scope="module")
def watched(served: Stack) -> Iterator[Stack]:
    """The stack with capture on: x5 is left out, ids are plain, x31 is hashed."""
    served.deploy(
        Watch="yes", CaptureLeaveOut="x5", CaptureHash="x31", CaptureHashKey=HASH_KEY, MonitorEffect="0.05",
    )  # fmt: skip
    if served.cloud.emulator:  # it speaks plain HTTP, which the bucket's policy denies
        boto3.client("s3").delete_bucket_policy(Bucket=served.outputs["CaptureBucket"])
    yield served
    served.deploy(Watch="no")


@pytest.fixture(scope="module")
def customers() -> list[dict[str, Any]]:
    """Customers, each with an id, whose x44 is missing now and then."""
    [chunk] = simulate(RECORDS, 11)
    rows = pl.DataFrame(chunk).select(pl.format("c{}", pl.int_range(RECORDS)).alias("id"), pl.all())
    return [row | ({"x44": ""} if index % 5 == 0 else {}) for index, row in enumerate(rows.to_dicts())]


@pytest.fixture(scope="module")
def captured(watched: Stack, customers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines that arrived in the bucket after they were scored through the gateway."""
    version = watched.version
    for start in range(0, RECORDS, 200):
        watched.score(*({k: v for k, v in row.items() if k != "y"} for row in customers[start : start + 200]))
    watched.send("POST", "/predict", b'[{"x12": "marked-value"}]')
    assert watched.version == version, "capture makes no version"
    if watched.cloud.emulator:
        carry(watched)
    wait_until(
        lambda: sum(len(line.get("records", ())) for line in lines(watched)) >= RECORDS,
        "captures",
        120 if watched.cloud.emulator else 600,
    )
    return lines(watched)


def carry(stack: Stack) -> None:
    """Bring the lines from the function's log to Firehose, as the emulator's log subscriptions do for Lambda alone.

    What the subscription would send is what its filter takes; Firehose would unpack it to these lines.
    """
    group = f"/aws/lambda/{stack.name}"
    [found] = boto3.client("logs").describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    stream = f"{stack.name}-captures"
    assert (found["filterPattern"], found["destinationArn"].rpartition("/")[2]) == ("{ $.capture.format = 1 }", stream)
    taken = [line for line in stack.logged() if line.get("capture", {}).get("format") == 1]
    assert taken, "the function captured nothing"
    records = [{"Data": (json.dumps(line) + "\n").encode()} for line in taken]
    boto3.client("firehose").put_record_batch(DeliveryStreamName=stream, Records=records)


def objects(stack: Stack, prefix: str) -> dict[str, bytes]:
    """Objects of the capture bucket."""
    client, bucket = boto3.client("s3"), stack.outputs["CaptureBucket"]
    found = client.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {item["Key"]: client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in found}


def lines(stack: Stack) -> list[dict[str, Any]]:
    """All captured lines."""
    texts = [gzip.decompress(b) if b.startswith(b"\x1f\x8b") else b for b in objects(stack, "captures/").values()]
    return [json.loads(line) for text in texts for line in text.splitlines() if line.strip()]


def test_traffic_is_captured(captured: list[dict[str, Any]], customers: list[dict[str, Any]]) -> None:
    """Every scored record is in the bucket by date and hour, once, as the switches allow, the rejection as a count."""
    records = {record["id"]: record for line in captured for record in line.get("records", ())}
    assert records.keys() == {row["id"] for row in customers}
    assert not [record for record in records.values() if "x5" in record["values"]]
    hashes = {record["values"]["x31"] for record in records.values()} - {None}
    assert len(hashes) == len({row["x31"] for row in customers} - {""})
    assert not hashes & {"asia", "germany", "japan", "america"}
    [rejection] = [line["capture"] for line in captured if "rejected" in line["capture"]]
    assert rejection["errors"] == {"x12": {"not_a_number": 1}}
    assert "marked-value" not in json.dumps(captured)


def test_the_monitor_looks(
    watched: Stack, captured: list[dict[str, Any]], customers: list[dict[str, Any]], reference: Published
) -> None:
    """The monitor finds the gaps, joins outcomes, and leaves report, figures, and metrics in its log."""
    text = "id,outcome\n" + "".join(f"{row['id']},{row['y']}\n" for row in customers)
    boto3.client("s3").put_object(
        Bucket=watched.outputs["CaptureBucket"], Key="outcomes/november.csv", Body=text.encode()
    )
    now = datetime.now(UTC)
    window = {"from": (now - timedelta(hours=2)).isoformat(), "to": (now + timedelta(hours=1)).isoformat()}
    answer = watched.invoke("$LATEST", window, f"{watched.name}-monitor")
    assert answer["status"] == "looked", answer
    assert answer["records"] == RECORDS
    assert any(sentence.startswith("x44 ") and "missing" in sentence for sentence in answer["findings"])
    found = objects(watched, "reports/")
    [report] = [body.decode() for name, body in found.items() if name.endswith("report.html")]
    assert answer["findings"][0] in report
    [figures] = [json.loads(body) for name, body in found.items() if name.endswith("figures.json")]
    assert figures["outcomes"]["labelled"] == RECORDS
    assert figures["outcomes"]["figures"]["auc"]["value"] > 0.7
    assert {"x5", "x31"} <= set(figures["not_captured"])
    group = f"/aws/lambda/{watched.name}-monitor"
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    logged = "\n".join(event["message"] for page in pages for event in page["events"])
    assert '"FlaggedFields":[1.0]' in logged.replace(" ", "")


def test_nothing_to_watch_is_no_failure(watched: Stack) -> None:
    """A window without traffic is said, and is no error."""
    window = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    assert watched.invoke("$LATEST", window, f"{watched.name}-monitor")["status"] == "nothing"


def test_alarms_and_schedule_are_there(watched: Stack) -> None:
    """What rings, and what asks the monitor to look, is deployed."""
    names = {f"{watched.name}-{kind}" for kind in ("drift", "concept-drift", "monitor-errors")}
    alarms = boto3.client("cloudwatch").describe_alarms(AlarmNames=sorted(names))["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in alarms} == names
    schedule = boto3.client("scheduler").get_schedule(Name=f"{watched.name}-monitor")
    assert schedule["Target"]["Input"] == '{"time": "<aws.scheduler.scheduled-time>"}'
