"""What the training data looked like: to and from plain data, and what is refused."""

import json
from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

from phat.model.baseline import Baseline, FieldBaseline, ScoreBins
from phat.model.errors import ArtifactError
from phat.preprocessing.schema import CategoryField, NumberField, Schema

SCHEMA = Schema((NumberField("debt", fill=0.0), CategoryField("region", gap="zero", levels=("north", "south"))))
COLUMNS = ("debt", "region_south", "const")
BASELINE = Baseline(
    source="training data",
    records=20,
    fields={
        "debt": FieldBaseline(0.25, (0.5, 0.5), edges=(-1.0, 0.1, 2.5)),
        "region": FieldBaseline(0.0, (0.75, 0.25), levels=("north", "south")),
    },
    columns={"debt": -0.5, "region_south": 0.25, "const": 1.0},
    score=ScoreBins((0.0, 0.3, 1.0), (12, 8), (0.25, 0.75), (2, 7)),
)

Plain = dict[str, Any]
Change = Callable[[Plain], object]


def plain(baseline: Baseline = BASELINE) -> Plain:
    """A baseline as a file holds it."""
    found: Plain = json.loads(json.dumps(baseline.to_dict()))
    return found


def read(data: object) -> Baseline:
    """The baseline of a file."""
    return Baseline.from_dict(data, SCHEMA, COLUMNS)


@pytest.mark.parametrize(
    "baseline",
    [
        BASELINE,
        BASELINE._replace(score=ScoreBins((0.0, 0.3, 1.0), (12, 8))),
        BASELINE._replace(score=ScoreBins((0.5,), (20,))),
        BASELINE._replace(fields=dict(BASELINE.fields) | {"debt": FieldBaseline(0.0, (1.0,), edges=(7.0,))}),
    ],
)
def test_baselines_come_back(baseline: Baseline) -> None:
    """A baseline survives JSON: with and without means and events, and with one value alone for a bin."""
    assert read(plain(baseline)) == baseline


def test_what_was_read_cannot_be_changed() -> None:
    """A baseline that was read is frozen, its mappings too."""
    found = read(plain())
    for mapping in (found.fields, found.columns):
        with pytest.raises(TypeError):
            mapping["debt"] = 1.0  # type: ignore[index]
    with pytest.raises(AttributeError):
        found.records = 7  # type: ignore[misc]


@pytest.mark.parametrize("data", [None, [], "baseline", 1])
def test_no_object(data: object) -> None:
    """What is no object is no baseline."""
    with pytest.raises(ArtifactError, match=r"^baseline is not an object$"):
        read(data)


CHANGES: list[tuple[Change, str]] = [
    (lambda p: [p.pop(key) for key in [*p][1:]], "baseline: keys missing: records, fields, columns, score"),
    (lambda p: p.update(rows=20), "baseline: keys unknown: rows"),
    (lambda p: p.update(source=None), "baseline: source is of the wrong type, expected text"),
    (lambda p: p.update(records=0), "baseline.records: got 0, expected 1 or more"),
    (lambda p: p.update(records=True), "baseline: records is of the wrong type, expected an integer"),
    (lambda p: p.update(records=20.0), "baseline: records is of the wrong type, expected an integer"),
    (lambda p: p.update(fields=[]), "baseline: fields is of the wrong type, expected an object"),
    (lambda p: p["fields"].pop("debt"), "baseline.fields: keys missing: debt"),
    (lambda p: p["fields"].update(age={}), "baseline.fields: keys unknown: age"),
    (lambda p: p["fields"].update(debt=None), "baseline.fields: debt is of the wrong type, expected an object"),
    (lambda p: p["fields"]["debt"].pop("edges"), "baseline.fields.debt: keys missing: edges"),
    (
        lambda p: p["fields"]["debt"].update(missing="0"),
        "baseline.fields.debt: missing is of the wrong type, expected a",
    ),
    (
        lambda p: p["fields"]["debt"].update(missing=1.5),
        "baseline.fields.debt: missing: got 1.5, expected a share from",
    ),
    (
        lambda p: p["fields"]["debt"].update(missing=nan),
        "baseline.fields.debt: missing: got nan, expected a share from",
    ),
    (
        lambda p: p["fields"]["debt"].update(shares=[0.5]),
        "baseline.fields.debt.edges: got 3 for 1 bins, expected one mo",
    ),
    (
        lambda p: p["fields"]["debt"].update(shares=[0.5, -0.1]),
        "baseline.fields.debt.shares: expected shares from 0 to 1",
    ),
    (
        lambda p: p["fields"]["debt"].update(shares=[0.5, nan]),
        "baseline.fields.debt.shares: expected shares from 0 to 1",
    ),
    (
        lambda p: p["fields"]["debt"].update(shares=[0.5, "1"]),
        "baseline.fields.debt.shares: expected a list, each item a",
    ),
    (lambda p: p["fields"]["debt"].update(edges=[0, 0, 1]), "baseline.fields.debt.edges: expected finite numbers that"),
    (
        lambda p: p["fields"]["debt"].update(edges=[0, 1, inf]),
        "baseline.fields.debt.edges: expected finite numbers that",
    ),
    (
        lambda p: p["fields"]["debt"].update(edges=[0, nan, 1]),
        "baseline.fields.debt.edges: expected finite numbers that",
    ),
    (
        lambda p: p["fields"]["debt"].update(edges=[0, None, 1]),
        "baseline.fields.debt.edges: expected a list, each item a",
    ),
    (lambda p: p["fields"]["region"].update(edges=[]), "baseline.fields.region: keys unknown: edges"),
    (lambda p: p["fields"]["region"]["shares"].pop("south"), "baseline.fields.region.shares: keys missing: south"),
    (lambda p: p["fields"]["region"]["shares"].update(mars=0), "baseline.fields.region.shares: keys unknown: mars"),
    (
        lambda p: p["fields"]["region"]["shares"].update(south=None),
        "baseline.fields.region.shares: south is of the wrong",
    ),
    (
        lambda p: p["fields"]["region"]["shares"].update(south=2),
        "baseline.fields.region.shares: expected shares from 0",
    ),
    (lambda p: p["columns"].pop("const"), "baseline.columns: keys missing: const"),
    (lambda p: p["columns"].update(age=1.0), "baseline.columns: keys unknown: age"),
    (lambda p: p["columns"].update(debt="0"), "baseline.columns: debt is of the wrong type, expected a number"),
    (lambda p: p["columns"].update(debt=inf), "baseline.columns: the mean of debt is not finite"),
    (lambda p: p.update(score=[]), "baseline: score is of the wrong type, expected an object"),
    (lambda p: p["score"].pop("records"), "baseline.score: keys missing: records"),
    (lambda p: p["score"].update(clients=[12, 8]), "baseline.score: keys unknown: clients"),
    (lambda p: p["score"].update(records=[12, 8.0]), "baseline.score.records: expected a list, each item an integer"),
    (
        lambda p: p["score"].update(records=[12, -8]),
        "baseline.score.records: expected a number of 0 or more for each bin",
    ),
    (lambda p: p["score"].update(events=[2]), "baseline.score.events: expected a number of 0 or more for each bin"),
    (lambda p: p["score"].update(events=None), "baseline.score: events is of the wrong type, expected a list"),
    (lambda p: p["score"].update(mean_phat=[0.1, inf]), "baseline.score.mean_phat: expected a number of 0 or more for"),
    (lambda p: p["score"].update(mean_phat=[0.1, nan]), "baseline.score.mean_phat: expected a number of 0 or more for"),
    (
        lambda p: p["score"].update(edges=[0.0, 1.0]),
        "baseline.score.edges: got 2 for 2 bins, expected one more than bins",
    ),
    (lambda p: p["score"].update(edges=[0.0, 1.0, 0.5]), "baseline.score.edges: expected finite numbers that rise"),
]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_refused(change: Change, reason: str) -> None:
    """What is missing, unknown, of another type or no such number is refused by its key."""
    data = plain()
    change(data)
    with pytest.raises(ArtifactError) as caught:
        read(data)
    assert str(caught.value).startswith(reason)
