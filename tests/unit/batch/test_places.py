"""Files that change while they are read are refused, and names stand for what they spell."""

import os
import signal
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from phat.batch import parquet as parquet_files
from phat.batch.csv import reader as csv_files
from phat.batch.finding import find, read_whole
from phat.batch.pipeline import File, open_file
from phat.batch.score_files import ScoreOptions, score_files
from phat.batch.scoring import Scorer
from phat.model.model import Model
from phat.storage.errors import FileRefused

ROWS = 400
CSV = "x12,x5\n" + "1.5,monday\n" * ROWS


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """A test that never ends is ended."""

    def end(*_: object) -> None:
        raise TimeoutError

    former = signal.signal(signal.SIGALRM, end)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, former)


def shorten(path: Path) -> None:
    """Cut a file's end off."""
    os.truncate(path, path.stat().st_size // 2)


def lengthen(path: Path) -> None:
    """Append to a file."""
    with path.open("ab") as file:
        file.write(b"2.5,friday\n")


def replace(path: Path) -> None:
    """Put another file of the same length and time in a file's place."""
    status = path.stat()
    other = path.with_name("other")
    other.write_bytes(path.read_bytes().replace(b"monday", b"friday"))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


def overwrite(path: Path) -> None:
    """Write other bytes of the same length into a file."""
    data = path.read_bytes().replace(b"monday", b"friday")
    with path.open("r+b") as file:
        file.write(data)
    os.utime(path, ns=(0, 0))


def remove(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def halfway(path: Path, model: Model) -> tuple[File, Iterator[object]]:
    """A file of which one block of many has been read."""
    [place] = find([str(path)])
    file = open_file(place, Scorer(model).choose)
    blocks = iter(file.blocks())
    next(blocks).records()
    return file, blocks


@pytest.mark.parametrize("change", [shorten, lengthen, replace, overwrite, remove])
def test_a_csv_that_changes(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    """A CSV that changes while it is read is refused at once, whatever becomes of it."""
    monkeypatch.setattr(csv_files, "BLOCK", 60)
    path = tmp_path / "in.csv"
    path.write_text(CSV)
    _, blocks = halfway(path, model)
    change(path)
    with pytest.raises(FileRefused, match=r"in\.csv: (it has changed since it was found|No such file)"):
        next(blocks)


@dataclass
class Short:
    """A file that ends before its size."""

    data: bytes
    size: int
    name: str = "in.csv"
    identity: Hashable = "in.csv"
    flaw: str | None = None

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from an offset on."""
        return self.data[offset : offset + length]

    def check(self) -> None:
        """Nothing tells that it has changed."""


def test_bytes_that_are_not_there(model: Model) -> None:
    """A CSV that has fewer bytes than it should is refused, wherever the next row is looked for."""
    for size in (10, 10_000, 10_000_000):
        with pytest.raises(FileRefused, match=f"shorter than its {len(CSV) + size} bytes"):
            list(open_file(Short(CSV.encode(), len(CSV) + size), Scorer(model).choose).blocks())


@pytest.mark.parametrize("change", [lengthen, replace, overwrite, remove])
def test_a_parquet_file_that_changes(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    """A Parquet file that has changed by the time it is read is refused."""
    monkeypatch.setattr(parquet_files, "_ROWS", 10)
    path = tmp_path / "in.parquet"
    pl.DataFrame({"x12": [1.5] * ROWS}).write_parquet(path, row_group_size=20)
    _, blocks = halfway(path, model)
    change(path)
    with pytest.raises(FileRefused):
        list(blocks)


@pytest.mark.parametrize("change", [shorten, lengthen, replace, overwrite, remove])
@pytest.mark.parametrize("second", ["b.csv", "b.parquet"])
def test_a_file_that_changes_before_its_turn(
    model: Model, tmp_path: Path, second: str, change: Callable[[Path], None]
) -> None:
    """A file that changes after it was found ends the run, and no output is left."""
    (tmp_path / "a.csv").write_text(CSV)
    later = tmp_path / second
    if second.endswith("csv"):
        later.write_text(CSV)
    else:
        pl.DataFrame({"x12": [1.5] * ROWS}).write_parquet(later)
    places = find([str(tmp_path)])
    change(later)
    with pytest.raises(FileRefused):
        score_files(model, places, str(tmp_path / "out.csv"), ScoreOptions())
    assert not [path.name for path in tmp_path.iterdir() if "out" in path.name]


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose files have signs of patterns in their names, in which the test is."""
    monkeypatch.chdir(tmp_path)
    for name in ("[1].csv", "1.csv", "a*.csv", "ab.csv", "q?.csv", "qa.csv", "d[1]/x.csv", "d1/x.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(CSV)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("[1].csv", ["[1].csv"]), ("a*.csv", ["a*.csv"]), ("q?.csv", ["q?.csv"]), ("d[1]", ["d[1]/x.csv"]),
        ("[[]1].csv", ["[1].csv"]), ("[0-9].csv", ["1.csv"]), ("q[a-z].csv", ["qa.csv"]),
        ("d[1]/*.csv", ["d[1]/x.csv"]),
        ("a[*].csv", ["a*.csv"]), ("d?/x.csv", ["d1/x.csv"]), ("d*/*.csv", ["d1/x.csv", "d[1]/x.csv"]),
    ],
)  # fmt: skip
def test_names_and_patterns(odd: Path, name: str, expected: list[str]) -> None:
    """A file or folder that exists exactly as it is spelt is meant; what does not is a pattern."""
    assert [place.name for place in find([name])] == expected


def test_tables_of_a_folder(tmp_path: Path) -> None:
    """A folder stands for its tables, whatever the case of their endings, and for no hidden file."""
    for name in ("a.csv", "b.CSV", "c.parquet", "d.pq", "e.txt", ".f.csv", "g.csv.gz"):
        (tmp_path / name).write_text(CSV)
    assert [Path(place.name).name for place in find([str(tmp_path)])] == ["a.csv", "b.CSV", "c.parquet", "d.pq"]


def test_one_file_is_read_whole(tmp_path: Path) -> None:
    """Where one file is expected, a folder of two is refused."""
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(name)
    assert read_whole(str(tmp_path / "a.csv")) == b"a.csv"
    with pytest.raises(FileRefused, match="got 2 files, expected one"):
        read_whole(str(tmp_path))
