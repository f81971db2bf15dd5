"""Where files are: on this machine or in S3, read in pieces and written whole or not at all."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from model.batch.errors import FileRefused, OutputRefused, StoreUnavailable

S3 = "s3://"
_TABLES = (".csv", ".parquet")
"""What of a folder or a prefix is scored."""
_PATTERN = frozenset("*?[")


class Place(Protocol):
    """A file that can be read from any byte on."""

    @property
    def name(self) -> str:
        """Its path or address."""

    @property
    def size(self) -> int:
        """Its length in bytes."""

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from an offset on, fewer at the end; FileRefused or StoreUnavailable if they cannot be had."""


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine."""

    name: str
    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from an offset on."""
        try:
            with open(self.name, "rb", buffering=0) as file:
                file.seek(offset)
                return file.read(length)
        except OSError as error:
            raise FileRefused(f"{self.name}: {error.strerror}") from None


@dataclass(frozen=True)
class S3Object:
    """An object in S3 as it was when it was found: it is refused if it has changed since."""

    name: str
    size: int
    etag: str | None

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from an offset on."""
        end = min(offset + length, self.size)
        if end <= offset:
            return b""
        bucket, key = split(self.name)
        try:
            found = obstore.get(store(bucket), key, options={"range": (offset, end), "if_match": self.etag})
            return bytes(found.bytes())
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"{self.name}: {_reason(error)}") from error


def split(address: str) -> tuple[str, str]:
    """Bucket and key of an s3:// address."""
    bucket, _, key = address.removeprefix(S3).partition("/")
    return bucket, key


def store(bucket: str) -> S3Store:
    """A client of a bucket that follows AWS_ENDPOINT_URL and waits longer than the endpoint may."""
    allow_http = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
    return S3Store(bucket, client_options={"allow_http": allow_http, "timeout": "120s"})


def find(names: Sequence[str]) -> list[Place]:
    """All files that paths, folders, patterns and s3:// addresses name, each name's in order.

    A folder, and an address that ends with a slash, stand for the CSV and Parquet files below them.
    FileRefused if one names none.
    """
    found: dict[str, Place] = {}
    for name in names:
        places: list[Place] = [*_objects(name)] if name.startswith(S3) else [*_files(name)]
        if not places:
            raise FileRefused(f"{name}: there is no such file")
        found |= {place.name: place for place in sorted(places, key=lambda place: place.name)}
    return list(found.values())


def _files(name: str) -> Iterator[LocalFile]:
    folder = Path(name)
    if folder.is_dir():
        paths = [path for path in folder.rglob("*") if path.suffix in _TABLES and not path.name.startswith(".")]
    else:
        paths = [folder] if folder.exists() else [Path(path) for path in glob(name)]
    return (LocalFile(str(path), path.stat().st_size) for path in paths if path.is_file())


def _objects(name: str) -> Iterator[S3Object]:
    bucket, key = split(name)
    try:
        if not key or key.endswith("/"):
            yield from (item for item in _listed(bucket, key) if item.name.endswith(_TABLES))
        elif _PATTERN & set(key):
            literal = key[: min(key.index(sign) for sign in _PATTERN if sign in key)].rpartition("/")[0]
            yield from (item for item in _listed(bucket, literal) if fnmatchcase(item.name, name))
        else:
            yield object_at(bucket, key)
    except FileNotFoundError:
        return
    except (BaseError, OSError) as error:
        raise StoreUnavailable(f"{name}: {_reason(error)}") from error


def object_at(bucket: str, key: str) -> S3Object:
    """An object as it is now; FileNotFoundError if there is none."""
    meta = obstore.head(store(bucket), key)
    return S3Object(f"{S3}{bucket}/{key}", meta["size"], meta["e_tag"])


def _listed(bucket: str, prefix: str) -> Iterator[S3Object]:
    for page in obstore.list(store(bucket), prefix=prefix or None):
        yield from (S3Object(f"{S3}{bucket}/{item['path']}", item["size"], item["e_tag"]) for item in page)


def _reason(error: Exception) -> str:
    return str(error).partition("\n\nDebug source")[0]  # obstore repeats itself there


def everything(name: str) -> list[Place]:
    """All files below a folder or an s3:// prefix, hidden ones aside, or the one of that name; in order."""
    if name.startswith(S3):
        bucket, key = split(name)
        try:
            found: list[Place] = [*_listed(bucket, key.rstrip("/"))] or [object_at(bucket, key)]
        except FileNotFoundError:
            return []
        except (BaseError, OSError) as error:
            raise StoreUnavailable(f"{name}: {_reason(error)}") from error
    else:
        paths = [Path(name)] if Path(name).is_file() else list(Path(name).rglob("*"))
        files = [path for path in paths if path.is_file() and not path.name.startswith(".")]
        found = [LocalFile(str(path), path.stat().st_size) for path in files]
    return sorted(found, key=lambda place: place.name)


def write_whole(name: str, data: bytes) -> None:
    """Write a small file, by path or s3:// address; it appears whole or not at all."""
    with written(name) as path:
        path.write_bytes(data)


def remove(name: str) -> None:
    """Delete a file, by path or s3:// address."""
    if not name.startswith(S3):
        Path(name).unlink()
        return
    bucket, key = split(name)
    try:
        obstore.delete(store(bucket), key)
    except (BaseError, OSError) as error:
        raise StoreUnavailable(f"{name}: {_reason(error)}") from error


def read_whole(name: str) -> bytes:
    """A small file's bytes, by path or s3:// address."""
    [place] = find([name])
    return place.read(0, place.size)


@contextmanager
def written(name: str) -> Iterator[Path]:
    """A path to write to: what was written appears under its name when the block ends well, and else vanishes.

    Beside a local file a hidden one ending in .partial is used, which a killed run may leave and the next one takes.
    An object is put when it is complete.
    """
    if name.startswith(S3):
        with TemporaryDirectory(prefix="phat-") as folder:
            path = Path(folder) / "output"
            yield path
            _put(name, path)
        return
    target = Path(name)
    partial = target.with_name(f".{target.name}.partial")
    with _locked(partial):
        try:
            yield partial
            _flush(partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """An empty file that no other run is writing to."""
    try:
        file = path.open("wb")
    except OSError as error:
        raise OutputRefused(f"{path.parent}: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputRefused(f"{path}: another run is writing this output") from None
        yield


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _put(name: str, path: Path) -> None:
    bucket, key = split(name)
    try:
        obstore.put(store(bucket), key, path)
    except (BaseError, OSError) as error:
        raise StoreUnavailable(f"{name}: {_reason(error)}") from error
