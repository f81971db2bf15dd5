"""What an answer weighs on its way out, and what it is made of."""

import csv
import io
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.api.answers import _escaped, _longest_escaped, plain, write_answer
from phat.api.errors import TooLarge
from phat.api.negotiate import CSV, JSON, Included
from phat.api.score import Id, Scored
from phat.model.answer import Binary, Labels
from phat.model.artifact import Golden
from phat.model.model import Model
from phat.preprocessing.schema import CategoryField, NumberField, Schema
from tests.unit.model.other import make_artifact


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)))
def test_escaped_length(text: str) -> None:
    """The length is that of the text as JSON in ASCII, control characters and all."""
    assert _escaped(text) == len(json.dumps(text))


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)))
def test_bound_of_escaped_length(text: str) -> None:
    """The quick bound is never below the length: what it lets pass can be sent."""
    written = plain({"id": text})
    assert _escaped(written) <= _longest_escaped(written, JSON)
    assert _escaped(text) <= _longest_escaped(text, CSV)


@pytest.mark.parametrize("form", [JSON, CSV])
@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1300])
def test_pieces_make_one_answer(model: Model, form: str, count: int) -> None:
    """However many pieces an answer is written in, it is what one writer would have written."""
    found = model.predictor.predict([{"x12": number} for number in range(count)])
    ids: list[Id] = [f"a,{number}" for number in range(count)]
    text = write_answer(model, Scored(found, ids, ()), Included(frozenset(("imputed",))), form)
    if form == JSON:
        items = json.loads(text)["predictions"]
        assert [(item["id"], item["phat"]) for item in items] == [
            (i, f.answer) for i, f in zip(ids, found, strict=True)
        ]
        return
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [float(row["phat"]) for row in rows] == [each.answer for each in found]
    assert [row.get("id") for row in rows] == ids


@pytest.mark.parametrize("form", [JSON, CSV])
@settings(deadline=None, max_examples=25)
@given(st.lists(st.text('a\u00e9\U0001f600\n"\x7f', max_size=30), min_size=1, max_size=40), st.data())
def test_as_many_fit_as_is_said(model: Model, form: str, texts: list[str], data: st.DataObject) -> None:
    """At any limit, as many records as the refusal says fit, and not one more."""
    ids: list[Id] = [f"x{text}" for text in texts]
    found = model.predictor.predict([{"x12": 1}] * len(ids))
    none = Included(frozenset())

    def write(count: int) -> str:
        return write_answer(model, Scored(found[:count], ids[:count], ()), none, form)

    whole = _escaped(write(len(ids)))
    limit = data.draw(st.integers(_escaped(write(0)) + 8, whole))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("phat.api.answers.MAX_ANSWER", limit)
        patch.setattr("phat.api.answers._PIECE", data.draw(st.integers(1, 10)))
        if whole <= limit:
            write(len(ids))
            return
        with pytest.raises(TooLarge) as caught:
            write(len(ids))
    [fits] = map(int, re.findall(r"(\d+) of these records fit", str(caught.value)))
    assert _escaped(write(fits)) <= limit < _escaped(write(fits + 1))


@pytest.mark.parametrize(
    ("id_", "cell"),
    [
        ("=cmd()", "'=cmd()"), ("=1+1", "'=1+1"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("\uff1d1", "'\uff1d1"), ("-", "'-"),
        ("-5", "-5"), ("-1e5", "-1e5"), ("-$5", "-$5"), ("+49", "+49"), ("-1,234.5", "-1,234.5"),
        ("a=1", "a=1"), ("'=1", "'=1"), ("", ""), (-7, "-7"),
    ],
)  # fmt: skip
def test_no_id_is_a_formula(model: Model, id_: str | int, cell: str) -> None:
    """In CSV an id that a spreadsheet would run has an apostrophe in front; in JSON every id is exact."""
    found = model.predictor.predict([{"x12": 1}])
    [row] = csv.DictReader(
        io.StringIO(write_answer(model, Scored(found, [id_], ()), Included(frozenset()), CSV), newline="")
    )
    assert row["id"] == cell
    assert (
        json.loads(write_answer(model, Scored(found, [id_], ()), Included(frozenset()), JSON))["predictions"][0]["id"]
        == id_
    )


def test_no_label_or_name_is_a_formula(model: Model) -> None:
    """In CSV labels, names of columns and of imputed fields that a spreadsheet would run have an apostrophe in front.

    Numbers have none, and JSON has all as they are.
    """
    debt = NumberField("=debt", fill=-0.5)
    day = CategoryField("@day", gap="zero", levels=("a", "b"), reference="a")
    artifact = make_artifact(
        schema=Schema((debt, day)), coefficients={"=debt": -1.5, "@day_b": -2.0}, covariance=((0.04, 0.0), (0.0, 0.09)),
        answer=Binary(0.5, Labels("=event()", "-other")), golden=(Golden({"=debt": 0}, 0.5, 0.0, 0.0),) * 20,
    )  # fmt: skip
    other = Model.from_bytes(artifact.to_bytes())
    found = other.predictor.predict([{"=debt": 1.0}, {"=debt": -3.0, "@day": "b"}, {"@day": "b"}])
    wanted = Included(frozenset(("variables", "imputed", "contributions")))
    scored = Scored(found, [None] * 3, ())
    rows = list(csv.DictReader(io.StringIO(write_answer(other, scored, wanted, CSV), newline="")))
    assert [row["business_outcome"] for row in rows] == ["'-other", "'=event()", "'-other"]
    assert {"'=debt", "'@day_b", "contribution_=debt"} <= {*rows[0]}
    assert [row["'=debt"] for row in rows] == ["1.0", "-3.0", "-0.5"]
    assert [row["imputed"] for row in rows] == ["'@day", "", "'=debt"]
    [first, *_] = json.loads(write_answer(other, scored, wanted, JSON))["predictions"]
    assert (first["business_outcome"], first["imputed"], first["variables"]["=debt"]) == ("-other", ["@day"], 1.0)
