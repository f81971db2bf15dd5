"""The monitor's function, with captures, outcomes and a second model in S3 over HTTP."""

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest
from botocore.exceptions import ClientError

from phat.jobs import monitor
from phat.model.store import Pin
from phat.server.asgi import LocalContext
from phat.storage.errors import StoreUnavailable
from phat.storage.objects import available
from tests.conftest import REFERENCE
from tests.integration.jobs.conftest import Serve
from tests.unit.monitoring.traffic import START, WINDOW, reference, window

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROWS = 1_000


@pytest.fixture(autouse=True)
def settings(environment: pytest.MonkeyPatch, bucket: str) -> None:
    """The bucket of the captures."""
    environment.setenv("CAPTURE_BUCKET", bucket)


def call(**event: Any) -> dict[str, Any]:
    """One call."""
    return monitor.lambda_handler(event, cast("Any", LocalContext()))


def put(s3: "S3Client", bucket: str) -> Any:
    """Captures of a window, without a level that was there in training, and the outcomes."""
    records, outcomes = window(7, lambda values, _: values | {"x81": "June"}, rows=ROWS)
    head = {"format": 1, "request_id": "r", "model": "segmentation", "model_version": reference().version, "share": 1.0}
    lines = [
        {"capture": head | {"time": record["time"].isoformat()},
         "records": [{name: record[name] for name in ("id", "phat", "event", "values")}]}
        for record in records
    ]  # fmt: skip
    text = b"\n".join(map(orjson.dumps, lines))
    s3.put_object(Bucket=bucket, Key=f"captures/{START:%Y/%m/%d/%H}/a", Body=text)
    labels = "id,outcome\n" + "".join(f"{row},{int(outcome)}\n" for row, outcome in enumerate(outcomes))
    s3.put_object(Bucket=bucket, Key="outcomes/a.csv", Body=labels.encode())


def test_a_look(s3: "S3Client", bucket: str, pin: Pin, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Report and figures are in the bucket by window and version, metrics and sentences in the log."""
    put(s3, bucket)
    monkeypatch.setenv("SHADOW_KEY", pin.key)
    monkeypatch.setenv("SHADOW_SHA256", pin.sha256)
    answer = call(**{"from": WINDOW.start.isoformat(), "to": WINDOW.end.isoformat()})
    assert (answer["status"], answer["records"]) == ("looked", ROWS)
    assert answer["findings"][0].startswith("x81 has shifted (June: ")
    folder = f"reports/2026-11-01T00--2026-11-08T00/{reference().version}"
    assert answer["model_version"] == reference().version
    assert answer["report"] == f"s3://{bucket}/{folder}/report.html"
    figures = json.loads(s3.get_object(Bucket=bucket, Key=f"{folder}/figures.json")["Body"].read())
    assert (figures["outcomes"]["labelled"], figures["shadow"]["agreement"]) == (ROWS, 1.0)
    assert (figures["pin"]["key"], figures["pin"]["sha256"]) == (pin.key, pin.sha256)
    assert figures["notices"] == answer["notices"] == []
    assert answer["findings"][0] in s3.get_object(Bucket=bucket, Key=f"{folder}/report.html")["Body"].read().decode()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    by_service, by_version = [line for line in lines if "_aws" in line]
    assert by_service["FlaggedFields"] == [1.0]
    assert (by_service["service"], by_version["model_version"]) == ("phat", reference().version)
    assert "model_version" not in by_service


def test_nothing_there(capsys: Any) -> None:
    """Without captures there is a metric that says so, and no failure."""
    assert call(time="2026-11-25T12:34:56Z") == {
        "status": "nothing", "reason": "nothing that this version scored was captured in the window",
    }  # fmt: skip
    assert '"MonitoredRecords":[0.0]' in capsys.readouterr().out.replace(" ", "")


def zero(printed: str) -> bool:
    """Whether the metric that says that nothing was looked at was written."""
    return '"MonitoredRecords":[0.0]' in printed.replace(" ", "")


def test_an_endpoint_without_a_model(serve: Serve, environment: pytest.MonkeyPatch, capsys: Any) -> None:
    """Where the endpoint serves no model there is nothing to look at, which is no failure."""
    environment.setenv("ENDPOINT_FUNCTION", serve({"MODEL_BUCKET": "somewhere"}))
    answer = call(time="2026-11-25T12:34:56Z")
    assert (answer["status"], answer["reason"]) == (
        "nothing", "the endpoint serves no model: not set: MODEL_KEY, MODEL_SHA256",
    )  # fmt: skip
    assert zero(capsys.readouterr().out)


def test_names_that_the_role_may_not_see(
    s3: "S3Client", bucket: str, environment: pytest.MonkeyPatch, capsys: Any
) -> None:
    """A bucket that the role may not list has nothing to look at: that is no failure, as other troubles are."""
    environment.setattr(monitor, "read", refusing(s3, bucket, 403))
    answer = call(time="2026-11-25T12:34:56Z")
    assert answer["status"] == "nothing"
    assert answer["reason"].startswith("the captures may not be read: s3://")
    assert zero(capsys.readouterr().out)
    environment.setattr(monitor, "read", refusing(s3, bucket, 503))
    with pytest.raises(StoreUnavailable):
        call(time="2026-11-25T12:34:56Z")


def refusing(s3: "S3Client", bucket: str, status: int) -> Any:
    """What reads captures from an S3 that answers with this status: moto evaluates no rights."""

    def read(*_: Any) -> Any:
        response: Any = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": status}}
        with available(f"s3://{bucket}/captures/"):
            raise ClientError(response, "ListObjectsV2")

    return read


def test_all_was_rejected(s3: "S3Client", bucket: str, capsys: Any) -> None:
    """Where every record was refused, the answer says why, and the metric of rejections has all of them."""
    head = {"format": 1, "model_version": reference().version, "share": 1.0, "time": START.isoformat()}
    line = {"capture": head | {"rejected": 40, "errors": {"x31": {"unknown_level": 40}}, "total": 40}}
    s3.put_object(Bucket=bucket, Key=f"captures/{START:%Y/%m/%d/%H}/a", Body=orjson.dumps(line))
    answer = call(**{"from": WINDOW.start.isoformat(), "to": WINDOW.end.isoformat()})
    assert answer["reason"].endswith("in the window; 40 records were rejected; 40 times x31: unknown_level")
    printed = capsys.readouterr().out
    assert zero(printed)
    assert '"RejectedShare":[1.0]' in printed.replace(" ", "")


def test_what_cannot_be_read(s3: "S3Client", bucket: str, environment: pytest.MonkeyPatch, caplog: Any) -> None:
    """Broken captures, odd outcomes and another model that is not there are named, and do not stop the report."""
    put(s3, bucket)
    monitor.logger.addHandler(caplog.handler)
    environment.setenv("SHADOW_KEY", "models/none/000000000000/model.json")
    environment.setenv("SHADOW_SHA256", "0" * 64)
    s3.put_object(Bucket=bucket, Key=f"captures/{START:%Y/%m/%d/%H}/broken", Body=b"\x1f\x8b\x08?")
    s3.put_object(Bucket=bucket, Key=f"captures/{START:%Y/%m/%d/%H}/odd", Body=b"?")
    s3.put_object(Bucket=bucket, Key="outcomes//b.csv", Body=b"id,outcome\n1,1\n")
    s3.put_object(Bucket=bucket, Key="outcomes/c.csv", Body=b"id;outcome\n1;1\n")
    answer = call(**{"from": WINDOW.start.isoformat(), "to": WINDOW.end.isoformat()})
    assert (answer["status"], answer["records"]) == ("looked", ROWS)
    text = "\n".join(answer["notices"])
    for told in (
        "/broken: it cannot be unpacked",
        "/odd: line 1: it is not of a capture",
        "outcomes//b.csv: between slashes",
        "outcomes/c.csv: there is no column id",
        "the other model is left out: ",
    ):
        assert told in text
    assert any("/odd: line 1" in str(vars(line)) for line in caplog.records)
    key = answer["report"].removeprefix(f"s3://{bucket}/")
    assert "/odd: line 1" in s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    figures = s3.get_object(Bucket=bucket, Key=key.replace("report.html", "figures.json"))["Body"].read()
    assert json.loads(figures)["outcomes"]["labelled"] == ROWS


def test_outcomes_without_an_event(s3: "S3Client", bucket: str) -> None:
    """Outcomes of which none is understood as the event do not count as zero events: they are left out, and named."""
    put(s3, bucket)
    s3.put_object(Bucket=bucket, Key="outcomes/a.csv", Body=b"id,outcome\n1,won\n2,lost\n")
    answer = call(**{"from": WINDOW.start.isoformat(), "to": WINDOW.end.isoformat()})
    [notice] = answer["notices"]
    assert "the outcomes are left out: " in notice
    assert "it is not known which is the event" in notice


def test_windows() -> None:
    """A scheduled look is at the hours before its own; a named window is that one, and cannot end before it begins."""
    found = monitor.asked_window({"time": "2026-11-25T12:34:56Z"}, 24)
    assert (found.start, found.end) == (datetime(2026, 11, 24, 12, tzinfo=UTC), datetime(2026, 11, 25, 12, tzinfo=UTC))
    early = monitor.asked_window({"time": "2026-11-25T12:05:00Z"}, 24)
    assert early.end.hour == 11, "the hour before may still be on its way"
    assert monitor.asked_window({"from": "2026-11-01", "to": "2026-11-02T01:00:00"}, 24).end.hour == 1
    with pytest.raises(ValueError, match="is not before"):
        monitor.asked_window({"from": "2026-11-02", "to": "2026-11-01"}, 24)


FROM = "2026-11-01"


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"from": FROM}, "event to: got nothing, expected a time, as from and to go together"),
        ({"to": FROM}, "event from: got nothing"),
        ({"time": 5}, "event time: got 5, expected a time in ISO 8601"),
        ({"time": None}, "event time: got None"),
        ({"time": ""}, "event time: got ''"),
        ({"time": "yesterday"}, "event time: got 'yesterday', expected a time"),
        ({"time": "0001-01-01T00:00:00Z"}, "event time: got '0001-01-01T00:00:00Z', expected one in this era"),
        ({"from": FROM, "to": {"a": 1}}, "event to: got {'a': 1}, expected a time"),
        ([FROM], "event: got ['2026-11-01'], expected an object"),
    ],
)
def test_events_that_cannot_be_meant(event: Any, told: str) -> None:
    """An event that names no window is refused with what was got and what was expected."""
    with pytest.raises(ValueError, match=re.escape(told)):
        monitor.lambda_handler(event, cast("Any", LocalContext()))


def test_outcomes_on_which_the_engine_panics(s3: "S3Client", bucket: str) -> None:
    """A Parquet file of outcomes with a flipped byte is named, and ends no look."""
    put(s3, bucket)
    data = (REFERENCE.parents[1] / "tests" / "cases" / "panic.parquet").read_bytes()
    s3.put_object(Bucket=bucket, Key="outcomes/b.parquet", Body=data)
    answer = call(**{"from": WINDOW.start.isoformat(), "to": WINDOW.end.isoformat()})
    [notice] = answer["notices"]
    assert f"s3://{bucket}/outcomes/b.parquet: " in notice
    assert answer["status"] == "looked"


def test_a_quiet_day_writes_no_figure_of_drift(s3: "S3Client", bucket: str, capsys: Any) -> None:
    """Where too few records were captured to test, no metric says that nothing is flagged."""
    head = {"format": 1, "model_version": reference().version, "share": 1.0, "time": START.isoformat()}
    [record] = window(7, rows=1)[0]
    kept = {name: record[name] for name in ("id", "phat", "event", "values")}
    s3.put_object(Bucket=bucket, Key="captures/a", Body=orjson.dumps({"capture": head, "records": [kept]}))
    assert call(**{"from": WINDOW.start.isoformat(), "to": WINDOW.end.isoformat()})["records"] == 1
    printed = capsys.readouterr().out
    assert "MonitoredRecords" in printed
    assert "Flagged" not in printed
