"""What makes a new version in the transformed template, and how traffic comes to it."""

import hashlib
import json
import re

import pytest

from tests.e2e.cloud import transformed
from tests.e2e.resources import TEMPLATE, Resources, of_type
from tests.e2e.shell import ROOT

UNVERSIONED = {"Code", "FunctionName", "ReservedConcurrentExecutions", "Tags"}
"""Properties of a function that are not in a version, and its image, by which SAM names the version."""


def test_every_parameter_of_the_function_makes_a_version(resources: Resources) -> None:
    """The version's description, whose change makes a new version, has every parameter that the function is made of."""
    [version] = of_type(resources, "AWS::Lambda::Version").values()
    described = set(re.findall(r"\${(\w+)}", version["Description"]["Fn::Sub"]))
    function = resources["Function"]["Properties"]
    text = json.dumps({name: function[name] for name in ("Environment", "MemorySize", "Timeout", "PackageType")})
    assert set(re.findall(r'{"Ref": "(\w+)"}', text)) - {"ModelBucket"} == described


def test_every_edit_of_the_function_makes_a_version(resources: Resources) -> None:
    """The description ends with a digest of what the template says of the function: edit it as this test asks for.

    An edit of what Lambda does not version (the reserved concurrency) makes none, as it would fail.
    """
    function = {name: value for name, value in resources["Function"]["Properties"].items() if name not in UNVERSIONED}
    digest = hashlib.sha256(json.dumps(function, sort_keys=True).encode()).hexdigest()[:4]
    [version] = of_type(resources, "AWS::Lambda::Version").values()
    assert version["Description"]["Fn::Sub"].rpartition(" ")[2] == digest


def test_description_of_a_version_has_room() -> None:
    """At their longest, the parameters of the description stay within Lambda's 256 characters."""
    text = (ROOT / TEMPLATE).read_text()
    longest = {name: int(n) for name, n in re.findall(r"\n  (\w+):\n(?:    .*\n)*?    MaxLength: (\d+)", text)}
    longest |= {"ModelSha256": 64, "MemorySize": len("10240")}
    [described] = re.findall(r"VersionDescription: !Sub (.*)\n", text)
    for name, length in longest.items():
        described = described.replace(f"${{{name}}}", length * "x")
    assert "$" not in described
    assert len(described) <= 256


def test_an_undone_roll_out_can_be_tried_again(resources: Resources) -> None:
    """`Attempt` is part of the version's description and of its configuration, so that Lambda publishes a version of
    what is otherwise the same as the one that was undone, and that CloudFormation retained.
    """
    [version] = of_type(resources, "AWS::Lambda::Version").values()
    assert "${Attempt}" in version["Description"]["Fn::Sub"]
    assert {"Ref": "Attempt"} in resources["Function"]["Properties"]["Environment"]["Variables"].values()


def test_old_versions_stay(resources: Resources) -> None:
    """A version that is replaced, or that leaves the template, stays: it is what a roll-back points to."""
    [version] = [found for found in resources.values() if found["Type"] == "AWS::Lambda::Version"]
    assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_traffic_shifts_gradually(resources: Resources) -> None:
    """By default the alias shifts by CodeDeploy: ten percent for five minutes, after the check, guarded by alarms."""
    [group] = of_type(resources, "AWS::CodeDeploy::DeploymentGroup").values()
    assert group["DeploymentConfigName"]["Fn::Sub"][1] == {"ConfigName": "Canary10Percent5Minutes"}
    assert group["AutoRollbackConfiguration"]["Enabled"] is True
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    guards = [alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]]
    assert guards == ["NewVersionErrors", "NewVersionServerErrors", "NewVersionLatency"]
    update = resources["FunctionAliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    assert update["BeforeAllowTrafficHook"] == {"Ref": "Checks"}


@pytest.mark.parametrize("kind", ["Linear10PercentEvery1Minute", "Canary10Percent30Minutes", "AllAtOnce"])
def test_kind_of_roll_out_is_a_parameter(kind: str) -> None:
    """Any of CodeDeploy's ways can be chosen."""
    [group] = of_type(transformed(TEMPLATE, RollOut=kind), "AWS::CodeDeploy::DeploymentGroup").values()
    assert group["DeploymentConfigName"]["Fn::Sub"][1] == {"ConfigName": kind}


def test_roll_out_can_be_off() -> None:
    """Off leaves CodeDeploy out, and the alias shifts at once."""
    found = transformed(TEMPLATE, RollOut="Off")
    assert not of_type(found, "AWS::CodeDeploy::DeploymentGroup")
    assert "UpdatePolicy" not in found["FunctionAliaslive"]


def test_guards_look_at_the_new_version_only(resources: Resources) -> None:
    """What stops a roll-out is measured on the new version and has its name, so that an alarm of the old one, which
    would keep its state, cannot stop the version that fixes it.
    """
    version = next(name for name, found in resources.items() if found["Type"] == "AWS::Lambda::Version")
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    for name in ("NewVersionErrors", "NewVersionServerErrors", "NewVersionLatency"):
        text = json.dumps({key: value for key, value in alarms[name].items() if key != "AlarmName"})
        assert version in text, name
        assert f"${{{version}.Version}}" in alarms[name]["AlarmName"]["Fn::Sub"], name
    pattern = resources["NewVersionServerErrorLines"]["Properties"]["FilterPattern"]["Fn::Sub"]
    assert set(re.findall(r"\$\.(\w+)", pattern)) == {"message", "status", "function_version"}
