"""What a look says: sentences, figures by outcomes, a shadow model, and the page."""

import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from phat.model.answer import Binary
from phat.model.coarse import Steps
from phat.model.model import Model
from phat.model.percent import percent
from phat.model.predict import Predictor
from phat.monitoring.captures import Traffic
from phat.monitoring.drift import Limits, compare
from phat.monitoring.errors import NothingToMonitor
from phat.monitoring.findings import field_findings
from phat.monitoring.labels import KnownOutcomes
from phat.monitoring.lines import Record
from phat.monitoring.monitor import METRICS, Monitoring, MonitorOptions, monitor
from phat.monitoring.report import write_report
from phat.training.evaluate import hosmer_lemeshow
from tests.unit.monitoring.traffic import WINDOW, Values, reference, window


def look(records: list[Record], **asked: Any) -> Monitoring:
    """Look at some records."""
    return monitor(reference(), Traffic(records=records, shares={1.0}), WINDOW, MonitorOptions(**asked))


def labels_of(records: list[Record], outcomes: Any) -> KnownOutcomes:
    """Labels for all records."""
    return KnownOutcomes({str(record["id"]): float(outcome) for record, outcome in zip(records, outcomes, strict=True)})


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
    assert "percentage points more missing than in training" in found.findings[1]
    assert look(window(1)[0]).findings == []


def test_consequences() -> None:
    """Whether scores, decisions and accuracy have moved is said with then and now; of few records nothing is judged."""
    records, outcomes = window(5)
    scores, decisions, accuracy = look(records, labels=labels_of(records, outcomes)).consequences
    assert scores.startswith("scores: not moved (PSI 0.0")
    called = percent(np.mean([record["event"] for record in records]))
    assert decisions.startswith(f"decisions: not moved; {called} are called event now, about 2")
    assert accuracy.startswith("accuracy: not moved; the AUC is 0.")
    flipped = [record | {"phat": (1 - record["phat"]) / 5, "event": not record["event"]} for record in records]
    scores, decisions, accuracy = look(flipped, labels=labels_of(flipped, outcomes)).consequences
    assert scores.startswith("scores: moved (PSI ")
    assert decisions.startswith("decisions: moved; 7")
    assert accuracy.startswith("accuracy: moved; the AUC is 0.199")
    scores, decisions, accuracy = look(records[:20]).consequences
    assert "too few" in scores
    assert "too few" in decisions
    assert accuracy == "accuracy: not known without outcomes"


def test_since_when() -> None:
    """A change within the window is dated: the first of the days on which it lasts."""
    records, _ = window(2)
    for record in records[len(records) * 4 // 7 :]:
        record["values"] = record["values"] | {"x44": 0.99}
    [sentence] = look(records).findings
    assert sentence.endswith(", since 2026-11-05")
    assert "x44 has shifted (higher: its middle was" in sentence


def test_outcomes() -> None:
    """Figures by outcomes: those of the evaluation's own functions, counts of what could not be joined."""
    records, outcomes = window(3, rows=2_000)
    labels = labels_of(records, outcomes)
    given = {id_: label for id_, label in labels.by_id.items() if int(id_) >= 100} | {"late": 1.0}
    del records[-1]["id"]
    found = look(records, labels=KnownOutcomes(given, 2, 3)).outcomes
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
    found = look(records, labels=labels_of(records[:30], outcomes[:30])).outcomes
    assert found is not None
    assert (found.labelled, found.figures, list(found.columns)) == (30, None, [])


def test_shadow() -> None:
    """Another model is scored on the same records: the same model agrees, another decides otherwise."""
    records, _ = window(4, rows=400)
    same = look(records, shadow=reference()).shadow
    assert same is not None
    assert (same.agreement, same.records) == (1.0, 400)
    assert same.largest_difference == pytest.approx(0, abs=1e-12)
    artifact = replace(reference().artifact, answer=Binary(0.1, reference().artifact.labels))
    other = look(records, shadow=Model(artifact, "0" * 64, Predictor(artifact))).shadow
    assert other is not None
    assert other.to_event is not None
    assert (other.to_event > 100, other.to_other) == (True, 0)
    assert other.agreement == pytest.approx(1 - other.to_event / 400)


def test_fields_that_are_not_captured() -> None:
    """Fields that were left out or hashed are not monitored, and named; the score test is left out with them."""
    records, outcomes = window(5)
    for record in records:
        record["values"] = {k: v for k, v in record["values"].items() if k != "x12"} | {"x31": "0123456789abcdef"}
    found = look(records, labels=labels_of(records, outcomes))
    assert found.not_captured == ["x12", "x31"]
    assert "x12" not in {field.name for field in found.fields}
    assert found.outcomes is not None
    assert found.outcomes.columns == []


def test_nothing_to_monitor() -> None:
    """A window without a record, and a model without a baseline, are said."""
    with pytest.raises(NothingToMonitor, match="nothing that this version scored"):
        look([])
    bare = replace(reference(), artifact=replace(reference().artifact, baseline=None))
    with pytest.raises(NothingToMonitor, match="no baseline"):
        monitor(bare, Traffic(records=window(1)[0]), WINDOW)


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
    [drawn] = re.findall(r'id="charts">(.*?)</script>', page, re.DOTALL)
    assert {*re.findall(r'data-chart="([^"]+)"', page)} == json.loads(drawn).keys()
    assert {"days", "calibration", "field:x12", "field:score"} <= json.loads(drawn).keys()
    assert not re.findall(r"""(?:src|href)=|url\(|import\(|fetch\(|https:""", page)
    plain = json.loads(found.to_json())
    assert plain["findings"] == found.findings
    assert {field["name"] for field in plain["fields"]} >= {"x12", "score"}
    assert found.metrics["FlaggedFields"] == 2
    others = {"Rmse", "Mae", "DevianceExplained", "Accuracy"}
    assert tuple(found.metrics) == tuple(name for name in METRICS if name not in others)
    assert tuple(look(records).metrics) == METRICS[:8]


def test_a_level_is_named_by_what_moved() -> None:
    """The level that makes most of the index is named, were another, larger one off by as much."""

    def rarer(values: Values, random: np.random.Generator) -> Values:
        if values["x31"] != "asia" or random.random() < 0.7:
            return values
        return values | {"x31": "america" if random.random() < 0.2 else "japan"}

    records, _ = window(8, rarer)
    [finding] = [sentence for sentence in look(records).findings if sentence.startswith("x31")]
    assert finding.startswith("x31 has shifted (japan: 6 % then, ")


def test_levels_that_look_like_ranges() -> None:
    """A category is no number, whatever its levels are called."""
    [drift] = [each for each in look(window(1, changed)[0]).fields if each.name == "x31"]
    named = replace(drift, labels=[f"{label} to {label}" for label in drift.labels])
    [sentence] = field_findings([named], [], [], Limits())
    assert "japan to japan: 6 % then" in sentence


def test_a_spread_is_neither_higher_nor_lower() -> None:
    """Numbers that moved to both ends have no direction."""

    def apart(values: Values, random: np.random.Generator) -> Values:
        return values | {"x56": random.choice([-3.0, 3.0])}

    findings = look(window(9, apart)[0]).findings
    assert any(sentence.startswith("x56 has shifted (in its spread)") for sentence in findings)


def test_a_new_category() -> None:
    """Records that were refused for a new level are a finding, with field and share; a few of them are none."""
    records, _ = window(1, rows=4_300)
    traffic = Traffic(records=records, rejected=700, errors=Counter({("x31", "unknown_level"): 700}))
    found = monitor(reference(), traffic, WINDOW)
    assert found.findings == [
        "x31 has a level that training did not have: for that 14.0 % of the records were refused (700 of 5,000, "
        "unknown_level)"
    ]
    few = Traffic(records=records, rejected=7, errors=Counter({("x31", "unknown_level"): 7}))
    assert monitor(reference(), few, WINDOW).findings == []


def test_plain_miscalibration() -> None:
    """Probabilities that are all a little too high are a finding in words, also where no column can be tested."""
    records, outcomes = window(10)
    random = np.random.default_rng(10)
    happened = outcomes * (random.random(len(outcomes)) > 0.07)
    asked = MonitorOptions(labels=labels_of(records, happened))
    for traffic in (Traffic(records=records), Traffic(records=coarse(records), coarse=True)):
        found = monitor(reference(), traffic, WINDOW, asked)
        assert found.findings[0].startswith(
            "on 5000 records with an outcome the probabilities are too high: the model "
        )
        assert f"happened {percent(happened.mean())}" in found.findings[0]
        assert found.metrics["FlaggedColumns"] >= 1
    assert look(records, labels=labels_of(records, outcomes)).findings == []


def coarse(records: list[Record]) -> list[Record]:
    """The same records as they are captured without x5."""
    steps = Steps(reference().artifact.baseline)
    return [
        record
        | {
            "phat": steps.mean(record["phat"]),
            "values": {name: value for name, value in record["values"].items() if name != "x5"},
        }
        for record in records
    ]


def test_scores_in_steps() -> None:
    """Of scores in steps drift, AUC, Brier score and calibration are near the exact ones; the rest is not given."""
    records, outcomes = window(11)
    exact = look(records, labels=labels_of(records, outcomes), shadow=reference())
    asked = MonitorOptions(labels=labels_of(records, outcomes), shadow=reference())
    found = monitor(reference(), Traffic(records=coarse(records), shares={1.0}, coarse=True), WINDOW, asked)
    assert found.outcomes is not None
    assert exact.outcomes is not None
    mine, theirs = found.outcomes.figures, exact.outcomes.figures
    assert mine is not None
    assert theirs is not None
    assert mine["auc"]["value"] == pytest.approx(theirs["auc"]["value"], abs=0.02)
    assert mine["brier"] == pytest.approx(theirs["brier"], abs=0.01)
    assert mine["mean_phat"] == pytest.approx(theirs["mean_phat"], abs=0.01)
    assert mine["calibration_slope"] == pytest.approx(theirs["calibration_slope"], abs=0.1)
    assert mine["lift_of_top_quarter"] == pytest.approx(theirs["lift_of_top_quarter"], abs=0.1)
    assert found.findings == []
    assert found.outcomes.columns == []
    assert found.outcomes.bins is not None
    assert len(found.outcomes.bins["records"]) == 5
    assert found.shadow is not None
    assert (found.shadow.records, found.shadow.agreement, found.shadow.mean_difference) == (0, None, None)
    assert "the mean of its fifth of the training scores" in write_report(found)
    score = found.fields[-1]
    assert (score.name, len(score.labels), score.flagged) == ("score", 5, False)
    moved = [record | {"phat": record["phat"] ** 0.7} for record in coarse(records)]
    assert compare(reference().artifact, Traffic(records=moved, coarse=True), Limits())[-1].flagged


def test_differences_of_scores_in_steps_are_not_given() -> None:
    """Another model's decisions are compared, and its scores are not where those captured are steps."""
    records, _ = window(4, rows=400)
    found = monitor(
        reference(), Traffic(records=records, coarse=True), WINDOW, MonitorOptions(shadow=reference())
    ).shadow
    assert found is not None
    assert (found.agreement, found.correlation, found.mean_difference, found.largest_difference) == (1.0, *[None] * 3)


def test_a_share_that_changed() -> None:
    """Half a window is captured in full and half in part: shares of values are those of the traffic, and it is said."""
    records, _ = window(12)
    middle = len(records) // 2
    halves = [records[:middle], [record | {"share": 0.2} for record in records[middle::5]]]
    for record in halves[0]:
        record["values"] = record["values"] | {"x31": "asia"}
    for record in halves[1]:
        record["values"] = record["values"] | {"x31": "america"}
    traffic = Traffic(records=halves[0] + halves[1], rejected=500, shares={0.2, 1.0})
    found = monitor(reference(), traffic, WINDOW, MonitorOptions(labels=KnownOutcomes({})))
    [field] = [field for field in found.fields if field.name == "x31"]
    shares = dict(zip(field.labels, field.now, strict=True))
    assert shares["asia"] == pytest.approx(0.5)
    assert shares["america"] == pytest.approx(0.5)
    assert found.rejected_share == pytest.approx(500 / 5_500)
    assert found.share == pytest.approx(0.6)
    assert any("changed within the window (20.0 %, 100.0 %)" in notice for notice in found.notices)
    assert "changed within the window" in write_report(found)


def test_what_was_left_out_is_in_the_report() -> None:
    """Objects and files that could not be read are named in the report, with the model that was looked at."""
    records, _ = window(1, rows=400)
    asked = MonitorOptions(
        labels=KnownOutcomes({}, unread=("b.csv: odd",)), pin={"key": "models/x"}, notices=["no other model"]
    )
    found = monitor(reference(), Traffic(records=records, unread=["a: line 3: odd"], hashed={"id"}), WINDOW, asked)
    assert found.notices[:3] == ["no other model", "left out: a: line 3: odd", "left out: b.csv: odd"]
    assert "ids are hashed" in found.notices[3]
    page = write_report(found)
    assert "left out: a: line 3: odd." in page
    assert "key models/x" in page
    assert json.loads(found.to_json())["pin"] == {"key": "models/x"}


def test_nothing_but_rejections() -> None:
    """Where all was refused, the reason says so."""
    traffic = Traffic(rejected=9, errors=Counter({("x31", "unknown_level"): 9}), other_versions=Counter({"old": 4}))
    told = "9 records were rejected; 9 times x31: unknown_level; version old scored 4 records"
    with pytest.raises(NothingToMonitor, match=told):
        monitor(reference(), traffic, WINDOW)


def test_days_are_drawn_for_what_they_are() -> None:
    """An index of gaps is not drawn, nor dated, as one of values."""
    records, _ = window(2)
    for record in records[len(records) * 4 // 7 :]:
        record["values"] = record["values"] | {"x44": None}
    found = look(records)
    [sentence] = found.findings
    assert sentence.endswith("percentage points more missing than in training, since 2026-11-05")
    assert max(day.psi["x44"] for day in found.days) < 0.05 < max(day.missing_psi["x44"] for day in found.days)
    assert "score" not in found.days[0].missing_psi


OUTCOME_METRICS = {"LabelledRecords", "FlaggedColumns", "Auc", "Brier", "CalibrationSlope"}


def drifted(values: Values, _: np.random.Generator) -> Values:
    """Each x12 is a standard deviation higher."""
    artifact = reference().artifact
    scale = artifact.terms.divide(artifact.schema)[0]["x12"].scale
    return values if values["x12"] is None else values | {"x12": values["x12"] + scale}


def test_a_quiet_day_is_no_recovery() -> None:
    """Of what too few records cannot test there is no figure, so that alarms keep their state, and no good news."""
    records, _ = window(1, drifted, rows=400)
    assert look(records).metrics["FlaggedFields"] >= 1
    quiet = look(records[:150])
    assert quiet.metrics.keys() == {"MonitoredRecords", "RejectedShare"}
    assert quiet.conclusions == ["too few records to judge: 150, at least 200 are needed"]
    assert "Nothing has moved" not in (page := write_report(quiet))
    assert "nothing has moved" not in page
    assert look(window(1, rows=400)[0]).conclusions == ["no relevant drift"]


def test_few_outcomes_are_no_recovery() -> None:
    """Too few outcomes, or none that could be joined, give no figure of columns; enough of them do."""
    records, outcomes = window(2)
    turned = labels_of(records, 1 - outcomes)
    assert look(records, labels=turned).metrics["FlaggedColumns"] > 0
    few = KnownOutcomes(dict([*turned.by_id.items()][:30]))
    for labels in (few, KnownOutcomes({"nobody": 1.0})):
        metrics = look(records, labels=labels).metrics
        assert metrics.keys() & OUTCOME_METRICS == {"LabelledRecords"}
    assert look(records, labels=labels_of(records, outcomes)).metrics["FlaggedColumns"] == 0


@pytest.mark.parametrize("odd", ["0123456789abcdef", True, None])
def test_one_odd_value_hides_no_drift(odd: Any) -> None:
    """A field is looked at on the records that have it readable, with a notice of how many had not."""
    records, outcomes = window(1, drifted)
    first = records[0]["values"]
    kept = {name: value for name, value in first.items() if name != "x12"}
    records[0]["values"] = kept if odd is None else kept | {"x12": odd}
    found = look(records, labels=labels_of(records, outcomes))
    assert found.not_captured == []
    [field] = [field for field in found.fields if field.name == "x12"]
    had = sum(record["values"].get("x12") is not None for record in records[1:])
    assert (field.flagged, field.unreadable, field.values) == (True, 1, had)
    assert found.metrics["FlaggedFields"] >= 1
    assert found.notices == [
        "x12 has no readable value in 1 of 5,000 records (left out, hashed or odd): its figures are of the other 4,999",
        "the score test of columns is of the 4,999 of 5,000 labelled records that have all fields readable",
    ]
    assert found.outcomes is not None
    assert len(found.outcomes.columns) == len(reference().artifact.columns)


def test_a_field_that_few_records_have() -> None:
    """Where few records have a field readable it is not tested, and a count of flagged fields would not be whole."""
    records, outcomes = window(1, rows=1_000)
    for record in records[150:]:
        record["values"] = {name: value for name, value in record["values"].items() if name != "x12"}
    found = look(records, labels=labels_of(records[:160], outcomes[:160]))
    assert [field.name for field in found.fields if not field.tested] == ["x12"]
    assert "FlaggedFields" not in found.metrics
    assert found.notices[0].endswith("its figures are of the other 150, too few to test")
    assert all("x12" not in day.psi for day in found.days)


def test_columns_that_could_not_be_tested() -> None:
    """Where labelled records that have all fields are too few, the level alone is no figure of columns."""
    records, outcomes = window(1, rows=1_000)
    for record in records[10:]:
        record["values"] = {name: value for name, value in record["values"].items() if name != "x12"}
    found = look(records, labels=labels_of(records, outcomes))
    assert found.outcomes is not None
    assert (found.outcomes.columns, found.outcomes.complete) == ([], 10)
    assert "FlaggedColumns" not in found.metrics
    hidden = look(records[10:], labels=labels_of(records[10:], outcomes[10:]))
    assert hidden.metrics["FlaggedColumns"] == 0


def test_a_setting_that_changed() -> None:
    """A change of what is left out or hashed within a window is said, and so are records that were too long."""
    settings: set[tuple[tuple[str, ...], tuple[str, ...]]] = {((), ()), (("id",), ("x5", "x31"))}
    traffic = Traffic(records=window(1, rows=400)[0], hidden=settings, too_long=7)
    assert monitor(reference(), traffic, WINDOW).notices == [
        "7 records were not captured, as each was longer than a line may be",
        "what is left out or hashed changed within the window: left out id; hashed x5, x31 and nothing",
    ]
