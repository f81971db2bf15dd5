"""The column path cleans and scores as the row path does: golden lines, simulated records, arbitrary frames."""

import struct
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phat.batch.columns import clean_columns
from phat.batch.csv import unread
from phat.batch.error_tables import described
from phat.batch.intervals import INTERVAL
from phat.batch.scoring import Scorer
from phat.model.answer import Binary
from phat.model.explain import standard_error, wald_interval
from phat.model.model import Model
from phat.model.student import quantile
from phat.preprocessing.clean import clean_value
from phat.preprocessing.errors import RecordError
from phat.preprocessing.schema import CategoryField, Field, NumberField, levels_of
from phat.preprocessing.terms import Column, Terms
from phat.storage.errors import FileRefused
from phat.training.simulate import simulate
from tests.unit.batch.rows import Answers, assert_same, score_rows
from tests.unit.model.policies import POLICIES, WITH_POLICIES
from tests.unit.preprocessing.test_clean_numbers import MISSING, NOT_NUMBERS, NUMBERS

X12 = NumberField("x12", fill=1.0)
X5 = CategoryField("x5", gap="zero", levels=("monday", "Straße", "7"), reference="monday")


def refusing(field: Field) -> Field:
    """The field, for which a gap is an error."""
    return replace(field, gap="error", fill=None)


def cleaned(values: list[Any], field: Field, dtype: Any = pl.String) -> list[Any]:
    """A column cleaned: numbers by their bits, levels, None, or the code and detail of the error."""
    raw = pl.Series(field.name, values, dtype, strict=True)
    column = clean_columns(raw.to_frame(), [field])[field.name]
    found: list[Any] = [bits(value) for value in column.values.to_list()]
    for row, name, code, detail in described(column.errors).iter_rows() if column.errors is not None else ():
        assert name == field.name
        found[row] = (code, detail)
    return found


def expected(values: list[Any], field: Field) -> list[Any]:
    """The same by the one cleaner."""

    def one(value: object) -> Any:
        try:
            return bits(clean_value(value, field))
        except RecordError as error:
            return error.code, error.detail

    return [one(value) for value in values]


def bits(value: object) -> object:
    """What tells floats apart that compare as equal."""
    return struct.pack("d", value) if isinstance(value, float) else value


numbers = st.one_of(
    st.floats().map(repr),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda value: f"{value:.25e}"),
    st.floats(-1e9, 1e9).map(lambda value: f"(${-value:,.2f})" if value < 0 else f"${value:,.2f} "),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.from_regex(r"[-+$( ]{0,2}[0-9]{0,30}(\.[0-9]{0,40})?([eE][-+]?[0-9]{1,3})?[ )%]{0,2}", fullmatch=True),
    st.from_regex(r"-?[0-9]{15,800}\.?[0-9]{0,800}", fullmatch=True),
)
texts = st.one_of(
    numbers,
    st.sampled_from([*NUMBERS, *NOT_NUMBERS, *MISSING, "monday", " MONDAY", "STRASSE", "07", "funday"]),
    st.text(max_size=12),
    st.text(alphabet="0123456789.,$%()+-eE \t\u00a0\x1c\x85", max_size=12),
    st.text(alphabet="ab'\"\\é€\u4e2d\x7f", min_size=36, max_size=44),
)
columns = st.lists(st.none() | texts, max_size=12)


@pytest.mark.parametrize("spellings", [list(NUMBERS), NOT_NUMBERS, MISSING])
@pytest.mark.parametrize("required", [False, True])
def test_tables_of_spellings(spellings: list[str], required: bool) -> None:
    """Every spelling of the cleaning's own tables means the same in a column."""
    field = refusing(X12) if required else X12
    assert cleaned(spellings, field) == expected(spellings, field)


@pytest.mark.slow
@settings(deadline=None, max_examples=400)
@given(columns, st.booleans())
@example(["1.7976931348623159e308", "1e400", "-1e-400", "9007199254740993", "0.1"], False)
@example([None, "", "5"], True)
@example(["\x1c5", "5\x1f", "\x1cnan", "a\x1c", "İ", "nan\u3000"], False)
def test_any_text_as_number(values: list[str | None], required: bool) -> None:
    """Whatever the texts of a column, each is the number, gap or error that the cleaner says, to the bit."""
    field = refusing(X12) if required else X12
    assert cleaned(values, field) == expected(values, field)


@pytest.mark.parametrize("words", [("k.a.", "fi", "ss", "e"), ("k.a.", "\u00e9", "ss", "?")])
def test_words_in_other_letters(words: tuple[str, ...]) -> None:
    """Text that is not ASCII is a field's own word for a missing value where the cleaner says so, in both kinds."""
    values = [
        "\ufb01",
        "\u00df",
        "\u017fS",
        "\u212a.A.",
        "k.A.\u3000",
        "e\u0301",
        "\u00c9",
        "\u00e9a",
        "\u2003?",
        "\u4e2d",
    ]
    for field in (X12, replace(X5, levels=("monday",))):
        spoken = replace(field, missing=words)
        assert cleaned(values, spoken) == expected(values, spoken)
        assert None in cleaned(values, spoken)


@pytest.mark.parametrize("levels", [("999", "b"), ("inf", "b"), ("a", "b")])
def test_floats_of_a_category(levels: tuple[str, ...]) -> None:
    """A float is the level or the word for a missing value that it spells, and unknown else."""
    field = replace(X5, levels=levels, reference=None, missing=("-9", "1e+300"))
    values = [999.0, float("inf"), -9.0, 1e300, 1.5]
    assert cleaned(values, field, pl.Float64) == expected(values, field)


@pytest.mark.slow
@settings(deadline=None)
@given(columns, st.booleans())
@example(["7.0", " 7", "07", "STRASSE", "straße", "\x1cmonday", "monday\u3000", "mon\u017fay", "\u212a"], False)
def test_any_text_as_level(values: list[str | None], required: bool) -> None:
    """Whatever the texts of a column, each is the level, gap or error that the cleaner says."""
    field = refusing(X5) if required else X5
    assert cleaned(values, field) == expected(values, field)


@settings(deadline=None)
@given(st.lists(st.none() | st.floats(), max_size=8), st.booleans())
def test_any_floats(values: list[float | None], required: bool) -> None:
    """Floats of a data frame are themselves; infinities are errors and NaN is a gap."""
    for field in (refusing(X12), refusing(X5)) if required else (X12, X5):
        assert cleaned(values, field, pl.Float64) == expected(values, field)


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=8))
def test_any_integers(values: list[int | None]) -> None:
    """Integers are numbers, rounded as floats are, and levels that are spelt like them."""
    for field in (X12, X5):
        assert cleaned([*values, 7], field, pl.Int64) == expected([*values, 7], field)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([True, None, False], pl.Boolean), ([date(2020, 1, 1), None, date(2021, 1, 1)], pl.Date),
        ([b"5", b"\xff"], pl.Binary), ([7, None, 8, 2**63], pl.UInt64), ([7.0, 1.5, 1e300, -0.0], pl.Float64),
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", [X12, X5, replace(X5, levels=("monday", "friday"))])
def test_other_types(values: list[Any], dtype: Any, field: Field) -> None:
    """A value of a type that the cleaner refuses is the same error in a column."""
    assert cleaned(values, field, dtype) == expected(values, field)


def test_texts_in_other_types() -> None:
    """Categories are their texts, decimals the numbers that their digits spell."""
    assert cleaned(["$5", "monday"], X5, pl.Categorical) == expected(["$5", "monday"], X5)
    assert cleaned([Decimal("0.10"), None], X12, pl.Decimal(20, 2)) == expected(["0.10", None], X12)
    assert cleaned([None, None], X12, pl.Null) == [None, None]


def test_decimals_of_a_category() -> None:
    """A decimal is the level that the number is in JSON: its zeros after the point do not count."""
    field = CategoryField("s", fill="2", levels=("1", "2", "2.5", "10"), unknown="missing")
    for dtype, cells in ((pl.Decimal(10, 2), ("1.00", "2.50", "10.00")), (pl.Decimal(10, 1), ("1.0", "2.5", "10.0"))):
        table = pl.DataFrame({"s": pl.Series(list(map(Decimal, cells)), dtype=dtype)})
        assert clean_columns(table, [field])["s"].values.to_list() == ["1", "2.5", "10"]
    whole = pl.DataFrame({"s": pl.Series([Decimal(1), Decimal(10), None], dtype=pl.Decimal(38, 0))})
    assert clean_columns(whole, [field])["s"].values.to_list() == ["1", "10", None]


def test_names_like_those_of_the_engine() -> None:
    """A field may be called what the columns in between would be called if names could begin with a blank."""
    table = pl.DataFrame({"x12": ["$5", "6"], "read x12": ["1", "$2"]})
    found = clean_columns(table, [X12, replace(X12, name="read x12")])
    assert {name: column.values.to_list() for name, column in found.items()} == {
        "x12": [5.0, 6.0],
        "read x12": [1.0, 2.0],
    }


@pytest.mark.parametrize("field", [X12, X5])
@pytest.mark.parametrize("text", ["a{}", "€{}", "a{}\x00"])
def test_the_cleaner_gives_a_reason_once(field: Field, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a column of different texts that mean nothing the cleaner sees one, and each is quoted as it does."""
    values = [text.format(number) for number in range(1_000)]
    wanted = expected(values, field)
    cleaner = Mock(wraps=clean_value)
    monkeypatch.setattr(unread, "clean_value", cleaner)
    assert cleaned(values, field) == wanted
    cleaner.assert_called_once_with(values[0], field)


def test_nested_columns_are_refused() -> None:
    """A field whose column holds lists refuses the file."""
    with pytest.raises(FileRefused, match=r"column x12 holds List\(Int64\), expected numbers or text"):
        clean_columns(pl.DataFrame({"x12": [[1]]}), [X12])


def assert_scored(model: Model, table: pl.DataFrame, expected: Answers) -> None:
    """The table's answers are the row path's."""
    scored = Scorer(model)(table)
    errors = [(row + 1, *rest) for row, *rest in described(scored.errors).iter_rows()]
    assert_same(model, scored.answers, errors, expected)
    assert scored.rows == table.height == scored.answers.height + scored.errors["row"].n_unique()


def test_golden_lines(model: Model, golden: list[dict[str, Any]]) -> None:
    """The golden lines get their published `phat` from the column path."""
    records = [as_text(line["record"]) for line in golden]
    table = pl.DataFrame(records, schema=dict.fromkeys(model.artifact.schema.names, pl.String), orient="row")
    assert_scored(model, table, score_rows(model, records))
    found = Scorer(model)(table).answers["phat"]
    assert max(abs(a - line["phat"]) for a, line in zip(found, golden, strict=True)) <= 1e-12


def as_text(record: Mapping[str, object]) -> dict[str, str | None]:
    """A record as a CSV would hold it."""
    return {name: None if value is None else str(value) for name, value in record.items()}


def test_simulated_records(model: Model) -> None:
    """Simulated records get the row path's answers."""
    for columns in simulate(3_000, 7):
        table = pl.DataFrame(columns)
        assert_scored(model, table, score_rows(model, table.iter_rows(named=True)))


def frames(model: Model) -> st.SearchStrategy[pl.DataFrame]:
    """Tables of some of the model's fields with arbitrary texts, some of them levels."""
    names = [field.name for field in model.artifact.schema.fields]
    levels = [level for field in model.artifact.schema.fields for level in levels_of(field)]
    cell = st.none() | texts | st.sampled_from(levels) | st.floats(-1e3, 1e3).map(str) | st.just("0.25")
    rows = st.lists(st.lists(cell, min_size=len(names), max_size=len(names)), max_size=6)
    whole = rows.map(lambda cells: pl.DataFrame(cells, dict.fromkeys(names, pl.String), orient="row"))
    return st.tuples(whole, st.sets(st.sampled_from(names))).map(lambda found: found[0].drop(found[1]))


@pytest.mark.slow
def test_arbitrary_frames(model: Model) -> None:
    """Any table of any of the model's fields gets the row path's answers and errors."""

    @settings(deadline=None, max_examples=200)
    @given(frames(model))
    def check(table: pl.DataFrame) -> None:
        if table.width:
            assert_scored(model, table, score_rows(model, table.iter_rows(named=True)))

    check()


@pytest.mark.slow
def test_enough_errors(model: Model) -> None:
    """Where a few errors are enough, the first of them are those that are first of all."""
    names = ["x12", "x44", "x53", "x5"]
    cell = st.sampled_from([None, "0.5", "0.5", "0.5", "1e308", "bad", "b\x00d", "-$5"])
    rows = st.lists(st.lists(cell, min_size=len(names), max_size=len(names)), max_size=12)

    @settings(deadline=None, max_examples=100)
    @given(rows, st.integers(1, 4))
    def check(cells: list[list[str | None]], enough: int) -> None:
        table = pl.DataFrame(cells, dict.fromkeys(names, pl.String), orient="row")
        every, some = Scorer(model)(table).errors, Scorer(model, enough=enough)(table).errors
        assert described(some.head(enough)).rows() == described(every.head(enough)).rows()

    check()


@pytest.mark.slow
@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_links_constants_and_intervals(model: Model, link: str) -> None:
    """With each link, a constant and bounds, any table gets the row path's answers."""
    old = model.artifact
    coefficients = {**old.coefficients, "const": -0.4}  # not first, as in the tables of others
    covariance = (*((*row, 0.0) for row in old.known_covariance), (*(0.0 for _ in old.known_covariance), 0.01))
    terms = Terms(old.terms.factors, (*old.terms.columns, Column("const", ())))
    artifact = replace(old, link=link, terms=terms, coefficients=coefficients, covariance=covariance, baseline=None)
    moved = replace(model, artifact=artifact, predictor=type(model.predictor)(artifact))
    z = quantile(0.9, None)

    @settings(deadline=None, max_examples=50)
    @given(frames(model))
    def check(table: pl.DataFrame) -> None:
        if not table.width:
            return
        expected = score_rows(moved, table.iter_rows(named=True))
        assert_scored(moved, table, expected)
        bounds = Scorer(moved, level=0.9)(table).answers.select(INTERVAL).rows()
        for row, each in zip(bounds, expected.predictions, strict=True):
            error = standard_error(each.values, covariance)
            interval = wald_interval(each.linear_predictor, error, z, moved.predictor.inverse_link)
            assert row == pytest.approx(interval, rel=1e-12, abs=1e-12)

    check()


odd = st.one_of(
    st.none(),
    st.sampled_from(["?", "nan", "", " ", "1", "1.0", "2.5", "3", "03", "true", "FALSE", "Yes", " no", "missing"]),
    st.sampled_from(["none", "null", "Z\u00fcrich", "other", "Other", "$2", "maybe"]),
)
NAMES = [field.name for field in POLICIES.fields]


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(odd, min_size=len(NAMES), max_size=len(NAMES)), max_size=8), st.sets(st.sampled_from(NAMES)))
@example([[None] * 6, ["?", "", None, " ", None, None], ["1", "x", None, None, None, None]], set())
@example([["1", "1", None, "1", None, None]], set())
def test_policies(rows: list[list[str | None]], absent: set[str]) -> None:
    """Whatever a field says of gaps, unknown levels and booleans, a table's answers and errors are the row path's."""
    table = pl.DataFrame(rows, dict.fromkeys(NAMES, pl.String), orient="row").drop(absent)
    if table.width:
        assert_scored(WITH_POLICIES, table, score_rows(WITH_POLICIES, table.iter_rows(named=True)))


def test_booleans_and_floats_of_a_data_frame() -> None:
    """Booleans and floats are the levels that they spell, and booleans numbers where training had them."""
    table = pl.DataFrame(
        {
            "asked": [1, 2, 3, 4],
            "flag": [True, None, False, True],
            "grade": [1.0, 2.5, 3.0, 1.0],
            "smoker": [True, False, None, True],
            "town": pl.Series(["None", "none", "zürich", "Basel"], dtype=pl.Categorical),
        }
    )
    expected = score_rows(WITH_POLICIES, table.iter_rows(named=True))
    assert [error[:3] for error in expected.errors] == [(3, "grade", "unknown_level")]
    assert_scored(WITH_POLICIES, table, expected)


def test_large_numbers_go_the_row_path(model: Model) -> None:
    """Numbers of which a plain sum would be wrong, or leave the range of floats, are summed as the row path does."""
    table = pl.DataFrame(
        {"x44": [1e20, 1e16, 1e308, -1e308, 0.5, 1.0], "x53": [-1e20, 1e16, 1e308, 1e308, 0.5, -1e308]}
    )
    assert_scored(model, table, score_rows(model, table.iter_rows(named=True)))


def test_large_numbers_that_cancel(model: Model) -> None:
    """Where large terms leave little of each other, what is left is summed as the row path does."""
    numbers, *_ = model.artifact.terms.divide(model.artifact.schema)
    slopes = {name: model.artifact.coefficients[name] / number.scale for name, number in numbers.items()}
    table = pl.DataFrame({"x12": [1e3] * 3, "x44": [1e9, 1e11, 1e13]})
    table = table.with_columns(x53=-pl.col("x44") * (slopes["x44"] / slopes["x53"]))
    expected = score_rows(model, table.iter_rows(named=True))
    assert all(0.01 < each.answer < 0.99 for each in expected.predictions)
    assert_scored(model, table, expected)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_large_numbers_that_leave_no_doubt(model: Model, link: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows whose terms are large go the row path only where that could show: not where `phat` is as good as 0 or 1."""
    artifact = replace(model.artifact, link=link)
    moved = replace(model, artifact=artifact, predictor=type(model.predictor)(artifact))
    table = pl.DataFrame({"x44": [1e9, -1e9, 1e200, 99999.0], "x53": [0.5, 1e3, -1e200, 0.0]})
    wanted = score_rows(moved, table.iter_rows(named=True))
    monkeypatch.delattr(type(model.predictor), "predict_one")
    assert_same(moved, Scorer(moved)(table).answers, [], wanted)


def test_decisions_at_the_cutoff(model: Model) -> None:
    """Where the last bits of `phat` decide, and those of a plain sum differ, the decision is the row path's."""
    table = pl.DataFrame(next(simulate(400, 7)))
    rows = [prediction.answer for prediction in score_rows(model, table.iter_rows(named=True)).predictions]
    plain = Scorer(model)(table).answers["phat"].to_list()
    differing = [row for row, (a, b) in enumerate(zip(rows, plain, strict=True)) if a > b]
    assert differing
    for row in differing:
        moved = replace(model.artifact, answer=Binary(rows[row], model.artifact.labels))
        near = replace(model, artifact=moved, predictor=type(model.predictor)(moved))
        assert Scorer(near)(table[row]).answers["business_outcome"].to_list() == [moved.labels.event]
