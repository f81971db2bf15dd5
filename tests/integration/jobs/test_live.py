"""Which model the endpoint serves, asked over HTTP as a job asks it."""

import boto3
import pytest
from botocore.exceptions import ClientError

from phat.jobs.live import live_pin
from phat.model.errors import NotConfigured
from phat.model.store import Pin
from tests.integration.jobs.conftest import Serve


def test_pin_of_the_live_version(serve: Serve, pinned: dict[str, str], pin: Pin) -> None:
    """It is the pin of the version that the alias names, not of a newer one that takes no traffic yet."""
    function = serve(pinned)
    client = boto3.client("lambda")
    client.update_function_configuration(FunctionName=function, Environment={"Variables": {"MODEL_KEY": "other"}})
    client.publish_version(FunctionName=function)
    assert live_pin(function) == pin


def test_endpoint_without_a_model(serve: Serve) -> None:
    """An endpoint that serves no model is said to have none."""
    with pytest.raises(NotConfigured):
        live_pin(serve({}))


def test_no_such_endpoint(endpoint: str) -> None:
    """A function that is not there is an error that names it."""
    with pytest.raises(ClientError, match="phat-gone"):
        live_pin("phat-gone")
