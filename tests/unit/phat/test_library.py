"""The library in a notebook: what it exports is proven, and its answers are the endpoint's own."""

import html
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import phat
from phat.errors import AbsentField, InvalidRows
from phat.live import ExportNotice
from phat.model.errors import ArtifactError, ModelError
from phat.model.provenance import Proof
from phat.preprocessing.schema import levels_of
from phat.training.errors import ConfigError, DataError, NotProven, NotServable
from tests.unit.takeover.imports import FIELDS, columns_of, logit, raw_rows

RAW = raw_rows()
NEW = raw_rows(50, 6).set_index(pd.Index([f"row {number}" for number in range(50)])).astype({"region": object})
NAMED = {field["name"]: {key: value for key, value in field.items() if key != "name"} for field in FIELDS}


def export(results: Any = None, data: Any = RAW, **options: Any) -> phat.Model:
    """A model of the raw rows' Logit, whatever it warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExportNotice)
        return phat.export(logit(RAW) if results is None else results, data=data, **{"fields": NAMED} | options)


MODEL = export(name="churn", labels={"event": "leaves", "other": "stays"}, cutoff=np.float64(0.4))


def test_a_frame_gives_a_frame_with_its_index() -> None:
    """Answers to new rows are statsmodels' own, in the order and with the index of the frame."""
    answers = MODEL.predict(NEW)
    assert answers.index.equals(NEW.index)
    assert list(answers.columns) == ["business_outcome", "phat"]
    expected = logit(RAW).predict(columns_of(NEW))
    np.testing.assert_allclose(answers["phat"], expected, rtol=1e-12)
    assert answers["business_outcome"].tolist() == ["leaves" if phat >= 0.4 else "stays" for phat in answers["phat"]]


def test_records_give_records_with_the_same_bits() -> None:
    """Records are answered as the rows of a frame, whatever numpy and pandas make of their values."""
    records = NEW.to_dict("records")
    answers = MODEL.predict(records)
    assert answers == MODEL.predict(NEW).to_dict("records")
    scalars = [{key: np.array([value])[0] for key, value in record.items()} for record in records]
    assert MODEL.predict(scalars) == answers
    assert MODEL.predict(NEW.convert_dtypes().astype({"region": "category"})).to_dict("records") == answers
    assert MODEL.predict([]) == []


def test_an_empty_frame_gives_an_empty_one() -> None:
    """A frame without rows is answered with the same columns and types."""
    empty = MODEL.predict(NEW.iloc[:0])
    assert list(empty.columns) == ["business_outcome", "phat"]
    assert len(empty) == 0
    assert empty["phat"].dtype == np.float64


def spoilt() -> pd.DataFrame:
    """Four rows, two of which are refused."""
    bad = NEW.iloc[:4].copy()
    bad.loc["row 1", "region"] = "east"
    bad.loc["row 3", "age"] = float("nan")
    return bad


def test_refused_rows_are_named_by_label_and_field() -> None:
    """By default all rows that are refused are named, with the frame's labels or the places in a list."""
    with pytest.raises(InvalidRows, match="2 of 4 rows are refused") as caught:
        MODEL.predict(spoilt())
    assert "index 'row 1', region: got 'east', expected one of north, south, west" in str(caught.value)
    assert [(label, error.field) for label, error in caught.value.errors] == [("row 1", "region"), ("row 3", "age")]
    assert (caught.value.total, caught.value.rows) == (2, 2)
    with pytest.raises(InvalidRows, match="index 1, region"):
        MODEL.explain(spoilt().to_dict("records"))


def test_refused_rows_can_be_nan() -> None:
    """With on_error="nan" the other rows are answered as they are alone, and these are missing."""
    bad = spoilt()
    answers = MODEL.predict(bad, on_error="nan")
    good = ["row 0", "row 2"]
    pd.testing.assert_frame_equal(answers.loc[good], MODEL.predict(bad.loc[good]))
    assert answers.isna().all(axis=1).tolist() == [False, True, False, True]
    assert MODEL.predict(bad.to_dict("records"), on_error="nan")[1] == {"business_outcome": None, "phat": None}
    assert MODEL.explain(bad, on_error="nan").isna().all(axis=1).tolist() == [False, True, False, True]
    assert MODEL.explain(bad.to_dict("records"), on_error="nan")[3] is None


def test_contributions_add_up() -> None:
    """Contributions with the constant are the linear predictor, in frames and in records."""
    frame = MODEL.explain(NEW)
    assert frame.index.equals(NEW.index)
    parts = frame[[name for name in frame.columns if name.startswith("contribution_")]]
    phat = MODEL.predict(NEW)["phat"]
    np.testing.assert_allclose(parts.sum(axis=1), np.log(phat / (1 - phat)), rtol=1e-9)
    first = MODEL.explain(NEW.to_dict("records"))[0]
    by_field = {item["field"]: item["contribution"] for item in first["fields"]}
    assert by_field == {name: frame[f"contribution_{name}"].iloc[0] for name in ("age", "debt", "region")}


def test_an_absent_field_is_warned_of() -> None:
    """A field that no row has, and that has a fill, is no silent fill; one that is required is an error."""
    with pytest.warns(AbsentField, match="debt: in no row; it counts as missing, as -0.5; the column 'debt2' was ig"):
        MODEL.predict(NEW.rename(columns={"debt": "debt2"}))
    with pytest.raises(InvalidRows, match="age"):
        MODEL.predict(NEW.drop(columns="age"))
    MODEL.predict(NEW.rename(columns={"debt": " Debt"}))


@pytest.mark.parametrize(
    ("rows", "error", "reason"),
    [
        ({"age": 1}, TypeError, "got one record"),
        ("age", TypeError, "type str, expected a pandas DataFrame or a list of records"),
        ([1], TypeError, "type list, expected"),
        (NEW["age"], TypeError, "type Series"),
        (pd.concat([NEW, NEW[["age"]]], axis=1), ValueError, "more than one column of the name age"),
    ],
)
def test_what_are_no_rows_is_refused(rows: Any, error: type[Exception], reason: str) -> None:
    """Other values than frames and lists of records are refused in words."""
    with pytest.raises(error, match=reason):
        MODEL.predict(rows)


def test_an_unknown_policy_is_refused() -> None:
    """A misspelt on_error is not taken for one of the two."""
    with pytest.raises(ValueError, match="on_error: got 'none'"):
        MODEL.predict(NEW, on_error="none")  # type: ignore[arg-type]


def test_columns_whose_names_are_no_text_are_no_fields() -> None:
    """A frame may have numbers as names of other columns, and a record as keys."""
    answers = MODEL.predict(NEW.assign(other=1).rename(columns={"other": 7}))
    pd.testing.assert_frame_equal(answers, MODEL.predict(NEW))
    assert MODEL.predict([{7: 1, **NEW.to_dict("records")[0]}]) == MODEL.predict(NEW.to_dict("records")[:1])


def test_save_and_load(tmp_path: Path) -> None:
    """A saved model is the same when it is loaded; what is no model is refused."""
    MODEL.save(tmp_path / "churn.json")
    loaded = phat.load(str(tmp_path / "churn.json"))
    assert (loaded.name, loaded.version, loaded.sha256) == ("churn", MODEL.sha256[:12], MODEL.sha256)
    assert loaded.artifact == MODEL.artifact
    (tmp_path / "cut.json").write_bytes((tmp_path / "churn.json").read_bytes()[:-100])
    with pytest.raises(ArtifactError, match="not JSON"):
        phat.load(tmp_path / "cut.json")
    for address in ("s3://bucket", "s3:///key"):
        with pytest.raises(ValueError, match="expected an address such as s3://bucket/models"):
            phat.load(address)


def test_it_is_shown_as_a_line_and_as_a_card() -> None:
    """A terminal shows one line; a notebook the card, in which nothing of a model's texts is markup."""
    assert re.fullmatch(r"<phat.Model churn [0-9a-f]{12}, logit, proven on 300 raw records, .*>", repr(MODEL))
    card = export(about="<script>alert(1)</script>")._repr_html_()
    assert card is not None
    assert "<script" not in card
    assert "<script>alert(1)</script>" in html.unescape(card)
    assert "region_west" in card


def test_the_names_of_the_package() -> None:
    """The package lists what the library has, and knows nothing else."""
    assert {"Model", "export", "load"} <= set(dir(phat))
    with pytest.raises(AttributeError, match="module 'phat' has no attribute 'fit'"):
        phat.fit  # noqa: B018


def shuffled(data: pd.DataFrame) -> pd.DataFrame:
    """The same rows in another order, with the labels that they had."""
    return data.sample(frac=1, random_state=1)


@pytest.mark.parametrize(
    "label",
    [lambda row: row, lambda row: f"c{row}", lambda row: pd.Timestamp("2024-01-01") + pd.Timedelta(row, "h")],
    ids=["numbers", "texts", "times"],
)
def test_rows_are_known_by_their_labels(label: Any) -> None:
    """A fit on some of the rows, in another order, is proven row by row by the frame's index."""
    raw = RAW.set_index(pd.Index([label(row) for row in range(len(RAW))]))
    fitted = shuffled(raw.dropna())
    proof = export(logit(fitted, columns_of(fitted)), raw).artifact.provenance.proof
    assert proof == Proof("rows", "given data", len(fitted), len(raw) - len(fitted))


def test_rows_of_double_labels_are_not_guessed() -> None:
    """Labels that are not all different tell nothing."""
    raw = RAW.set_index(pd.Index([0] * len(RAW)))
    with pytest.raises(NotProven, match="nothing tells which are which"):
        export(logit(shuffled(raw)[:200]), raw)


def test_what_differs_is_named() -> None:
    """A scaler that is missing from the fields is reported by column."""
    with pytest.raises(NotProven, match="age"):
        export(fields=NAMED | {"age": {}})


def test_expected_answers_prove_results_without_data() -> None:
    """Results that have lost their data are proven by raw rows with statsmodels' predictions."""
    results = logit(RAW)
    answers = RAW.assign(phat=results.predict(columns_of(RAW)))
    names = list(columns_of(RAW))
    results.remove_data()
    model = export(results, None, expected=answers, columns=names)
    assert model.artifact.provenance.proof == Proof("expected", None, 300)
    wrong = answers.assign(phat=answers["phat"] + 1e-6)
    with pytest.raises(NotProven, match="300 of 300; expected, index 0: got phat"):
        export(results, None, expected=wrong, columns=names)
    with pytest.raises(DataError, match="expected: there is no column phat"):
        export(results, None, expected=RAW, columns=names)
    with pytest.raises(DataError, match="expected, index 0: phat is missing"):
        export(results, None, expected=answers.assign(phat=None), columns=names)


def plain_fit(raw: pd.DataFrame) -> Any:
    """A fit on two raw columns as they are."""
    return sm.Logit(raw["y"], sm.add_constant(raw[["age", "debt"]])).fit(disp=0)


def test_plain_columns_are_fields_by_themselves() -> None:
    """Without definitions each column of the fit is a number, and the raw rows prove it."""
    raw = RAW.dropna()
    model = export(plain_fit(raw), raw, fields=None)
    assert [field.name for field in model.artifact.schema.fields] == ["age", "debt"]
    assert model.artifact.constant == "const"
    assert model.artifact.provenance.proof.on == "given data"


def test_the_fits_own_frame_is_proof_where_columns_are_fields() -> None:
    """Without data the fit's own frame proves it, and fields that look scaled or coded are reported."""
    raw = RAW.dropna()
    scaled = raw.assign(
        age=(raw["age"] - raw["age"].mean()) / raw["age"].std(),
        debt=(raw["debt"] - raw["debt"].min()) / (raw["debt"].max() - raw["debt"].min()),
        west=(raw["region"] == "west").astype(float),
    )
    results = sm.Logit(raw["y"], sm.add_constant(scaled[["age", "debt", "west"]])).fit(disp=0)
    with pytest.warns(ExportNotice) as notices:
        model = phat.export(results)
    proof = model.artifact.provenance.proof
    assert (proof.kind, proof.on, proof.records) == ("rows", "the fit's own frame", len(raw))
    for text in ("age: mean 0 and standard deviation 1", "debt: from 0 to 1, as if min-max", "west: only 0 and 1"):
        assert any(text in str(notice.message) for notice in notices)
    assert not [
        text for text in export(plain_fit(raw), None, fields=None).artifact.provenance.notices if "own frame" in text
    ]
    assert model.artifact.baseline is not None


def test_names_given_by_hand_are_no_frame_of_the_fits_own() -> None:
    """Columns of an array have no names to prove: whoever names them gives data, or it is not proven."""
    raw = RAW.dropna()
    results = sm.Logit(raw["y"].to_numpy(), sm.add_constant(raw[["age", "debt"]].to_numpy())).fit(disp=0)
    model = export(results, None, fields=None, columns=["const", "debt", "age"])
    assert model.artifact.provenance.proof.kind == "none"
    with pytest.raises(ArtifactError, match="column debt has the name of a field that it is not made of"):
        export(results, raw, fields=None, columns=["const", "debt", "age"])


def test_unproven_models_are_not_published() -> None:
    """Whoever publishes a model that is not proven says so; an address is a bucket alone."""
    model = export(None, None)
    assert "not proven on raw records" in repr(model)
    with pytest.raises(ModelError, match=r"or publish it as it is \(--unproven, unproven=True\)"):
        model.publish("s3://bucket")
    for address in ("bucket", "s3://", "s3://bucket/key"):
        with pytest.raises(ValueError, match="expected an address such as s3://bucket"):
            MODEL.publish(address)


def test_other_columns_of_the_data_keep_their_names() -> None:
    """A column that is spelt like a field but is another one is not taken for it in records."""
    model = export(data=RAW.assign(Age=0.0))
    assert model.artifact.schema.exact_names == ("Age",)
    with pytest.raises(InvalidRows, match="age"):
        model.predict([{"Age": 1.0, "region": "west"}])
    assert export(data=RAW.rename(columns={"age": "AGE"})).artifact.schema.exact_names == ()
    both = RAW.dropna().assign(Age=lambda raw: raw["debt"] ** 2)
    results = sm.Logit(both["y"], sm.add_constant(both[["age", "Age"]])).fit(disp=0)
    assert export(results, both, fields=None).artifact.schema.exact_names == ("Age", "age")


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"data": [1]}, DataError, "data: got a value of type list, expected a pandas DataFrame"),
        ({"data": RAW.iloc[:0]}, DataError, "data: there are no rows"),
        ({"data": RAW.drop(columns="age")}, DataError, "data: there is no column for the fields age"),
        ({"data": pd.concat([RAW, RAW], axis=1)}, DataError, "data: there is more than one column of the name age"),
        ({"fields": ["age"]}, ConfigError, "fields: expected definitions by name"),
        ({"fields": {"age": 1}}, ConfigError, "fields: expected definitions by name"),
        ({"fields": NAMED | {"region": {"kind": "category"}}}, ConfigError, "field 'region': a category needs its lev"),
        ({"cutoff": 2.0}, ConfigError, "cutoff"),
        ({"name": "a b"}, ConfigError, "name"),
        ({"results": [1]}, NotServable, "got a list of builtins, expected the results of a statsmodels fit"),
    ],
)
def test_bad_arguments_are_refused_by_name(options: dict[str, Any], error: type[Exception], reason: str) -> None:
    """What cannot be exported says which argument, what it got and what was expected."""
    with pytest.raises(error, match=reason):
        export(**options)


def test_definitions_may_hold_what_numpy_and_pandas_give() -> None:
    """Means, level arrays and tuples of a notebook are plain data in the file."""
    fields = {
        "age": {"centre": np.float64(45), "scale": np.int64(15)},
        "debt": {"fill": np.float32(-0.5)},
        "region": {"levels": pd.Series(["north", "south", "west"]), "reference": np.str_("north")},
    }
    assert export(fields=fields).artifact.schema == export().artifact.schema
    region = export(fields=fields | {"region": {"levels": ("north", "south", "west")}}).artifact.schema.fields[2]
    assert levels_of(region) == ("north", "south", "west")
