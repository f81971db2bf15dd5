"""Which records become an artifact's golden records."""

from collections.abc import Sequence

from preprocessing.clean import Cleaned

AT_LEAST = 24


def choose_records(cleaned: Sequence[Cleaned], at_least: int = AT_LEAST) -> list[int]:
    """Indices of a few records that together meet every level, every number and every gap that the records have.

    Greedy: the record that adds most comes next, the first of equals, until nothing is added and there are `at_least`
    (or no more).
    """
    facets = {index: _facets(record) for index, record in enumerate(cleaned)}
    chosen: list[int] = []
    met: set[tuple[str, object]] = set()
    while facets:
        best = max(facets, key=lambda index: (len(facets[index] - met), -index))
        if facets[best] <= met and len(chosen) >= at_least:
            break
        chosen.append(best)
        met |= facets.pop(best)
    return chosen


def _facets(cleaned: Cleaned) -> set[tuple[str, object]]:
    return {(name, "number" if isinstance(value, float) else value) for name, value in cleaned.items()}
