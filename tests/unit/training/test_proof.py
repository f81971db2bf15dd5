"""The proof: what is compared with what, how closely, and what is said of a difference."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
import statsmodels.api as sm

from phat.model.artifact import Artifact
from phat.model.predict import Predictor
from phat.model.provenance import Proof
from phat.training import reference
from phat.training.alignment import Alignment, alignments
from phat.training.errors import DataError, NotProven
from phat.training.proof import Proven, Reference, prove_expected, prove_rows
from phat.training.raw import read_expected
from phat.training.served import serve
from tests.unit.takeover.imports import columns_of, logit, raw_rows, take_over

RAW = raw_rows()
RESULTS = logit(RAW)
ARTIFACT = take_over(RESULTS, RAW)
EXOG = columns_of(RAW).to_numpy()
RECORDS: list[dict[str, object]] = RAW.drop(columns="y").to_dict("records")  # type: ignore[assignment]  # names are text


def prove(exog: Any = EXOG, phat: Any = None, artifact: Artifact = ARTIFACT, rows: Any = None) -> Proven:
    """The proof of raw records, in the order of these rows, against columns and answers."""
    predictor = Predictor(artifact)
    answers = np.asarray(RESULTS.predict(exog)) if phat is None else phat
    order = np.arange(len(RAW)) if rows is None else rows
    return prove_rows(
        predictor,
        serve(predictor, RECORDS),
        Reference(exog, None, answers[:, None]),
        [Alignment("by position", order)],
        "given data",
    )


def changed(row: int, column: int, by: float) -> Any:
    """The fit's columns with one cell off, relative to the column's largest."""
    exog = EXOG.copy()
    exog[row, column] += by * np.abs(exog[:, column]).max()
    return exog


@pytest.mark.parametrize("column", range(5))
def test_a_cell_counts_to_1e_12_of_its_columns_largest(column: int) -> None:
    """One cell that is off by more is a difference, by less is none."""
    assert prove(changed(7, column, 5e-13)).proof == Proof("rows", "given data", 300)
    name = list(columns_of(RAW))[column]
    with pytest.raises(NotProven, match=f"column {name} differs in 1 of 300 rows; row 8: got"):
        prove(changed(7, column, 2e-12))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_differs(value: float) -> None:
    """A cell of the fit that is no number is met by no record."""
    exog = EXOG.copy()
    exog[2, 1] = value
    with pytest.raises(NotProven, match="column age differs in 1 of 300 rows; row 3: got"):
        prove(exog, np.full(300, 0.5))


def test_the_row_of_the_data_is_named() -> None:
    """Rows are numbered as in the data, from 1, in whatever order the fit has them."""
    with pytest.raises(NotProven, match="column age differs in 1 of 300 rows; row 300: got"):
        prove(changed(299, 1, 1e-9)[::-1], rows=np.arange(300)[::-1])


@pytest.mark.parametrize("off", [3e-12, np.nan])
def test_answers_are_compared_too(off: float) -> None:
    """Columns that are alike prove nothing of an answer that statsmodels gives otherwise."""
    phat = np.asarray(RESULTS.predict(EXOG)).copy()
    phat[5] += off
    with pytest.raises(NotProven, match=r"row 6 \(rows aligned by position\): got phat .*, statsmodels says"):
        prove(phat=phat)


def test_linear_predictors_are_compared_too() -> None:
    """A linear predictor that is off by more than 1e-12 of its terms is refused, though the columns are alike."""
    predictor = Predictor(ARTIFACT)
    served, fit = serve(predictor, RECORDS), Reference(EXOG, None, np.asarray(RESULTS.predict(EXOG))[:, None])
    eta = served.linear_predictor.copy()
    eta[9] += 1e-10
    by_position = [Alignment("by position", np.arange(len(RAW)))]
    prove_rows(predictor, served, fit, by_position, "given data")
    with pytest.raises(NotProven, match=r"row 10 \(rows aligned by position\): got linear predictor .*, the fit has"):
        prove_rows(predictor, served._replace(linear_predictor=eta), fit, by_position, "given data")


def test_another_link_is_found() -> None:
    """The same columns and coefficients through another link are no proof."""
    with pytest.raises(NotProven, match="statsmodels says"):
        prove(artifact=replace(ARTIFACT, link="probit"))


def test_other_columns_than_five_are_counted() -> None:
    """A fit with other columns altogether names a few of them and counts the rest."""
    raw = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 9)).round(3)).add_prefix("z").assign(y=[0, 1] * 20)
    x = raw.drop(columns="y")
    results = sm.GLM(raw.y, x * 2 + 1, sm.families.Binomial()).fit()
    with pytest.raises(NotProven, match="and 4 columns more") as caught:
        take_over(results, raw, fields=[{"name": name} for name in x])
    assert str(caught.value).count("differs in 40 of 40 rows") == 5


def possible(
    size: int, labels: Any = None, cells: dict[str, list[str]] | None = None, complete: tuple[bool, ...] = (True,) * 4
) -> Iterator[tuple[str, list[int]]]:
    """Possible alignments of a fit of this size with four records."""
    found = alignments(size, labels, range(len(complete)), cells or {"a": ["1", "", "na", "4"]}, complete)
    return ((item.by, item.rows.tolist()) for item in found)


def test_alignments() -> None:
    """Rows may be aligned by position, index, a column that was the index, or by gaps."""
    assert next(possible(4)) == ("by position", [0, 1, 2, 3])
    assert next(possible(3, [2, 0, 0])) == ("by the fit's index", [2, 0, 0])
    assert list(possible(3, [5, 0, 1])) == []
    assert list(possible(3, [-1, 0, 1])) == []
    cells = {"twice": ["7", "7", "8", "9"], "key": ["6", "7", "8", "9"], "few": ["7", "1", "2", "9"]}
    assert list(possible(2, ["9", "7"], cells)) == [("by column key", [3, 1]), ("by column few", [3, 0])]
    assert list(possible(2, [9, 8], cells)) == [("by column key", [3, 2])]
    gaps = (True, False, True, True)
    assert list(possible(3, complete=gaps)) == [
        ("by position among the rows without gaps in the model's fields", [0, 2, 3])
    ]
    assert list(possible(2, complete=gaps)) == [("by position among the rows without any gap", [0, 3])]


def test_the_reference_model_is_proven_by_its_golden_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Building the reference model answers all 300 golden lines; one that differs ends the build."""
    assert reference.build().provenance.proof == Proof("expected", None, 300)
    lines = reference.read_golden()
    for change in ({"answer": 1e-11}, {"linear_predictor": 1e-10}, {"standard_error": 1e-7}):
        [(key, off)] = change.items()
        wrong = replace(lines[250], **{key: getattr(lines[250], key) + off})
        with monkeypatch.context() as patch:
            patch.setattr(reference, "read_golden", lambda: [*lines[:250], wrong, *lines[251:]])  # noqa: B023
            with pytest.raises(
                NotProven, match=f"1 of 300; golden line 251: got {key.replace('_', ' ').replace('answer', 'phat')}"
            ):
                reference.build()


def expected(tmp_path: Path, text: str | bytes) -> Any:
    """Expected answers read from a file."""
    path = tmp_path / "expected"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_expected(path, ARTIFACT.schema, ARTIFACT.answer)


def test_expected_answers_as_json_lines_and_as_csv(tmp_path: Path) -> None:
    """Both forms give the same records, without what is none of the model's fields, and prove the same."""
    phat = RESULTS.predict(EXOG).tolist()
    records = [{"AGE" if name == "age" else name: _plain(value) for name, value in item.items()} for item in RECORDS]
    lines = b"\n\n".join(
        orjson.dumps({"record": {**record, "secret": 1}, "phat": p}) for record, p in zip(records, phat, strict=True)
    )
    from_lines = expected(tmp_path, b"\xef\xbb\xbf" + lines + b"\n")
    table = RAW.assign(phat=phat, secret=1).rename(columns={"age": "Age"}).to_csv(index=False)
    from_table = expected(tmp_path, table)
    predictor = Predictor(ARTIFACT)
    for answers in (from_lines, from_table):
        assert all(item.record.keys() == {"age", "debt", "region"} for item in answers)
        proof = prove_expected(predictor, serve(predictor, (item.record for item in answers)), answers)
        assert proof == Proof("expected", None, 300)


def _plain(value: object) -> object:
    return None if isinstance(value, float) and np.isnan(value) else value


GOOD = '{"record": {"age": 1, "debt": 2, "region": "west"}, "phat": 0.5}'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "line 1: not JSON"),
        (f"{GOOD}\n[]", "line 2: not JSON|line 2 is not an object"),
        (f'{GOOD}\n\n{{"record": {{}}}}', "line 3: keys missing: phat"),
        ('{"record": [], "phat": 1}', "line 1: record is of the wrong type"),
        ('{"record": {"age": 1}, "phat": 1.5}', "line 1: phat: got 1.5, expected a number from 0 to 1"),
        ('{"record": {"AGE": 1, "Age": 2}, "phat": 1}', "line 1: age: got 'AGE' and 'Age', expected one key"),
        ("", "CSV|empty|header"),
        ("age,debt,region,phat\n", "no records below its header"),
        ("age,debt,region\n1,2,west\n", "there is no column phat"),
        ("age,phat\n1,0.5\n", "no column for the fields debt, region"),
        ("age,debt,region,phat\n1,2,west,half\n", "row 1: phat: got 'half', expected a number"),
        ("age,debt,region,phat\n1,2,west,0.5\n1,2,west,\n", "row 2: phat is missing"),
        (b"age,debt,region,phat\n1,2,w\xffst,0.5\n", "not UTF-8"),
    ],
)
def test_expected_answers_that_cannot_be_read_are_named(tmp_path: Path, text: str | bytes, reason: str) -> None:
    """What is wrong with a file of expected answers is named by line or row."""
    with pytest.raises(DataError) as caught:
        expected(tmp_path, text)
    assert any(part in str(caught.value) for part in reason.split("|")), str(caught.value)


def test_expected_records_that_are_refused_are_named() -> None:
    """A record of the file that the model refuses is named by row and field."""
    wrong = RAW.drop(columns="y").assign(phat=0.5)
    wrong.loc[4, "region"] = "east"
    with pytest.raises(DataError, match=r"records that the model refuses: 1(.|\n)*row 5, region: got 'east'"):
        take_over(RESULTS, expected=wrong)


def test_rounded_answers_are_no_proof() -> None:
    """Answers of six digits do not prove a model to 1e-12, and it is said what is missing."""
    rounded = RAW.drop(columns="y").assign(phat=RESULTS.predict(EXOG).round(6))
    with pytest.raises(NotProven, match="all digits are needed"):
        take_over(RESULTS, expected=rounded)
