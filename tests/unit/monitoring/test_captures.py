"""Reading a window of what was captured."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from phat.api.capture import Capture, Settings
from phat.api.records import Records
from phat.api.score import score_records
from phat.api.telemetry import Call
from phat.model.model import Model
from phat.monitoring.captures import Window, below, read
from phat.preprocessing.errors import InvalidRecords

DAY = datetime(2026, 11, 3, tzinfo=UTC)
WINDOW = Window(DAY, DAY + timedelta(days=1))

ALL = Settings(1.0)


def captured(
    model: Model, records: list[dict[str, Any]], time: str, request_id: str = "r", settings: Settings = ALL
) -> bytes:
    """What the function writes of these records."""
    found = Capture(settings, model.artifact, b"a key of 16 bytes, or more")
    call = Call(request_id, "i", time)
    try:
        predictions, ids, _ = score_records(model, Records(records))
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


@pytest.mark.parametrize("minute", [0, 5, 59])
def test_an_object_of_the_hour_before(model: Model, tmp_path: Path, minute: int) -> None:
    """Firehose names an object by its oldest record: each line is in the window of its own time, and in no other."""
    border = datetime(2026, 11, 3, 12, minute, tzinfo=UTC)
    times = [border + timedelta(minutes=minutes) for minutes in (-14, -1, 0, 1)]
    lines = [
        captured(model, [{"id": row, "x12": "1"}], time.isoformat(), str(row)) for row, time in enumerate(times, 1)
    ]
    file = tmp_path / f"{times[0]:%Y/%m/%d/%H}" / "a"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"".join(lines))
    (tmp_path / f"{border:%Y/%m/%d/%H}").mkdir(parents=True, exist_ok=True)
    (tmp_path / f"{border:%Y/%m/%d/%H}" / "b").write_bytes(lines[0] + lines[2])
    day = timedelta(days=1)
    before, after = (
        read(str(tmp_path), window, model.version)
        for window in (Window(border - day, border), Window(border, border + day))
    )
    assert [record["id"] for record in before.records] == [1, 2]
    assert [record["id"] for record in after.records] == [3, 4]
    assert (before.repeated, after.repeated) == (1, 1)


def test_names_of_hours_that_are_none(model: Model, tmp_path: Path) -> None:
    """Digits in a name that are no time do not hide an object."""
    file = tmp_path / "2026/13/40/99" / "a"
    file.parent.mkdir(parents=True)
    file.write_bytes(captured(model, [{"x12": "1"}], "2026-11-03T12:00:00Z"))
    assert len(read(str(tmp_path), WINDOW, model.version).records) == 1


@pytest.mark.parametrize("parent", ["2026/10/01/00", "2026/10/01/00/captures", "12026/11/02/12"])
def test_a_capture_below_a_dated_folder(model: Model, tmp_path: Path, parent: str) -> None:
    """A date among the folders above a capture, or anywhere but right above an object, hides nothing."""
    place = tmp_path / parent
    file = place / "2026/11/03/12" / "a"
    file.parent.mkdir(parents=True)
    file.write_bytes(captured(model, [{"x12": "1"}], "2026-11-03T12:00:00Z"))
    (file.parents[3] / "2026/11/01/00").mkdir(parents=True)
    (file.parents[3] / "2026/11/01/00" / "old").write_bytes(b"not looked at")
    for each in (tmp_path, place, place / "2026", file):
        traffic = read(str(each), WINDOW, model.version)
        assert len(traffic.records) == 1
        assert traffic.unread == [] or each.name == "2026"


def test_a_capture_that_is_named_by_an_hour(model: Model, tmp_path: Path) -> None:
    """An object right in the capture's own folder is read, whatever hour that folder is named by."""
    place = tmp_path / "2026/10/01/00"
    place.mkdir(parents=True)
    (place / "a").write_bytes(captured(model, [{"x12": "1"}], "2026-11-03T12:00:00Z"))
    for name in (str(place), f"{place}/", f"{place}/a"):
        assert len(read(name, WINDOW, model.version).records) == 1


def test_names_below_an_address() -> None:
    """The hours of an object in S3 are those of its key from the capture's prefix on."""
    name = "s3://b/2026/10/01/00/captures/2026/11/03/12/x"
    assert [below(f"s3://b/{prefix}", name) for prefix in ("2026/10/01/00/captures/", "2026/10/01/00/captures")] == [
        "2026/11/03/12/x"
    ] * 2
    assert below(name, name) == ""


GOOD_HEAD = (
    b'{"capture": {"format": 1, "time": "2026-11-03T12:00:00Z", "model_version": "v", "share": 1.0}, "records": '
)


ODD_HEADS: list[dict[str, Any]] = [
    {"hashed": [{}]}, {"hashed": "x5"}, {"left_out": [1]}, {"rejected": -7}, {"rejected": True}, {"total": -1},
    {"total": 1.5}, {"too_long": -1}, {"errors": {"x5": {"unknown_level": -3}}}, {"errors": {"x5": 3}}, {"errors": []},
    {"share": 0}, {"share": True}, {"share": "1"}, {"share": 5e-324}, {"model_version": 7}, {"time": 7},
    {"time": "0001-01-01T00:00:00+23:59"},
]  # fmt: skip
ODD_RECORDS: list[dict[str, Any]] = [
    {"phat": True}, {"phat": 2}, {"phat": None}, {"event": 1}, {"id": {"a": 1}}, {"id": None}, {"id": 1.5},
    {"values": [1]}, {"values": {"x5": ["sunday"]}},
]  # fmt: skip


def odd_lines() -> list[bytes]:
    """Lines that differ in one place from what the function writes."""
    head = {"format": 1, "time": "2026-11-03T12:00:00Z", "model_version": "v", "share": 1.0}
    record = {"phat": 0.5, "event": True, "values": {}}
    pairs = [(head | odd, record) for odd in ODD_HEADS] + [(head, record | odd) for odd in ODD_RECORDS]
    return [json.dumps({"capture": head, "records": [record]}).encode() for head, record in pairs]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "line 1: it is not of a capture"),
        (b"{}", "line 1: it is not of a capture"),
        (b"\n[1]\n2", "line 2: it is not of a capture, and 1 other lines"),
        (b'{"capture": {"format": 2}}', "line 1: got format 2, expected 1"),
        (b'{"capture": {"format": 1, "time": "2026-11-03", "model_version": "v", "share": 1}}', "line 1: it is not"),
        (GOOD_HEAD + b'[{"phat": "x", "event": true, "values": {}}]}', "line 1: it is not of a capture"),
        (GOOD_HEAD + b"null}", "line 1: it is not of a capture"),
        (GOOD_HEAD + b"{}}", "line 1: it is not of a capture"),
        *((line, "line 1: it is not of a capture") for line in odd_lines()),
        (b"\x1f\x8b\x08", "it cannot be unpacked"),
        (gzip.compress(bytes(range(256)) * 40, mtime=0)[:60] + bytes(60), "it cannot be unpacked"),
    ],
)
def test_broken_objects(model: Model, folder: Path, data: bytes, reason: str) -> None:
    """An object or line that is of no capture is named, and all others are read."""
    (folder / "odd").write_bytes(data)
    traffic = read(str(folder), WINDOW, model.version)
    assert traffic.unread == [complaint for complaint in traffic.unread if f"{folder}/odd: {reason}" in complaint]
    assert len(traffic.unread) == 1
    assert len(traffic.records) == 3


def test_lines_beside_an_odd_one_are_read(model: Model, tmp_path: Path) -> None:
    """An odd line costs nothing but itself."""
    good = captured(model, [{"id": 1, "x12": "1"}], "2026-11-03T12:00:00Z")
    (tmp_path / "a").write_bytes(b"?\n" + good)
    traffic = read(str(tmp_path), WINDOW, model.version)
    assert (len(traffic.records), traffic.unread) == (1, [f"{tmp_path}/a: line 1: it is not of a capture"])


def test_shares_within_a_window(model: Model, tmp_path: Path) -> None:
    """Each record counts for as many as its own line's share says."""
    half = Settings(0.5)
    lines = [captured(model, [{"x12": str(n)}], "2026-11-03T12:00:00Z", str(n)) for n in range(4)]
    lines += [captured(model, [{"x12": "1"}] * 400, "2026-11-03T13:00:00Z", settings=half)]
    lines += [captured(model, [{"x12": "?"}] * 10, "2026-11-03T13:00:00Z", settings=half)]
    (tmp_path / "a").write_bytes(b"".join(lines))
    traffic = read(str(tmp_path), WINDOW, model.version)
    assert traffic.shares == {0.5, 1.0}
    assert traffic.scored == 4 + 2 * (len(traffic.records) - 4)
    assert traffic.total == traffic.scored + 10


def test_errors_beyond_those_that_are_listed(model: Model, tmp_path: Path) -> None:
    """Of a request with more errors than an answer lists all are counted, in proportion."""
    (tmp_path / "a").write_bytes(captured(model, [{"x31": "mars"}] * 250, "2026-11-03T13:00:00Z"))
    traffic = read(str(tmp_path), WINDOW, model.version)
    assert (traffic.rejected, dict(traffic.errors)) == (250, {("x31", "unknown_level"): 250})


def test_hashed_values_are_not_read(model: Model, tmp_path: Path) -> None:
    """Of hashed fields records have no value, whatever it looks like; each setting within the window is noted."""
    hashed = Settings(1.0, hashed=frozenset({"x5"}), left_out=frozenset({"id"}))
    lines = [
        captured(model, [{"x12": "1", "x5": "sunday"}], "2026-11-03T12:00:00Z", settings=settings)
        for settings in (hashed, ALL)
    ]
    (tmp_path / "a").write_bytes(b"".join(lines))
    traffic = read(str(tmp_path), WINDOW, model.version)
    assert [record["values"].get("x5") for record in traffic.records] == [None, "sunday"]
    assert "x5" not in traffic.records[0]["values"]
    assert traffic.hidden == {((), ()), (("id",), ("x5",))}


def test_records_that_were_too_long(model: Model, tmp_path: Path) -> None:
    """What a line could not hold is counted."""
    records = [{"id": "z" * 300_000, "x12": "1"}, {"id": "a", "x12": "1"}]
    (tmp_path / "a").write_bytes(captured(model, records, "2026-11-03T12:00:00Z"))
    traffic = read(str(tmp_path), WINDOW, model.version)
    assert ([record["id"] for record in traffic.records], traffic.too_long) == (["a"], 1)
