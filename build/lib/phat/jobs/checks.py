"""The function STACK-checks: its event says what is checked.

| event | check |
| --- | --- |
| CodeDeploy's, with `DeploymentId` | the new version, before traffic shifts to it; CodeDeploy hears how it went |
| `{}` | the same by hand; the answer says how it went |
| `{"version": "7"}` | an old version, before somebody moves the alias to it |
| `{"check": "endpoint"}` | the endpoint from outside, by schedule |
"""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from phat.jobs.health import check_endpoint
from phat.jobs.pre_traffic import check_for_deployment, check_new, check_old


def lambda_handler(event: Mapping[str, Any], _: LambdaContext) -> dict[str, str]:
    """Check what the event asks for: `status`, and the `reason` if it is not as it must be."""
    return _asked(event)()


def _asked(event: Mapping[str, Any]) -> Callable[[], dict[str, str]]:
    """ValueError if no check can be meant."""
    if "DeploymentId" in event:
        return lambda: check_for_deployment(event)
    if event == {}:
        return check_new
    if isinstance(event, dict) and event.keys() == {"version"}:
        return lambda: check_old(event["version"])
    if event == {"check": "endpoint"}:
        return check_endpoint
    raise ValueError(
        f'event: got {str(event)[:200]}, expected CodeDeploy\'s, {{}}, {{"version": "7"}} or {{"check": "endpoint"}}'
    )
