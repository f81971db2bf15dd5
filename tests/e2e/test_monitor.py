"""Traffic through the gateway ends as captured objects, and the monitor looks at them."""

import gzip
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import pytest

from phat.training.simulate import simulate
from tests.e2e.conftest import Published, publish_to
from tests.e2e.shell import run
from tests.e2e.stack import Stack
from tests.e2e.waiting import wait_until
from tests.unit.monitoring.kinds import FIELDS, frame, model

RECORDS = 600
ROWS = 300
"""Records of the model of counts."""
HASH_KEY = "known-to-everybody-here"
KEY_NAME = "phat-e2e-capture-key"


@dataclass(frozen=True)
class Monitored:
    """An endpoint's stack, and the stack that monitors it."""

    endpoint: Stack
    monitoring: Stack

    @property
    def bucket(self) -> str:
        """Where captures, outcomes and reports are."""
        return self.monitoring.outputs["CaptureBucket"]

    def run(self, window: Mapping[str, str]) -> Any:
        """What the monitor answers when it is asked to look."""
        return self.monitoring.invoke("$LATEST", window)


@pytest.fixture(scope="module")
def monitored(served: Stack, companion: Callable[[Stack, str], Stack]) -> Iterator[Monitored]:
    """An endpoint with capture on: x5 is left out, ids are plain, x31 is hashed."""
    boto3.client("ssm").put_parameter(Name=KEY_NAME, Type="SecureString", Value=HASH_KEY)
    monitoring = companion(served, "monitoring")
    # The endpoint first: the emulator takes a log group's subscriptions away when its stack is updated.
    served.deploy(CaptureShare="1", CaptureLeaveOut="x5", CaptureHash="x31", CaptureHashKeyName=KEY_NAME)
    monitoring.deploy(Effect="0.05")
    if served.cloud.emulator:  # it speaks plain HTTP, which the bucket's policy denies
        boto3.client("s3").delete_bucket_policy(Bucket=monitoring.outputs["CaptureBucket"])
    yield Monitored(served, monitoring)
    monitoring.delete()
    served.deploy(CaptureShare="0", CaptureLeaveOut="", CaptureHash="", CaptureHashKeyName="")
    boto3.client("ssm").delete_parameter(Name=KEY_NAME)


@pytest.fixture(scope="module")
def raw_records() -> list[dict[str, Any]]:
    """Records, each with an id, whose x44 is missing now and then."""
    [chunk] = simulate(RECORDS, 11)
    rows = pl.DataFrame(chunk).select(pl.format("c{}", pl.int_range(RECORDS)).alias("id"), pl.all())
    return [row | ({"x44": ""} if index % 5 == 0 else {}) for index, row in enumerate(rows.to_dicts())]


@pytest.fixture(scope="module")
def captured(monitored: Monitored, raw_records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines that arrived in the bucket after they were scored through the gateway."""
    version = monitored.endpoint.version
    for start in range(0, RECORDS, 200):
        monitored.endpoint.score(
            *({k: v for k, v in row.items() if k != "y"} for row in raw_records[start : start + 200])
        )
    monitored.endpoint.send("POST", "/predict", b'[{"x12": "marked-value"}]')
    assert monitored.endpoint.version == version, "capture makes no version"
    if monitored.endpoint.cloud.emulator:
        carry(monitored)
    wait_until(
        lambda: sum(len(line.get("records", ())) for line in lines(monitored)) >= RECORDS,
        "captures",
        120 if monitored.endpoint.cloud.emulator else 600,
    )
    return lines(monitored)


def carry(monitored: Monitored) -> None:
    """Bring the lines from the function's log to Firehose, as the emulator's log subscriptions do for Lambda alone.

    What the subscription would send is what its filter takes; Firehose would unpack it to these lines.
    """
    group = f"/aws/lambda/{monitored.endpoint.name}"
    [found] = boto3.client("logs").describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
    stream = monitored.monitoring.name
    assert (found["filterPattern"], found["destinationArn"].rpartition("/")[2]) == ("{ $.capture.format = 1 }", stream)
    deliver(monitored)


def deliver(monitored: Monitored, version: str | None = None) -> None:
    """Give Firehose the lines that the function wrote, of all versions of its model or of one."""
    written = [line for line in monitored.endpoint.logged() if line.get("capture", {}).get("format") == 1]
    taken = [line for line in written if version in (None, version_of(line))]
    assert taken, "the function captured nothing"
    records = [{"Data": (json.dumps(line) + "\n").encode()} for line in taken]
    boto3.client("firehose").put_record_batch(DeliveryStreamName=monitored.monitoring.name, Records=records)


def version_of(line: dict[str, Any]) -> str:
    """The version of the model that a line is about."""
    return str(line["capture"]["model_version"])


def objects(monitored: Monitored, prefix: str) -> dict[str, bytes]:
    """Objects of the capture bucket."""
    client, bucket = boto3.client("s3"), monitored.bucket
    found = client.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {item["Key"]: client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in found}


def lines(monitored: Monitored) -> list[dict[str, Any]]:
    """All captured lines."""
    texts = [gzip.decompress(b) if b.startswith(b"\x1f\x8b") else b for b in objects(monitored, "captures/").values()]
    return [json.loads(line) for text in texts for line in text.splitlines() if line.strip()]


def test_traffic_is_captured(captured: list[dict[str, Any]], raw_records: list[dict[str, Any]]) -> None:
    """Every scored record is in the bucket by date and hour, once, as the switches allow, the rejection as a count."""
    records = {record["id"]: record for line in captured for record in line.get("records", ())}
    assert records.keys() == {row["id"] for row in raw_records}
    assert not [record for record in records.values() if "x5" in record["values"]]
    hashes = {record["values"]["x31"] for record in records.values()} - {None}
    assert len(hashes) == len({row["x31"] for row in raw_records} - {""})
    assert not hashes & {"asia", "germany", "japan", "america"}
    [rejection] = [line["capture"] for line in captured if "rejected" in line["capture"]]
    assert rejection["errors"] == {"x12": {"not_a_number": 1}}
    assert "marked-value" not in json.dumps(captured)


def test_the_monitor_looks(
    monitored: Monitored, captured: list[dict[str, Any]], raw_records: list[dict[str, Any]], reference: Published
) -> None:
    """The monitor finds the gaps, joins outcomes, and leaves report, figures, and metrics in its log."""
    text = "id,outcome\n" + "".join(f"{row['id']},{row['y']}\n" for row in raw_records)
    boto3.client("s3").put_object(Bucket=monitored.bucket, Key="outcomes/november.csv", Body=text.encode())
    now = datetime.now(UTC)
    window = {"from": (now - timedelta(hours=2)).isoformat(), "to": (now + timedelta(hours=1)).isoformat()}
    answer = monitored.run(window)
    assert answer["status"] == "looked", answer
    assert answer["records"] == RECORDS
    assert any(sentence.startswith("x44 ") and "missing" in sentence for sentence in answer["findings"])
    found = objects(monitored, "reports/")
    [report] = [body.decode() for name, body in found.items() if name.endswith("report.html")]
    assert answer["findings"][0] in report
    [figures] = [json.loads(body) for name, body in found.items() if name.endswith("figures.json")]
    assert figures["outcomes"]["labelled"] == RECORDS
    assert figures["outcomes"]["figures"]["auc"]["value"] > 0.7
    assert {"x5", "x31"} <= set(figures["not_captured"])
    group = f"/aws/lambda/{monitored.monitoring.name}"
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    logged = "\n".join(event["message"] for page in pages for event in page["events"])
    assert '"FlaggedFields":[1.0]' in logged.replace(" ", "")


def test_nothing_to_monitor_is_no_failure(monitored: Monitored) -> None:
    """A window without traffic is said, and is no error."""
    window = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    assert monitored.run(window)["status"] == "nothing"


def test_alarms_and_schedule_are_there(monitored: Monitored) -> None:
    """What rings, and what asks the monitor to look, is deployed."""
    names = {f"{monitored.monitoring.name}-{kind}" for kind in ("drift", "concept-drift", "errors", "delivery")}
    alarms = boto3.client("cloudwatch").describe_alarms(AlarmNames=sorted(names))["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in alarms} == names
    schedule = boto3.client("scheduler").get_schedule(Name=monitored.monitoring.name)
    assert schedule["Target"]["Input"] == '{"time": "<aws.scheduler.scheduled-time>"}'


@pytest.fixture
def counting(monitored: Monitored, reference: Published, tmp_path: Path) -> Iterator[None]:
    """The endpoint serves a model of counts with exposure, exported from statsmodels; nothing is hidden."""
    file = tmp_path / "poisson.json"
    file.write_bytes(model("poisson").artifact.to_bytes())
    published = publish_to(monitored.endpoint, file)
    nothing = {"CaptureLeaveOut": "", "CaptureHash": "", "CaptureHashKeyName": ""}
    monitored.endpoint.deploy(**published.parameters, CaptureShare="1", **nothing)
    yield
    monitored.endpoint.deploy(**reference.parameters)


def test_counts_from_export_to_report(monitored: Monitored, captured: list[dict[str, Any]], counting: None) -> None:
    """Counts with exposure: exported, published, deployed, scored, captured, judged by outcomes, and made again."""
    assert captured
    rows, version = frame(41, ROWS), model("poisson").version
    raw: list[dict[str, Any]] = json.loads(rows[list(FIELDS)].to_json(orient="records", double_precision=15))
    sent = [{"id": f"n{place}", **row} for place, row in enumerate(raw)]
    expected = [model("poisson").predictor.predict_one(record).answer for record in sent]
    assert monitored.endpoint.score(*sent) == expected
    if monitored.endpoint.cloud.emulator:
        deliver(monitored, version)
    wait_until(
        lambda: sum(len(line.get("records", ())) for line in lines(monitored) if version_of(line) == version) >= ROWS,
        "captures of counts",
        120 if monitored.endpoint.cloud.emulator else 600,
    )
    text = "id,outcome\n" + "".join(f"n{place},{count}\n" for place, count in enumerate(rows["claims"]))
    boto3.client("s3").put_object(Bucket=monitored.bucket, Key="outcomes/counts.csv", Body=text.encode())
    now = datetime.now(UTC)
    looked = monitored.run(
        {"from": (now - timedelta(hours=2)).isoformat(), "to": (now + timedelta(hours=1)).isoformat()}
    )
    assert (looked["status"], looked["model_version"], looked["records"]) == ("looked", version, ROWS)
    written = {name: body for name, body in objects(monitored, "reports/").items() if f"/{version}/" in name}
    [figures] = [json.loads(body) for name, body in written.items() if name.endswith("figures.json")]
    assert figures["outcomes"]["labelled"] == ROWS
    assert figures["outcomes"]["figures"]["rmse"]["value"] > 0
    [report] = [body.decode() for name, body in written.items() if name.endswith("report.html")]
    assert "Predicted and happened, by tenth of the predictions" in report
    places = (
        "--capture",
        f"s3://{monitored.bucket}/captures/",
        "--models",
        f"s3://{monitored.endpoint.outputs['ModelBucket']}",
    )
    said = run(sys.executable, "-m", "phat.cli", "explain", "n7", *places)
    assert "made again, it is the same to the last bit" in said
