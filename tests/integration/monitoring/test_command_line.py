"""`phat monitor` and `forget`, on traffic that the function captured itself, here and in S3."""

import csv
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import polars as pl
import pytest

from phat.training.simulate import simulate
from tests.commands import run
from tests.conftest import REFERENCE
from tests.integration.conftest import make_bucket
from tests.integration.process import serve_fresh
from tests.integration.test_handler_capture import ALL, hashed, parameter, post

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ARTIFACT = REFERENCE / "segmentation.json"
ROWS = 800


@pytest.fixture(scope="module")
def raw_records() -> list[dict[str, Any]]:
    """Records, each with an id; x12 is missing in every fifth."""
    [chunk] = simulate(ROWS, 21)
    rows = pl.DataFrame(chunk).to_dicts()
    return [row | {"id": f"c{index}"} | ({"x12": ""} if index % 5 == 0 else {}) for index, row in enumerate(rows)]


@pytest.fixture(scope="module")
def capture(
    raw_records: list[dict[str, Any]], pinned: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """What the function captured of them, as Firehose files it."""
    events = [post(raw_records[start : start + 200], **ALL) for start in range(0, ROWS, 200)]
    lines = [json.dumps(line) for line in serve_fresh(events, pinned).lines if "capture" in line]
    when = json.loads(lines[0])["capture"]["time"]
    folder = tmp_path_factory.mktemp("capture")
    file = folder / when[:13].replace("-", "/").replace("T", "/") / "captures-1"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(lines) + "\n")
    return folder


def window() -> tuple[str, ...]:
    """Everything up to long after now."""
    return "--from", "2020-01-01", "--to", "2100-01-01"


def test_monitor(capture: Path, raw_records: list[dict[str, Any]], tmp_path: Path) -> None:
    """What the function captured is looked at, joined to outcomes, and reported."""
    outcomes = tmp_path / "outcomes.csv"
    with outcomes.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "bought"), *((row["id"], row["y"]) for row in raw_records)])
    report, figures = tmp_path / "report.html", tmp_path / "figures.json"
    told = run(
        "monitor", "--model", ARTIFACT, "--capture", capture, *window(), "--outcomes", outcomes,
        "--outcome-column", "bought", "--shadow", ARTIFACT, "-o", report, "--json", figures,
    ).output  # fmt: skip
    assert told.splitlines()[0] == f"{ROWS} records, 0 rejected"
    assert told.splitlines()[1].startswith(f"on {ROWS} records with an outcome: predicts ")
    assert "x12 2" in told
    assert "percentage points more missing than in training" in told
    found = json.loads(figures.read_text())
    assert found["outcomes"]["labelled"] == ROWS
    assert found["shadow"]["agreement"] == 1.0
    assert "more missing than in training" in report.read_text()


@pytest.mark.parametrize(
    ("words", "told", "code"),
    [
        (("--from", "2020-01-01", "--to", "2020-01-02"), "nothing that this version scored", 1),
        (("--from", "2020-01-02", "--to", "2020-01-01"), "is not before", 2),
        (("--from", "2020-01-01", "--to", "2100-01-01", "--outcomes", "none.csv"), "there is no such file", 1),
    ],
)
def test_refusals(capture: Path, words: tuple[str, ...], told: str, code: int) -> None:
    """What cannot be looked at is said in words."""
    assert told in run("monitor", "--model", ARTIFACT, "--capture", capture, *words, code=code).output


def test_forget_in_s3(capture: Path, s3: "S3Client") -> None:
    """A person's records are shown, deleted from the bucket, and gone; the others are monitored as before."""
    bucket = make_bucket(s3)
    [file] = [path for path in capture.rglob("*") if path.is_file()]
    s3.upload_file(str(file), bucket, f"captures/{file.relative_to(capture)}")
    place = f"s3://{bucket}/captures/"
    [shown] = run("forget", "c7", "--capture", place, "--find").output.splitlines()
    assert json.loads(shown)["id"] == "c7"
    assert "1 records deleted from 1 objects" in run("forget", "c7", "--capture", place).output
    assert run("forget", "c7", "--capture", place, "--find").output == ""
    told = run("monitor", "--model", ARTIFACT, "--capture", place, *window()).output
    assert told.splitlines()[0] == f"{ROWS - 1} records, 0 rejected"


def test_forget_in_several_places(capture: Path, tmp_path: Path) -> None:
    """Copies of captures are looked through by one command; a blank id, and a place without an object, are said."""
    places = [tmp_path / name for name in "ab"]
    for place in places:
        shutil.copytree(capture, place)
    words = [word for place in places for word in ("--capture", place)]
    assert "no object" in run("forget", "c7", *words, "--capture", tmp_path / "none", "--find", code=1).output
    assert "got the id ' ', expected one with a sign in it" in run("forget", " ", *words, code=1).output
    assert "2 records deleted from 2 objects" in run("forget", "c7", *words).output
    assert run("forget", "c7", *words, "--find").output == ""


def test_too_few_records_to_judge(capture: Path) -> None:
    """Where nothing was tested, nothing is said to be well."""
    words = ("monitor", "--model", ARTIFACT, "--capture", capture, *window(), "--fewest", "100000")
    told = run(*words).output
    assert f"too few records to judge: {ROWS}, at least 100000 are needed" in told
    assert "nothing has moved" not in told


def test_odd_captures_are_reported(capture: Path, tmp_path: Path) -> None:
    """An object that is no capture is named, and the others are looked at."""
    shutil.copytree(capture, tmp_path / "capture")
    (tmp_path / "capture" / "odd.gz").write_bytes(b"\x1f\x8b\x08\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
    (tmp_path / "capture" / "line").write_bytes(b'{"capture": 1}\n')
    told = run("monitor", "--model", ARTIFACT, "--capture", tmp_path / "capture", *window()).output
    assert f"{ROWS} records, 0 rejected" in told
    assert f"note: left out: {tmp_path}/capture/odd.gz: it cannot be unpacked" in told
    assert f"note: left out: {tmp_path}/capture/line: line 1: it is not of a capture" in told
    told = run("forget", "c7", "--capture", tmp_path / "capture", code=1).output
    assert "1 records deleted from 1 objects" in told
    assert f"not looked through: {tmp_path}/capture/line: line 1" in told
    assert f"not looked through: {tmp_path}/capture/odd.gz" in told


def test_outcomes_that_are_no_events(capture: Path, tmp_path: Path) -> None:
    """Outcomes of which it is not known which is the event are refused; named, it is."""
    outcomes = tmp_path / "outcomes.csv"
    outcomes.write_text("id,outcome\n" + "".join(f"c{n},{'won' if n % 3 else 'lost'}\n" for n in range(ROWS)))
    words = ("monitor", "--model", ARTIFACT, "--capture", capture, *window(), "--outcomes", outcomes)
    assert "it is not known which is the event" in run(*words, code=1).output
    assert f"on {ROWS} records with an outcome" in run(*words, "--event", "won").output


def test_forget_hashed_ids(raw_records: list[dict[str, Any]], pinned: dict[str, str], tmp_path: Path) -> None:
    """Hashed ids are found by the key's name, the former key's too; without it they are not passed over silently."""
    name = parameter()
    lines = serve_fresh([post(raw_records[:20], **hashed(name))], pinned).lines
    (tmp_path / "a").write_text("".join(json.dumps(line) + "\n" for line in lines if "capture" in line))
    words = ("forget", "c7", "--capture", tmp_path)
    told = run(*words, code=1).output
    assert "0 records deleted from 0 objects" in told
    assert "hashed ids; say --hash-key-name NAME" in told
    assert "'/none': ParameterNotFound" in run(*words, "--hash-key-name", "/none", code=1).output
    boto3.client("ssm").put_parameter(Name=name, Value="another secret key", Type="SecureString", Overwrite=True)
    assert "0 records deleted" in run(*words, "--hash-key-name", name).output
    told = run(*words, "--hash-key-name", name, "--hash-key-name", f"{name}:1").output
    assert "1 records deleted from 1 objects" in told
