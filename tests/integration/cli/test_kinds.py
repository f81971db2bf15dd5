"""The commands with models of every kind: what they show, judge, compare and score."""

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from sklearn.metrics import log_loss, root_mean_squared_error

from phat.cli.__main__ import main
from phat.model.answer import Binary, Classes, Mean
from tests.gateway import call
from tests.unit.monitoring.kinds import FIELDS, FITS, frame, model

ROWS = 400


@pytest.fixture(params=FITS)
def name(request: pytest.FixtureRequest) -> str:
    """Each model."""
    return str(request.param)


def run(*words: object) -> str:
    """What a command prints; it must end well."""
    done = CliRunner().invoke(main, [*map(str, words)])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def file(name: str, tmp_path: Path) -> Path:
    """The model's file."""
    path = tmp_path / "model.json"
    path.write_bytes(model(name).artifact.to_bytes())
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Raw records with all outcomes."""
    path = tmp_path / "data.csv"
    frame(51, ROWS).to_csv(path, index=False)
    return path


def test_show_and_card(name: str, file: Path, tmp_path: Path) -> None:
    """Cards name fields and the answer, and speak of no cutoff where there is none."""
    shown = run("show", file)
    cards = []
    for ending in ("html", "md"):
        run("card", file, "-o", tmp_path / f"card.{ending}")
        cards.append((tmp_path / f"card.{ending}").read_text())
    for text in (shown, *cards):
        assert "income" in text
        assert ("cutoff" in text) == isinstance(model(name).artifact.answer, Binary)


def test_evaluate(name: str, file: Path, data: Path, tmp_path: Path) -> None:
    """Figures are those of scikit-learn, also by groups, and the report has them."""
    target, answer = FITS[name][0], model(name).artifact.answer
    report, figures = tmp_path / "report.html", tmp_path / "figures.json"
    said = run("evaluate", file, data, "--target", target, "--by", "region", "-o", report, "--json", figures)
    assert "by region" in said
    rows = frame(51, ROWS)
    predictions = model(name).predictor.predict(rows[list(FIELDS)].to_dict("records"))
    evaluation = json.loads(figures.read_text())
    if isinstance(answer, Mean):
        expected = root_mean_squared_error(rows[target], [each.answer for each in predictions])
        assert evaluation["figures"]["rmse"] == pytest.approx(expected)
        assert sum(group["records"] for group in evaluation["groups"][0]["groups"]) == ROWS
        assert "by tenth of the predictions" in report.read_text()
    elif isinstance(answer, Classes):
        p = np.array([each.probabilities for each in predictions])
        expected = log_loss(rows[target].astype(str), p, labels=list(answer.labels))
        assert evaluation["figures"]["log_loss"] == pytest.approx(expected)
        assert "what was likeliest" in report.read_text()
    card = run("card", file, "--evaluation", figures)
    groups = {Binary: "the model says", Mean: "off by, on average", Classes: "the likeliest class happened"}
    assert groups[type(answer)] in " ".join(card.split())
    assert not re.findall(r"(?:src|href)=|https:", report.read_text())


def test_score(name: str, file: Path, data: Path, tmp_path: Path) -> None:
    """A whole file has the endpoint's answers, and the summary counts decisions where there are some."""
    output = tmp_path / "scores.parquet"
    said = run("score", data, "-o", output, "--model", file)
    predictions = model(name).predictor.predict(frame(51, ROWS)[list(FIELDS)].to_dict("records"))
    answers = pl.read_parquet(output).select(model(name).artifact.answer.figures).to_numpy()
    expected = np.array([each.probabilities or (each.answer,) for each in predictions])
    assert np.abs(answers - expected).max() <= 1e-12 * max(1.0, np.abs(expected).max())
    answer = model(name).artifact.answer
    if isinstance(answer, Classes):
        counts = [sum(each.outcome == label for each in predictions) for label in answer.labels]
        assert ", ".join(f"{label}: {count}" for label, count in zip(answer.labels, counts, strict=True)) in said


def test_diff_of_kinds(name: str, file: Path, tmp_path: Path) -> None:
    """Two models of other kinds differ by what they answer; a model and itself do not."""
    assert "no difference" in run("diff", file, file)
    other = tmp_path / "other.json"
    other.write_bytes(model("logit" if name != "logit" else "ols").artifact.to_bytes())
    said = run("diff", file, other)
    assert "answer" in said
    assert "removed" in said or "added" in said


def test_envelopes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients of MLflow and SageMaker get the answers that all others get."""
    import handler

    monkeypatch.setattr(handler.serving, "loaded", model(name))
    rows = json.loads(frame(52, 3)[list(FIELDS)].to_json(orient="records", double_precision=15))
    expected = call("POST", "/predict", json.dumps(rows).encode(), "application/json").json()["predictions"]
    split = {"columns": list(FIELDS), "data": [[row[field] for field in FIELDS] for row in rows]}
    for envelope in ({"dataframe_records": rows}, {"dataframe_split": split}, {"instances": rows}):
        answer = call("POST", "/invocations", json.dumps(envelope).encode(), "application/json")
        assert answer.json()["predictions"] == expected
    text = "\n".join([",".join(FIELDS), *(",".join(str(row[field]) for field in FIELDS) for row in rows)])
    assert call("POST", "/invocations", text.encode(), "text/csv").json()["predictions"] == expected
