"""What paths, folders, patterns and s3:// addresses stand for."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from glob import escape, glob
from pathlib import Path

from phat.storage.errors import FileRefused, NoSuchFile
from phat.storage.files import TABLES, LocalFile, Place, S3Object, is_table, local_file, object_at
from phat.storage.objects import S3, flaw, listed, split_address

_PATTERN = frozenset("*?[")


def find(names: Sequence[str], endings: tuple[str, ...] = TABLES) -> list[Place]:
    """All files that paths, folders, patterns and s3:// addresses name, each name's in order.

    A folder, and an address that ends with a slash, stand for the files below them whose names have one of the
    `endings`; what exists exactly as it is spelt is no pattern. NoSuchFile if one names none.
    """
    by_name: dict[str, Place] = {}
    for name in names:
        if not name:
            raise NoSuchFile("'': an input without a name")
        places: list[Place] = [*_objects(name, endings)] if name.startswith(S3) else [*_files(name, endings)]
        if not places:
            raise NoSuchFile(f"{name}: there is no such file")
        by_name |= {place.name: place for place in sorted(places, key=lambda place: place.name)}
    return list(by_name.values())


def _files(name: str, endings: tuple[str, ...]) -> Iterator[LocalFile]:
    path = Path(name)
    if path.is_dir():
        paths = [each for each in path.rglob("*") if is_table(each.name, endings) and not each.name.startswith(".")]
    elif path.exists():
        paths = [path]
    else:  # a folder that exists is no pattern either
        pattern = f"{escape(str(path.parent))}/{path.name}" if path.parent.exists() else name
        paths = [Path(each) for each in glob(pattern)]
    return (local_file(each) for each in paths if each.is_file())


def _objects(name: str, endings: tuple[str, ...]) -> Iterator[S3Object]:
    bucket, key = split_address(name)
    if not key or key.endswith("/"):
        yield from (item for item in _listed(bucket, key) if is_table(item.name, endings))
        return
    signs = _PATTERN & set(key)
    exact = [*_object(bucket, key)] if not signs or flaw(key) is None else []
    yield from exact
    if signs and not exact:
        literal = key[: min(map(key.index, signs))]
        yield from (item for item in _listed(bucket, literal) if fnmatchcase(item.name, name))


def _object(bucket: str, key: str) -> Iterator[S3Object]:
    """The object of a key, if there is one; a prefix is none."""
    if key and not key.endswith("/"):
        with suppress(FileNotFoundError):
            yield object_at(bucket, key)


def _listed(bucket: str, prefix: str) -> Iterator[S3Object]:
    return (S3Object(f"{S3}{bucket}/{item.key}", item.size, item.etag) for item in listed(bucket, prefix))


def everything(name: str) -> list[Place]:
    """All files below a folder or an s3:// prefix, hidden ones aside, or the one of that name; in order."""
    places: list[Place]
    if name.startswith(S3):
        bucket, key = split_address(name)
        places = [*_listed(bucket, key if key.endswith("/") or not key else f"{key}/")] or [*_object(bucket, key)]
    else:
        paths = [Path(name)] if Path(name).is_file() else list(Path(name).rglob("*"))
        places = [local_file(path) for path in paths if path.is_file() and not path.name.startswith(".")]
    return sorted(places, key=lambda place: place.name)


def read_whole(name: str) -> bytes:
    """A small file's bytes, by path or s3:// address; FileRefused if it is not one file."""
    places = find([name])
    if len(places) > 1:
        raise FileRefused(f"{name}: got {len(places)} files, expected one")
    return places[0].read(0, places[0].size)
