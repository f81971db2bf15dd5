"""The reference artifact with bits flipped: refused with a reason, or no figure has changed. More is a stress run."""

import random

import pytest

from tests.stress.artifacts import REFERENCE, Tally, try_flip


@pytest.mark.parametrize("seed", range(5))
def test_flipped_bits(seed: int) -> None:
    """Any one bit of the file flipped, with a checksum that fits, is refused or changes no golden figure."""
    chosen, size = random.Random(seed), len(REFERENCE.read_bytes())  # noqa: S311  # which bits, no secret
    tally = sum((try_flip(chosen.randrange(size), chosen.randrange(8)) for _ in range(300)), Tally())
    assert tally.refused > tally.same
    assert tally.same > 0
