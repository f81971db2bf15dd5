"""What the function of the checks makes of an event."""

from typing import Any

import pytest

from tests.integration.jobs.endpoints import check


@pytest.mark.parametrize(
    "asked", [{"check": "endpoints"}, {"check": "endpoint", "version": "7"}, {"version": "0", "detail-type": "x"}, []]
)
def test_event_that_means_no_check(asked: Any) -> None:
    """An event that asks for no check is an error that names those there are, and never taken for another."""
    with pytest.raises(ValueError, match=r'expected CodeDeploy\'s, \{\}, \{"version": "7"\} or'):
        check(asked)
