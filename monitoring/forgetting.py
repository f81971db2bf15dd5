"""What is known of one person: finding and deleting it, in all objects of a capture."""

import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from phat.batch.finding import everything
from phat.model.hashes import keyed_hash
from phat.monitoring.errors import CaptureBroken
from phat.monitoring.lines import GZIP, Line, OddLine, Record, complaint, lines_of
from phat.preprocessing.names import ID
from phat.preprocessing.spelling import fold_id
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


def find(place: str, ids: Iterable[str], keys: Iterable[bytes] = ()) -> Known:
    """All that was captured of records with these ids, plain ones and those hashed by one of the keys."""
    return _each(place, ids, keys, lambda *_: None)


def forget(place: str, ids: Iterable[str], keys: Iterable[bytes] = ()) -> Known:
    """Delete all records with these ids.

    Objects that had some are written again without them, or deleted if nothing is left; lines that cannot be read stay.
    """
    return _each(place, ids, keys, _delete)


def _each(
    place: str, ids: Iterable[str], keys: Iterable[bytes], act: Callable[[Place, list[Line | OddLine], set[str]], None]
) -> Known:
    """Look into all objects, and act on those that have records with the ids; none of them stops the others."""
    wanted = _spellings(ids, keys)
    known = Known()
    for item in everything(place):
        try:
            lines = list(lines_of(item))
        except CaptureBroken as error:
            known.unread.append(str(error))
            continue
        if odd := [line for line in lines if isinstance(line, OddLine)]:
            known.unread.append(complaint(item, odd))
        known.hashed |= any(ID in line.head.get("hashed", ()) for line in lines if isinstance(line, Line))
        records = [{**record, "object": item.name} for line in lines for record in _of(line, wanted)]
        known.records += records
        if records:
            try:
                act(item, lines, wanted)
                known.objects[item.name] = len(records)
            except (FilesError, OSError) as error:
                known.unread.append(f"{item.name}: its records are still there: {error}")
    return known


def _spellings(ids: Iterable[str], keys: Iterable[bytes]) -> set[str]:
    """The ids as captures may have them."""
    plain = {fold_id(id_) for id_ in ids}
    return plain | {keyed_hash(id_, key) for key in keys for id_ in plain}


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
    return ID in record and fold_id(record[ID]) in ids
