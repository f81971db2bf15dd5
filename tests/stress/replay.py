"""The kept corpus, replayed through its targets without a fuzzer."""

from collections.abc import Iterator
from pathlib import Path

from tests.stress.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"


def kept() -> Iterator[tuple[str, Path]]:
    """Each kept input with the target it belongs to."""
    for target in TARGETS:
        paths = sorted((CORPUS / target).iterdir())
        if not paths:
            raise FileNotFoundError(f"nothing is kept of {target}")
        for path in paths:
            yield target, path


def main() -> None:
    """Replay all of them."""
    for target, path in kept():
        TARGETS[target](path.read_bytes())


if __name__ == "__main__":
    main()
