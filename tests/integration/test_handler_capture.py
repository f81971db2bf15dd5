"""Capture in the function: lines of its output beside the log's, off unless it is switched on."""

import json
from typing import Any

import pytest

from api.capture import Capture
from api.event import proxy_event
from tests.gateway import event, invoke
from tests.integration.process import Outcome, serve_fresh


def post(body: object, **variables: str) -> dict[str, Any]:
    """A request to score, through a stage with these variables."""
    sent = json.dumps(body).encode()
    asked = proxy_event("POST", "/predict", [("Content-Type", "application/json")], (), sent)
    return asked | {"stageVariables": variables}


ALL = {"captureShare": "1", "captureLeaveOut": "-,", "captureHash": "-,", "captureHashKey": "-"}
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
    assert "api.capture" not in without.modules


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
    assert line["reason"].startswith(("captureHashKey: ", next(iter(settings))))


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
