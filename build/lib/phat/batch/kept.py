"""Columns of the inputs that are copied to the answers."""

from collections.abc import Collection, Sequence

from phat.batch.errors import BatchError


def check_kept(names: Sequence[str], answers: Collection[str] = ()) -> None:
    """BatchError for a blank name, one that is there twice, or one that a column of the answers has."""
    if not all(name.strip() for name in names):
        raise BatchError(f"columns to keep: got a blank name in {', '.join(map(repr, names))}, expected none")
    for name in names:
        if names.count(name) > 1:
            raise BatchError(f"columns to keep: got {name} {names.count(name)} times, expected it once")
        if name in answers:
            raise BatchError(f"column {name} cannot be kept: the answers have one of that name")
