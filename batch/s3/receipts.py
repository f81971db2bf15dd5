"""What became of a run's files, as objects in its folder: a receipt for each file, or for each of its parts."""

import json
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import obstore

from phat.batch.inputs import ERRORS
from phat.batch.s3.prefix_run import Run
from phat.storage.objects import listed, store

READERS = 16
"""Receipts read at once."""

Result = dict[str, Any]


def write_failed(run: Run, key: str, error: str, detail: str) -> None:
    """The receipt of a file that failed; answers of it, from parts or from former runs, are deleted."""
    delete_others(run, key, set())
    if former := list(keys(run.bucket, run.receipts(key))):
        obstore.delete(store(run.bucket), former)
    receipt = {"key": key, "part": None, "status": "failed", "error": error, "detail": detail}
    write(run.bucket, run.receipt(key, None), receipt)


def delete_others(run: Run, key: str, kept: set[str]) -> None:
    """Delete a file's answers and lists of errors but those that are kept: it may once have had other parts."""
    stem = run.stem(key)
    kept |= {f"{name}{ERRORS}" for name in kept}
    ours = re.compile(rf"{re.escape(stem)}(\.part-[0-9]+-of-[0-9]+)?\.parquet({re.escape(ERRORS)})?")
    if foreign := [name for name in keys(run.bucket, f"{stem}.") if ours.fullmatch(name) and name not in kept]:
        obstore.delete(store(run.bucket), foreign)


def whole(receipts: Iterable[Result]) -> list[Result]:
    """Receipts of files that were scored whole: a run may end between a file's parts."""
    by_file: dict[str, list[Result]] = {}
    for receipt in receipts:
        by_file.setdefault(receipt["key"], []).append(receipt)
    whole = (
        of_file
        for of_file in by_file.values()
        if of_file[0]["part"] is None or len(of_file) == of_file[0]["part"]["of"]
    )
    return [receipt for of_file in whole for receipt in of_file]


def receipts(run: Run) -> list[Result]:
    """All receipts of a run."""
    names = list(keys(run.bucket, f"{run.folder}receipts/"))
    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(lambda key: read(run.bucket, key), names))


def keys(bucket: str, prefix: str) -> Iterator[str]:
    """Keys that begin with a prefix, in order."""
    return (item.key for item in listed(bucket, prefix))


def read(bucket: str, key: str) -> Result:
    """An object of JSON."""
    result: Result = json.loads(bytes(obstore.get(store(bucket), key).bytes()))
    return result


def write(bucket: str, key: str, value: Result) -> None:
    """Put an object of JSON."""
    obstore.put(store(bucket), key, json.dumps(value, indent=1).encode())
