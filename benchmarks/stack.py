"""What of a stack is billed whether it is asked or not, counted in its template."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from phat.api.telemetry import METRICS

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
DIMENSION_SETS = 2
"""Each metric goes out by service, and by service and model version; every value of a dimension is a metric."""

Node = Mapping[str, Any]


class Stack(NamedTuple):
    """How many of each are billed by the month."""

    alarm_metrics: int
    composite_alarms: int
    dashboards: int
    metrics: int
    """Custom metrics, once there are requests."""


def stack(template: Path = TEMPLATE, **parameters: str) -> Stack:
    """Count what a template makes with these parameters and its defaults; an alarm pays by its metrics.

    ValueError if it has no such parameter.
    """
    read = _read(template)
    if unknown := sorted(parameters.keys() - read["Parameters"].keys()):
        raise ValueError(f"{template.name}: got parameter {unknown[0]}, expected one of its own")
    values = {name: str(declared.get("Default", "")) for name, declared in read["Parameters"].items()} | parameters
    conditions = read.get("Conditions", {})
    made = [
        resource
        for resource in read["Resources"].values()
        if "Condition" not in resource or _holds(resource, conditions, values)
    ]

    def of(kind: str) -> list[Node]:
        return [resource.get("Properties", {}) for resource in made if resource["Type"] == f"AWS::CloudWatch::{kind}"]

    metrics = sum(
        sum("MetricStat" in metric for metric in alarm["Metrics"]) if "Metrics" in alarm else 1 for alarm in of("Alarm")
    )
    return Stack(metrics, len(of("CompositeAlarm")), len(of("Dashboard")), DIMENSION_SETS * len(METRICS))


def _holds(condition: Node, conditions: Mapping[str, Node], values: Mapping[str, str]) -> bool:
    """Whether a condition holds; ValueError for a form that this does not know."""
    if "Condition" in condition:
        return _holds(conditions[condition["Condition"]], conditions, values)
    [(operation, operands)] = condition.items()
    if operation == "!Equals":
        first, second = (values[each["!Ref"]] if isinstance(each, dict) else str(each) for each in operands)
        return first == second
    if operation not in ("!Not", "!And", "!Or"):
        raise ValueError(f"condition: got {operation}, expected !Equals, !Not, !And, !Or or !Condition")
    held = [_holds(each, conditions, values) for each in operands]
    if operation == "!Not":
        return not held[0]
    return all(held) if operation == "!And" else any(held)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML has no types
    """Reads `!Ref name` as {"!Ref": "name"}, and `!Condition name` as a resource has it."""


def _tagged(loader: Any, suffix: str, node: Any) -> Node:
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {"Condition" if suffix == "Condition" else f"!{suffix}": value}


_Loader.add_multi_constructor("!", _tagged)


def _read(template: Path) -> Any:
    return yaml.load(template.read_text(), _Loader)  # noqa: S506  # a safe loader, with CloudFormation's tags
