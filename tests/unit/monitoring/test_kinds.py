"""Monitoring of models of every kind: score, outcomes and columns, quiet where nothing moved."""

import json
import warnings
from dataclasses import replace
from math import isfinite

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from sklearn.metrics import log_loss, mean_absolute_error, roc_auc_score, root_mean_squared_error

import phat
from phat.api.capture import Capture, CaptureRefused, Settings
from phat.model.answer import Classes
from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.model.predict import Predictor
from phat.monitoring.binary_outcomes import expected_figures
from phat.monitoring.drift import SCORE, Limits, compare
from phat.monitoring.errors import ShadowRefused
from phat.monitoring.labels import KnownOutcomes
from phat.monitoring.monitor import Monitoring, MonitorOptions, monitor
from phat.monitoring.outcomes import judge
from phat.monitoring.report import write_report
from tests.unit.monitoring.kinds import FITS, WINDOW, Change, captured, frame, model, outcomes, traffic

LIMITS = Limits()
ROWS = 1_500


def look(
    name: str, seed: int, change: Change | None = None, tilt: float = 0.0, shadow: Model | None = None
) -> Monitoring:
    """A look at a window of one model, with all outcomes."""
    rows = frame(seed, ROWS, change, tilt)
    labels = KnownOutcomes(outcomes(name, rows))
    return monitor(model(name), traffic(captured(name, rows)[1]), WINDOW, MonitorOptions(labels=labels, shadow=shadow))


def older(rows: pd.DataFrame) -> pd.DataFrame:
    """Ages 6 years, half a standard deviation, higher."""
    return rows.assign(age=rows.age + 6)


@pytest.mark.parametrize("name", FITS)
def test_quiet_and_moved(name: str) -> None:
    """A window of the same population has no finding; one of older people names the age, and the score if it moved."""
    quiet, moved = look(name, 11), look(name, 12, older)
    assert quiet.findings == []
    assert quiet.conclusions == ["no relevant drift"]
    assert [each.name for each in moved.fields if each.flagged and each.name != SCORE] == ["age"]
    assert any(finding.startswith("age has shifted (higher: its middle was") for finding in moved.findings)
    page = write_report(moved)
    assert "age has shifted" in page
    assert json.loads(moved.to_json())["outcomes"]["figures"]
    assert all(map(isfinite, moved.metrics.values()))


@pytest.mark.parametrize("name", FITS)
def test_another_effect_is_found_by_outcomes(name: str) -> None:
    """A coefficient that changed, which no field shows, is blamed on its column."""
    changed = look(name, 13, tilt=0.35)
    assert changed.outcomes is not None
    constant = model(name).artifact.constant or " "
    flagged = [each.name for each in changed.outcomes.columns if each.flagged]
    assert any(each.startswith("age") for each in flagged)
    assert all(each.startswith(("age", constant)) for each in flagged)
    assert changed.metrics["FlaggedColumns"] == len(flagged)
    assert any("no longer follows age" in finding for finding in changed.findings)


@pytest.mark.parametrize("name", ["ols", "poisson", "gamma"])
def test_figures_of_means(name: str) -> None:
    """Errors are scikit-learn's, within their intervals; tenths hold all records; counts are judged by deviance."""
    rows = frame(14, ROWS)
    records = captured(name, rows)[1]
    judged = judge(model(name).artifact, traffic(records), KnownOutcomes(outcomes(name, rows)), LIMITS)
    y, predicted = rows[FITS[name][0]].to_numpy(), np.array([record["prediction"] for record in records])
    assert judged.figures is not None
    for figure, expected in (
        ("rmse", root_mean_squared_error(y, predicted)),
        ("mae", mean_absolute_error(y, predicted)),
    ):
        given = judged.figures[figure]
        assert given["value"] == pytest.approx(expected)
        assert given["lower"] < expected < given["upper"]
    assert sum(tenth["records"] for tenth in judged.tenths) == ROWS
    assert 0 < judged.figures["explained"] < 1
    assert judged.sentence is not None
    assert judged.events is None


@pytest.mark.parametrize("name", ["multinomial", "ordered"])
def test_figures_of_classes(name: str) -> None:
    """Log loss is scikit-learn's, and the confusion counts what happened against what was likeliest."""
    rows = frame(15, ROWS)
    records = captured(name, rows)[1]
    served = model(name).artifact
    assert isinstance(served.answer, Classes)
    judged = judge(served, traffic(records), KnownOutcomes(outcomes(name, rows)), LIMITS)
    assert judged.figures is not None
    p = np.array([record["probabilities"] for record in records])
    happened = rows[FITS[name][0]].astype(str)
    assert judged.figures["log_loss"] == pytest.approx(log_loss(happened, p, labels=list(served.answer.labels)))
    right = np.mean([record["outcome"] == was for record, was in zip(records, happened, strict=True)])
    assert judged.figures["accuracy"]["value"] == pytest.approx(right)
    assert {label: sum(row.values()) for label, row in judged.confusion.items()} == happened.value_counts().to_dict()


def test_levels_that_happen_more_often() -> None:
    """A class that happens more often than was predicted is a finding with both rates."""
    rows = frame(16, ROWS)
    given = outcomes("multinomial", rows)
    turned = {id_: 1.0 if place % 3 == 0 else y for place, (id_, y) in enumerate(given.items())}
    looked = monitor(
        model("multinomial"), traffic(captured("multinomial", rows)[1]), WINDOW,
        MonitorOptions(labels=KnownOutcomes(turned)),
    )  # fmt: skip
    assert any("the probabilities of" in finding and "happened" in finding for finding in looked.findings)


def test_expected_performance() -> None:
    """Without an outcome the expected figures are those that outcomes show, where the probabilities are right."""
    random = np.random.default_rng(3)
    phat = random.beta(2, 3, 20_000).round(3)
    y = (random.random(20_000) < phat).astype(float)
    expected = expected_figures(phat, 0.5)
    assert expected["auc"] == pytest.approx(roc_auc_score(y, phat), abs=4 * expected["auc_error"])
    assert expected["brier"] == pytest.approx(np.mean((y - phat) ** 2), abs=4 * expected["brier_error"])
    called = phat >= 0.5
    assert expected["precision"] == pytest.approx(y[called].mean(), abs=0.02)
    assert expected["recall"] == pytest.approx(y[called].sum() / y.sum(), abs=0.02)
    small = phat[:200]
    pairs = [(p * (1 - q), (p > q) + (p == q) / 2) for i, p in enumerate(small) for j, q in enumerate(small) if i != j]
    exact = sum(weight * ahead for weight, ahead in pairs) / sum(weight for weight, _ in pairs)
    assert expected_figures(small, 0.5)["auc"] == pytest.approx(exact)


def test_probabilities_that_no_longer_are_right() -> None:
    """Outcomes that follow nothing any more are worse than the probabilities promised, and that is said."""
    rows = frame(17, ROWS)
    shuffled = rows.assign(bought=rows.bought.sample(frac=1, random_state=1).to_numpy())
    looked = monitor(
        model("logit"), traffic(captured("logit", rows)[1]), WINDOW,
        MonitorOptions(labels=KnownOutcomes(outcomes("logit", shuffled))),
    )  # fmt: skip
    assert looked.expected is not None
    assert any("if the probabilities were right" in finding for finding in looked.findings)
    assert look("logit", 18).findings == []


@pytest.mark.parametrize("name", FITS)
def test_hidden_fields(name: str) -> None:
    """With a field left out scores stand in steps, classes as outcomes alone, and drift is measured nevertheless."""
    rows = frame(19, 600)
    head, records = captured(name, rows, Settings(1.0, left_out=frozenset(["income"])))
    assert head["coarse"] is True
    assert "income" not in records[0]["values"]
    assert "probabilities" not in records[0]
    if "prediction" in records[0]:
        assert len({record["prediction"] for record in records}) <= 5
    seen = replace(traffic(records), coarse=True)
    assert [each.name for each in compare(model(name).artifact, seen, LIMITS)] == [
        field.name for field in model(name).artifact.schema.fields if field.name != "income"
    ] + [SCORE]
    judged = judge(model(name).artifact, seen, KnownOutcomes(outcomes(name, rows)), LIMITS)
    assert judged.figures is not None
    assert list(judged.columns) == []


def test_hidden_fields_without_a_baseline() -> None:
    """Predictions to the last digit would give a hidden field away: capture is refused in words."""
    served = model("ols").artifact
    bare: Artifact = replace(served, baseline=None)
    with pytest.raises(CaptureRefused, match="a model without a baseline"):
        Capture.from_variables({"captureShare": "1", "captureLeaveOut": "age"}, bare)


@pytest.mark.parametrize(
    ("name", "other", "reason"),
    [
        ("ols", "logit", "model logit answers binary, and ols mean: not compared"),
        ("logit", "multinomial", "answers classes, and logit binary"),
        ("multinomial", "ordered", "has the classes low, mid, top, and multinomial 0, 1, 2"),
    ],
)
def test_shadow_of_another_kind(name: str, other: str, reason: str) -> None:
    """A second model that answers something else is refused in words."""
    with pytest.raises(ShadowRefused, match=reason):
        look(name, 20, shadow=model(other))


@pytest.mark.parametrize("name", FITS)
def test_shadow_of_the_same_kind(name: str) -> None:
    """The model itself as a second one agrees with all of its answers; of means there are differences alone."""
    shadow = look(name, 21, shadow=model(name)).shadow
    assert shadow is not None
    assert shadow.records == ROWS
    assert shadow.agreement == (None if name in ("ols", "poisson", "gamma") else 1.0)
    assert shadow.largest_difference in (None, pytest.approx(0, abs=1e-9))
    moved = replace(model(name).artifact, baseline=None)
    if name == "poisson":
        coefficients = {**moved.coefficients, "age": moved.coefficients["age"] * 2}
        twice = replace(moved, coefficients=coefficients)
        different = look(name, 21, shadow=Model(twice, "0" * 64, Predictor(twice))).shadow
        assert different is not None
        assert different.mean_difference is not None
        assert different.mean_difference > 0.1


def test_quantiles() -> None:
    """A model of a quantile is judged by the outcomes below it, and quiet though these are far from their mean."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = smf.quantreg("amount ~ age + region + np.log(income)", frame(1, 3_000)).fit(q=0.8)
        served = Model.from_bytes(phat.export(results, name="upper")._data)
    rows = frame(22, ROWS)
    predictions = served.predictor.predict(rows[["age", "income", "region"]].to_dict("records"))
    records = [
        {"id": place, "prediction": each.answer, "values": each.cleaned} for place, each in enumerate(predictions)
    ]
    labels = KnownOutcomes(outcomes("ols", rows))
    quiet = monitor(served, traffic(records), WINDOW, MonitorOptions(labels=labels))
    assert quiet.findings == []
    assert quiet.outcomes is not None
    assert quiet.outcomes.figures is not None
    below = np.mean(rows.amount.to_numpy() <= np.array([each.answer for each in predictions]))
    assert quiet.outcomes.figures["below"] == pytest.approx(below)
    assert "should lie at or below" in write_report(quiet)
    higher = KnownOutcomes({id_: y + 700 for id_, y in labels.by_id.items()})
    moved = monitor(served, traffic(records), WINDOW, MonitorOptions(labels=higher))
    assert any("of the outcomes lie at or below the prediction, and not 80" in finding for finding in moved.findings)
    assert moved.outcomes is not None
    assert moved.outcomes.level is not None
    assert moved.outcomes.level.flagged
