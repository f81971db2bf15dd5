"""The monitor's function, with captures, outcomes and a second model in S3 over HTTP."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest

from api.asgi import LocalContext
from jobs import monitor
from model.batch.errors import FileRefused
from model.store import Pin
from tests.unit.model.watch.traffic import START, WINDOW, reference, window

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
    assert answer["report"] == f"s3://{bucket}/{folder}/report.html"
    figures = json.loads(s3.get_object(Bucket=bucket, Key=f"{folder}/figures.json")["Body"].read())
    assert (figures["outcomes"]["labelled"], figures["shadow"]["agreement"]) == (ROWS, 1.0)
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


def test_outcomes_that_cannot_be_read(s3: "S3Client", bucket: str) -> None:
    """Outcomes under a key that cannot be read end the look, rather than count as if nobody had dropped any."""
    put(s3, bucket)
    s3.put_object(Bucket=bucket, Key="outcomes//b.csv", Body=b"id,outcome\n1,1\n")
    with pytest.raises(FileRefused, match=r"outcomes//b\.csv: between slashes its key has nothing"):
        call(**{"from": WINDOW.start.isoformat(), "to": WINDOW.end.isoformat()})


def test_windows() -> None:
    """A scheduled look is at the hours before its own; a named window is that one, and cannot end before it begins."""
    found = monitor.asked_window({"time": "2026-11-25T12:34:56Z"}, 24)
    assert (found.start, found.end) == (datetime(2026, 11, 24, 12, tzinfo=UTC), datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert monitor.asked_window({"from": "2026-11-01", "to": "2026-11-02T01:00:00"}, 24).end.hour == 1
    with pytest.raises(ValueError, match="is not before"):
        monitor.asked_window({"from": "2026-11-02", "to": "2026-11-01"}, 24)
