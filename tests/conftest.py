"""What tests of all kinds share: the reference model, its golden lines and examples."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from phat.model.model import Model
from tests.gateway import ROOT

REFERENCE = ROOT / "model" / "reference"

settings.register_profile(
    "repeatable", derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
"""What pytest is configured to use: neither luck nor load decides. tests/stress looks for what is new."""


@pytest.fixture(scope="session")
def artifact_bytes() -> bytes:
    """The reference artifact's file."""
    return (REFERENCE / "segmentation.json").read_bytes()


@pytest.fixture(scope="session")
def model(artifact_bytes: bytes) -> Model:
    """The reference model, ready to score."""
    return Model.from_bytes(artifact_bytes)


@pytest.fixture(scope="session")
def golden() -> list[dict[str, Any]]:
    """The 300 golden lines: raw record and expected figures."""
    return [json.loads(line) for line in (REFERENCE / "golden.jsonl").read_text().splitlines()]


@pytest.fixture(scope="session")
def examples() -> list[dict[str, Any]]:
    """The two real customers with their answers."""
    found: list[dict[str, Any]] = json.loads((REFERENCE / "examples.json").read_text())
    return found


@pytest.fixture(scope="session")
def facts() -> dict[str, Any]:
    """The published facts of the reference model."""
    found: dict[str, Any] = json.loads((REFERENCE / "facts.json").read_text())
    return found
