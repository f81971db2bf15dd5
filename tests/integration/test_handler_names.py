"""Names in requests: what means a field is used, what is absent is reported, and nothing is guessed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.model.errors import ArtifactError
from phat.model.model import Model
from phat.preprocessing.schema import Schema
from tests.gateway import call, problem

pytestmark = pytest.mark.usefixtures("served")

FULL = {
    "id": "C-17", "x5": "sunday", "x31": "asia", "x81": "November", "x12": "$3,709.93", "x44": "0.09087572",
    "x53": "0.00528862", "x56": "-0.215346985", "x58": "0.6828697490000001", "x62": "-0.552213898", "x91": "0.406396",
}  # fmt: skip
PHAT = 0.7224644184562925
FIELDS = tuple(name for name in FULL if name != "id")


def spelt(name: str, way: int) -> str:
    """A name in one of the ways in which clients spell one."""
    ways = [name.upper(), f" {name} ", f"\ufeff{name}", f"{name[0]}\u200b{name[1:]}", f"{name}\u00ad", f"{name}\t"]
    return ways[way % len(ways)]


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("way", range(6))
def test_a_name_spelt_otherwise_is_the_field(name: str, way: int) -> None:
    """Letter case, blanks and invisible characters of one key change neither the answer nor what is reported."""
    record = {spelt(key, way) if key == name else key: value for key, value in FULL.items()}
    answer = call("POST", "/predict", record, query=[("include", "none")]).json()
    assert answer["predictions"] == [{"id": "C-17", "business_outcome": "event", "phat": PHAT}]
    assert "warnings" not in answer


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 6), min_size=len(FULL), max_size=len(FULL)), st.randoms())
def test_names_mean_the_same_in_json_and_csv(ways: list[int], random: Any) -> None:
    """However a record's names are spelt, and in whatever order, JSON and CSV give the answer of the exact names."""
    items = [
        (key if way == 6 else spelt(key, way), value) for (key, value), way in zip(FULL.items(), ways, strict=True)
    ]
    random.shuffle(items)
    quoted = [[f'"{text}"' for text in texts] for texts in zip(*items, strict=True)]
    body = "\n".join(",".join(texts) for texts in quoted).encode()
    expected = [{"id": "C-17", "business_outcome": "event", "phat": PHAT}]
    none = [("include", "none")]
    for answer in (call("POST", "/predict", dict(items), query=none), call("POST", "/predict", body, "text/csv", none)):
        assert answer.json()["predictions"] == expected


def test_the_own_key_wins() -> None:
    """While a field's own key is there, other spellings of it are foreign keys, which are ignored."""
    answer = call("POST", "/predict", FULL | {"X12": "nonsense", "ID": ["no id"], "x5_sunday": 1}).json()
    assert (answer["predictions"][0]["phat"], answer["predictions"][0]["id"]) == (PHAT, "C-17")


def test_two_keys_of_one_field() -> None:
    """Two keys that could both be an absent field are a 422 that names them; in a CSV, a 400."""
    [error] = problem(call("POST", "/predict", {"X12": 1, "x12 ": 2, "x5": "sunday"}), 422)["errors"]
    assert (error["row"], error["field"], error["code"]) == (1, "x12", "duplicate_field")
    assert error["detail"] == "got 'X12' and 'x12 ', expected one key for this field"
    body = "X12,\u200bX12,x5\n1,2,sunday\n".encode()
    refused = problem(call("POST", "/predict", body, "text/csv"), 400)
    assert refused["detail"] == "the CSV header names x12 twice: 'X12' and '\\u200bX12'"


def test_two_ids() -> None:
    """Two keys that could both be the id are a 422 with the errors of the values."""
    record = {key: value for key, value in FULL.items() if key != "id"} | {"Id": 1, "ID": 2, "x12": "abc"}
    errors = problem(call("POST", "/predict", record), 422)["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [("id", "duplicate_field"), ("x12", "not_a_number")]


def test_a_model_column_in_place_of_its_field() -> None:
    """The name of a column that an absent field makes is a 422 that names the field; in a CSV once, for the header."""
    [error] = problem(call("POST", "/predict", {"x12": 1, "X5_Sunday": 1}), 422)["errors"]
    assert (error["field"], error["code"]) == ("x5", "column_name")
    assert error["detail"] == "got 'X5_Sunday', expected the raw field x5, of which this model column is made"
    refused = problem(call("POST", "/predict", b"x12,x5_sunday,x5_monday\n1,1,0\n2,0,1\n", "text/csv"), 422)
    assert [(error["row"], error["field"], error["code"]) for error in refused["errors"]] == [
        (None, "x5", "column_name")
    ]


def test_absent_fields_are_reported() -> None:
    """A field whose key is in no record is reported with what it counts as and the key that was meant, perhaps."""
    records = [{"x12": 1, "x_44": 2}, {"x5": None, "X53": 3, "x31": "asia"}]
    warnings = call("POST", "/predict", records).json()["warnings"]
    assert [warning["field"] for warning in warnings] == ["x44", "x56", "x58", "x62", "x91", "x81"]
    assert {warning["code"] for warning in warnings} == {"absent_field"}
    counts = "in no record of the request; it counts as missing, as 0.500565; the key 'x_44' was ignored"
    assert warnings[0]["detail"] == counts
    assert warnings[-1]["detail"] == "in no record of the request; it counts as missing, with all its columns 0"


def test_absent_fields_of_a_csv_answer() -> None:
    """A CSV answer names them in a header that pages of other origins may read."""
    answer = call("POST", "/predict", b"x12,x5\n1,sunday\n", "text/csv", headers=[("Accept", "text/csv")])
    assert answer.headers["x-absent-fields"] == "x44,x53,x56,x58,x62,x91,x31,x81"
    full = call("POST", "/predict", FULL, headers=[("Accept", "text/csv")])
    assert "x-absent-fields" not in full.headers


@pytest.mark.parametrize("value", [None, "", " ", "NaN", "n/a"])
def test_records_without_values(value: object) -> None:
    """A record whose fields are all missing is a 422, in JSON and, with an id alone, in a CSV."""
    [error] = problem(call("POST", "/predict", [FULL, {"id": 1} | dict.fromkeys(FIELDS, value)]), 422)["errors"]
    assert (error["row"], error["field"], error["code"]) == (2, None, "no_values")
    if value is not None:
        body = f"id,x12,x5\n1,2,sunday\n7,{value},{value}\n".encode()
        [error] = problem(call("POST", "/predict", body, "text/csv"), 422)["errors"]
        assert (error["row"], error["line"], error["code"]) == (2, 3, "no_values")


def test_errors_of_a_csv_have_lines() -> None:
    """An error tells the line of the file on which its record begins, whatever was skipped before it."""
    body = b'\nx12,note\n1,"two\nlines"\n,\n\nabc,3\n'
    [error] = problem(call("POST", "/predict", body, "text/csv"), 422)["errors"]
    assert (error["row"], error["line"], error["field"]) == (2, 7, "x12")


def test_values_are_quoted_readably() -> None:
    """An error shows the caller's own text as he wrote it, and what does not print escaped."""
    errors = problem(
        call("POST", "/predict", {"x5": "K\u00f6lln", "x12": "\u20ac5", "x31": "a\u202e\n\ud83d\ude00"}), 422
    )["errors"]
    details = {error["field"]: error["detail"].partition(",")[0] for error in errors}
    assert details == {"x5": "got 'K\u00f6lln'", "x12": "got '\u20ac5'", "x31": "got 'a\\u202e\\n\U0001f600'"}


@pytest.mark.parametrize(
    ("body", "field", "code", "said"),
    [
        (b'{"x12": 1e400}', "x12", "out_of_range", "the number 1e400"),
        (b'{"x12": -1E+999, "x5": "sunday"}', "x12", "out_of_range", "the number -1E+999"),
        (b'{"x5": 1e400}', "x5", "unknown_level", "the number 1e400"),
        (b'{"id": 1e400, "x12": 1}', "id", "wrong_type", "the number 1e400, expected text, or an integer"),
        (b'{"id": 18446744073709551616, "x12": 1}', "id", "wrong_type", "64 bits: send it as text"),
        (b"[1e400]", None, "not_an_object", "the number 1e400"),
    ],
)
def test_numbers_beyond_floats(body: bytes, field: str | None, code: str, said: str) -> None:
    """A valid JSON number that no 64-bit float holds is reported as that, with its field."""
    [error] = problem(call("POST", "/predict", body), 422)["errors"]
    assert (error["field"], error["code"]) == (field, code)
    assert said in error["detail"]


def test_a_foreign_number_beyond_floats_is_ignored() -> None:
    """Such a number under a foreign key changes nothing."""
    body = b'{"x12": 1, "other": [1e400, 123456789012345678901234567890]}'
    assert (
        call("POST", "/predict", body).json()["predictions"]
        == call("POST", "/predict", b'{"x12": 1}').json()["predictions"]
    )


def test_fields_called_as_answers(model: Model) -> None:
    """No field or column may be called as a column of the answers is."""
    artifact = model.artifact
    for taken in ("phat", "business_outcome", "imputed"):
        fields = tuple(replace(field, name=taken) if field.name == "x12" else field for field in artifact.schema.fields)
        coefficients = {taken if name == "x12" else name: value for name, value in artifact.coefficients.items()}
        with pytest.raises(ArtifactError, match=f"{taken}: answers have a column of that name"):
            replace(artifact, schema=Schema(fields), coefficients=coefficients, baseline=None)
