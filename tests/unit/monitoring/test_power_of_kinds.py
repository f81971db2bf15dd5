"""For counts with exposure and for amounts the monitor tells drift from noise, by windows that it judges itself."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from phat.monitoring.drift import SCORE, Limits, compare
from phat.monitoring.labels import KnownOutcomes
from phat.monitoring.lines import Record
from phat.monitoring.outcomes import judge
from tests.unit.monitoring.kinds import FITS, Change, captured, frame, model, traffic

LIMITS = Limits()
ROWS, POOL = 1_000, 20_000
NAMES = ("ols", "poisson")
WINDOWS = 200


def shifted(rows: pd.DataFrame) -> pd.DataFrame:
    """The mean of the age moves by 0.4 standard deviations."""
    return rows.assign(age=rows.age + 4.8)


def vanished(rows: pd.DataFrame) -> pd.DataFrame:
    """What was in the west is in the north."""
    return rows.assign(region=rows.region.replace("west", "north"))


@cache
def pool(name: str, change: Change | None, tilt: float) -> tuple[list[Record], list[float]]:
    """Captured records of the population, and what happened to each."""
    rows = frame(99, POOL, change, tilt)
    return captured(name, rows)[1], rows[FITS[name][0]].astype(float).tolist()


def windows(name: str, count: int, change: Change | None = None, tilt: float = 0.0) -> list[tuple[set[str], set[str]]]:
    """The fields and the columns that are flagged in each of some windows."""
    records, happened = pool(name, change, tilt)
    flagged = []
    for seed in range(count):
        chosen = np.random.default_rng(seed).choice(POOL, ROWS, replace=False).tolist()
        seen = traffic([records[place] for place in chosen])
        labels = KnownOutcomes({str(place): happened[place] for place in chosen})
        fields = {
            each.name for each in compare(model(name).artifact, seen, LIMITS) if each.flagged or each.missing_flagged
        }
        judged = judge(model(name).artifact, seen, labels, LIMITS)
        columns = {each.name for each in judged.columns if each.flagged}
        flagged.append((fields, columns | ({"level"} if judged.level is not None and judged.level.flagged else set())))
    return flagged


def alarms(name: str, count: int) -> int:
    """How many quiet windows have any alarm."""
    return sum(bool(fields or columns) for fields, columns in windows(name, count))


def blaming_field(name: str, count: int, change: Change, field: str) -> int:
    """How many windows blame a change on its field, and on no other."""
    return sum(fields - {SCORE} == {field} for fields, _ in windows(name, count, change))


def blaming_column(name: str, count: int) -> int:
    """How many windows blame another effect of the age on its column, or the level besides."""
    constant = model(name).artifact.constant or ""
    blamed = (columns - {constant, "level"} for _, columns in windows(name, count, tilt=0.35))
    return sum(columns == {"age"} for columns in blamed)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_drift_no_alarm(name: str) -> None:
    """Of 200 windows without drift, at most 5 % raise any alarm, outcomes included."""
    assert alarms(name, WINDOWS) <= 0.05 * WINDOWS


@pytest.mark.slow
@pytest.mark.parametrize(("change", "field"), [(shifted, "age"), (vanished, "region")])
@pytest.mark.parametrize("name", NAMES)
def test_drift_is_found_and_blamed(name: str, change: Change, field: str) -> None:
    """Each change is found in at least 95 % of windows, and blamed on the field that changed and on no other."""
    assert blaming_field(name, WINDOWS, change, field) >= 0.95 * WINDOWS


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_concept_drift_is_found_and_blamed(name: str) -> None:
    """An effect that changed, which no field shows, is found by outcomes in at least 95 % of windows."""
    assert blaming_column(name, WINDOWS) >= 0.95 * WINDOWS
