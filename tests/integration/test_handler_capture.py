"""Capture in the function: lines of its output next to the log's, off unless it is switched on."""

import json
import uuid
from typing import Any

import boto3
import pytest

from phat.api.capture import Capture
from phat.api.proxy_event import proxy_event
from phat.api.serving import CAPTURE_SECONDS, REFUSED_SECONDS
from phat.model.hashes import keyed_hash
from tests.gateway import event, invoke
from tests.integration.process import Outcome, serve_fresh


def post(body: object, **variables: str) -> dict[str, Any]:
    """A request to score, through a stage with these variables."""
    sent = json.dumps(body).encode()
    asked = proxy_event("POST", "/predict", [("Content-Type", "application/json")], (), sent)
    return asked | {"stageVariables": variables}


ALL = {"captureShare": "1", "captureLeaveOut": "-,", "captureHash": "-,", "captureHashKeyName": "-"}
"""What a stage says that captures everything."""


def captured(outcome: Outcome) -> list[dict[str, Any]]:
    """The captured lines."""
    return [line for line in outcome.lines if "capture" in line]


def test_scored_and_rejected(pinned: dict[str, str]) -> None:
    """A scored request gives its records, a rejected one its counts, others nothing; answers are as without."""
    bodies = [{"id": "C-1", "x12": "$5"}], [{"x12": "abc"}]
    events = [*(post(body, **ALL) for body in bodies), event("model") | {"stageVariables": ALL}]
    found = serve_fresh(events, pinned)
    scored, rejected = captured(found)
    assert scored["records"][0]["id"] == "C-1"
    assert scored["capture"]["request_id"] == events[0]["requestContext"]["requestId"]
    assert (rejected["capture"]["rejected"], rejected["capture"]["errors"]) == (1, {"x12": {"not_a_number": 1}})
    without = serve_fresh([*map(post, bodies), event("model")], pinned)
    assert captured(without) == []
    assert [a["body"] for a in found.answers] == [a["body"] for a in without.answers]
    assert "phat.api.capture" not in without.modules


def test_silent_logs_capture_all_the_same(pinned: dict[str, str]) -> None:
    """The log level does not touch what is captured."""
    found = serve_fresh([post([{"x12": "$5"}], **ALL)], pinned | {"POWERTOOLS_LOG_LEVEL": "ERROR"})
    assert len(captured(found)) == 1


@pytest.mark.parametrize("settings", [{"captureLeaveOut": "X12"}, {"captureHash": "x12"}, {"captureShare": "10 %"}])
def test_a_slip_captures_nothing(pinned: dict[str, str], settings: dict[str, str]) -> None:
    """A switch that names no field turns capture off and is logged; requests are answered."""
    found = serve_fresh([post([{"x12": "$5"}], **(ALL | settings))] * 2, pinned)
    assert captured(found) == []
    assert found.answers[0]["statusCode"] == 200
    [line] = [line for line in found.logs if line["message"] == "capture is off"]
    assert line["reason"].startswith(("captureHashKeyName: ", next(iter(settings))))


def test_a_broken_capture_harms_no_answer(
    served: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever goes wrong while a request is captured, its caller gets the answer, and the log the kind of error."""
    monkeypatch.setattr(Capture, "lines", lambda *_: 1 / 0)
    assert invoke(post([{"x12": "$5"}], **ALL)).status == 200
    printed = capsys.readouterr().out
    assert "ZeroDivisionError" in printed
    assert '"capture":' not in printed


def test_a_changed_stage_takes_effect_at_once(pinned: dict[str, str]) -> None:
    """A request through a stage with other variables is captured as these say."""
    one = [{"x12": "$5", "x5": "sunday"}]
    events = [post(one, **ALL), post(one, **(ALL | {"captureLeaveOut": "-,x5"})), post(one, captureShare="0")]
    first, second = captured(serve_fresh(events, pinned))
    assert ("x5" in first["records"][0]["values"], "x5" in second["records"][0]["values"]) == (True, False)


KEY = "a secret of 16 bytes or more"


def parameter(value: str = KEY, kind: Any = "SecureString") -> str:
    """A new parameter in SSM; its name."""
    name = f"/phat/{uuid.uuid4()}"
    boto3.client("ssm").put_parameter(Name=name, Value=value, Type=kind)
    return name


def hashed(name: str) -> dict[str, str]:
    """What a stage says that hashes ids by the key of this name."""
    return ALL | {"captureHash": "-,id", "captureHashKeyName": f"-{name}"}


def test_the_key_is_read_by_its_name(pinned: dict[str, str]) -> None:
    """Ids are hashed by the key in SSM, which is read once; without hashes boto3 is not even imported."""
    one = {"id": "C-1", "x12": "$5"}
    found = serve_fresh([post([one], **hashed(parameter()))] * 2, pinned)
    assert [line["records"][0]["id"] for line in captured(found)] == [keyed_hash("id", "C-1", KEY.encode())] * 2
    assert KEY not in json.dumps(found.lines)
    assert "boto3" in found.modules
    plain = serve_fresh([post([one], **(ALL | {"captureLeaveOut": "-,x5"}))], pinned)
    assert len(captured(plain)) == 1
    assert not {"boto3", "botocore.session"} & plain.modules


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        (None, "", "ParameterNotFound"),
        (KEY, "String", "got type String, expected SecureString"),
        ("too short", "SecureString", "expected a secret of 16 to 64 bytes"),
        (65 * "k", "SecureString", "expected a secret of 16 to 64 bytes"),
    ],
)
def test_without_its_key_nothing_is_captured(pinned: dict[str, str], value: str | None, kind: str, reason: str) -> None:
    """A key that cannot be read turns capture off, rejections included; the log has its name, not its value."""
    name = "/phat/none" if value is None else parameter(value, kind)
    found = serve_fresh(
        [post([{"id": "C-1", "x12": "$5"}], **hashed(name)), post([{"x12": "?"}], **hashed(name))], pinned
    )
    assert captured(found) == []
    assert [answer["statusCode"] for answer in found.answers] == [200, 422]
    [line] = [line for line in found.logs if line["message"] == "capture is off"]
    assert line["reason"] == f"captureHashKeyName: parameter {name!r}: {reason}"
    assert value is None or value not in json.dumps(found.lines)


def test_an_ssm_that_does_not_answer(pinned: dict[str, str]) -> None:
    """Where SSM cannot be reached the caller gets the answer, and nothing is captured."""
    nowhere = pinned | {"AWS_ENDPOINT_URL_SSM": "http://127.0.0.1:9"}
    found = serve_fresh([post([{"id": "C-1", "x12": "$5"}], **hashed("/a"))], nowhere)
    assert (found.answers[0]["statusCode"], captured(found)) == (200, [])
    [line] = [line for line in found.logs if line["message"] == "capture is off"]
    assert line["reason"] == "captureHashKeyName: parameter '/a': EndpointConnectionError"


def test_a_rotated_key(served: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A rotated key takes effect after a bounded time, a failure is tried again after a shorter one."""
    name = f"/phat/{uuid.uuid4()}"
    asked = post([{"id": "C-1", "x12": "$5"}], **hashed(name))
    now = [1e9]
    monkeypatch.setattr("phat.api.serving.time.time", lambda: now[0])

    def id_after(seconds: float) -> str | None:
        now[0] += seconds
        assert invoke(asked).status == 200
        found = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"capture":' in line]
        return found[0]["records"][0]["id"] if found else None

    ssm = boto3.client("ssm")
    assert id_after(0) is None
    ssm.put_parameter(Name=name, Value=KEY, Type="SecureString")
    assert id_after(REFUSED_SECONDS - 1) is None
    assert id_after(2) == keyed_hash("id", "C-1", KEY.encode())
    ssm.put_parameter(Name=name, Value=KEY + "!", Type="SecureString", Overwrite=True)
    assert id_after(CAPTURE_SECONDS - 1) == keyed_hash("id", "C-1", KEY.encode())
    assert id_after(2) == keyed_hash("id", "C-1", f"{KEY}!".encode())
