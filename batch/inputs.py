"""What a run reads: all that its inputs stand for, but for what it writes itself and what is no table of records."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from phat.batch.dialects.kinds import READABLE
from phat.batch.finding import find
from phat.storage.errors import FileRefused, OutputRefused
from phat.storage.files import TABLES, Place, identity
from phat.storage.objects import S3
from phat.storage.writing import partial_of

ERRORS = ".errors.csv"
"""What the name of a list of errors adds to that of the answers next to it."""
_LISTS = tuple(f"{ending}{ERRORS}" for ending in TABLES)
_SHOWN = 20
"""Files that a notice names before it says how many more there are."""


class Inputs(NamedTuple):
    """Files to score, each once, in order, and notices that name the files that are left out."""

    places: list[Place]
    notices: list[str]


def find_inputs(names: Sequence[str], output: str) -> Inputs:
    """The files of a run that writes `output`; FileRefused if there are none.

    Of folders, patterns and prefixes the output, lists of errors, and what cannot be read under its name are left out.
    What is named outright is not. A file of several names is read once.
    """
    outright = {*names, *(str(Path(name)) for name in names)}
    own = _own(output)
    places: dict[Hashable, Place] = {}
    left_out: dict[str, list[str]] = {}
    for place in find(names, READABLE):
        reason = None if place.name in outright else _no_table(place, own)
        if reason is None:
            former = places.setdefault(place.identity, place)
            if former is place:
                continue
            reason = f"it is the same file as {_shown(former.name)}"
        left_out.setdefault(reason, []).append(_shown(place.name))
    notices = [f"left out {_listed(files)}: {reason}" for reason, files in left_out.items()]
    if not places:
        raise FileRefused(f"there is nothing to score; {'; '.join(notices)}")
    return Inputs([*places.values()], notices)


def _no_table(place: Place, own: Collection[Hashable]) -> str | None:
    """Why a file that is not named outright is no input, None if it is one."""
    if place.identity in own:
        return "this run writes it"
    if lists_errors(place.name):
        return "it lists errors"
    return place.flaw


def lists_errors(name: str) -> bool:
    """Whether a file, by its name, is the list of errors next to some answers."""
    return name.endswith(_LISTS)


def check_output(output: str, places: Iterable[Place]) -> None:
    """OutputRefused if a run that writes `output` would read what it writes."""
    own = _own(output)
    for place in places:
        if place.identity in own:
            raise OutputRefused(f"{output}: the run would overwrite its input {place.name}; expected another output")


def _own(output: str) -> Collection[Hashable]:
    """Identities of what a run writes; OutputRefused for an output without a name."""
    if not output:
        raise OutputRefused("'': an output without a name")
    names = (output, f"{output}{ERRORS}")
    partial = () if output.startswith(S3) else tuple(str(partial_of(name)) for name in names)
    return {file for name in (*names, *partial) if (file := identity(name)) is not None}


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _shown(name: str) -> str:
    return name if name.isprintable() else ascii(name)
