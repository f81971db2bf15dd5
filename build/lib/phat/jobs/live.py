"""Which model the endpoint serves: jobs ask its live alias at the start of each run, and have no pin of their own."""

from collections.abc import Mapping

import boto3

from phat.model.store import Pin

ALIAS = "live"
"""The alias that the API calls. While a roll-out shifts traffic, this is still the version before it."""


def live_environment(function: str) -> Mapping[str, str]:
    """The environment variables of the version that serves; needs the right `lambda:GetFunctionConfiguration`.

    Raises botocore.exceptions.ClientError if the function or its alias is not there, or may not be looked at.
    """
    found = boto3.client("lambda").get_function_configuration(FunctionName=function, Qualifier=ALIAS)
    return found.get("Environment", {}).get("Variables", {})


def live_pin(function: str) -> Pin:
    """The pin of the model that the endpoint serves; NotConfigured if it serves none."""
    return Pin.from_environment(live_environment(function))
