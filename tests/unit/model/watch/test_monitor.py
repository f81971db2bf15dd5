"""What a look says: sentences, figures by outcomes, another model beside, and the page."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.loaded import Model
from model.predict import Predictor
from model.training.evaluate import hosmer_lemeshow
from model.training.judgement import percent
from model.watch.captures import Record, Traffic
from model.watch.errors import NothingToWatch, OutcomesRefused
from model.watch.monitor import METRICS, Asked, Monitoring, watch
from model.watch.outcomes import read_labels
from model.watch.report import write_report
from tests.unit.model.watch.traffic import WINDOW, Values, reference, window


def look(records: list[Record], **asked: Any) -> Monitoring:
    """Look at some records."""
    return watch(reference(), Traffic(records=records, shares={1.0}), WINDOW, Asked(**asked))


def labels_of(records: list[Record], outcomes: Any) -> tuple[dict[str, float], int, int]:
    """Labels for all records."""
    return {str(record["id"]): float(outcome) for record, outcome in zip(records, outcomes, strict=True)}, 0, 0


def changed(values: Values, random: np.random.Generator) -> Values:
    """A field without its values now and then, a level that became another."""
    gap = {"x44": None} if random.random() < 0.15 else {}
    return values | gap | ({"x31": "asia"} if values["x31"] == "japan" else {})


def test_sentences() -> None:
    """What moved is said in words, by size, with the level and the share that tell it."""
    found = look(window(1, changed)[0])
    assert len(found.findings) == 2
    assert found.findings[0].startswith("x31 has shifted (japan: 6 % then, 0 % now): PSI 0.")
    assert found.findings[1].startswith("x44 1")
    assert "more missing than in training" in found.findings[1]
    assert look(window(1)[0]).findings == []


def test_since_when() -> None:
    """A change within the window is dated: the first of the days on which it lasts."""
    records, _ = window(2)
    for record in records[len(records) * 4 // 7 :]:
        record["values"] = record["values"] | {"x44": 0.99}
    [sentence] = look(records).findings
    assert sentence.endswith(", since 2026-11-05")
    assert "x44 has shifted (higher)" in sentence


def test_outcomes() -> None:
    """Figures by outcomes: those of the evaluation's own functions, counts of what could not be joined."""
    records, outcomes = window(3, rows=2_000)
    labels, *_ = labels_of(records, outcomes)
    given = {id_: label for id_, label in labels.items() if int(id_) >= 100} | {"late": 1.0}
    del records[-1]["id"]
    found = look(records, labels=(given, 2, 3)).outcomes
    assert found is not None
    assert (found.labelled, found.missing, found.unmatched, found.without_id) == (1_899, 100, 2, 1)
    assert (found.repeated, found.conflicting) == (2, 3)
    assert found.figures is not None
    auc = found.figures["auc"]
    assert auc["lower"] < 0.81 < auc["upper"]
    assert found.figures["calibration_slope"] == pytest.approx(1, abs=0.2)
    assert found.figures["lift_of_top_quarter"] > 1.4
    kept = records[100:-1]
    y, p = outcomes[100:-1], np.array([record["phat"] for record in kept])
    assert found.figures["brier"] == pytest.approx(float(np.mean((y - p) ** 2)))
    assert hosmer_lemeshow(y, p)["p"] > 1e-4
    assert found.training["auc"] == pytest.approx(0.801, abs=1e-3)


def test_outcomes_are_judged_in_words() -> None:
    """What was predicted and what happened is a sentence, and a finding if the one is far from the other."""
    records, outcomes = window(7, rows=2_000)
    found = look(records, labels=labels_of(records, outcomes))
    assert found.outcomes is not None
    assert found.outcomes.sentence is not None
    assert found.outcomes.figures is not None
    rates = f"predicts {percent(found.outcomes.figures['mean_phat'])}, happened {percent(outcomes.mean())}"
    assert found.outcomes.sentence.startswith(f"on 2000 records with an outcome: {rates}")
    assert found.findings == found.outcomes.doubts == []
    assert found.outcomes.sentence in write_report(found)
    rarer = outcomes * (np.arange(2_000) % 10 == 0)
    [first, *_] = look(records, labels=labels_of(records, rarer)).findings
    assert "on 2000 records with an outcome the probabilities are off: the model predicts 4" in first
    assert f"happened {percent(rarer.mean())}" in first


def test_few_outcomes_give_no_figures() -> None:
    """With a handful of labels there are counts and no figures."""
    records, outcomes = window(3, rows=300)
    labels, *_ = labels_of(records[:30], outcomes[:30])
    found = look(records, labels=(labels, 0, 0)).outcomes
    assert found is not None
    assert (found.labelled, found.figures, found.columns) == (30, None, [])


def test_shadow() -> None:
    """Another model is scored on the same records: the same model agrees, another decides otherwise."""
    records, _ = window(4, rows=400)
    same = look(records, shadow=reference()).shadow
    assert same is not None
    assert (same.agreement, same.records) == (1.0, 400)
    assert same.largest_difference < 1e-12
    artifact = replace(reference().artifact, cutoff=0.1)
    other = look(records, shadow=Model(artifact, "0" * 64, Predictor(artifact))).shadow
    assert other is not None
    assert other.to_event > 100 > other.to_other == 0
    assert other.agreement == pytest.approx(1 - other.to_event / 400)


def test_fields_that_are_not_captured() -> None:
    """Fields that were left out or hashed are not watched, and named; the score test is left out with them."""
    records, outcomes = window(5)
    for record in records:
        record["values"] = {k: v for k, v in record["values"].items() if k != "x12"} | {"x31": "0123456789abcdef"}
    found = look(records, labels=labels_of(records, outcomes))
    assert found.not_captured == ["x12", "x31"]
    assert "x12" not in {field.name for field in found.fields}
    assert found.outcomes is not None
    assert found.outcomes.columns == []


def test_nothing_to_watch() -> None:
    """A window without a record, and a model without a baseline, are said."""
    with pytest.raises(NothingToWatch, match="nothing that this version scored"):
        look([])
    bare = replace(reference(), artifact=replace(reference().artifact, baseline=None))
    with pytest.raises(NothingToWatch, match="no baseline"):
        watch(bare, Traffic(records=window(1)[0]), WINDOW)


def test_names_are_data_in_pictures() -> None:
    """A field or level whose name looks like a formula is drawn as it is spelt."""
    found = look(window(1, changed)[0])
    fields = [replace(field, name="$\\x$", labels=[f"${label}^" for label in field.labels]) for field in found.fields]
    assert write_report(replace(found, fields=fields)).startswith("<!doctype html>")


def test_page_and_json() -> None:
    """The page holds its pictures itself and names what was found; the JSON has the same figures."""
    records, outcomes = window(6, changed)
    found = look(records, labels=labels_of(records, outcomes), shadow=reference())
    page = write_report(found)
    assert found.findings[0] in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert page.count("data:image/svg+xml") == 3
    plain = json.loads(found.to_json())
    assert plain["findings"] == found.findings
    assert {field["name"] for field in plain["fields"]} >= {"x12", "score"}
    assert found.metrics["FlaggedFields"] == 2
    assert tuple(found.metrics) == METRICS
    assert tuple(look(records).metrics) == METRICS[:6]


def test_labels(tmp_path: Path) -> None:
    """Labels are read by id: repeated ones once, contradictory ones not at all, blanks are none."""
    file = tmp_path / "outcomes.csv"
    file.write_text("id,bought\n1,yes\n2,no\n2,no\n3,yes\n3,no\n4,\n ,yes\n5,nan\n 6 ,yes \n")
    assert read_labels(str(file), "id", "bought", "yes") == ({"1": 1.0, "2": 0.0, "6": 1.0}, 1, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,other\n1,1\n", "there is no column outcome; it has id, other"),
        ("id,outcome\n1,a\n2,b\n3,c\n", "more than two values"),
        ("", "outcomes.csv: "),
    ],
)
def test_labels_that_are_refused(tmp_path: Path, text: str, told: str) -> None:
    """A file that cannot be outcomes is refused with the reason."""
    file = tmp_path / "outcomes.csv"
    file.write_text(text)
    with pytest.raises(OutcomesRefused, match=told):
        read_labels(str(file), "id", "outcome", "1")
