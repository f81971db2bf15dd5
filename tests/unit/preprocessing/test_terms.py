"""Terms: the columns that factors make, alone and together, what is refused of a record, and of a file."""

import json
from collections.abc import Callable
from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phat.preprocessing.clean import clean_record
from phat.preprocessing.design import Design
from phat.preprocessing.expressions import Piecewise
from phat.preprocessing.schema import CategoryField, NumberField, Schema, SchemaError
from phat.preprocessing.terms import Column, Factor, NotPlain, PlainNumber, Terms, plain_terms

SCHEMA = Schema(
    (
        NumberField("income", fill=10.0),
        NumberField("age"),
        NumberField("size", gap="as_fitted"),
        CategoryField("region", ("north", "south", "west")),
        CategoryField("plan", ("a", "b"), gap="zero"),
    )
)
SPLINE = Piecewise((18.0, 50.0, 80.0), (((1.0, -1.0), (0.0, 1.0)), ((0.0, 0.5), (1.0, 2.0))))
TERMS = Terms(
    (
        Factor(("log", ("field", "income"))),
        Factor(("field", "region"), (("north", (0.0, 0.0)), ("south", (1.0, 0.0)), ("west", (0.0, 1.0)))),
        Factor(("field", "age"), pieces=SPLINE),
        Factor((">", ("field", "size"), 40)),
        Factor(("field", "plan"), (("a", (-1.0,)), ("b", (1.0,)))),
    ),
    (
        Column("Intercept", ()), Column("log(income)", ((0, 0),)), Column("log(income):south", ((0, 0), (1, 0))),
        Column("west", ((1, 1),)), Column("s1", ((2, 0),)), Column("s2:log(income)", ((2, 1), (0, 0))),
        Column("large", ((3, 0),)), Column("plan", ((4, 0),)),
    ),
)  # fmt: skip
RECORD = {"income": "$5", "age": 34, "size": 41, "region": "SOUTH", "plan": "b"}


def values(record: dict[str, object]) -> dict[str, float]:
    """The columns of a raw record."""
    return Design(SCHEMA, TERMS).by_name(clean_record(record, SCHEMA))


def refused(record: dict[str, object]) -> list[tuple[str | None, str, str]]:
    """Field, code and detail of what is wrong with a record."""
    with pytest.raises(ExceptionGroup) as caught:
        values(record)
    return [(error.field, error.code, error.detail) for error in caught.value.exceptions]  # type: ignore[union-attr]


def test_products() -> None:
    """Each column is the product of its factors, under its own name."""
    assert values(RECORD) == {
        "Intercept": 1.0, "log(income)": log(5.0), "log(income):south": log(5.0), "west": 0.0, "s1": 0.5,
        "s2:log(income)": 0.5 * log(5.0), "large": 1.0, "plan": 1.0,
    }  # fmt: skip


def test_gaps() -> None:
    """A fill comes before the terms, a gap that the fit knew makes a comparison false, and no level makes zeros."""
    made = values({"age": 18, "region": "west"})
    assert (made["log(income)"], made["large"], made["plan"], made["west"]) == (log(10.0), 0.0, 0.0, 1.0)


@given(st.lists(st.tuples(st.floats(0.1, 1e6), st.floats(18, 80), st.sampled_from("abc")), min_size=1, max_size=5))
def test_a_batch_is_its_records(rows: list[tuple[float, float, str]]) -> None:
    """A record alone has the same bits as among others."""
    design = Design(SCHEMA, TERMS)
    names = {"a": "north", "b": "south", "c": "west"}
    cleaned = [
        clean_record({"income": income, "age": age, "region": names[region]}, SCHEMA) for income, age, region in rows
    ]
    assert [design.values(record) for record in cleaned] == [Design(SCHEMA, TERMS).values(each) for each in cleaned]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"income": 0}, ("income", "out_of_domain", "got 0.0, expected a value for which log(income) is a number")),
        ({"age": 17.9}, ("age", "out_of_domain", "got 17.9, expected a number from 18 to 80")),
        ({"age": "1e9"}, ("age", "out_of_domain", "got 1000000000.0, expected a number from 18 to 80")),
        ({"region": "east"}, ("region", "unknown_level", "got 'east', expected one of north, south, west")),
        (
            {"age": None},
            ("age", "missing_value", "got a missing value, expected a value: the model was fitted without gaps here"),
        ),
    ],
)  # fmt: skip
def test_refused_records(changes: dict[str, object], error: tuple[str, str, str]) -> None:
    """What a column makes nothing of is refused with field, got and expected."""
    assert refused(RECORD | changes) == [error]


def test_every_factor_that_fails_is_named_once() -> None:
    """Two values outside their domains are two errors, though one is in several columns."""
    assert [(field, code) for field, code, _ in refused(RECORD | {"income": -1, "age": 90})] == [
        ("income", "out_of_domain"), ("age", "out_of_domain"),
    ]  # fmt: skip


def other(factor: Factor, *fields: Any) -> Design:
    """One column of one factor."""
    return Design(Schema(fields), Terms((factor,), (Column("c", ((0, 0),)),)))


def test_a_level_that_no_table_has() -> None:
    """A level of the schema that the fit never saw is refused, though it is spelt right."""
    field = CategoryField("g", ("a", "b", "c"))
    design = other(Factor(("field", "g"), (("a", (0.0,)), ("b", (1.0,)))), field)
    with pytest.raises(ExceptionGroup) as caught:
        design.values({"g": "c"})
    [error] = caught.value.exceptions
    assert str(error) == "g: got 'c', expected one of a, b"


def test_a_gap_that_nothing_fills() -> None:
    """A gap that is left in a column is a missing value, not a number."""
    design = other(Factor(("log", ("field", "x"))), NumberField("x", gap="as_fitted"))
    with pytest.raises(ExceptionGroup) as caught:
        design.values({"x": None})
    assert [(e.field, e.code) for e in caught.value.exceptions] == [("x", "missing_value")]  # type: ignore[union-attr]


def test_a_product_beyond_the_floats() -> None:
    """A column that leaves the range of floats is refused with the fields that make it."""
    schema = Schema((NumberField("x"), NumberField("y")))
    design = Design(schema, Terms((Factor(("field", "x")), Factor(("field", "y"))), (Column("x:y", ((0, 0), (1, 0))),)))
    with pytest.raises(ExceptionGroup) as caught:
        design.values({"x": 1e200, "y": 1e200})
    assert [(e.field, e.code) for e in caught.value.exceptions] == [("x", "out_of_range")]  # type: ignore[union-attr]
    assert "numbers in x, y" in str(caught.value.exceptions[0])


def test_terms_come_back() -> None:
    """Terms survive JSON."""
    data = json.loads(json.dumps(TERMS.to_dict()))
    assert Terms.from_dict(data["factors"], data["columns"]) == TERMS
    TERMS.check(SCHEMA)


def test_what_the_terms_say() -> None:
    """The constant, the fields of each column, and a column as people write it."""
    assert TERMS.constant == "Intercept"
    assert [TERMS.fields(column) for column in TERMS.columns[1:4]] == [("income",), ("income", "region"), ("region",)]
    assert TERMS.by_field()["age"] == ("s1",)
    assert TERMS.formula(TERMS.columns[5]) == "spline(age) * log(income)"
    assert TERMS.formula(TERMS.columns[0]) == "1"


def test_plain_columns() -> None:
    """Scaled numbers and dummies are plain; the first other column is named, and what it is."""
    fields = (NumberField("x", fill=0.0), CategoryField("g", ("a", "b"), gap="zero"))
    terms = plain_terms(fields, ("x", "g_b", "const"), "const", {"x": (1.0, 2.0)})
    assert terms.plain(Schema(fields)) == {"x": PlainNumber("x", 1.0, 2.0), "g": {"b": "g_b"}}
    with pytest.raises(NotPlain, match=r"column log\(income\) is log\(income\), more than a scaled number or a level"):
        TERMS.plain(SCHEMA)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d["columns"].append({"name": "west", "product": []}), "column west is made twice"),
        (lambda d: d["columns"].append({"name": "c", "product": []}), "columns Intercept and c are both constant"),
        (lambda d: d["columns"].append({"name": "c", "product": [[9, 0]]}), "column c: it names a factor"),
        (lambda d: d["columns"].append({"name": "c", "product": [[1, 2]]}), "column c: it names a factor, or a value"),
        (lambda d: d["columns"].append({"name": "c", "product": [[-1, 0]]}), "column c: it names a factor"),
        (lambda d: d["columns"].append({"name": "c", "product": [[True, 0]]}), "column 9: expected its name"),
        (lambda d: d["columns"].append({"name": "c"}), "column 9: expected its name and its product"),
        (
            lambda d: d["columns"].append({"name": "income", "product": [[1, 0]]}),
            "has the name of a field that it is not",
        ),
        (lambda d: d["columns"].append(1), "column 9: expected its name"),
        (lambda d: d["factors"].append({"of": 1}), "factor 6 is in no column"),
        (lambda d: d["factors"].__setitem__(0, {"of": ["field", "z"]}), "factor 1: field ['z'] is not in the schema"),
        (
            lambda d: d["factors"].__setitem__(0, {"of": ["field", "region"]}),
            "factor 1: a level is no value of a column",
        ),
        (lambda d: d["factors"].__setitem__(0, {"off": 1}), "factor 1: expected an object with the key of"),
        (
            lambda d: d["factors"].__setitem__(0, {"of": ["field", "income"], "pp": {}}),
            "factor 1: pp: expected the keys",
        ),
        (lambda d: d["factors"][1].update(map=[["north", [0, 0]], ["south", [1]]]), "factor 2: map: expected as many"),
        (
            lambda d: d["factors"][1].update(map=[["north", [0, 0]], ["south", [1, "1"]]]),
            "factor 2: map: expected finite",
        ),
        (lambda d: d["factors"][1].update(map=[["north", [0, 0]], ["east", [1, 1]]]), "factor 2: 'east' is no level"),
        (lambda d: d["factors"][1].update(map=[1]), "factor 2: map: expected pairs"),
        (lambda d: d["factors"][2].update(of=1), "field age makes no column of the model"),
    ],
)
def test_refused_terms(change: Change, reason: str) -> None:
    """Terms that contradict themselves or the schema are refused with the factor or column."""
    data = json.loads(json.dumps(TERMS.to_dict()))
    change(data)
    with pytest.raises(SchemaError) as caught:
        Terms.from_dict(data["factors"], data["columns"]).check(SCHEMA)
    assert reason in str(caught.value)
