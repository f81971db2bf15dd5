"""The monitor tells drift from noise: seldom an alarm without drift, nearly always one with it, on the right field."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from phat.monitoring.captures import Traffic
from phat.monitoring.drift import SCORE, compare
from phat.monitoring.labels import KnownOutcomes
from phat.monitoring.outcomes import judge
from tests.unit.monitoring import traffic
from tests.unit.monitoring.traffic import ROWS, Values, pool, reference
from tests.unit.monitoring.windows import (
    LIMITS,
    NOTHING,
    Change,
    Coefficient,
    Figures,
    chances,
    coefficients,
    draw,
    drift,
    taken,
)

WINDOWS = 200
COMPARED = 5
"""Windows of each kind whose figures monitoring itself must give, from the records."""


def shifted(values: Values) -> Values:
    """The mean of x56 moves by 0.3 standard deviations."""
    artifact = reference().artifact
    scale = artifact.terms.divide(artifact.schema)[0]["x56"].scale
    return values if values["x56"] is None else values | {"x56": values["x56"] + 0.3 * scale}


def july_is(month: str) -> Callable[[Values], Values]:
    """What was July is another month."""
    return lambda values: values | {"x81": month} if values["x81"] == "July" else values


SHIFTED = Change("x56", (1.0,), (shifted,))
MISSING = Change("x44", (0.9, 0.1), (lambda values: values, lambda values: values | {"x44": None}))
VANISHED = Change("x81", (0.5, 0.5), (july_is("June"), july_is("August")))
CHANGES = [SHIFTED, MISSING, VANISHED]


@pytest.mark.parametrize("change", [NOTHING, *CHANGES], ids=lambda change: change.name)
def test_drift_is_judged_alike(change: Change) -> None:
    """Monitoring gives the figures and flags on which the tests below count, window by window."""
    for seed in range(COMPARED):
        window = draw(change, np.random.default_rng(seed))
        found = compare(reference().artifact, Traffic(records=taken(change, window), shares={1.0}), LIMITS)
        expected = drift(change, window)
        given = [Figures(f.name, f.psi, f.p, f.missing_psi, f.missing_p) for f in found]
        assert [each.name for each in given] == [each.name for each in expected]
        assert [each[1:] for each in given] == [pytest.approx(each[1:], rel=1e-9, abs=1e-12) for each in expected]
        assert [f.flagged or f.missing_flagged for f in found] == [each.flagged for each in expected]


@pytest.mark.parametrize("by", [0.0, 0.3])
def test_outcomes_are_judged_alike(by: float) -> None:
    """Monitoring gives the score tests on which the tests below count, window by window."""
    for seed in range(COMPARED):
        random = np.random.default_rng(seed)
        window = draw(NOTHING, random)
        outcomes = (random.random(ROWS) < chances("x12", by)[window.rows]).astype(float)
        records = taken(NOTHING, window)
        labels = KnownOutcomes({str(record["id"]): y for record, y in zip(records, outcomes.tolist(), strict=True)})
        found = judge(reference().artifact, Traffic(records=records), labels, LIMITS).columns
        expected = coefficients(window, outcomes)
        given = [Coefficient(each.name, each.z, each.p, each.change) for each in found]
        assert [each.name for each in given] == [each.name for each in expected]
        assert [each[1:] for each in given] == [pytest.approx(each[1:], rel=1e-7, abs=1e-9) for each in expected]
        assert [each.flagged for each in found] == [each.flagged for each in expected]


@pytest.mark.slow
def test_no_drift_no_alarm() -> None:
    """Of 200 windows without drift, at most 5 % raise any alarm, outcomes included."""
    alarms, bought = 0, pool()[1].astype(float)
    for seed in range(WINDOWS):
        window = draw(NOTHING, np.random.default_rng(seed))
        fields, columns = drift(NOTHING, window), coefficients(window, bought[window.rows])
        alarms += any(each.flagged for each in fields) or any(each.flagged for each in columns)
    assert alarms <= 0.05 * WINDOWS


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_drift_is_found_and_blamed(change: Change) -> None:
    """Each change is found in at least 95 % of windows, and blamed on the field that changed and on no other."""
    found = 0
    for seed in range(WINDOWS):
        judged = drift(change, draw(change, np.random.default_rng(seed)))
        found += [each.name for each in judged if each.flagged and each.name != SCORE] == [change.name]
    assert found >= 0.95 * WINDOWS


@pytest.mark.slow
def test_concept_drift_is_found_and_blamed() -> None:
    """A coefficient that changed by 0.3, which no field shows, is found by outcomes in at least 95 % of windows."""
    chance, found = chances("x12", 0.3), 0
    for seed in range(WINDOWS):
        random = np.random.default_rng(seed)
        window = draw(NOTHING, random)
        judged = coefficients(window, (random.random(ROWS) < chance[window.rows]).astype(float))
        blamed = max((each for each in judged if each.flagged), key=lambda each: abs(each.z), default=None)
        found += blamed is not None and blamed.name == "x12" and blamed.change == pytest.approx(0.3, abs=0.15)
    assert found >= 0.95 * WINDOWS


def test_few_records_raise_no_alarm() -> None:
    """Below the smallest sample nothing is tested, whatever it looks like."""
    records, _ = traffic.window(1, lambda values, _: shifted(values), rows=LIMITS.fewest - 1)
    few = Traffic(records=records, shares={1.0})
    assert not any(f.flagged or f.missing_flagged for f in compare(reference().artifact, few, LIMITS))
    found = compare(reference().artifact, few, replace(LIMITS, fewest=10))
    assert next(field for field in found if field.name == "x56").tested
