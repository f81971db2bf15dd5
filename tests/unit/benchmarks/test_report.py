"""What the benchmark says of its figures."""

from benchmarks.costs import page
from benchmarks.report import ratios

FLOOR = {"cold_ms": 30.0, "warm_ms": 1.0, "json_ms": 20.0, "csv_ms": 4.0, "one_mb": 14.0, "large_mb": 40.0}
OURS = {"cold_ms": 60.0, "warm_ms": 1.2, "json_ms": 60.0, "csv_ms": 50.0, "one_mb": 30.0, "large_mb": 70.0}
USUAL = {"cold_ms": 960.0, "warm_ms": 9.6, "json_ms": 120.0, "csv_ms": 110.0, "one_mb": 170.0, "large_mb": 200.0}


def test_ratios() -> None:
    """Each goal compares what it says: floor taken off large requests, usual above ours, CSV to JSON."""
    found = ratios({"floor": FLOOR, "phat": OURS, "usual": USUAL})
    assert [round(value, 3) for _, value, _, _ in found] == [2.0, 16.0, 1.2, 8.0, 0.4, 0.833, 30.0, 0.35]
    assert all(met for *_, met in found)


def test_goals_can_be_missed() -> None:
    """A figure on the wrong side of its goal is told as missed, whichever side that is."""
    slow = OURS | {"cold_ms": 90.0, "csv_ms": 61.0}
    missed = [what for what, *_, met in ratios({"floor": FLOOR, "phat": slow, "usual": USUAL}) if not met]
    assert missed == ["cold start / floor", "usual / cold start", "5,000 as CSV / as JSON"]


def test_costs() -> None:
    """A million predictions: requests and gigabyte seconds one by one, a two-hundredth of them in batches."""
    told = page({"warm_ms": 1.2, "json_ms": 60.0})
    # 0.20 + 2 ms x 1.728 GB x 1e6 x 0.0000166667 = 0.2576; the gateway 3.50
    assert "one by one: $3.76, of which API Gateway takes $3.50" in told
    # 200 x (0.2e-6 + 3.5e-6 + 0.06 x 1.728 x 0.0000166667) = 0.0011
    assert "5,000 in a request: $0.0011" in told
