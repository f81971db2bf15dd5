"""Simulated traffic for the monitor's tests: a pool of records as they were cleaned and scored, and windows of it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from phat.batch.scoring import Scorer
from phat.model.model import Model
from phat.monitoring.captures import Window
from phat.monitoring.lines import Record
from phat.preprocessing.schema import NumberField
from phat.training.simulate import TARGET, simulate
from tests.conftest import REFERENCE

START = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=7))
ROWS = 5_000
POOL = 30_000

Values = dict[str, Any]
Change = Callable[[Values, np.random.Generator], Values]


@cache
def reference() -> Model:
    """The reference model."""
    return Model.from_bytes((REFERENCE / "segmentation.json").read_bytes())


@cache
def pool() -> tuple[list[Values], np.ndarray[Any, Any]]:
    """Cleaned values of simulated records, and whether each bought."""
    model = reference()
    raw = pl.concat([pl.DataFrame(chunk) for chunk in simulate(POOL, 31)])
    cleaned = Scorer(model).clean(raw)
    table = pl.DataFrame([column.values.alias(name) for name, column in cleaned.items()])
    return table.to_dicts(), (raw[TARGET] == "1").to_numpy()


def window(seed: int, change: Change | None = None, rows: int = ROWS) -> tuple[list[Record], np.ndarray[Any, Any]]:
    """A window's records and their outcomes, some records of the pool, changed before they are scored."""
    random = np.random.default_rng(seed)
    values, bought = pool()
    chosen = random.choice(len(values), rows, replace=False)
    found = [values[index] if change is None else change(dict(values[index]), random) for index in chosen]
    return records(found), bought[chosen].astype(float)


def records(values: Sequence[Values]) -> list[Record]:
    """Captured records of these values, spread over the window."""
    model = reference()
    fields = model.artifact.schema.fields
    types: dict[str, Any] = {f.name: pl.Float64 if isinstance(f, NumberField) else pl.String for f in fields}
    answers = Scorer(model)(pl.DataFrame(list(values), types)).answers
    step = (WINDOW.end - WINDOW.start) / len(values)
    decisions = (answers["business_outcome"] == model.artifact.labels.event).to_list()
    return [
        {"id": row, "values": each, "phat": phat, "event": event, "time": START + row * step, "share": 1.0}
        for row, (each, phat, event) in enumerate(zip(values, answers["phat"].to_list(), decisions, strict=True))
    ]
