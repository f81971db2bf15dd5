"""What the roles of the transformed template may do, and how its bucket is kept."""

import json

import pytest

from tests.e2e.resources import Resources, of_type, statements

# Services that know no resources for these actions, and what they do.
WITHOUT_RESOURCES = {
    "xray:PutTraceSegments": "writes traces",
    "xray:PutTelemetryRecords": "writes traces",
    "xray:GetSamplingRules": "reads how much to trace",
    "xray:GetSamplingTargets": "reads how much to trace",
    "cloudwatch:DescribeAlarms": "reads a list",
    "logs:CreateLogDelivery": "lets Step Functions write its log, as the next do",
    "logs:GetLogDelivery": "",
    "logs:UpdateLogDelivery": "",
    "logs:DeleteLogDelivery": "",
    "logs:ListLogDeliveries": "",
    "logs:PutResourcePolicy": "",
    "logs:DescribeResourcePolicies": "",
    "logs:DescribeLogGroups": "",
}
BATCH = {"BatchFunctionRole", "BatchMachineRole", "BatchStarterRole"}
WATCH = {"CapturesRole", "CapturedLinesRole", "MonitorRole", "MonitorStarterRole"}


def test_roles_are_narrow(resources: Resources) -> None:
    """No role may do all actions of a service, and none has a wildcard for a resource where resources can be named."""
    found = list(statements(resources))
    assert {name for name, _ in found} == {"FunctionRole", "PreTrafficRole", "RollOutRole"} | BATCH | WATCH
    for name, statement in found:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action], name
        if statement["Resource"] == "*":
            assert set(actions) <= set(WITHOUT_RESOURCES), name


def test_managed_policies_are_one(resources: Resources) -> None:
    """Only the account's role of API Gateway has a managed policy, which API Gateway asks for."""
    managed = {
        name: role["ManagedPolicyArns"]
        for name, role in of_type(resources, "AWS::IAM::Role").items()
        if role.get("ManagedPolicyArns")
    }
    policy = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    assert managed == {"GatewayAccountRole": [{"Fn::Sub": policy}]}


def test_models_are_read_and_no_more(resources: Resources) -> None:
    """What may touch the models' bucket may get objects under models/: no list, no write."""
    touching = [(name, s) for name, s in statements(resources) if "/models/*" in json.dumps(s["Resource"])]
    assert sorted(name for name, _ in touching) == [
        "BatchFunctionRole",
        "FunctionRole",
        "MonitorRole",
        "PreTrafficRole",
    ]
    for _, statement in touching:
        assert statement["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
        assert statement["Resource"]["Fn::Sub"][0] == "arn:${AWS::Partition}:s3:::${Bucket}/models/*"


def test_customers_files_are_for_batches_alone(resources: Resources) -> None:
    """The data bucket is in reach of what scores files, and of nothing else."""
    touching = [(name, s) for name, s in statements(resources) if "s3:" in json.dumps(s["Action"])]
    others = [(name, s) for name, s in touching if "/models/*" not in json.dumps(s["Resource"])]
    of_files = [(name, s) for name, s in others if name not in WATCH]
    assert {name for name, _ in of_files} == {"BatchFunctionRole", "BatchMachineRole"}
    for _, statement in of_files:
        assert statement["Resource"]["Fn::Sub"][1]["Bucket"]["Fn::If"][1] == {"Ref": "DataBucket"}


def test_captures_are_for_the_monitor_alone(resources: Resources) -> None:
    """Captured customers are in reach of what delivers them and of what looks at them, prefix by prefix."""
    touching = [(name, s) for name, s in statements(resources) if "CaptureBucket" in json.dumps(s["Resource"])]
    assert {name for name, _ in touching} == {"CapturesRole", "MonitorRole"}
    written = [s["Resource"] for name, s in touching if name == "MonitorRole" and "s3:PutObject" in s["Action"]]
    assert written == [{"Fn::Sub": "${CaptureBucket.Arn}/reports/*"}]
    rules = resources["CaptureBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert {rule["Prefix"] for rule in rules if "ExpirationInDays" in rule} == {"captures/", "failed/"}


@pytest.mark.parametrize("name", ["ModelBucket", "DataBucket"])
def test_bucket_is_versioned_encrypted_and_kept(resources: Resources, name: str) -> None:
    """Each bucket keeps versions, encrypts, is closed to the public, asks for TLS, and outlives the stack."""
    bucket = resources[name]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    [statement] = resources[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
