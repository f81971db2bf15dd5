"""Which model the endpoint serves: jobs ask its live alias at the start of each run, and have no pin of their own."""

from collections.abc import Mapping
from typing import NamedTuple

import boto3

from phat.model.pin import Pin

ALIAS = "live"
"""The alias that the API calls. While a roll-out shifts traffic, this is still the version before it."""


class LiveVersion(NamedTuple):
    """The version that serves: its number, and its environment variables."""

    number: str
    environment: Mapping[str, str]


def live_version(function: str) -> LiveVersion:
    """The version that serves; needs the right `lambda:GetFunctionConfiguration`.

    Raises botocore.exceptions.ClientError if the function or its alias is not there, or may not be looked at.
    """
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=function, Qualifier=ALIAS)
    return LiveVersion(configuration["Version"], configuration.get("Environment", {}).get("Variables", {}))


def live_pin(function: str) -> Pin:
    """The pin of the model that the endpoint serves; NotConfigured if it serves none."""
    return Pin.from_environment(live_version(function).environment)
