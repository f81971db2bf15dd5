"""Alarms and dashboard of the transformed template, next to the metrics of the code."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from phat.api.telemetry import METRICS
from phat.jobs.batch_summary import METRICS as OF_FILES
from phat.jobs.health import HEALTHY
from phat.monitoring.monitor import METRICS as OF_MONITORING
from tests.e2e.cloud import transformed_whole
from tests.e2e.resources import TEMPLATE, Resources, of_type
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


@pytest.fixture(scope="module")
def all_alarms(resources: Resources, batch_resources: Resources, monitoring_resources: Resources) -> Resources:
    """The alarms of the three stacks, by stack and name."""
    stacks = {"": resources, "batch.": batch_resources, "monitoring.": monitoring_resources}
    kind = "AWS::CloudWatch::Alarm"
    return {stack + name: alarm for stack, each in stacks.items() for name, alarm in of_type(each, kind).items()}


def test_alarms_name_metrics_of_the_code(all_alarms: Resources) -> None:
    """Each alarm on a metric of phat's own names one that the code writes, by the endpoint alone."""
    found = set(named_metrics(all_alarms))
    of_endpoint = {"ModelLoadFailure", "RejectedRecords", "Predictions"}
    assert of_endpoint <= set(METRICS)
    others = {"FlaggedFields", "FlaggedColumns", HEALTHY}
    assert {name for name, _ in found} == of_endpoint | others
    assert others - {HEALTHY} <= set(OF_MONITORING)
    assert {dimensions for _, dimensions in found} == {frozenset({"service"})}


def shown(resources: Resources, service: str) -> set[str]:
    """The metrics of phat's own that a stack's dashboard shows, which is JSON; each by the endpoint's name."""
    body = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    names = set(re.findall(r'MetricName=\\"(\w+)\\"', body))
    for widget in json.loads(body)["widgets"]:
        namespace = ""
        for row in widget["properties"]["metrics"]:
            if isinstance(row[0], str) and row[0] not in {".", "..."}:
                namespace = row[0]
            if isinstance(row[0], str) and namespace == "phat" and row[0] in {"phat", "."}:
                names.add(row[1])
                assert row[2:4] in (["service", service], [".", "."]), row
    searched = {frozenset(keys.split(",")) for keys in re.findall(r"SEARCH\('\{phat,([\w,]+)\}", body)}
    assert searched <= {frozenset({"service", "model_version"})}
    return names


def test_dashboards_name_metrics_of_the_code(
    resources: Resources, batch_resources: Resources, monitoring_resources: Resources
) -> None:
    """Each dashboard shows every metric that the code of its stack writes, and no other."""
    assert shown(resources, "${AWS::StackName}") == {*METRICS, HEALTHY}
    assert shown(batch_resources, "${Endpoint}") == set(OF_FILES)
    assert shown(monitoring_resources, "${Endpoint}") == set(OF_MONITORING)


def test_dashboards_of_regions_do_not_meet(
    resources: Resources, batch_resources: Resources, monitoring_resources: Resources
) -> None:
    """A dashboard belongs to the account, so its name has the region."""
    for each in (resources, batch_resources, monitoring_resources):
        assert each["Dashboard"]["Properties"]["DashboardName"] == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}


def test_every_alarm_says_why(all_alarms: Resources) -> None:
    """Each alarm has a sentence for whoever reads it, a name by the stack, and says what missing data mean."""
    for name, alarm in all_alarms.items():
        assert alarm["AlarmDescription"].endswith("."), name
        assert alarm["AlarmName"]["Fn::Sub"].startswith("${AWS::StackName}-"), name
        assert alarm["TreatMissingData"] in {"breaching", "notBreaching", "ignore"}, name


def test_percentiles_want_data(all_alarms: Resources) -> None:
    """A percentile of a few requests is no reason to wake anybody."""
    found = [alarm for alarm in all_alarms.values() if "ExtendedStatistic" in alarm]
    assert found
    assert {alarm.get("EvaluateLowSampleCountPercentile") for alarm in found} == {"ignore"}


def test_an_outage_pages_whatever_else_rings(resources: Resources) -> None:
    """Pages and tickets are apart: what stops answers pages, what can wait is a ticket, and no alarm is both.

    Those that stop a roll-out do neither, as the old version serves on.
    """
    composites = of_type(resources, "AWS::CloudWatch::CompositeAlarm")
    named = {
        name: set(re.findall(r'ALARM\(\\*"\${(\w+)}', json.dumps(alarm["AlarmRule"])))
        for name, alarm in composites.items()
    }
    assert named == {
        "Page": {"ServerErrors", "FunctionErrors", "ModelLoadFailures", "Unhealthy", "NoTraffic"},
        "Ticket": {"Latency", "Throttles", "ChecksErrors", "RejectedShare", "Concurrency"},
    }
    alarms = set(of_type(resources, "AWS::CloudWatch::Alarm"))
    assert named["Page"] | named["Ticket"] == alarms - {f"NewVersion{k}" for k in ("Errors", "ServerErrors", "Latency")}
    [page], [ticket] = (composites[name]["AlarmActions"] for name in ("Page", "Ticket"))
    assert (page["Fn::If"][1], ticket["Fn::If"][1]) == ({"Ref": "PageTopic"}, {"Ref": "TicketTopic"})


def test_files_and_monitoring_make_tickets(batch_resources: Resources, monitoring_resources: Resources) -> None:
    """Each of their alarms goes to the endpoint's topic of tickets, and none pages."""
    topic = [{"Fn::ImportValue": {"Fn::Sub": "${Endpoint}-TicketTopic"}}]
    for resources in (batch_resources, monitoring_resources):
        for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items():
            assert (alarm["AlarmActions"], alarm["OKActions"]) == (topic, topic), name


def test_what_serves_nobody_pages_nobody(resources: Resources) -> None:
    """A version that crashes or has a bad model while it is checked is no outage, nor is a stack without a model."""
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    assert {"Name": "Resource", "Value": {"Fn::Sub": "${Function}:live"}} in alarms["FunctionErrors"]["Dimensions"]
    assert alarms["ModelLoadFailures"]["DatapointsToAlarm"] > 1
    assert alarms["Unhealthy"]["TreatMissingData"] == "ignore"
    condition = transformed_whole(TEMPLATE)["Conditions"]["AlarmsTraffic"]
    assert "ModelKey" in json.dumps(condition)


def test_drift_rings_until_a_look_finds_none(monitoring_resources: Resources) -> None:
    """Between two looks there are no data, which changes nothing."""
    alarms = of_type(monitoring_resources, "AWS::CloudWatch::Alarm")
    assert {alarms[name]["TreatMissingData"] for name in ("Drift", "ConceptDrift", "MonitorErrors")} == {"ignore"}


def test_operations_say_what_to_do(all_alarms: Resources) -> None:
    """The on-call runbook has every alarm."""
    page = (ROOT / "docs" / "operations.md").read_text()
    for name, alarm in all_alarms.items():
        ending = re.sub(r"\${[\w.]+}", "N", alarm["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}"))
        stack = {"batch": "NAME-batch", "monitoring": "NAME-monitoring"}.get(name.partition(".")[0], "NAME")
        assert f"`{stack}{ending}`" in page, name
