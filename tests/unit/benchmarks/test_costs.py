"""What the benchmark says of costs."""

from pathlib import Path

import pytest

from benchmarks.costs import page, standing, standing_page
from benchmarks.stack import Stack, stack

TEMPLATE = """
Parameters:
  Email: { Type: String, Default: "" }
  Share: { Type: Number, Default: 0 }
Conditions:
  Pages: !Not [!Equals [!Ref Email, ""]]
  Shares: !Not [!Equals [!Ref Share, 0]]
  Both: !And [!Condition Pages, !Condition Shares]
  Either: !Or [!Condition Pages, !Condition Shares]
Resources:
  Errors: { Type: AWS::CloudWatch::Alarm, Properties: { AlarmName: !Sub "${AWS::StackName}-e", MetricName: Errors } }
  Rejected:
    Type: AWS::CloudWatch::Alarm
    Condition: Either
    Properties:
      Metrics:
        - { Id: rejected, MetricStat: { Stat: Sum } }
        - { Id: scored, MetricStat: { Stat: Sum } }
        - { Id: share, Expression: rejected / scored }
  Page: { Type: AWS::CloudWatch::CompositeAlarm, Condition: Pages, Properties: { AlarmRule: x } }
  Ticket: { Type: AWS::CloudWatch::CompositeAlarm, Condition: Both, Properties: { AlarmRule: x } }
  Dashboard: { Type: AWS::CloudWatch::Dashboard, Properties: { DashboardBody: x } }
  Bucket: { Type: AWS::S3::Bucket }
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template with alarms of all kinds, some of them by condition."""
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    return file


def test_costs() -> None:
    """A million predictions: requests and gigabyte seconds one by one, a two-hundredth of them in batches."""
    told = page({"warm_ms": 1.2, "json_ms": 60.0})
    # 0.20 + 2 ms x 1.728 GB x 1e6 x 0.0000166667 = 0.2576; the gateway 3.50
    assert "one by one: $3.76, of which API Gateway takes $3.50" in told
    # 200 x (0.2e-6 + 3.5e-6 + 0.06 x 1.728 x 0.0000166667) = 0.0011
    assert "5,000 in a request: $0.0011" in told


@pytest.mark.parametrize(
    ("parameters", "counts"),
    [({}, (1, 0, 1)), ({"Email": "a@b.example"}, (3, 1, 1)), ({"Email": "a@b.example", "Share": "5"}, (3, 2, 1))],
)
def test_stack_is_counted(template: Path, parameters: dict[str, str], counts: tuple[int, int, int]) -> None:
    """Alarms are counted by their metrics, and resources whose condition does not hold are not made."""
    assert stack(template, **parameters)[:3] == counts


def test_unknown_parameter_is_refused(template: Path) -> None:
    """A parameter that the template does not have is refused by name, and not passed over."""
    with pytest.raises(ValueError, match=r"template.yaml: got parameter AlarmMail, expected one of its own"):
        stack(template, AlarmMail="a@b.example")


def test_unknown_condition_is_refused(template: Path) -> None:
    """A form of condition that is not known is refused, and not taken for one that holds."""
    template.write_text(TEMPLATE.replace('!Not [!Equals [!Ref Email, ""]]', "!Contains [[a], !Ref Email]"))
    with pytest.raises(ValueError, match=r"condition: got !Contains, expected !Equals, !Not, !And, !Or or !Condition"):
        stack(template)


def test_stack_of_the_template() -> None:
    """The template's own stack has alarms, a dashboard, and the handler's metrics in both sets of dimensions."""
    made = stack()
    assert made.alarm_metrics > 5
    assert made.dashboards == 1
    assert made.metrics == 20


def test_standing_costs() -> None:
    """Alarms, dashboards and images cost before the first request; metrics and logs come with requests."""
    made = Stack(alarm_metrics=12, composite_alarms=2, dashboards=1, metrics=18)
    assert standing(made) == pytest.approx(1.20 + 1.00 + 3.00 + 0.05)
    assert standing(made, 1_000_000) == pytest.approx(5.25 + 5.40 + 1.5 * 0.53)
    # free: 10 metrics of alarms, the dashboard, 10 metrics, all of the logs
    assert standing(made, free=True) == pytest.approx(0.20 + 1.00 + 0.05)
    assert standing(made, 1_000_000, free=True) == pytest.approx(1.25 + 8 * 0.30)


def test_standing_costs_next_to_the_rivals() -> None:
    """What is always on pays for the same monitoring, and for itself: 730 hours of 0.05, and of 0.0416 + 0.0225."""
    told = standing_page(Stack(12, 2, 1, 18))
    assert "| phat's stack | $5.25 | $11.45 |" in told
    assert "| SageMaker's smallest real-time endpoint | $41.75 | $47.95 |" in told
    assert "| EC2 t3.medium behind a load balancer | $52.04 | $58.24 |" in told
    assert "phat's $1.25 and $3.65" in told
