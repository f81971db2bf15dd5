"""Columns of the inputs that are copied to the answers."""

from collections.abc import Collection, Sequence

from phat.storage.errors import FilesError


def check_kept(names: Sequence[str], answers: Collection[str] = ()) -> None:
    """FilesError for a blank name, one that is there twice, or one that a column of the answers has."""
    if not all(name.strip() for name in names):
        raise FilesError(f"columns to keep: got a blank name in {', '.join(map(repr, names))}, expected none")
    for name in names:
        if names.count(name) > 1:
            raise FilesError(f"columns to keep: got {name} {names.count(name)} times, expected it once")
        if name in answers:
            raise FilesError(f"column {name} cannot be kept: the answers have one of that name")
