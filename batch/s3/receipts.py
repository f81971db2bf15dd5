"""What became of a run's files, as objects in its folder: a receipt for each file, or for each of its parts."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import obstore

from phat.batch.inputs import ERRORS
from phat.batch.s3.file_spans import FilePart
from phat.batch.s3.prefix_run import Run
from phat.storage.errors import FilesError
from phat.storage.objects import listed, store

READERS = 16
"""Receipts read at once."""


@dataclass(frozen=True)
class Receipt:
    """What became of a file, or of a part of it: scored, failed or skipped.

    `error` and `detail` say why it was not scored; `figures` are those of what was.
    """

    key: str
    part: FilePart | None
    status: str
    error: str | None = None
    detail: str | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; reasons that it has none of are left out."""
        part = None if self.part is None else self.part._asdict()
        reasons = {"error": self.error, "detail": self.detail}
        given = {name: text for name, text in reasons.items() if text is not None}
        return {"key": self.key, "part": part, "status": self.status, **given, **self.figures}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Receipt":
        """Read a receipt; FilesError if it lacks a key."""
        if missing := {"key", "part", "status"} - data.keys():
            raise FilesError(f"receipt: keys missing: {', '.join(sorted(missing))}")
        own = {"key", "part", "status", "error", "detail"}
        figures = {name: value for name, value in data.items() if name not in own}
        part = FilePart.from_dict(data["part"])
        return cls(data["key"], part, data["status"], data.get("error"), data.get("detail"), figures)


def write_failed(run: Run, key: str, error: str, detail: str) -> None:
    """The receipt of a file that failed; answers of it, from parts or from former runs, are deleted."""
    delete_others(run, key, set())
    if former := list(keys(run.bucket, run.receipts(key))):
        obstore.delete(store(run.bucket), former)
    write_receipt(run, Receipt(key, None, "failed", error, detail))


def write_receipt(run: Run, receipt: Receipt) -> None:
    """Put a receipt where the run has it."""
    write(run.bucket, run.receipt(receipt.key, receipt.part), receipt.to_dict())


def read_receipt(run: Run, key: str, part: FilePart | None) -> Receipt:
    """The receipt of a file, or of a part of it."""
    return Receipt.from_dict(_read(run.bucket, run.receipt(key, part)))


def delete_others(run: Run, key: str, kept: set[str]) -> None:
    """Delete a file's answers and lists of errors but those that are kept: it may once have had other parts."""
    stem = run.stem(key)
    kept |= {f"{name}{ERRORS}" for name in kept}
    ours = re.compile(rf"{re.escape(stem)}(\.part-[0-9]+-of-[0-9]+)?\.parquet({re.escape(ERRORS)})?")
    if foreign := [name for name in keys(run.bucket, f"{stem}.") if ours.fullmatch(name) and name not in kept]:
        obstore.delete(store(run.bucket), foreign)


def whole(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Receipts of files that were scored whole: a run may end between a file's parts."""
    by_file: dict[str, list[Receipt]] = {}
    for receipt in receipts:
        by_file.setdefault(receipt.key, []).append(receipt)
    whole = (of_file for of_file in by_file.values() if (part := of_file[0].part) is None or len(of_file) == part.of)
    return [receipt for of_file in whole for receipt in of_file]


def receipts(run: Run) -> list[Receipt]:
    """All receipts of a run."""
    names = list(keys(run.bucket, f"{run.folder}receipts/"))
    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(lambda key: Receipt.from_dict(_read(run.bucket, key)), names))


def keys(bucket: str, prefix: str) -> Iterator[str]:
    """Keys that begin with a prefix, in order."""
    return (item.key for item in listed(bucket, prefix))


def _read(bucket: str, key: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(bytes(obstore.get(store(bucket), key).bytes()))
    return result


def write(bucket: str, key: str, value: Mapping[str, Any]) -> None:
    """Put an object of JSON."""
    obstore.put(store(bucket), key, json.dumps(value, indent=1).encode())
