"""What the benchmark says of its figures."""

import json

import pytest

from benchmarks.goals import bad_file_ratios, cold_ratios, file_ratios, ratios
from benchmarks.report import RESULTS
from benchmarks.scale import page as scale_page
from benchmarks.scale import scale
from tests.gateway import ROOT

FLOOR = {"warm_ms": 1.0, "json_ms": 20.0, "csv_ms": 4.0, "one_mb": 14.0, "large_mb": 40.0}
OURS = {"warm_ms": 1.2, "json_ms": 60.0, "csv_ms": 50.0, "one_mb": 30.0, "large_mb": 70.0}
USUAL = {"warm_ms": 9.6, "json_ms": 120.0, "csv_ms": 110.0, "one_mb": 170.0, "large_mb": 200.0}


def test_ratios() -> None:
    """Each goal compares what it says: floor taken off large requests, usual above ours, CSV to JSON."""
    found = ratios({"floor": FLOOR, "phat": OURS, "phat, capturing": OURS | {"warm_ms": 1.23}, "usual": USUAL})
    assert [round(value, 3) for _, value, _, _ in found] == [1.2, 8.0, 0.4, 0.833, 1.025, 30.0, 0.35]
    assert all(met for *_, met in found)


def test_goals_can_be_missed() -> None:
    """A figure on the wrong side of its goal is told as missed, whichever side that is."""
    slow = OURS | {"warm_ms": 1.3, "csv_ms": 61.0}
    missed = [
        what
        for what, *_, met in ratios({"floor": FLOOR, "phat": slow, "phat, capturing": slow, "usual": USUAL})
        if not met
    ]
    assert missed == ["warm / floor", "5,000 as CSV / as JSON"]


def test_cold_ratios() -> None:
    """Each store's cold start is compared with the one floor, and with the usual's from the same store."""
    stores = {"at once": {"phat_ms": 60.0, "usual_ms": 960.0}, "late": {"phat_ms": 90.0, "usual_ms": 990.0}}
    goals = cold_ratios({"floor_ms": 30.0, "stores": stores})
    assert [(value, met) for _, value, _, met in goals] == [(2.0, True), (16.0, True), (3.0, False), (11.0, False)]


FILES = {
    "rows": 1_000_000, "csv_gb": 1.024, "parquet_gb": 0.512, "times": 5, "rounds": 7,
    "figures": {
        "engine": {"csv_s": 1.0, "parquet_s": 0.5, "csv_mb": 400.0, "parquet_mb": 200.0},
        "phat": {"csv_s": 2.0, "parquet_s": 1.0, "csv_mb": 200.0, "parquet_mb": 300.0},
        "usual": {"csv_s": 10.0, "parquet_s": 3.0, "csv_mb": 800.0, "parquet_mb": 800.0},
    },
    "longer": {"csv_mb": 210.0, "parquet_mb": 450.0},
}  # fmt: skip


def test_file_ratios() -> None:
    """Rates are compared with the usual's and the engine's; memory with its bound, and with that of more rows."""
    found = file_ratios(FILES)
    assert [round(value, 2) for _, value, _, _ in found] == [5.0, 0.5, 210.0, 1.05, 3.0, 0.5, 450.0, 1.5]
    assert [met for *_, met in found] == [True, False, True, True, False, False, False, False]


def test_bad_file_ratios() -> None:
    """Files of bad values are compared with those of good ones, in time and memory, whether listed or refused."""
    figures = {
        "good": {"csv_s": 0.5, "csv_mb": 200.0},
        "bad, skipped": {"csv_s": 1.25, "csv_mb": 500.0},
        "bad, refused": {"csv_s": 0.5, "csv_mb": 100.0},
    }
    goals = bad_file_ratios({"figures": figures})
    assert [(value, met) for _, value, _, met in goals] == [(2.5, True), (2.5, False), (1.0, True), (0.5, True)]
    assert bad_file_ratios(None) == []


def test_scale() -> None:
    """A billion rows: 2,000 parts of CSV that are read in 6.8 s each, 1,000 of Parquet that are scored in 1.5 s."""
    csv, parquet = scale(FILES, "csv"), scale(FILES, "parquet")
    assert (csv.parts, parquet.parts) == (2_000, 1_000)
    assert csv.seconds == pytest.approx(512 / 75)
    assert parquet.seconds == pytest.approx(1.5)  # 1,000 s of a billion rows, 1.5 times slower, in 1,000 parts
    # 13,653 s x 3.455 GB x 0.0000166667 + 2,000 requests
    assert csv.dollars["Lambda"] == pytest.approx(0.7866, abs=1e-3)
    assert csv.minutes(100) == pytest.approx((20 * 512 / 75 + 1.5) / 60)


def test_scale_page_is_of_the_results() -> None:
    """docs/scale.md is what the committed results give."""
    assert (ROOT / "docs" / "scale.md").read_text() == scale_page(json.loads(RESULTS.read_text())["files"])
