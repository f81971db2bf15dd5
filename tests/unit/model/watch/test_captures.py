"""Reading a window of what was captured, and deleting what is known of one person."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.capture import Capture
from api.records import Records
from api.score import score
from api.telemetry import Call
from model.loaded import Model
from model.watch.captures import Window, find, forget, read
from model.watch.errors import CaptureBroken
from preprocessing.errors import InvalidRecords

DAY = datetime(2026, 11, 3, tzinfo=UTC)
WINDOW = Window(DAY, DAY + timedelta(days=1))


def captured(model: Model, records: list[dict[str, Any]], time: str, request_id: str = "r") -> bytes:
    """What the function writes of these records."""
    found = Capture.from_variables({"captureShare": "1"}, model.artifact.schema.names)
    assert found is not None
    call = Call(request_id, "i", time)
    try:
        predictions, ids, _ = score(model, Records(records))
    except InvalidRecords as error:
        return found.rejection(model, error, call)
    return b"".join(found.lines(model, predictions, ids, call))


@pytest.fixture
def folder(model: Model, tmp_path: Path) -> Path:
    """A day's captures by the hour, with neighbours, a repeated delivery, and a rejection."""
    noon = captured(model, [{"id": "C-1", "x12": "1"}, {"id": 7, "x12": "2"}], "2026-11-03T12:00:00.000Z", "a")
    files = {
        "2026/11/02/23/a": captured(model, [{"id": "early", "x12": "1"}], "2026-11-02T23:59:59.999Z"),
        "2026/11/03/12/a": noon + captured(model, [{"x12": "?"}], "2026-11-03T12:00:01.000Z"),
        "2026/11/03/12/b": noon,
        "2026/11/04/00/a": captured(model, [{"id": "late", "x12": "3"}], "2026-11-03T23:59:59.999Z")
        + captured(model, [{"id": "next", "x12": "3"}], "2026-11-04T00:00:00.000Z"),
        "2026/11/09/00/a": b"not looked at",
    }
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(data) if name.endswith("12/b") else data)
    return tmp_path


def test_a_window(model: Model, folder: Path) -> None:
    """Records of the window are read in order of time, each once, compressed or not; rejections are counted."""
    traffic = read(str(folder), WINDOW, model.version)
    assert [record["id"] for record in traffic.records] == ["C-1", 7, "late"]
    assert traffic.records[0]["values"]["x12"] == 1.0
    assert (traffic.rejected, dict(traffic.errors)) == (1, {("x12", "not_a_number"): 1})
    assert (traffic.repeated, traffic.shares) == (1, {1.0})


def test_other_versions_are_counted(folder: Path) -> None:
    """What another version scored is not looked at, and counted."""
    traffic = read(str(folder), WINDOW, "000000000000")
    assert traffic.records == []
    assert sum(traffic.other_versions.values()) == 3


@pytest.mark.parametrize("data", [b"{", b"{}", b'{"capture": {"format": 2}}', b"\x1f\x8b\x08"])
def test_broken_objects(model: Model, tmp_path: Path, data: bytes) -> None:
    """An object that is no capture is named."""
    (tmp_path / "odd").write_bytes(data)
    with pytest.raises(CaptureBroken, match="odd: "):
        read(str(tmp_path), WINDOW, model.version)


def test_forget(model: Model, folder: Path) -> None:
    """Records of an id are found and deleted wherever they are, and nothing else is; twice, nothing is left to do."""
    (folder / "2026/11/09/00/a").unlink()
    assert {record["object"].removeprefix(f"{folder}/") for record in find(str(folder), ["C-1", "7"])} == {
        "2026/11/03/12/a", "2026/11/03/12/b",
    }  # fmt: skip
    assert forget(str(folder), ["C-1"]) == {f"{folder}/2026/11/03/12/{name}": 1 for name in "ab"}
    assert find(str(folder), ["C-1"]) == []
    traffic = read(str(folder), WINDOW, model.version)
    assert [record["id"] for record in traffic.records] == [7, "late"]
    assert traffic.rejected == 1
    assert forget(str(folder), ["C-1"]) == {}
    assert forget(str(folder), ["early"]) == {f"{folder}/2026/11/02/23/a": 1}
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
