"""Files to read, on this machine or in S3, in pieces, as they were when they were found."""

import os
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import obstore

from phat.storage.errors import FileRefused
from phat.storage.objects import S3, available, flaw, reach, split_address

TABLES = (".csv", ".parquet", ".pq")
"""What of a folder or a prefix is scored."""


class Place(Protocol):
    """A file that can be read from any byte on; it is refused if it has changed since it was found."""

    @property
    def name(self) -> str:
        """Its path or address."""

    @property
    def size(self) -> int:
        """Its length in bytes."""

    @property
    def identity(self) -> Hashable:
        """What it has in common with all other names of the same file."""

    @property
    def flaw(self) -> str | None:
        """Why it cannot be read whatever it holds, None if it can."""

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from an offset on, fewer at the end; FileRefused or StoreUnavailable if they cannot be had."""

    def check(self) -> None:
        """FileRefused or StoreUnavailable if it has changed since it was found, for those who read it by its name."""


class Stamp(NamedTuple):
    """What tells a file of this machine from another, and from itself before a change."""

    device: int
    inode: int
    size: int
    modified: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Stamp":
        """The stamp of a file by its status."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True)
class LocalFile:
    """A file of this machine."""

    name: str
    stamp: Stamp

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self.stamp.size

    @property
    def identity(self) -> Hashable:
        """The same for all its paths and links."""
        return self.stamp.device, self.stamp.inode

    @property
    def flaw(self) -> str | None:
        """A name that is no UTF-8, which the engine cannot take."""
        odd = any("\ud800" <= sign <= "\udfff" for sign in self.name)
        return "its name is not UTF-8; rename it" if odd else None

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from an offset on."""
        if self.flaw is not None:
            raise FileRefused(f"{self.name!a}: {self.flaw}")
        try:
            with open(self.name, "rb", buffering=0) as file:
                file.seek(offset)
                data = file.read(length)
                self._compare(os.fstat(file.fileno()))
        except OSError as error:
            raise FileRefused(f"{self.name}: {error.strerror}") from None
        return data

    def check(self) -> None:
        """FileRefused if its name now stands for other bytes."""
        try:
            self._compare(os.stat(self.name))
        except OSError as error:
            raise FileRefused(f"{self.name}: {error.strerror}") from None

    def _compare(self, status: os.stat_result) -> None:
        if Stamp.of(status) != self.stamp:
            sizes = f"got {status.st_size} bytes, expected the same {self.size}"
            raise FileRefused(f"{self.name}: it has changed since it was found: {sizes}; try again")


@dataclass(frozen=True)
class S3Object:
    """An object in S3."""

    name: str
    size: int
    etag: str | None

    @property
    def identity(self) -> Hashable:
        """Its address."""
        return self.name

    @property
    def flaw(self) -> str | None:
        """A key that cannot be reached."""
        return flaw(split_address(self.name)[1])

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from an offset on."""
        if self.flaw is not None:
            raise FileRefused(f"{self.name}: {self.flaw}")
        end = min(offset + length, self.size)
        if end <= offset:
            return b""
        try:
            with available(self.name):
                answer = obstore.get(*reach(self.name), options={"range": (offset, end), "if_match": self.etag})
                return bytes(answer.bytes())
        except FileNotFoundError:
            raise FileRefused(f"{self.name}: it is not there any more") from None

    def check(self) -> None:
        """StoreUnavailable if another object has been put under its key: the next run finds that one."""
        self.read(0, 1)


def is_table(name: str, endings: tuple[str, ...] = TABLES) -> bool:
    """Whether a file is a table by its name."""
    return name.lower().endswith(endings)


def identity(name: str) -> Hashable | None:
    """What a file, by path or s3:// address, has in common with its other names; None if there is no such file."""
    if name.startswith(S3):
        return name
    try:
        status = os.stat(name)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def local_file(path: Path) -> LocalFile:
    """A file of this machine as it is now."""
    return LocalFile(str(path), Stamp.of(path.stat()))


def object_at(bucket: str, key: str) -> S3Object:
    """An object as it is now; FileNotFoundError if there is none, FileRefused if its key cannot be reached."""
    name = f"{S3}{bucket}/{key}"
    if (reason := flaw(key)) is not None:
        raise FileRefused(f"{name}: {reason}")
    with available(name):
        meta = obstore.head(*reach(name))
    return S3Object(name, meta["size"], meta["e_tag"])
