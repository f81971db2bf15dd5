"""What the dearest requests cost; the full measurement is a stress run."""

import pytest

from tests.stress.resource_bounds import MAX_MEGABYTES, measure

DEAREST = ["4 MB of commas", "a text of 4 MB of thousands", "4 MB of small objects in a field", "4 MB of header names"]


@pytest.mark.parametrize("name", [*DEAREST, "10,000 records with all extras"])
def test_memory(name: str) -> None:
    """A function that meets one of the dearest requests within the limits stays below 256 MB."""
    assert measure(name).megabytes < MAX_MEGABYTES
