"""Figures by group, over folds and in words: against other libraries and formulas."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from statsmodels.stats.proportion import proportion_confint

from phat.model.model import Model
from phat.training.data import Table
from phat.training.errors import DataError
from phat.training.evaluate import Asked, Evaluation, evaluate_model
from phat.training.fairness import by_group, wilson
from phat.training.fit import fit
from phat.training.report import write_report
from tests.unit.training.tables import CONFIG, table

FAIRLEARN: dict[str, Any] = {  # of fairlearn 0.13, MetricFrame: by_group, difference() and ratio() of `records` below
    "selection_rate": ({"a": 0.6022727272727273, "b": 0.5061728395061729, "c": 0.5},
                       0.10227272727272729, 0.830188679245283),
    "true_positive_rate": ({"a": 0.8372093023255814, "b": 0.835820895522388, "c": 0.7931034482758621},
                           0.04410585404971934, 0.9473180076628352),
    "false_positive_rate": ({"a": 0.37777777777777777, "b": 0.2736842105263158, "c": 0.3111111111111111},
                            0.10409356725146196, 0.7244582043343654),
}  # fmt: skip


def records() -> tuple[NDArray[np.str_], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Groups, probabilities, outcomes and decisions."""
    random, count = np.random.default_rng(5), 500
    group = random.choice(["a", "b", "c"], count, p=[0.5, 0.35, 0.15])
    phat = random.uniform(0, 1, count) * np.where(group == "a", 1, 0.8)
    return group, phat, (random.uniform(0, 1, count) < phat).astype(float), phat >= 0.4


@pytest.fixture(scope="module")
def model() -> Model:
    """A model fitted on a small table."""
    return Model.from_bytes(fit(table(), CONFIG).artifact.to_bytes())


def evaluated(model: Model, asked: Asked) -> Evaluation:
    """The model evaluated on other records that have a column besides."""
    data = table(seed=4)
    plan = pl.Series([["gold", "GOLD", "basic", "", "gold"][row % 5] for row in range(data.rows)])
    return evaluate_model(model, Table(data.frame.with_columns(plan.alias("plan"))), asked=asked)


def test_rates_are_those_of_fairlearn() -> None:
    """Rates by group, their largest difference and smallest ratio equal fairlearn's."""
    group, phat, target, called = records()
    figures = by_group("g", pl.Series(group.tolist()), target, called, phat)
    for rate, (by, difference, ratio) in FAIRLEARN.items():
        assert {each["name"]: each[rate]["value"] for each in figures["groups"]} == pytest.approx(by, rel=1e-12)
        assert figures["differences"][rate] == pytest.approx(difference, rel=1e-12)
        assert figures["ratios"][rate] == pytest.approx(ratio, rel=1e-12)


@pytest.mark.parametrize(("count", "records"), [(0, 5), (3, 7), (7, 7), (250, 1000)])
def test_intervals_are_those_of_statsmodels(count: int, records: int) -> None:
    """Intervals of shares equal statsmodels' of the same name."""
    rate = wilson(count, records)
    assert rate is not None
    assert rate[1:] == pytest.approx(proportion_confint(count, records, method="wilson"), abs=1e-12)


def test_groups_of_a_column_besides_the_model(model: Model) -> None:
    """Spellings of one level are one group, gaps are one, and the groups' records are all the records."""
    evaluation = evaluated(model, Asked(by=("plan", "age")))
    plan, age = evaluation.groups
    assert [group["name"] for group in plan["groups"]] == ["basic", "gold", "missing"]
    assert sum(group["records"] for group in plan["groups"]) == evaluation.rows
    assert len(age["groups"]) == 5  # the quarters, and the gaps
    assert sum(group["events"] for group in age["groups"]) == evaluation.events
    assert any(line.startswith("by plan") for line in evaluation.summary())
    assert "By plan" in write_report(model, evaluation, "records.csv")


def test_columns_that_make_no_groups(model: Model) -> None:
    """Names, a column that never changes, and one that is not there are refused by name."""
    group, phat, target, called = records()
    names = pl.Series([f"Ms {chr(97 + row % 26)}{row}" for row in range(len(group))])
    with pytest.raises(DataError, match="column g has 500 levels, expected 20 groups at most"):
        by_group("g", names, target, called, phat)
    with pytest.raises(DataError, match="column g makes one group only: x"):
        by_group("g", pl.Series(["x"] * len(group)), target, called, phat)
    with pytest.raises(DataError, match="there is no column country"):
        evaluated(model, Asked(by=("country",)))


def test_small_groups_are_reported() -> None:
    """A group of a few records is shown, and it is said that it is small; a rate of no records is none."""
    _, phat, target, called = records()
    cells = pl.Series(["few"] * 3 + ["many"] * (len(phat) - 3))
    target[:3] = 0.0
    figures = by_group("g", cells, target, called, phat)
    assert figures["notices"] == ["group few of g has 3 records: its figures say little"]
    assert figures["groups"][0]["true_positive_rate"] is None


def test_folds_are_those_of_plain_statsmodels(model: Model) -> None:
    """Over the folds the AUC is near that of the fit, all parts have every record, and bad counts are refused."""
    evaluation = evaluated(model, Asked(folds=4))
    folds = evaluation.folds
    assert folds is not None
    assert folds["pooled"]["records"] == evaluation.rows
    assert folds["pooled"]["auc"] == pytest.approx(evaluation.auc["value"], abs=0.03)
    assert folds["pooled"]["log_loss"] > 0.97 * evaluation.log_loss
    assert "Cross-validation" in write_report(model, evaluation, "records.csv")
    with pytest.raises(DataError, match="folds: got 400"):
        evaluated(model, Asked(folds=400))


def test_headline_counts_what_happened(model: Model) -> None:
    """The headline has the counts of the confusion table."""
    evaluation = evaluated(model, Asked(costs=(5.0, 1.0)))
    hits, misses = evaluation.confusion["true_positive"], evaluation.confusion["false_negative"]
    assert (
        f"{evaluation.events:,} ({100 * evaluation.events / evaluation.rows:.1f} %) were events" in evaluation.headline
    )
    assert f"{hits:,} of these rightly, and misses {misses:,} events" in evaluation.headline
    assert evaluation.costs is not None
    assert "Costs" in write_report(model, evaluation, "records.csv")
