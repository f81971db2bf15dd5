"""What predictions cost on Lambda at the measured durations, and what stands there costs before the first request.

Prices are those of us-east-1 in US dollars, each with the page it is from; change them here when they change.
"""

from collections.abc import Mapping
from math import ceil

from benchmarks.stack import Stack, stack

AS_OF = "2026-03"
LAMBDA_REQUEST = 0.20 / 1e6  # aws.amazon.com/lambda/pricing
LAMBDA_GB_SECOND = 0.0000166667  # aws.amazon.com/lambda/pricing, x86
GATEWAY_REQUEST = 3.50 / 1e6  # aws.amazon.com/api-gateway/pricing, REST API
SAGEMAKER_HOUR = 0.05  # ml.t3.medium, the smallest real-time endpoint (wring.co, SageMaker inference guide, 2026-03-15)
EC2_HOUR = 0.0416  # t3.medium, aws.amazon.com/ec2/pricing/on-demand
BALANCER_HOUR = 0.0225  # aws.amazon.com/elasticloadbalancing/pricing, application load balancer without its units
ALARM_METRIC = 0.10  # aws.amazon.com/cloudwatch/pricing, standard resolution, by metric of the alarm
COMPOSITE_ALARM = 0.50  # aws.amazon.com/cloudwatch/pricing
DASHBOARD = 3.00  # aws.amazon.com/cloudwatch/pricing
METRIC = 0.30  # aws.amazon.com/cloudwatch/pricing, the first 10,000 custom metrics, by the hour in which they get data
LOG_GB = 0.50 + 0.03  # aws.amazon.com/cloudwatch/pricing, taken in and kept for a month
REGISTRY_GB = 0.10  # aws.amazon.com/ecr/pricing, compressed layers
FREE = Stack(alarm_metrics=10, composite_alarms=0, dashboards=3, metrics=10)
"""What every account has free each month, for all that is in it: aws.amazon.com/cloudwatch/pricing, free tier."""

FREE_LOG_GB = 5  # the same page
IMAGES_GB = 2 * 0.25
"""Two images in the registry, the live one and the one before: Lambda's base image and 30 MB."""

REQUEST_LOG_GB = 1.5e-6
"""The lines of a request, the function's with its metrics and the gateway's: 1.5 kB."""

MEMORY_GB = 1769 / 1024
HOURS_A_MONTH = 730
PREDICTIONS = 1_000_000
BATCH = 5_000


def page(ours: Mapping[str, float]) -> str:
    """A million predictions one by one, in batches, and what is always on instead; then what stands there costs."""
    single = PREDICTIONS * (_lambda(ours["warm_ms"]) + GATEWAY_REQUEST)
    batched = PREDICTIONS / BATCH * (_lambda(ours["json_ms"]) + GATEWAY_REQUEST)
    per_month = [hour * HOURS_A_MONTH for hour in (SAGEMAKER_HOUR, EC2_HOUR)]
    return (
        f"- one by one: ${single:.2f}, of which API Gateway takes ${PREDICTIONS * GATEWAY_REQUEST:.2f};\n"
        f"- {BATCH:,} in a request: ${batched:.4f};\n"
        f"- instead, whatever the traffic: ${per_month[0]:.0f} a month for SageMaker's smallest real-time endpoint, "
        f"${per_month[1]:.0f} for an EC2 t3.medium, each once over for a second one that takes its place.\n\n"
        f"{standing_page(stack(AlarmEmail='on-call@example.com'))}\n\n"
        f"Prices of us-east-1, {AS_OF}, as inputs in [costs.py](costs.py); durations as measured here, billed by the "
        f"millisecond at {MEMORY_GB * 1024:.0f} MB."
    )


def standing_page(made: Stack) -> str:
    """What a month costs besides the predictions: before the first request, and with a million of them."""
    idle, used = standing(made), standing(made, PREDICTIONS)
    free_idle, free_used = standing(made, free=True), standing(made, PREDICTIONS, free=True)
    images = IMAGES_GB * REGISTRY_GB
    rivals = {
        "SageMaker's smallest real-time endpoint": SAGEMAKER_HOUR * HOURS_A_MONTH,
        "EC2 t3.medium behind a load balancer": (EC2_HOUR + BALANCER_HOUR) * HOURS_A_MONTH,
    }
    rows = [("phat's stack", idle, used), *((name, on + idle, on + used) for name, on in rivals.items())]
    lines = [f"| {name} | ${before:.2f} | ${after:.2f} |" for name, before, after in rows]
    return (
        f"A stack costs before its first request: {made.alarm_metrics} metrics of alarms, {made.composite_alarms} "
        f"composite, {made.dashboards} dashboard: ${idle - images:.2f} a month, and ${images:.2f} for its images. "
        f"In daily use come {made.metrics} metrics by service and model version, ${made.metrics * METRIC:.2f}, and the "
        f"lines of {PREDICTIONS:,} requests, ${PREDICTIONS * REQUEST_LOG_GB * LOG_GB:.2f}. With the same monitoring, "
        "by the month and without the predictions:\n\n"
        + "\n".join(["| | idle | in daily use |", "| --- | --- | --- |", *lines])
        + f"\n\nWhere nothing else uses what an account has free ({FREE.alarm_metrics} metrics of alarms, "
        f"{FREE.dashboards} dashboards, {FREE.metrics} metrics, {FREE_LOG_GB} GB of logs), each line is "
        f"${idle - free_idle:.2f} and ${used - free_used:.2f} lower: phat's ${free_idle:.2f} and ${free_used:.2f}. "
        "Buckets, roles, API keys, usage plans, deployments and a standard SecureString parameter are free until they "
        "are used; a key of your own is $1 a month, a secret of Secrets Manager $0.40."
    )


def standing(made: Stack, requests: int = 0, *, free: bool = False) -> float:
    """Dollars a month of what stands there, and of metrics and logs once there are requests; `free` takes off what
    an account has free.
    """
    off = FREE if free else Stack(0, 0, 0, 0)
    prices = (ALARM_METRIC, COMPOSITE_ALARM, DASHBOARD, METRIC if requests else 0.0)
    billed = sum(max(0, count - less) * price for count, less, price in zip(made, off, prices, strict=True))
    logs = max(0.0, requests * REQUEST_LOG_GB - (FREE_LOG_GB if free else 0))
    return billed + logs * LOG_GB + IMAGES_GB * REGISTRY_GB


def _lambda(milliseconds: float) -> float:
    """Dollars of one invocation."""
    return LAMBDA_REQUEST + ceil(milliseconds) / 1000 * MEMORY_GB * LAMBDA_GB_SECOND
