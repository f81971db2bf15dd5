"""What the roles of the transformed template may do, and how its bucket is kept."""

import json

from tests.e2e.resources import Resources, of_type, statements

# Services that know no resources for these actions, and what they do.
WITHOUT_RESOURCES = {
    "xray:PutTraceSegments": "writes traces",
    "xray:PutTelemetryRecords": "writes traces",
    "cloudwatch:DescribeAlarms": "reads a list",
}


def test_roles_are_narrow(resources: Resources) -> None:
    """No role may do all actions of a service, and none has a wildcard for a resource where resources can be named."""
    found = list(statements(resources))
    assert {name for name, _ in found} == {"FunctionRole", "PreTrafficRole", "RollOutRole"}
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
    """What may touch S3 may get objects under models/ of one bucket: no list, no write."""
    touching = [(name, s) for name, s in statements(resources) if "s3:" in json.dumps(s["Action"])]
    assert sorted(name for name, _ in touching) == ["FunctionRole", "PreTrafficRole"]
    for _, statement in touching:
        assert statement["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
        assert statement["Resource"]["Fn::Sub"][0] == "arn:${AWS::Partition}:s3:::${Bucket}/models/*"


def test_bucket_is_versioned_encrypted_and_kept(resources: Resources) -> None:
    """The models' bucket keeps versions, encrypts, is closed to the public, asks for TLS, and outlives the stack."""
    bucket = resources["ModelBucket"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    [statement] = resources["ModelBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
