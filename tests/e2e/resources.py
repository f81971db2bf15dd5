"""Reading what SAM makes of the template."""

from collections.abc import Iterator
from typing import Any

TEMPLATE = "template.yaml"
BATCH_TEMPLATE = "template-batch.yaml"
MONITORING_TEMPLATE = "template-monitoring.yaml"

Resources = dict[str, Any]


def of_type(resources: Resources, kind: str) -> Resources:
    """Properties of the resources of one type, by name."""
    return {name: found["Properties"] for name, found in resources.items() if found["Type"] == kind}


def decide(value: Any, **conditions: bool) -> Any:
    """The value with its Fn::If decided as the conditions say; those of other conditions stay."""
    if isinstance(value, dict) and "Fn::If" in value and value["Fn::If"][0] in conditions:
        condition, yes, no = value["Fn::If"]
        return decide(yes if conditions[condition] else no, **conditions)
    if isinstance(value, dict):
        return {key: decide(inner, **conditions) for key, inner in value.items()}
    return [decide(inner, **conditions) for inner in value] if isinstance(value, list) else value


def statements(resources: Resources) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each statement of each role's own policies, with the role's name."""
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for policy in decide(role.get("Policies", []), HashesCaptures=True):
            for statement in decide(policy["PolicyDocument"]["Statement"], Encrypted=True, MakesBucket=True):
                yield name, statement
