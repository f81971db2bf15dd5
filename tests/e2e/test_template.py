"""What CloudFormation makes of the template, as SAM transforms it."""

import json
from typing import Any

import pytest

from tests.e2e.shell import ROOT, run

DEPLOYMENT_PYTHON = ROOT / ".venv-deploy" / "bin" / "python"


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    """The resources of the transformed template, by name."""
    script = ROOT / "tests" / "e2e" / "transform.py"
    printed = run(DEPLOYMENT_PYTHON, "-W", "ignore", script, "template.yaml", env={"AWS_DEFAULT_REGION": "us-east-1"})
    found: dict[str, Any] = json.loads(printed)["Resources"]
    return found


def test_no_method_is_open(resources: dict[str, Any]) -> None:
    """Every method of every path asks for a signature and a key."""
    paths = resources["Api"]["Properties"]["Body"]["paths"]
    methods = [method for path in paths.values() for method in path.values()]
    assert len(methods) == 2
    assert all(method["security"] == [{"AWS_IAM": []}, {"api_key": []}] for method in methods)


def test_role_reads_models_and_no_more(resources: dict[str, Any]) -> None:
    """Beside log and traces the function may read objects under models/ of one bucket."""
    role = resources["FunctionRole"]["Properties"]
    [policy] = role["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": {"Fn::Sub": "${ModelBucket.Arn}/models/*"},
    }
    names = {arn.rpartition("/")[2] for arn in role["ManagedPolicyArns"]}
    assert names == {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}


def test_bucket_is_versioned_encrypted_and_kept(resources: dict[str, Any]) -> None:
    """The models' bucket keeps versions, encrypts, is closed to the public, and outlives the stack."""
    bucket = resources["ModelBucket"]
    assert bucket["DeletionPolicy"] == "Retain"
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
