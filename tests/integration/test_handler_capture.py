"""Capture in the function: lines of its output beside the log's, off unless it is switched on."""

import json
from typing import Any

import pytest

from api.event import proxy_event
from tests.gateway import event
from tests.integration.process import Outcome, serve_fresh


def post(body: object) -> dict[str, Any]:
    """A request to score."""
    return proxy_event("POST", "/predict", [("Content-Type", "application/json")], (), json.dumps(body).encode())


def captured(outcome: Outcome) -> list[dict[str, Any]]:
    """The captured lines."""
    return [line for line in outcome.lines if "capture" in line]


def test_scored_and_rejected(pinned: dict[str, str]) -> None:
    """A scored request gives its records, a rejected one its counts, others nothing; answers are as without."""
    events = [post([{"id": "C-1", "x12": "$5"}]), post([{"x12": "abc"}]), event("model")]
    found = serve_fresh(events, pinned | {"CAPTURE_SHARE": "1"})
    scored, rejected = captured(found)
    assert scored["records"][0]["id"] == "C-1"
    assert scored["capture"]["request_id"] == events[0]["requestContext"]["requestId"]
    assert (rejected["capture"]["rejected"], rejected["capture"]["errors"]) == (1, {"x12": {"not_a_number": 1}})
    without = serve_fresh(events, pinned)
    assert captured(without) == []
    assert [a["body"] for a in found.answers] == [a["body"] for a in without.answers]
    assert "api.capture" not in without.modules


def test_silent_logs_capture_all_the_same(pinned: dict[str, str]) -> None:
    """The log level does not touch what is captured."""
    found = serve_fresh([post([{"x12": "$5"}])], pinned | {"CAPTURE_SHARE": "1", "POWERTOOLS_LOG_LEVEL": "ERROR"})
    assert len(captured(found)) == 1


@pytest.mark.parametrize("settings", [{"CAPTURE_LEAVE_OUT": "X12"}, {"CAPTURE_HASH": "x12"}, {"CAPTURE_SHARE": "10 %"}])
def test_a_slip_captures_nothing(pinned: dict[str, str], settings: dict[str, str]) -> None:
    """A switch that names no field turns capture off and is logged; requests are answered."""
    found = serve_fresh([post([{"x12": "$5"}])], pinned | {"CAPTURE_SHARE": "1"} | settings)
    assert captured(found) == []
    assert found.answers[0]["statusCode"] == 200
    [line] = [line for line in found.logs if line["message"] == "capture is off"]
    assert next(iter(settings)).split("=")[0] in line["reason"] or "CAPTURE_HASH_KEY" in line["reason"]
