"""Alarms and dashboard of the transformed template, next to the metrics of the code."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from api.telemetry import METRICS
from jobs.batch import METRICS as OF_FILES
from model.watch.monitor import METRICS as OF_WATCHING
from tests.e2e.resources import Resources, decide, of_type
from tests.e2e.shell import ROOT


def named_metrics(value: Any) -> Iterator[tuple[str, frozenset[str]]]:
    """Names and dimensions of the function's own metrics that an alarm's properties name."""
    if isinstance(value, dict):
        if value.get("Namespace") == "phat" and isinstance(value["MetricName"], str):
            yield value["MetricName"], frozenset(dimension["Name"] for dimension in value["Dimensions"])
        for inner in value.values():
            yield from named_metrics(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named_metrics(inner)


def test_alarms_name_metrics_of_the_code(resources: Resources) -> None:
    """Each alarm on a metric of the function's own names one that the code writes, by its service alone."""
    found = set(named_metrics(of_type(resources, "AWS::CloudWatch::Alarm")))
    of_endpoint = {"ModelLoadFailure", "RejectedRecords", "Predictions"}
    assert of_endpoint <= set(METRICS)
    assert {name for name, _ in found} - of_endpoint == {"FlaggedFields", "FlaggedColumns"} <= set(OF_WATCHING)
    assert {dimensions for _, dimensions in found} == {frozenset({"service"})}


@pytest.mark.parametrize("on", [True, False])
def test_dashboard_names_metrics_of_the_code(resources: Resources, on: bool) -> None:
    """The dashboard is JSON, and shows every metric that the code writes, by dimensions that it has, and no other.

    Those of files and of the monitor are there when these are on.
    """
    body, parts = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    for name, part in decide(parts, Watches=on, ScoresFiles=on).items():
        body = body.replace(f"${{{name}}}", part["Fn::Sub"] if on else part)
    shown = set(re.findall(r'MetricName=\\"(\w+)\\"', body))
    for widget in json.loads(body)["widgets"]:
        namespace = ""
        for row in widget["properties"]["metrics"]:
            if isinstance(row[0], str) and row[0] not in {".", "..."}:
                namespace = row[0]
            if isinstance(row[0], str) and namespace == "phat" and row[0] in {"phat", "."}:
                shown.add(row[1])
    assert shown == set(METRICS) | ({*OF_FILES, *OF_WATCHING} if on else set())
    searched = {frozenset(keys.split(",")) for keys in re.findall(r"SEARCH\('\{phat,([\w,]+)\}", body)}
    assert searched == {frozenset({"service", "model_version"})}


def test_every_alarm_says_why(resources: Resources) -> None:
    """Each alarm has a sentence for whoever is woken, a name by the stack, and says what missing data mean."""
    for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmDescription"].endswith("."), name
        assert alarm["AlarmName"]["Fn::Sub"].startswith("${AWS::StackName}-"), name
        assert alarm["TreatMissingData"] in {"breaching", "notBreaching"}, name


def test_one_page_for_all_alarms(resources: Resources) -> None:
    """The composite alarm pages for each alarm but those that stop a roll-out, which mends itself."""
    [composite] = of_type(resources, "AWS::CloudWatch::CompositeAlarm").values()
    rule = json.dumps(composite["AlarmRule"])
    paged = set(re.findall(r'ALARM\(\\*"\${(\w+)}', rule))
    alarms = set(of_type(resources, "AWS::CloudWatch::Alarm"))
    assert paged == alarms - {"NewVersionErrors", "NewVersionServerErrors", "NewVersionLatency"}


def test_operations_say_what_to_do(resources: Resources) -> None:
    """The page for the night has every alarm."""
    page = (ROOT / "docs" / "operations.md").read_text()
    for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values():
        assert f"`NAME{alarm['AlarmName']['Fn::Sub'].removeprefix('${AWS::StackName}')}`" in page
