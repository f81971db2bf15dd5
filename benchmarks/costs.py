"""What predictions cost on Lambda at the measured durations, beside an instance that is always on.

Prices are those of us-east-1 in US dollars; change them here when they change.
"""

from collections.abc import Mapping
from math import ceil

AS_OF = "2026-03"
LAMBDA_REQUEST = 0.20 / 1e6  # AWS Lambda pricing
LAMBDA_GB_SECOND = 0.0000166667  # AWS Lambda pricing, x86
GATEWAY_REQUEST = 3.50 / 1e6  # Amazon API Gateway pricing, REST API
SAGEMAKER_HOUR = 0.05  # ml.t3.medium, the smallest real-time endpoint (wring.co, SageMaker inference guide, 2026-03-15)
EC2_HOUR = 0.0416  # t3.medium, Amazon EC2 on-demand pricing
MEMORY_GB = 1769 / 1024
HOURS_A_MONTH = 730
PREDICTIONS = 1_000_000
BATCH = 5_000


def page(ours: Mapping[str, float]) -> str:
    """Three lines: a million predictions one by one, in batches, and what is always on instead."""
    single = PREDICTIONS * (_lambda(ours["warm_ms"]) + GATEWAY_REQUEST)
    batched = PREDICTIONS / BATCH * (_lambda(ours["json_ms"]) + GATEWAY_REQUEST)
    per_month = [hour * HOURS_A_MONTH for hour in (SAGEMAKER_HOUR, EC2_HOUR)]
    return (
        f"- one by one: ${single:.2f}, of which API Gateway takes ${PREDICTIONS * GATEWAY_REQUEST:.2f};\n"
        f"- {BATCH:,} in a request: ${batched:.4f};\n"
        f"- instead, whatever the traffic: ${per_month[0]:.0f} a month for SageMaker's smallest real-time endpoint, "
        f"${per_month[1]:.0f} for an EC2 t3.medium, each once over for a second one that takes its place.\n\n"
        f"Prices of us-east-1, {AS_OF}, as inputs in [costs.py](costs.py); durations as measured here, billed by the "
        f"millisecond at {MEMORY_GB * 1024:.0f} MB."
    )


def _lambda(milliseconds: float) -> float:
    """Dollars of one invocation."""
    return LAMBDA_REQUEST + ceil(milliseconds) / 1000 * MEMORY_GB * LAMBDA_GB_SECOND
