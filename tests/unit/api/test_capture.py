"""What is captured of scored and rejected requests, and what a switch forbids."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from phat.api.capture import LONGEST, Capture, CaptureRefused, Settings
from phat.api.records import Records
from phat.api.score import Id, score_records
from phat.api.telemetry import Call
from phat.model.model import Model
from phat.monitoring.drift import is_captured
from phat.preprocessing.errors import InvalidRecords
from phat.preprocessing.schema import CategoryField, levels_of
from tests.unit.monitoring.traffic import window

RECORDS: list[dict[str, Any]] = [
    {"id": "C-1", "x12": "$5.00", "x5": "Sunday "},
    {"id": 7, "x12": "nan", "x31": "asia"},
    {"x5": "monday"},
]
KEY = b"a secret of 16 bytes or more"
TIME = "2026-11-25T12:00:00.000Z"


def capture(model: Model, **variables: str) -> Capture:
    """A capture of everything, with other settings, and with a key as if it had been read."""
    return keyed(model, KEY, **variables)


def keyed(model: Model, key: bytes, **chosen: str) -> Capture:
    """The same with another key."""
    variables = {"captureShare": "1", "captureHashKeyName": "-/a/key"} | chosen
    found = Settings.from_variables(variables, model.artifact.schema.names)
    assert found is not None
    return Capture(found, model.artifact, key)


def lines(
    model: Model, found: Capture, records: Sequence[dict[str, Any]], request_id: str = "r-1", invocation: str = "i-1"
) -> list[Any]:
    """The lines about some records."""
    predictions, ids, _ = score_records(model, Records(records))
    return [json.loads(line) for line in found.lines(model, predictions, ids, Call(request_id, invocation, TIME))]


def test_records_are_captured_as_cleaned(model: Model) -> None:
    """A line says whose answer it was and when, and has each record's own id, phat, decision and cleaned values."""
    predictions, *_ = score_records(model, Records(RECORDS))
    [line] = lines(model, capture(model), RECORDS)
    assert line["capture"] == {
        "format": 1, "time": TIME, "request_id": "r-1", "model": "segmentation", "model_version": model.version,
        "share": 1.0, "scored": 3,
    }  # fmt: skip
    assert [record.get("id") for record in line["records"]] == ["C-1", 7, None]
    assert [record["phat"] for record in line["records"]] == [each.answer for each in predictions]
    assert [record["event"] for record in line["records"]] == [each.outcome == "event" for each in predictions]
    assert [record["values"] for record in line["records"]] == [each.cleaned for each in predictions]
    assert (line["records"][0]["values"]["x12"], line["records"][1]["values"]["x12"]) == (5.0, None)


def test_switches(model: Model) -> None:
    """Fields that are left out are nowhere; hashed ones are alike for alike values, and not to be read."""
    found = capture(model, captureLeaveOut="x5, id", captureHash="x31,x12")
    [line] = lines(model, found, [*RECORDS, RECORDS[1]])
    assert not [record for record in line["records"] if "id" in record or "x5" in record["values"]]
    first, second, third, again = (record["values"] for record in line["records"])
    assert second["x31"] == again["x31"] != "asia"
    assert len(second["x31"]) == 16
    assert (second["x12"], third["x31"]) == (None, None)
    assert first["x12"] not in {5.0, "5.0"}
    assert first["x44"] is None
    other = keyed(model, KEY + b"!", captureHash="x31")
    assert lines(model, other, RECORDS)[0]["records"][1]["values"]["x31"] != second["x31"]


def test_ids_can_be_hashed(model: Model) -> None:
    """A hashed id is the same in each line, blanks around it aside; phat, which no id is in, is kept as it is."""
    found = capture(model, captureHash="id")
    [line] = lines(model, found, [RECORDS[0], {"id": " C-1 ", "x12": "1"}, RECORDS[2]])
    first, second, third = (record.get("id") for record in line["records"])
    assert first == second != "C-1"
    assert third is None
    assert line["capture"]["hashed"] == ["id"]
    assert line["records"][0]["phat"] == score_records(model, Records(RECORDS[:1])).predictions[0].answer


def test_lines_are_short(model: Model) -> None:
    """A large request's records go into several lines, each short enough for a log event, none lost."""
    records = [{"id": f"{row:0200}", "x12": "1"} for row in range(3_000)]
    predictions, ids, _ = score_records(model, Records(records))
    written = list(capture(model).lines(model, predictions, ids, Call("r-1", "i-1", TIME)))
    assert len(written) > 3
    assert max(map(len, written)) <= LONGEST
    found: list[Id] = [record["id"] for line in written for record in json.loads(line)["records"]]
    assert found == ids


@pytest.mark.parametrize(("length", "fits"), [(189_000, True), (189_900, False), (300_000, False)])
def test_a_record_that_is_too_long(model: Model, capsys: pytest.CaptureFixture[str], length: int, fits: bool) -> None:
    """No line is longer than it may be: a record that would be is left out whole, counted, and logged."""
    records = [{"id": "a", "x12": "1"}, {"id": "z" * length, "x12": "1"}, {"id": "b", "x12": "1"}]
    predictions, ids, _ = score_records(model, Records(records))
    written = list(capture(model).lines(model, predictions, ids, Call("r-1", "i-1", TIME)))
    assert max(map(len, written)) <= LONGEST
    found = [json.loads(line) for line in written]
    assert [record["id"] for line in found for record in line["records"]] == [
        "a",
        *(["z" * length] if fits else []),
        "b",
    ]
    assert sum(line["capture"].get("too_long", 0) for line in found) == (not fits)
    assert ("1 records of request r-1 are longer than a line" in capsys.readouterr().out) is not fits


def test_nothing_but_records_that_are_too_long(model: Model) -> None:
    """Where no record fits into a line, there is one that counts them."""
    [line] = lines(model, capture(model), [{"id": "z" * 300_000, "x12": "1"}] * 2)
    assert (line["capture"]["too_long"], line["records"]) == (2, [])


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=12))
@limits(deadline=None, max_examples=40)
def test_no_line_is_longer_than_it_may_be(model: Model, lengths: list[int]) -> None:
    """However long ids are, lines are within the limit, and each record is captured or counted."""
    records = [{"id": "\u00e9" * length, "x12": "1"} for length in lengths]
    predictions, ids, _ = score_records(model, Records(records))
    written = list(capture(model).lines(model, predictions, ids, Call("r-1", "i-1", TIME)))
    assert max(map(len, written)) <= LONGEST
    found = [json.loads(line) for line in written]
    assert sum(len(line["records"]) + line["capture"].get("too_long", 0) for line in found) == len(records)


def test_hashes_of_ids_and_fields_are_apart(model: Model) -> None:
    """An id that is spelt like a level has another hash than that level in a field."""
    [line] = lines(model, capture(model, captureHash="id,x5"), [{"id": "sunday", "x5": "sunday", "x12": "1"}])
    [record] = line["records"]
    assert record["id"] != record["values"]["x5"]


def test_a_field_called_id(model: Model) -> None:
    """Where id is a field of the model, leaving it out puts phat in steps as with any other."""
    for fields, hides in ((frozenset({"id", "x5"}), True), (frozenset({"x5"}), False)):
        found = Settings.from_variables({"captureShare": "1", "captureLeaveOut": "id"}, fields)
        assert found is not None
        assert found.hides is hides


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_share(model: Model, share: float) -> None:
    """About the share of the records is captured: by the invocation's id, whatever id the caller gives his request."""
    found = capture(model, captureShare=str(share))
    records = [{"id": row, "x12": "1"} for row in range(4_000)]

    def kept(request_id: str, invocation: str) -> list[int]:
        return [
            record["id"] for line in lines(model, found, records, request_id, invocation) for record in line["records"]
        ]

    assert abs(len(kept("r-1", "i-1")) / len(records) - share) < 0.03
    assert kept("r-1", "i-1") == kept("chosen by the caller", "i-1") != kept("r-1", "i-2")


def test_off_by_default(model: Model) -> None:
    """Without a share there is no capture."""
    for settings in ({}, {"captureShare": ""}, {"captureShare": "0"}):
        assert Settings.from_variables(settings, model.artifact.schema.names) is None


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"captureShare": "2"}, "captureShare: got '2', expected a number from 0 to 1"),
        ({"captureShare": "all"}, "captureShare: got 'all'"),
        ({"captureShare": "nan"}, "captureShare: got 'nan'"),
        ({"captureLeaveOut": "X12"}, "captureLeaveOut: 'X12' is no field of the model"),
        ({"captureHash": "x99", "captureHashKeyName": "-/a/key"}, "captureHash: 'x99' is no field"),
        ({"captureHash": "x12", "captureHashKeyName": "-"}, "captureHashKeyName: got nothing, expected the name of"),
    ],
)
def test_wrong_settings(model: Model, settings: dict[str, str], told: str) -> None:
    """A setting that is not valid is refused: what it should have hidden is not written."""
    with pytest.raises(CaptureRefused, match=told):
        Settings.from_variables({"captureShare": "1"} | settings, model.artifact.schema.names)


@given(st.lists(st.dictionaries(st.sampled_from(["x12", "x5", "x31", "id"]), st.text(max_size=5)), max_size=4))
def test_rejections_have_no_value(model: Model, records: list[dict[str, Any]]) -> None:
    """A rejected request's line counts fields and codes, and holds nothing that was sent."""
    marked = [{name: f"marked {value}" for name, value in record.items()} | {"x12": "marked"} for record in records]
    try:
        score_records(model, Records([*marked, {"x12": "marked"}]))
    except InvalidRecords as error:
        line = capture(model).rejection(model, error, Call("r-1", "i-1", TIME))
    assert b"marked" not in line
    found = json.loads(line)["capture"]
    assert (found["rejected"], found["errors"]["x12"]) == (len(records) + 1, {"not_a_number": len(records) + 1})
    assert found["total"] >= len(records) + 1


def solutions(model: Model, name: str, hidden: bool) -> tuple[float, float]:
    """How well a field can be computed back from `phat`, all others and the model's file.

    The share of the records where one level (or a range of a tenth of a standard deviation) alone gives what was
    captured, and of all candidates the share that does; candidates are all levels, or 81 values within two deviations.
    """
    captured, _ = window(1, rows=200)
    field = next(field for field in model.artifact.schema.fields if field.name == name)
    found = capture(model, **({"captureLeaveOut": name} if hidden else {}))
    number = model.artifact.terms.divide(model.artifact.schema)[0].get(name)
    numbers = [] if number is None else [number.centre + number.scale * step / 20 for step in range(-40, 41)]
    candidates = [*levels_of(field), *numbers]
    alone, consistent = 0, 0
    for record in captured:
        one = {name: value for name, value in record["values"].items() if value is not None}
        [line] = lines(model, found, [one])
        [kept] = line["records"]
        assert is_captured(model.artifact, kept["values"]) is not hidden
        tried = lines(model, found, [one | {name: value} for value in candidates])[0]["records"]
        close = 1e-12 if isinstance(field, CategoryField) else 1e-3
        same = [abs(each["phat"] - kept["phat"]) < close and each["event"] == kept["event"] for each in tried]
        alone += sum(same) <= (1 if isinstance(field, CategoryField) else 2)
        consistent += sum(same)
    return alone / len(captured), consistent / len(captured) / len(candidates)


@pytest.mark.parametrize("name", ["x5", "x31", "x81", "x12", "x91"])
def test_left_out_values_cannot_be_computed_back(model: Model, name: str) -> None:
    """Of a field that is left out, phat leaves several levels or a wide range; it would tell it if it were exact."""
    exact, _ = solutions(model, name, hidden=False)
    alone, consistent = solutions(model, name, hidden=True)
    assert exact > 0.5
    assert alone < 0.4
    assert consistent > 0.3


def test_scores_in_steps(model: Model) -> None:
    """With a field left out or hashed phat is the mean of a fifth of the training scores, and the head says so."""
    for settings in ({"captureLeaveOut": "x5"}, {"captureHash": "x31"}):
        [line] = lines(model, capture(model, **settings), RECORDS)
        assert line["capture"]["coarse"] is True
        exact = [each.answer for each in score_records(model, Records(RECORDS)).predictions]
        kept = [record["phat"] for record in line["records"]]
        assert [abs(one - other) < 0.15 for one, other in zip(kept, exact, strict=True)] == [True] * 3
        many = lines(model, capture(model, **settings), [{"x12": str(value)} for value in range(-40_000, 40_000, 500)])
        assert len({record["phat"] for line in many for record in line["records"]}) == 5
