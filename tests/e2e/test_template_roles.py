"""What the roles of the transformed template may do, and how its bucket is kept."""

import json

import pytest

from tests.e2e.cloud import transformed
from tests.e2e.resources import BATCH_TEMPLATE, MONITORING_TEMPLATE, TEMPLATE, Resources, of_type, statements
from tests.e2e.shell import ROOT

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
GATEWAY = "GatewayAccountRole"
"""The account's role of API Gateway, which has a managed policy and no other."""


@pytest.fixture(scope="module", params=[TEMPLATE, BATCH_TEMPLATE, MONITORING_TEMPLATE])
def any_resources(request: pytest.FixtureRequest) -> Resources:
    """The resources of each template."""
    return transformed(request.param)


def test_roles_are_narrow(any_resources: Resources) -> None:
    """No role may do all actions of a service, and none has a wildcard for a resource where resources can be named."""
    found = list(statements(any_resources))
    assert {name for name, _ in found} == set(of_type(any_resources, "AWS::IAM::Role")) - {GATEWAY}
    for name, statement in found:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action], name
        if statement["Resource"] == "*":
            assert set(actions) <= set(WITHOUT_RESOURCES), name


def test_roles_trust_this_account_alone(any_resources: Resources) -> None:
    """A service that says for whom it takes a role may take it for this account only."""
    for name, role in of_type(any_resources, "AWS::IAM::Role").items():
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        services = statement["Principal"]["Service"]
        account = {"Ref": "AWS::AccountId"}
        key = "sts:ExternalId" if services == "firehose.amazonaws.com" else "aws:SourceAccount"
        expected = None if services in ("lambda.amazonaws.com", "apigateway.amazonaws.com") else {key: account}
        assert statement.get("Condition", {}).get("StringEquals") == expected, name


def test_managed_policies_are_one(any_resources: Resources) -> None:
    """Only the account's role of API Gateway has a managed policy, which API Gateway asks for."""
    managed = {
        name: role["ManagedPolicyArns"]
        for name, role in of_type(any_resources, "AWS::IAM::Role").items()
        if role.get("ManagedPolicyArns")
    }
    policy = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    assert managed == ({GATEWAY: [{"Fn::Sub": policy}]} if GATEWAY in any_resources else {})


def test_log_role_of_the_account_outlives_the_stack(resources: Resources) -> None:
    """Role and setting, which all APIs of the region share, stay when the stack that made them goes."""
    for name in (GATEWAY, "GatewayAccount"):
        assert (resources[name]["DeletionPolicy"], resources[name]["UpdateReplacePolicy"]) == ("Retain", "Retain")
    [stage] = of_type(resources, "AWS::ApiGateway::Stage").values()
    assert {"Ref": "GatewayAccount"} in [tag["Value"]["Fn::If"][1] for tag in stage["Tags"] if "Fn::If" in tag["Value"]]


def test_models_are_read_and_no_more(any_resources: Resources) -> None:
    """What may touch the models' bucket may get objects under models/: no list, no write."""
    touching = [(name, s) for name, s in statements(any_resources) if "/models/*" in json.dumps(s["Resource"])]
    assert {name for name, _ in touching} == {
        name for name in any_resources if name in ("FunctionRole", "ChecksRole", "MonitorRole")
    }
    for _, statement in touching:
        assert statement["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
        assert statement["Resource"]["Fn::Sub"][0] == "arn:${AWS::Partition}:s3:::${Bucket}/models/*"


def test_the_data_bucket_is_for_batches_alone(batch_resources: Resources) -> None:
    """The data bucket is in reach of what scores files, and of nothing else."""
    touching = [(name, s) for name, s in statements(batch_resources) if "s3:" in json.dumps(s["Action"])]
    of_files = [(name, s) for name, s in touching if "/models/*" not in json.dumps(s["Resource"])]
    assert {name for name, _ in of_files} == {"FunctionRole", "MachineRole"}
    for _, statement in of_files:
        assert statement["Resource"]["Fn::Sub"][1]["Bucket"]["Fn::If"][1] == {"Ref": "DataBucket"}


def test_captures_are_for_the_monitor_alone(monitoring_resources: Resources) -> None:
    """Captured records are in reach of what delivers them and of what looks at them, prefix by prefix."""
    touching = [(n, s) for n, s in statements(monitoring_resources) if "CaptureBucket" in json.dumps(s["Resource"])]
    assert {name for name, _ in touching} == {"CapturesRole", "MonitorRole"}
    written = [s["Resource"] for name, s in touching if name == "MonitorRole" and "s3:PutObject" in s["Action"]]
    assert written == [{"Fn::Sub": "${CaptureBucket.Arn}/reports/*"}]
    rules = monitoring_resources["CaptureBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert {rule["Prefix"] for rule in rules if "ExpirationInDays" in rule} == {"captures/", "failed/"}


def test_key_of_captures_has_a_right_of_its_own(resources: Resources) -> None:
    """The function may read the one parameter that holds the key of hashes, under the condition that one is named."""
    policies = resources["FunctionRole"]["Properties"]["Policies"]
    [(condition, policy, otherwise)] = [each["Fn::If"] for each in policies if "Fn::If" in each]
    assert (condition, otherwise) == ("HashesCaptures", {"Ref": "AWS::NoValue"})
    statement, decrypt = policy["PolicyDocument"]["Statement"]
    assert (statement["Action"], decrypt["Action"]) == ("ssm:GetParameter", "kms:Decrypt")
    assert statement["Resource"]["Fn::Sub"].endswith(":parameter/${CaptureHashKeyName}")
    [stage] = of_type(resources, "AWS::ApiGateway::Stage").values()
    assert "NoEcho" not in (ROOT / TEMPLATE).read_text()
    assert {each for kind in stage["Variables"]["Fn::If"][1:] for each in kind} >= {"captureHashKeyName"}


@pytest.mark.parametrize(
    ("template", "name"),
    [(TEMPLATE, "ModelBucket"), (BATCH_TEMPLATE, "DataBucket"), (MONITORING_TEMPLATE, "CaptureBucket")],
)
def test_bucket_is_encrypted_and_kept(template: str, name: str) -> None:
    """Each bucket encrypts, is closed to the public, asks for TLS, and outlives the stack unless its creation failed.

    Those of models and files keep versions; captures do not, so that what is deleted of a person is gone.
    """
    resources = transformed(template)
    bucket = resources[name]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    versions = {"Status": "Enabled"} if name != "CaptureBucket" else None
    assert bucket["Properties"].get("VersioningConfiguration") == versions
    assert bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    [statement] = resources[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
