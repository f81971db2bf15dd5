"""Finding and deleting what is known of one person, wherever and however it was captured."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from phat.api.capture import Settings
from phat.model.hashes import keyed_hash
from phat.model.model import Model
from phat.monitoring.captures import read
from phat.monitoring.errors import BlankId
from phat.monitoring.forgetting import find, forget
from tests.unit.monitoring.test_captures import WINDOW, captured, folder

__all__ = ["folder"]

KEY = b"a key of 16 bytes, or more"
COMPOSED, APART = "J\u00f6rg", "Jo\u0308rg"


def test_forget(model: Model, folder: Path) -> None:
    """Records of an id are found and deleted wherever they are, and nothing else is; twice, nothing is left to do."""
    (folder / "2026/11/09/00/a").unlink()
    assert find(str(folder), ["C-1", "7"]).objects == {
        f"{folder}/2026/11/03/12/a": 2, f"{folder}/2026/11/03/12/b": 2,
    }  # fmt: skip
    assert forget(str(folder), ["C-1"]).objects == {f"{folder}/2026/11/03/12/{name}": 1 for name in "ab"}
    assert find(str(folder), ["C-1"]).records == []
    traffic = read(str(folder), WINDOW, model.version)
    assert [record["id"] for record in traffic.records] == [7, "late"]
    assert traffic.rejected == 1
    assert forget(str(folder), ["C-1"]).objects == {}
    assert forget(str(folder), ["early"]).objects == {f"{folder}/2026/11/02/23/a": 1}
    assert not (folder / "2026/11/02/23/a").exists()
    assert gzip.decompress((folder / "2026/11/03/12/b").read_bytes()).startswith(b"{")


def test_forget_keeps_the_rest_to_the_bit(model: Model, tmp_path: Path) -> None:
    """What stays is as it was captured."""
    records = [{"id": name, "x12": "0.1234567890123456789"} for name in "abc"]
    (tmp_path / "x").write_bytes(captured(model, records, "2026-11-03T12:00:00.123Z"))
    before = json.loads((tmp_path / "x").read_text())
    forget(str(tmp_path), ["b"])
    after = json.loads((tmp_path / "x").read_text())
    assert after == before | {"records": [before["records"][0], before["records"][2]]}


def test_forget_goes_on(model: Model, tmp_path: Path) -> None:
    """What cannot be read is named and left as it is; all else is looked through."""
    good = captured(model, [{"id": "a", "x12": "1"}, {"id": "b", "x12": "1"}], "2026-11-03T12:00:00Z")
    (tmp_path / "1").write_bytes(gzip.compress(good)[:-9])
    (tmp_path / "2").write_bytes(b'{"id": "a"}\n' + good)
    (tmp_path / "3").write_bytes(good)
    known = forget(str(tmp_path), ["a"])
    assert known.objects == {f"{tmp_path}/2": 1, f"{tmp_path}/3": 1}
    assert len(known.unread) == 2
    assert known.unread[0].startswith(f"{tmp_path}/1: it cannot be unpacked")
    assert known.unread[1] == f"{tmp_path}/2: line 1: it is not of a capture"
    assert (tmp_path / "2").read_bytes().startswith(b'{"id": "a"}\n')
    assert find(str(tmp_path), ["a"]).objects == {}


@pytest.mark.parametrize(
    ("sent", "asked"), [(" C-1 ", "C-1"), ("C-1", "C-1\n"), (APART, COMPOSED), (COMPOSED, f" {APART}"), (7, "7.0")]
)
@pytest.mark.parametrize("hashed", [False, True])
def test_spellings_of_an_id(model: Model, tmp_path: Path, sent: object, asked: str, hashed: bool) -> None:
    """Blanks around an id and the composition of its letters do not hide it, plain or hashed."""
    settings = Settings(1.0, hashed=frozenset({"id"})) if hashed else Settings(1.0)
    records: list[dict[str, Any]] = [{"id": sent, "x12": "1"}, {"id": "other", "x12": "1"}]
    (tmp_path / "x").write_bytes(captured(model, records, "2026-11-03T12:00:00Z", settings=settings))
    assert forget(str(tmp_path), [asked], [b"a former key of the hashes", KEY]).objects == {f"{tmp_path}/x": 1}
    [other] = find(str(tmp_path), ["other"], [KEY]).records
    assert other["id"] == (keyed_hash("id", "other", KEY) if hashed else "other")


def test_hashed_ids_are_told(model: Model, tmp_path: Path) -> None:
    """Where ids are hashed, it is said, so that finding none without the key is not taken for an answer."""
    settings = Settings(1.0, hashed=frozenset({"id"}))
    (tmp_path / "x").write_bytes(captured(model, [{"id": "a", "x12": "1"}], "2026-11-03T12:00:00Z", settings=settings))
    known = find(str(tmp_path), ["a"])
    assert (known.records, known.hashed) == ([], True)


@pytest.mark.parametrize("hashed", [False, True])
@pytest.mark.parametrize(
    ("asked", "gone"),
    [("1", ["1", 1]), ("1.0", ["1", 1, "1.0"]), ("1.00", ["1", 1, "1.00"]), ("01", ["01"]), ("a.0", ["a.0"])],
)
def test_other_ids_stay(model: Model, tmp_path: Path, asked: str, gone: list[Any], hashed: bool) -> None:
    """An id is itself: texts with other decimals are other ids; a number with decimals is captured without them."""
    settings = Settings(1.0, hashed=frozenset({"id"})) if hashed else Settings(1.0)
    ids = ["1", 1, "1.0", "1.00", "01", "a.0", "a"]
    lines = [
        captured(model, [{"id": id_, "x12": str(n)}], "2026-11-03T12:00:00Z", str(n), settings)
        for n, id_ in enumerate(ids)
    ]
    (tmp_path / "x").write_bytes(b"".join(lines))
    known = find(str(tmp_path), [asked], [KEY])
    assert [ids[int(record["request_id"])] for record in known.records] == gone


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_blank_ids_are_refused(model: Model, tmp_path: Path, blank: str) -> None:
    """A blank id is nobody's, and nothing is deleted by it."""
    (tmp_path / "x").write_bytes(captured(model, [{"id": " ", "x12": "1"}], "2026-11-03T12:00:00Z"))
    with pytest.raises(BlankId, match=r"got the id .*, expected one with a sign in it"):
        forget(str(tmp_path), ["C-1", blank])
    assert (tmp_path / "x").exists()


def test_several_captures(model: Model, tmp_path: Path) -> None:
    """All places are looked through, an object that two of them have once; a place without an object is named."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_bytes(captured(model, [{"id": "C-1", "x12": "1"}], "2026-11-03T12:00:00Z"))
    places = [str(tmp_path / name) for name in ("a", "b", "none")] + [str(tmp_path)]
    assert len(find(places, ["C-1"]).records) == 2
    known = forget(places, ["C-1"])
    assert known.objects == {f"{tmp_path}/{name}/x": 1 for name in "ab"}
    assert known.unread == [f"{tmp_path}/none: there is no object"]


def test_a_hash_of_one_name_tells_nothing_of_another() -> None:
    """Who chooses ids does not learn the hash of a field's level, nor that of another field's."""
    assert len({keyed_hash(name, "sunday", KEY) for name in ("id", "x5", "x31")}) == 3
    assert keyed_hash("x5", "1", KEY) != keyed_hash("x51", "", KEY)
    assert keyed_hash("1", "1:ab", KEY) != keyed_hash("1:1", "ab", KEY)
