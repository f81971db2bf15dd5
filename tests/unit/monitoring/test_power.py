"""The monitor tells drift from noise: seldom an alarm without drift, nearly always one with it, on the right field."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from phat.model.predict import logistic
from phat.monitoring.captures import Traffic
from phat.monitoring.drift import SCORE, FieldDrift, Limits, compare
from phat.monitoring.labels import Labels
from phat.monitoring.lines import Record
from phat.monitoring.outcomes import ColumnChange, judge
from tests.unit.monitoring.traffic import Values, reference, window

WINDOWS = 100
LIMITS = Limits()


def drifts(records: list[Record]) -> list[FieldDrift]:
    """What is flagged in a window, the strongest first."""
    found = compare(reference().artifact, Traffic(records=records, shares={1.0}), LIMITS)
    flagged = [field for field in found if field.flagged or field.missing_flagged]
    return sorted(flagged, key=lambda field: -max(field.psi, field.missing_psi))


def columns(records: list[Record], outcomes: Any) -> list[ColumnChange]:
    """Which columns are flagged, the strongest first."""
    labels = {str(record["id"]): float(outcome) for record, outcome in zip(records, outcomes, strict=True)}
    found = judge(reference().artifact, Traffic(records=records), Labels(labels), LIMITS).columns
    return sorted((column for column in found if column.flagged), key=lambda column: -abs(column.z))


def test_no_drift_no_alarm() -> None:
    """Of 200 windows without drift, at most 5 % raise any alarm, outcomes included."""
    alarms = 0
    for seed in range(2 * WINDOWS):
        records, outcomes = window(seed)
        alarms += bool(drifts(records) or columns(records, outcomes))
    assert alarms <= 0.05 * 2 * WINDOWS


def shifted(values: Values, _: np.random.Generator) -> Values:
    """The mean of x56 moves by 0.3 standard deviations."""
    field = next(field for field in reference().artifact.schema.fields if field.name == "x56")
    return values if values["x56"] is None else values | {"x56": values["x56"] + 0.3 * field.scale}


def missing(values: Values, random: np.random.Generator) -> Values:
    """A tenth of x44 is missing."""
    return values | {"x44": None} if random.random() < 0.1 else values


def vanished(values: Values, random: np.random.Generator) -> Values:
    """July is there no more."""
    return values | {"x81": random.choice(["June", "August"])} if values["x81"] == "July" else values


@pytest.mark.parametrize(("change", "name"), [(shifted, "x56"), (missing, "x44"), (vanished, "x81")])
def test_drift_is_found_and_blamed(change: Any, name: str) -> None:
    """Each change is found in at least 95 of 100 windows, and blamed on the field that changed and on no other."""
    found = 0
    for seed in range(WINDOWS):
        blamed = [field.name for field in drifts(window(seed, change)[0]) if field.name != SCORE]
        found += blamed == [name]
    assert found >= 0.95 * WINDOWS


def test_concept_drift_is_found_and_blamed() -> None:
    """A coefficient that changed by 0.3, which no field shows, is found by outcomes in at least 95 of 100 windows."""
    model = reference()
    field = next(field for field in model.artifact.schema.fields if field.name == "x12")
    found = 0
    for seed in range(WINDOWS):
        records, _ = window(seed)
        random = np.random.default_rng(seed)
        etas = np.log([record["phat"] / (1 - record["phat"]) for record in records])
        x = [(field.fill if (v := record["values"]["x12"]) is None else v) for record in records]
        changed = etas + 0.3 * (np.array(x) - field.centre) / field.scale
        outcomes = random.random(len(records)) < [logistic(eta) for eta in changed]
        blamed = columns(records, outcomes)
        found += bool(blamed) and blamed[0].name == "x12" and blamed[0].change == pytest.approx(0.3, abs=0.15)
    assert found >= 0.95 * WINDOWS


def test_few_records_raise_no_alarm() -> None:
    """Below the smallest sample nothing is tested, whatever it looks like."""
    records, _ = window(1, shifted, rows=LIMITS.fewest - 1)
    assert drifts(records) == []
    loose = replace(LIMITS, fewest=10)
    found = compare(reference().artifact, Traffic(records=records, shares={1.0}), loose)
    assert next(field for field in found if field.name == "x56").tested
