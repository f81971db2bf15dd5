"""What the functions of the jobs image have in common."""

import pytest


@pytest.fixture
def environment(pinned: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A function's environment with the reference model, to which a test adds what else its function reads."""
    variables = pinned | {"POWERTOOLS_SERVICE_NAME": "phat", "POWERTOOLS_METRICS_NAMESPACE": "phat"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return monkeypatch
