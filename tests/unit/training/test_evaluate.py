"""Evaluation: figures against known values and the libraries that define them."""

import json
import re

import numpy as np
import pytest
from scipy import stats

from phat.model.model import Model
from phat.training.errors import DataError
from phat.training.evaluate import Evaluation, evaluate_model, hosmer_lemeshow
from phat.training.fit import fit
from phat.training.judgement import auc_interval
from phat.training.report import write_report
from tests.unit.training.tables import CONFIG, table


@pytest.fixture(scope="module")
def fitted() -> Model:
    """A model fitted on a small table."""
    return Model.from_bytes(fit(table(), CONFIG).artifact.to_bytes())


@pytest.fixture(scope="module")
def evaluation(fitted: Model) -> Evaluation:
    """The model evaluated on other records."""
    return evaluate_model(fitted, table(seed=4))


def test_hanley_mcneil() -> None:
    """The interval of an AUC has the standard error of Hanley and McNeil's formula."""
    found = auc_interval(0.893, 51, 58)
    error = (found["upper"] - found["lower"]) / 2 / stats.norm.ppf(0.975)
    assert error == pytest.approx(0.032, abs=0.001)  # the paper's first example, 51 abnormal and 58 normal images


def test_hosmer_lemeshow_is_chi_squared() -> None:
    """For outcomes drawn from the very probabilities the statistic is chi-squared: its p is uniform."""
    random = np.random.default_rng(0)
    found = []
    for _ in range(300):
        phat = random.uniform(0.05, 0.95, 1000)
        found.append(hosmer_lemeshow((random.random(1000) < phat).astype(float), phat)["p"])
    assert stats.kstest(found, "uniform").pvalue > 0.001


def test_figures_agree_among_themselves(fitted: Model, evaluation: Evaluation) -> None:
    """Confusion, twentieths, cutoffs and counts tell of the same records."""
    assert sum(evaluation.confusion.values()) == evaluation.rows == 600
    assert sum(row["events"] for row in evaluation.twentieths) == evaluation.events
    assert evaluation.twentieths[-1]["gain"] == pytest.approx(1)
    assert sum(evaluation.histogram["records"]) == evaluation.rows
    [chosen] = [row for row in evaluation.cutoffs if row["cutoff"] == fitted.artifact.cutoff]
    found = evaluation.confusion
    assert chosen["sensitivity"] == pytest.approx(found["true_positive"] / evaluation.events)
    assert 0.7 < evaluation.auc["lower"] < evaluation.auc["value"] < evaluation.auc["upper"] < 0.95


def test_odds_ratios_are_exponentials(evaluation: Evaluation) -> None:
    """Odds ratios and their bounds are exponentials of the coefficients'."""
    for row in evaluation.coefficients:
        assert row["odds_ratio"] == pytest.approx(np.exp(row["coefficient"]))
        assert row["lower"] < row["coefficient"] < row["upper"]


def test_dropped_rows_are_counted(fitted: Model) -> None:
    """Rows without an outcome, and rows the endpoint would refuse, are dropped and counted by reason."""
    data = table(seed=4)
    y, age, region = (list(data.columns[name]) for name in ("y", "age", "region"))
    y[0], age[1], region[2], age[2] = "", "12,34", "mars", "?"
    quality = evaluate_model(fitted, table(seed=4, y=y, age=age, region=region)).quality
    assert (quality["dropped"], quality["no_outcome"], quality["refused"]) == (3, 1, 2)
    assert quality["fields"]["age"]["errors"] == {"not_a_number": 2}
    assert quality["fields"]["region"]["errors"] == {"unknown_level": 1}
    assert quality["fields"]["age"]["missing"] == pytest.approx(age.count("nan") / 600)


def test_what_says_nothing_is_refused(fitted: Model, model: Model) -> None:
    """Data without both outcomes, and a target nobody named, are told."""
    with pytest.raises(DataError, match="is not binary: it has 1 values"):
        evaluate_model(fitted, table(y=["1"] * 600))
    with pytest.raises(DataError, match="--target"):
        evaluate_model(model, table())
    with pytest.raises(DataError, match="events in 30 records"):
        evaluate_model(fitted, table(30))


def test_report_is_one_file(fitted: Model, evaluation: Evaluation) -> None:
    """The report names the model and every column, holds its pictures, and asks for nothing from a network."""
    html = write_report(fitted, evaluation, "<records>.csv")
    assert all(name in html for name in fitted.artifact.columns)
    [drawn] = re.findall(r'id="charts">(.*?)</script>', html, re.DOTALL)
    assert {*re.findall(r'data-chart="(\w+)"', html)} | {"choices"} == json.loads(drawn).keys()
    assert not re.findall(r"""(?:src|href)=|url\(|import\(|fetch\(|https:""", html)
    assert "&lt;records&gt;.csv" in html


def test_json_has_every_figure(evaluation: Evaluation) -> None:
    """The JSON form has the figures, finite all."""
    found = json.loads(evaluation.to_json(), parse_constant=pytest.fail)
    assert found["auc"] == evaluation.auc
    assert found["rows"] == 600
