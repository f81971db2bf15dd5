"""Every byte of the reference artifact flipped, a bit at a time, as is and with the checksum recomputed.

As is, the checksum must tell. With a checksum that fits, the file must be refused with a reason, or answer every
golden record as the unbroken file does, to the bit, or within the golden figures' tolerance where the flip changed
less than that.
"""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

from phat.model.artifact import checksum
from phat.model.errors import ArtifactError
from phat.model.explain import standard_error
from phat.model.model import Model, agrees
from tests.gateway import ROOT

REFERENCE = ROOT / "model" / "reference" / "segmentation.json"
Figures = list[tuple[float, float, float]]


@dataclass
class Tally:
    """What became of the flipped files: refused with a reason, loaded with every figure unchanged to the bit, or within
    the tolerance of golden figures.
    """

    refused: int = 0
    same: int = 0
    close: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.refused + other.refused, self.same + other.same, self.close + other.close)

    @property
    def total(self) -> int:
        """All of them."""
        return self.refused + self.same + self.close


@cache
def reference() -> tuple[bytes, Model, Figures]:
    """The unbroken file, its model, and the figures of its golden records."""
    data = REFERENCE.read_bytes()
    model = Model.from_bytes(data)
    return data, model, figures(model, model)


def figures(model: Model, asked: Model) -> Figures:
    """`phat`, linear predictor and standard error of `model` for the golden records of `asked`."""
    found = [model.predictor.predict_one(dict(golden.record)) for golden in asked.artifact.golden]
    covariance = model.artifact.known_covariance
    return [(each.answer, each.linear_predictor, standard_error(each.values, covariance)) for each in found]


def flip(data: bytes, place: int, bit: int) -> bytes:
    """The data with one bit of one byte flipped."""
    return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]


def try_flip(place: int, bit: int) -> Tally:
    """Flip one bit: AssertionError if a changed figure, or a refusal without a reason, comes of it."""
    data, unbroken, expected = reference()
    broken = flip(data, place, bit)
    assert checksum(broken) != unbroken.sha256
    try:
        model = Model.from_bytes(broken)
        found = figures(model, unbroken)
    except ArtifactError as error:
        assert len(str(error)) > 10, (place, bit)  # noqa: PT017  # no test: any flip
        return Tally(refused=1)
    except ExceptionGroup as group:  # a field or level was renamed
        raise AssertionError(f"byte {place}, bit {bit}: loaded, but refuses a golden record: {group}") from group
    pairs = [pair for got, was in zip(found, expected, strict=True) for pair in zip(got, was, strict=True)]
    assert all(agrees(*pair) for pair in pairs), f"byte {place}, bit {bit}: figures changed"
    return Tally(same=1) if found == expected else Tally(close=1)


def try_flips(places: Iterable[int]) -> Tally:
    """Flip each bit of some bytes."""
    return sum((try_flip(place, bit) for place in places for bit in range(8)), Tally())


def main() -> Iterator[tuple[str, str]]:
    """Flip every bit of every byte; AssertionError if that changes a figure."""
    size = len(REFERENCE.read_bytes())
    parts = [range(start, size, 200) for start in range(200)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        tally = sum(pool.map(try_flips, parts), Tally())
    assert tally.total == 8 * size
    yield "Flipped files", f"{tally.total:,}"
    yield "told by their checksum", f"{tally.total:,}"
    yield "with a checksum that fits: refused with a reason", f"{tally.refused:,}"
    yield "with a checksum that fits: loaded, every golden figure the same to the bit", f"{tally.same:,}"
    yield "with a checksum that fits: loaded, every golden figure within 1e-12", f"{tally.close:,}"


if __name__ == "__main__":
    for what, figure in main():
        print(f"| {what} | {figure} |")
