"""Where a model comes from and how far it is proven: to and from plain data, in words, and what is refused."""

import json
from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

from phat.model.baseline import ScoreBins
from phat.model.errors import ArtifactError
from phat.model.provenance import Evaluation, Proof, Provenance

FULL = Provenance(
    proof=Proof("rows", "given data", 1_234_567, 3),
    notices=("field age is left out: it never changes",),
    created_at="2026-01-01T00:00:00+00:00",
    created_by="phat fit",
    estimator="statsmodels Logit",
    libraries={"statsmodels": "0.15"},
    training_records=1_234_567,
    data="train.csv",
    data_sha256="0" * 64,
    target={"column": "y", "event": "1"},
    fit={"llf": -123.25, "nobs": 1_234_567},
    evaluation=Evaluation("test rows", {"auc": 0.8}, ScoreBins((0.0, 0.5, 1.0), (3, 4), events=(1, 2))),
    cutoff="as configured",
    golden="training records",
    config="target = 'y'",
)

Plain = dict[str, Any]
Change = Callable[[Plain], object]


def plain(provenance: Provenance = FULL) -> Plain:
    """A provenance as a file holds it."""
    found: Plain = json.loads(json.dumps(provenance.to_dict()))
    return found


@pytest.mark.parametrize(
    "provenance",
    [Provenance(), FULL, Provenance(evaluation=Evaluation("none")), Provenance(Proof("expected", records=3))],
)
def test_provenances_come_back(provenance: Provenance) -> None:
    """A provenance survives JSON, whatever of it is known."""
    assert Provenance.from_dict(plain(provenance)) == provenance


def test_what_is_not_known_is_left_out() -> None:
    """Only the proof and the notices are always there."""
    assert plain(Provenance()) == {
        "proof": {"kind": "none", "on": None, "records": 0, "dropped": 0}, "notices": [],
    }  # fmt: skip


def test_what_was_read_cannot_be_changed() -> None:
    """A provenance that was read is frozen, its mappings too."""
    found = Provenance.from_dict(plain())
    assert found.target is not None
    assert found.evaluation is not None
    for mapping in (found.libraries, found.target, found.fit, found.evaluation.figures):
        with pytest.raises(TypeError):
            mapping["auc"] = 1.0  # type: ignore[index]
    assert isinstance(found.notices, tuple)
    with pytest.raises(AttributeError):
        found.fit = {}  # type: ignore[misc]


@pytest.mark.parametrize(
    ("proof", "text"),
    [
        (Proof(), "not proven on raw records"),
        (
            Proof("rows", "given data", 40_000),
            "proven on 40,000 raw records, on given data, against the fit's own columns",
        ),
        (
            Proof("rows", "the fit's own frame", 1000, 25),
            "proven on 1,000 raw records, on the fit's own frame, against the fit's own columns; "
            "25 rows that the fit dropped",
        ),
        (Proof("expected", records=300), "proven on 300 raw records, against expected predictions"),
    ],
)
def test_proof_in_words(proof: Proof, text: str) -> None:
    """A proof says on what, against what and how many, or that there is none."""
    assert proof.text == text


CHANGES: list[tuple[Change, str]] = [
    (lambda p: [p.pop(key) for key in [*p] if key != "fit"] and p.update(fit=None),
     "provenance: keys missing: proof, notices; fit is of the wrong type, expected an object"),
    (lambda p: p.update(fit=None), "provenance: fit is of the wrong type, expected an object"),
    (lambda p: p.update(fit=[]), "provenance: fit is of the wrong type, expected an object"),
    (lambda p: p.pop("proof"), "provenance: keys missing: proof"),
    (lambda p: p.pop("notices"), "provenance: keys missing: notices"),
    (lambda p: p.update(training_rows=5, odd=1), "provenance: keys unknown: odd, training_rows"),
    (lambda p: p.update(notices="one"), "provenance: notices is of the wrong type, expected a list"),
    (lambda p: p.update(notices=[1]), "provenance.notices: expected a list, each item text"),
    (lambda p: p.update(created_at=2020), "provenance: created_at is of the wrong type, expected text"),
    (lambda p: p.update(data_sha256=None), "provenance: data_sha256 is of the wrong type, expected text"),
    (lambda p: p.update(training_records="5"), "provenance: training_records is of the wrong type, expected an"),
    (lambda p: p.update(training_records=-5), "provenance.training_records: got -5, expected 0 or more"),
    (lambda p: p["libraries"].update(numpy=2), "provenance.libraries: numpy is of the wrong type, expected text"),
    (lambda p: p["target"].update(event=1), "provenance.target: event is of the wrong type, expected text"),
    (lambda p: p["fit"].update(llf="-1"), "provenance.fit: llf is of the wrong type, expected a number"),
    (lambda p: p["fit"].update(llf=[1.0]), "provenance.fit: llf is of the wrong type, expected a number"),
    (lambda p: p["fit"].update(llf=-inf), "provenance.fit: llf is not finite"),
    (lambda p: p["fit"].update(llf=nan), "provenance.fit: llf is not finite"),
    (lambda p: p["evaluation"].pop("data"), "provenance.evaluation: keys missing: data"),
    (lambda p: p["evaluation"].update(auc=0.8), "provenance.evaluation: keys unknown: auc"),
    (lambda p: p["evaluation"]["figures"].update(auc=nan), "provenance.evaluation.figures: auc is not finite"),
    (lambda p: p["evaluation"].update(score_bins=None), "provenance.evaluation: score_bins is of the wrong type, exp"),
    (lambda p: p["evaluation"]["score_bins"].pop("edges"), "provenance.evaluation.score_bins: keys missing: edges"),
    (lambda p: p.update(evaluation="0.8"), "provenance: evaluation is of the wrong type, expected an object"),
    (lambda p: p["proof"].pop("dropped"), "provenance.proof: keys missing: dropped"),
    (lambda p: p["proof"].update(rows=5), "provenance.proof: keys unknown: rows"),
    (lambda p: p["proof"].update(records=5.0), "provenance.proof: records is of the wrong type, expected an integer"),
    (lambda p: p["proof"].update(kind="faith"), "provenance.proof: 'faith' on 'given data' is not known"),
    (lambda p: p["proof"].update(on="trust"), "provenance.proof: 'rows' on 'trust' is not known"),
    (lambda p: p["proof"].update(kind="none"), "provenance.proof: none does not go with 1234567 records on given data"),
    (lambda p: p["proof"].update(kind="expected"), "provenance.proof: expected does not go with 1234567 records on"),
    (lambda p: p["proof"].update(on=None), "provenance.proof: rows does not go with 1234567 records on None"),
    (lambda p: p["proof"].update(records=0), "provenance.proof: rows does not go with 0 records on given data"),
    (lambda p: p["proof"].update(records=-1), "provenance.proof: records and dropped are counts, expected 0 or more"),
    (lambda p: p["proof"].update(dropped=-1), "provenance.proof: records and dropped are counts, expected 0 or more"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_refused(change: Change, reason: str) -> None:
    """What is missing, unknown, of another type, not finite or contradicts itself is refused by its key."""
    data = plain()
    change(data)
    with pytest.raises(ArtifactError) as caught:
        Provenance.from_dict(data)
    assert str(caught.value).startswith(reason)
