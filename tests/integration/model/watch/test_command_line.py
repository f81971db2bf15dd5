"""`python -m model monitor` and `forget`, on traffic that the function captured itself, here and in S3."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from model.training.simulate import simulate
from tests.commands import run
from tests.conftest import REFERENCE
from tests.integration.conftest import make_bucket
from tests.integration.process import serve_fresh
from tests.integration.test_handler_capture import ALL, post

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ARTIFACT = REFERENCE / "segmentation.json"
ROWS = 800


@pytest.fixture(scope="module")
def customers() -> list[dict[str, Any]]:
    """Customers, each with an id; x12 is missing in every fifth."""
    [chunk] = simulate(ROWS, 21)
    rows = pl.DataFrame(chunk).to_dicts()
    return [row | {"id": f"c{index}"} | ({"x12": ""} if index % 5 == 0 else {}) for index, row in enumerate(rows)]


@pytest.fixture(scope="module")
def capture(customers: list[dict[str, Any]], pinned: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the function captured of them, as Firehose files it."""
    events = [post(customers[start : start + 200], **ALL) for start in range(0, ROWS, 200)]
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


def test_monitor(capture: Path, customers: list[dict[str, Any]], tmp_path: Path) -> None:
    """What the function captured is looked at, joined to outcomes, and reported."""
    outcomes = tmp_path / "outcomes.csv"
    with outcomes.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "bought"), *((row["id"], row["y"]) for row in customers)])
    report, figures = tmp_path / "report.html", tmp_path / "figures.json"
    told = run(
        "monitor", "--model", ARTIFACT, "--capture", capture, *window(), "--outcomes", outcomes,
        "--outcome-column", "bought", "--shadow", ARTIFACT, "-o", report, "--json", figures,
    ).output  # fmt: skip
    assert told.splitlines()[0] == f"{ROWS} records, 0 rejected"
    assert told.splitlines()[1].startswith(f"on {ROWS} records with an outcome: predicts ")
    assert "x12 2" in told
    assert "more missing than in training" in told
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
    """A person's records are shown, deleted from the bucket, and gone; the others are watched as before."""
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
