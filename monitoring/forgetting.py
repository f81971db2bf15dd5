"""What is known of one person: finding and deleting it, in all objects of one or more captures.

An id is the text that was sent as one, blanks around it aside: "1" is neither "1.0" nor "01". Captures have a JSON
number 7.0 as 7, so that 7.0 stands for both.
"""

import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from phat.batch.finding import everything
from phat.model.hashes import keyed_hash
from phat.monitoring.errors import BlankId, CaptureBroken
from phat.monitoring.lines import GZIP, Line, OddLine, Record, complaint, lines_of
from phat.preprocessing.names import ID
from phat.preprocessing.spelling import exact_id, fold_id
from phat.storage.errors import FilesError
from phat.storage.files import Place
from phat.storage.writing import remove, write_whole


@dataclass
class Known:
    """What there is of some ids: records with the head of their requests, and how many in which object.

    `unread` are sentences about what could not be read, or not be written again: it may hold more of them. `hashed` is
    whether an object has hashed ids, of which none can be told without the key.
    """

    records: list[Record] = field(default_factory=list)
    objects: dict[str, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    hashed: bool = False


def find(places: str | Iterable[str], ids: Iterable[str], keys: Iterable[bytes] = ()) -> Known:
    """All that was captured of records with these ids, plain ones and those hashed by one of the keys.

    `places` are the captures. Raises BlankId.
    """
    return _each(places, ids, keys, lambda *_: None)


def forget(places: str | Iterable[str], ids: Iterable[str], keys: Iterable[bytes] = ()) -> Known:
    """Delete all records with these ids.

    Objects that had some are written again without them, or deleted if nothing is left; lines that cannot be read stay.
    Raises BlankId.
    """
    return _each(places, ids, keys, _delete)


def _each(
    places: str | Iterable[str],
    ids: Iterable[str],
    keys: Iterable[bytes],
    act: Callable[[Place, list[Line | OddLine], set[str]], None],
) -> Known:
    """Look into all objects, and act on those that have records with the ids; none of them stops the others."""
    spellings = _spellings(ids, keys)
    known = Known()
    for item in _items([places] if isinstance(places, str) else places, known.unread):
        try:
            lines = list(lines_of(item))
        except CaptureBroken as error:
            known.unread.append(str(error))
            continue
        if odd := [line for line in lines if isinstance(line, OddLine)]:
            known.unread.append(complaint(item, odd))
        known.hashed |= any(ID in line.head.get("hashed", ()) for line in lines if isinstance(line, Line))
        records = [{**record, "object": item.name} for line in lines for record in _of(line, spellings)]
        known.records += records
        if records:
            try:
                act(item, lines, spellings)
                known.objects[item.name] = len(records)
            except (FilesError, OSError) as error:
                known.unread.append(f"{item.name}: its records are still there: {error}")
    return known


def _items(places: Iterable[str], unread: list[str]) -> list[Place]:
    """All objects of the captures, each once; to `unread` goes a sentence about each place that has none."""
    items: dict[str, Place] = {}
    for place in places:
        below = everything(place)
        if not below:
            unread.append(f"{place}: there is no object")
        items |= {item.name: item for item in below}
    return list(items.values())


def _spellings(ids: Iterable[str], keys: Iterable[bytes]) -> set[str]:
    """The ids as captures may have them, as texts and, of numbers, as JSON's."""
    plain: set[str] = set()
    for id_ in ids:
        if not exact_id(id_):
            raise BlankId(f"got the id {id_!r}, expected one with a sign in it: a blank one stands for nobody")
        plain |= {exact_id(id_), fold_id(id_)}
    return plain | {keyed_hash(ID, id_, key) for key in keys for id_ in plain}


def _of(line: Line | OddLine, ids: set[str]) -> list[Record]:
    """The records of a line with these ids, with its head."""
    if isinstance(line, OddLine):
        return []
    return [{**line.head, **record} for record in line.records if _is(record, ids)]


def _delete(item: Place, lines: list[Line | OddLine], ids: set[str]) -> None:
    kept = [text for line in lines if (text := _without(line, ids))]
    if not kept:
        remove(item.name)
        return
    data = b"\n".join(kept) + b"\n"
    write_whole(item.name, gzip.compress(data, mtime=0) if item.read(0, 2) == GZIP else data)


def _without(line: Line | OddLine, ids: set[str]) -> bytes:
    """The text of a line without the records of these ids; empty if it had no others."""
    if isinstance(line, OddLine) or not any(_is(record, ids) for record in line.records):
        return line.text
    kept = [record for record in line.records if not _is(record, ids)]
    return orjson.dumps({"capture": line.head, "records": kept}) if kept else b""


def _is(record: Mapping[str, Any], ids: set[str]) -> bool:
    return ID in record and exact_id(record[ID]) in ids
