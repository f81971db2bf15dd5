"""The end of the stack; this file's name puts it after all others."""

import boto3

from tests.e2e.stack import Stack


def objects_of(bucket: str) -> set[tuple[str, str]]:
    """The models that lie in a bucket: key and ETag of each."""
    found = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix="models/")
    return {(each["Key"], each["ETag"]) for each in found["Contents"]}


def test_delete_leaves_the_bucket_alone(served: Stack) -> None:
    """`sam delete` takes everything but the bucket, in which the models still lie, and the account's log role."""
    bucket, name = served.outputs["ModelBucket"], served.name
    models = objects_of(bucket)
    served.delete()
    assert models
    assert objects_of(bucket) == models
    remains = {
        "functions": [f["FunctionName"] for f in boto3.client("lambda").list_functions()["Functions"]],
        "roles": [role["RoleName"] for role in boto3.client("iam").list_roles()["Roles"]],
        "log groups": [group["logGroupName"] for group in boto3.client("logs").describe_log_groups()["logGroups"]],
        "alarms": [alarm["AlarmName"] for alarm in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]],
        "dashboards": [d["DashboardName"] for d in boto3.client("cloudwatch").list_dashboards()["DashboardEntries"]],
        "keys": [key["name"] for key in boto3.client("apigateway").get_api_keys()["items"]],
        "plans": [plan["name"] for plan in boto3.client("apigateway").get_usage_plans()["items"]],
        "machines": [m["name"] for m in boto3.client("stepfunctions").list_state_machines()["stateMachines"]],
        "topics": [topic["TopicArn"] for topic in boto3.client("sns").list_topics()["Topics"]],
        "APIs": [api["name"] for api in boto3.client("apigateway").get_rest_apis()["items"]],
    }  # fmt: skip
    others = (f"{name}-batch", f"{name}-monitoring")  # whose functions the emulator lets write once more
    left = [
        (kind, found)
        for kind, names in remains.items()
        for found in names
        if name in found and not found.endswith(others)
    ]
    assert left
    assert [each for each in left if each[0] != "roles" or "-GatewayAccountRole-" not in each[1]] == []
