"""Files written whole or not at all, on this machine or in S3."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from phat.storage.errors import OutputRefused
from phat.storage.files import object_at
from phat.storage.objects import S3, delete, flaw, put, split_address

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL
_LEFT = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK


def write_whole(name: str, data: bytes) -> None:
    """Write a small file, by path or s3:// address; it appears whole or not at all."""
    with written(name) as path:
        path.write_bytes(data)


def exists(name: str) -> bool:
    """Whether there is a file, by path or s3:// address; StoreUnavailable if S3 does not say."""
    if not name.startswith(S3):
        return Path(name).is_file()
    try:
        object_at(*split_address(name))
    except FileNotFoundError:
        return False
    return True


def remove(name: str) -> None:
    """Delete a file, by path or s3:// address."""
    if name.startswith(S3):
        delete(name)
    else:
        Path(name).unlink()


def partial_of(path: str) -> Path:
    """The hidden file next to a local one in which a run collects what will be that file."""
    target = Path(path)
    return target.with_name(f".{target.name}.partial")


@contextmanager
def written(name: str) -> Iterator[Path]:
    """A path to write to: what was written appears under its name when the block ends well, and else vanishes.

    Next to a local file a hidden one ending in .partial is used, which a killed run may leave and the next one removes.
    An object is put when it is complete. OutputRefused while another run writes the same file.
    """
    if name.startswith(S3):
        if (reason := flaw(split_address(name)[1])) is not None:
            raise OutputRefused(f"{name}: {reason.partition(';')[0]}")
        with TemporaryDirectory(prefix="phat-") as folder:
            path = Path(folder) / "output"
            yield path
            put(name, path)
        return
    partial = partial_of(name)
    with _claimed(partial) as descriptor:
        yield partial
        os.fsync(descriptor)
        if not _is_at(partial, descriptor):
            raise OutputRefused(f"{partial}: another program removed or replaced it; nothing was written")
        partial.replace(name)


@contextmanager
def _claimed(path: Path) -> Iterator[int]:
    """The descriptor of a new file that no other run writes to; what is left of it in the end is removed."""
    descriptor = _claim(path)
    try:
        yield descriptor
    finally:
        if _is_at(path, descriptor):  # else it has its name by now, and the path is the next run's
            path.unlink()
        os.close(descriptor)


def _claim(path: Path) -> int:
    """A new file, locked; OutputRefused if it is another run's, or cannot be made.

    What a killed run has left is never written to, as it may have other names: it is removed, under its own lock.
    """
    while True:
        descriptor, new = _open_locked(path)
        if _is_at(path, descriptor):  # else it was removed, or got its name, before it was locked
            if new:
                return descriptor
            path.unlink()
        os.close(descriptor)


def _open_locked(path: Path) -> tuple[int, bool]:
    """A locked file, and whether it is new."""
    try:
        descriptor, new = _open(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
    except BlockingIOError:
        raise OutputRefused(f"{path}: another run is writing this output") from None
    except OSError as error:
        raise OutputRefused(f"{path.parent}: {error.strerror}") from None
    return descriptor, new


def _open(path: Path) -> tuple[int, bool]:
    """A file open to be locked, and whether it is new; a symbolic link is not followed."""
    while True:
        try:
            return os.open(path, _NEW, 0o666), True
        except FileExistsError:
            pass
        if path.is_symlink():
            raise OutputRefused(f"{path}: got a symbolic link, expected no file or what a killed run has left")
        try:
            return os.open(path, _LEFT), False
        except FileNotFoundError:  # just now it was there
            pass


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether a path is that of an open file."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
