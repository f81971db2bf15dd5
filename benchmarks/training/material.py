"""Raw records to fit on: 14 numbers as people write them, 6 categories, and an outcome that depends on them."""

import sys
from pathlib import Path

import numpy as np
import polars as pl

NUMBERS = [f"x{place}" for place in range(14)]
CATEGORIES = [f"g{place}" for place in range(6)]
_GAPS = 0.03


def write(rows: int, path: Path, matrix: Path) -> None:
    """A CSV of raw records, and the matrix (rows by columns, the constant and the outcome last) that is made of it."""
    random = np.random.default_rng(0)
    columns: dict[str, pl.Series] = {}
    made = []
    eta = np.full(rows, -2.0)
    for place, name in enumerate(NUMBERS):
        values = random.normal(100, 30, rows).round(2)
        gaps = random.random(rows) < _GAPS if place % 2 else np.zeros(rows, bool)
        eta += (values - 100) / 30 * (0.3 if place % 3 else -0.3)
        texts = [_spelt(place, value) for value in values.tolist()]
        columns[name] = pl.Series([None if gap else text for gap, text in zip(gaps.tolist(), texts, strict=True)])
        filled = np.where(gaps, values[~gaps].mean(), values)
        made.append((filled - filled.mean()) / filled.std())
    for place, name in enumerate(CATEGORIES):
        codes = random.integers(0, 3 + place % 3, rows)
        eta += 0.2 * codes * (place % 2)
        columns[name] = pl.Series([f"Level {code}" if code % 2 else f"level {code}" for code in codes.tolist()])
        made += [(codes == code).astype(float) for code in range(1, int(codes.max()) + 1)]
    outcome = (random.random(rows) < 1 / (1 + np.exp(-eta))).astype(float)
    columns["y"] = pl.Series(["yes" if event else "no" for event in outcome.tolist()])
    pl.DataFrame(columns).write_csv(path)
    np.save(matrix, np.column_stack([*made, np.ones(rows), outcome]))


def _spelt(place: int, value: float) -> str:
    return (f"{value:.2f}", f"${value * 40:,.2f}", f"{value:.1f}%")[place % 3]


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
