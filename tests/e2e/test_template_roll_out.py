"""What makes a new version in the transformed template, and how traffic comes to it."""

import json
import re
import tomllib

import pytest

from tests.e2e.cloud import transformed
from tests.e2e.resources import TEMPLATE, Resources, of_type
from tests.e2e.shell import ROOT


def test_every_parameter_of_the_function_makes_a_version(resources: Resources) -> None:
    """The version's description, whose change makes a new version, has every parameter that the function is made of."""
    [version] = of_type(resources, "AWS::Lambda::Version").values()
    described = set(re.findall(r"\${(\w+)}", version["Description"]["Fn::Sub"]))
    function = resources["Function"]["Properties"]
    text = json.dumps({name: function[name] for name in ("Environment", "MemorySize", "Timeout", "PackageType")})
    assert set(re.findall(r'{"Ref": "(\w+)"}', text)) - {"ModelBucket"} == described


def test_description_of_a_version_has_room() -> None:
    """At their longest, the parameters of the description stay within Lambda's 256 characters."""
    text = (ROOT / TEMPLATE).read_text()
    longest = {name: int(n) for name, n in re.findall(r"\n  (\w+):\n(?:    .*\n)*?    MaxLength: (\d+)", text)}
    longest |= {"ModelSha256": 64, "MemorySize": len("10240"), "LogLevel": len("WARNING")}
    [described] = re.findall(r"VersionDescription: !Sub (.*)\n", text)
    for name, length in longest.items():
        described = described.replace(f"${{{name}}}", length * "x")
    assert "$" not in described
    assert len(described) <= 256


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
    assert update["BeforeAllowTrafficHook"] == {"Ref": "PreTraffic"}


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
    """What stops a roll-out is measured on the new version, so that an alarm of the old one cannot stop its mending."""
    version = next(name for name, found in resources.items() if found["Type"] == "AWS::Lambda::Version")
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    for name in ("NewVersionErrors", "NewVersionServerErrors", "NewVersionLatency"):
        assert version in json.dumps(alarms[name]), name
    pattern = resources["NewVersionServerErrorLines"]["Properties"]["FilterPattern"]["Fn::Sub"]
    assert set(re.findall(r"\$\.(\w+)", pattern)) == {"message", "status", "function_version"}


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_environments_set_parameters_that_there_are(environment: str) -> None:
    """samconfig.toml's sections name parameters of the template, with values that it allows."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())[environment]
    text = (ROOT / TEMPLATE).read_text()
    for word in config["deploy"]["parameters"]["parameter_overrides"].split():
        name, value = word.split("=")
        [declared] = re.findall(rf"(?m)^  {name}:\n((?:    .*\n)+)", text)
        allowed = re.findall(r"AllowedValues: \[(.*)\]", declared) or re.findall(r"(?m)^      - (.*)$", declared)
        values = {each.strip(' "') for line in allowed for each in line.split(",")}
        assert not values or value in values, word
