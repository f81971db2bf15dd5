"""Import: statsmodels' own columns and predictions are the judge of what is taken over."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LogisticRegression
from statsmodels.discrete.conditional_models import ConditionalLogit
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.tsa.ar_model import AutoReg

from phat.model.artifact import Artifact
from phat.model.errors import ArtifactError
from phat.model.predict import Predictor
from phat.model.provenance import Proof
from phat.takeover.fitted import read_fit
from phat.takeover.importing import import_results
from phat.training.errors import ConfigError, DataError, NotProven, NotServable, TrainingError
from tests.unit.takeover.imports import (
    CENTRE,
    FIELDS,
    SCALE,
    columns_of,
    logit,
    pickled,
    quietly,
    raw_rows,
    take_over,
    written,
)

RAW = raw_rows()
NEW = raw_rows(200, 6)
LINKS = sm.families.links
CONSTANTS = ("const", "constant", "ones", "Intercept", "b0", None)


def glm(link: Any, **options: Any) -> Callable[[Any, Any], Any]:
    """How to fit a GLM of this link."""
    return lambda y, x: quietly(
        sm.GLM(y, x, sm.families.Binomial(quietly(link)), **{key: make(len(y)) for key, make in options.items()}).fit
    )


def weights(size: int) -> Any:
    """Some weights."""
    return np.arange(size) % 3 + 1.0


def constrained(y: Any, x: Any) -> Any:
    """A Logit whose first two coefficients add up to 0.1."""
    return quietly(sm.Logit(y, x).fit_constrained, (np.eye(2, x.shape[1]).sum(axis=0, keepdims=True), [0.1]), disp=0)


ESTIMATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Logit": lambda y, x: sm.Logit(y, x).fit(disp=0),
    "robust Logit": lambda y, x: sm.Logit(y, x).fit(disp=0, cov_type="HC0"),
    "Probit": lambda y, x: sm.Probit(y, x).fit(disp=0),
    "constrained": constrained,
    "GLM logit": glm(LINKS.Logit),
    "GLM in lower case": glm(LINKS.logit),
    "GLM probit in lower case": glm(LINKS.probit),
    "GLM cloglog": glm(LINKS.CLogLog),
    "GLM cloglog in lower case": glm(LINKS.cloglog),
    "GLM with frequency weights": glm(LINKS.Logit, freq_weights=weights),
    "GLM with variance weights": glm(LINKS.Probit, var_weights=weights),
}


def by_index(raw: pd.DataFrame, x: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
    """Rows with gaps dropped, the others shuffled: only the index tells."""
    kept = raw.dropna().sample(frac=1, random_state=1).index
    return x.loc[kept], raw.y[kept]


def repeated(raw: pd.DataFrame, x: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
    """Rows drawn with replacement."""
    drawn = raw.index[np.random.default_rng(3).integers(0, len(raw), len(raw))]
    return x.loc[drawn], raw.y[drawn]


def index_lost(raw: pd.DataFrame, x: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
    """Rows with gaps dropped, and the index reset."""
    kept = raw.dropna().index
    return x.loc[kept].reset_index(drop=True), raw.y[kept].to_numpy()


def arrays(raw: pd.DataFrame, x: pd.DataFrame) -> tuple[Any, Any]:
    """No names."""
    return x.to_numpy(), raw.y.to_numpy()


def left_out_by_statsmodels(raw: pd.DataFrame, x: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
    """Gaps are NaN, and their rows left to statsmodels."""
    return x.assign(debt=raw.debt), raw.y


ROWS: dict[str, Callable[[pd.DataFrame, pd.DataFrame], tuple[Any, Any]]] = {
    "all": lambda raw, x: (x, raw.y),
    "by index": by_index,
    "repeated": repeated,
    "index lost": index_lost,
    "arrays": arrays,
}


def scored(artifact: Artifact, raw: pd.DataFrame) -> Any:
    """Answers to raw records, as the endpoint gives them."""
    predictor = Predictor(artifact)
    return np.array([predictor.predict_one(record).answer for record in raw.drop(columns="y").to_dict("records")])


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(ESTIMATORS)), st.sampled_from(sorted(ROWS)), st.sampled_from(CONSTANTS), st.booleans())
def test_what_is_taken_over_answers_as_statsmodels_does(
    estimator: str, rows: str, constant: str | None, data_lost: bool
) -> None:
    """Whatever the estimator, the rows used and the constant's name, 200 new raw records are answered alike."""
    columns = columns_of(RAW, constant)
    x, y = ROWS[rows](RAW, columns)
    results = ESTIMATORS[estimator](y, x)
    expected = np.asarray(results.predict(columns_of(NEW, constant).to_numpy()))
    names: dict[str, Any] = {"columns": list(columns)} if rows == "arrays" or data_lost else {}
    if data_lost:
        if constant == "b0":
            return  # without data nothing tells that it is a constant
        results.remove_data()
        artifact = take_over(results, expected=NEW.drop(columns="y").assign(phat=expected), **names)
        assert artifact.provenance.proof == Proof("expected", None, len(NEW))
    else:
        artifact = take_over(results, RAW, **names)
        dropped = RAW.debt.isna().sum() if rows in ("by index", "index lost") else 0
        proof = artifact.provenance.proof
        assert (proof.kind, proof.on, proof.records) == ("rows", "given data", len(x))
        assert rows == "repeated" or proof.dropped == dropped
    assert artifact.constant == constant
    assert scored(artifact, NEW) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_rows_that_statsmodels_dropped() -> None:
    """With missing="drop" the rows that are left are proven, and the others counted."""
    results = sm.Logit(RAW.y, columns_of(RAW).assign(debt=RAW.debt), missing="drop").fit(disp=0)
    proof = take_over(results, RAW).provenance.proof
    gaps = int(RAW.debt.isna().sum())
    assert proof == Proof("rows", "given data", len(RAW) - gaps, gaps)
    assert f"{gaps} rows that the fit dropped" in proof.text


def test_rows_are_found_by_a_column_that_was_the_index() -> None:
    """A fit whose index was a customer's number is aligned by that column of the data."""
    raw = RAW.assign(record=[f"c{number:04}" for number in range(len(RAW))][::-1])
    used = raw.sample(150, random_state=2).set_index("record")
    artifact = take_over(logit(used), raw)
    assert artifact.provenance.proof == Proof("rows", "given data", 150, len(RAW) - 150)


def test_a_number_in_32_bits_is_proven_to_what_they_hold() -> None:
    """32-bit columns are proven to 1e-6, which a notice says; whole numbers, dummies and 64 bits are not."""
    x = columns_of(RAW).astype({"age": "float32", "region_west": "float32"})
    artifact = take_over(logit(RAW, x), RAW)
    assert artifact.provenance.proof.kind == "rows"
    assert "columns that are 32-bit floats in the fit, proven to 1e-06: age" in artifact.provenance.notices
    off = columns_of(RAW)
    off["age"] += 1e-7 * off.age.abs()
    with pytest.raises(NotProven, match=r"column age differs in \d+ of 300 rows"):
        take_over(logit(RAW, off), RAW)


def test_a_forgotten_scaler_is_refused() -> None:
    """Definitions that forget how a column was scaled are refused: column, rows, an example, centre and scale."""
    fields = [{"name": "age"}, *FIELDS[1:]]
    with pytest.raises(NotProven) as caught:
        take_over(logit(RAW), RAW, fields=fields)
    text = str(caught.value)
    assert "column age differs in 300 of 300 rows; row 1: got " in text
    first = float(RAW.age[0])
    assert f"got {first!r}, the fit has {(first - CENTRE) / SCALE!r}" in text
    assert "(got - 45.0) / 15.0" in text
    assert "column debt" not in text


@pytest.mark.parametrize("seed", range(5))
def test_centre_and_scale_of_the_message_are_right(seed: int) -> None:
    """What the message says of a forgotten scaler makes the definitions right."""
    raw = raw_rows(150, seed)
    results = logit(raw, columns_of(raw).assign(age=(raw.age - raw.age.mean()) / raw.age.std(ddof=0)))
    with pytest.raises(NotProven) as caught:
        take_over(results, raw, fields=[{"name": "age"}, *FIELDS[1:]])
    shown = re.search(r"which is \(got - (\S+)\) / (\S+) as in all rows", str(caught.value))
    assert shown
    centre, scale = map(float, shown.groups())
    fields = [{"name": "age", "centre": centre, "scale": scale}, *FIELDS[1:]]
    assert take_over(results, raw, fields=fields).provenance.proof.kind == "rows"


def test_a_wrong_fill_is_refused() -> None:
    """Only the rows that differ are counted, and the first of them is shown."""
    gaps = RAW.debt.isna()
    fields = [FIELDS[0], {"name": "debt", "fill": 0}, FIELDS[2]]
    with pytest.raises(NotProven) as caught:
        take_over(logit(RAW), RAW, fields=fields)
    place = f"column debt differs in {gaps.sum()} of 300 rows; row {gaps.argmax() + 1}: got 0.0, the fit has -0.5"
    assert place in str(caught.value)


@pytest.mark.parametrize("order", [[1, 0, 2, 3, 4], [0, 1, 2, 4, 3], [2, 1, 0, 3, 4]])
def test_columns_in_the_wrong_order_are_refused(order: list[int]) -> None:
    """Names given in another order than the fit's are refused, by its columns and by expected answers."""
    names = [list(columns_of(RAW))[index] for index in order]
    x = columns_of(RAW).to_numpy()
    with pytest.raises(TrainingError):
        take_over(logit(RAW, x), RAW, columns=names)
    results = logit(RAW, x)
    answers = NEW.drop(columns="y").assign(phat=results.predict(columns_of(NEW).to_numpy()))
    results.remove_data()
    with pytest.raises(NotProven, match=r"expected answers that differ .*: \d+ of 200; .*row \d+: got phat"):
        take_over(results, expected=answers, columns=names)


def test_other_names_for_named_columns_must_be_proven() -> None:
    """A fit's own names may be replaced where the proof shows that it is right, and not otherwise."""
    x = columns_of(RAW).rename(columns={"region_west": "west", "age": "years"})
    names = list(columns_of(RAW))
    assert tuple(take_over(logit(RAW, x), RAW, columns=names).columns) == tuple(names)
    with pytest.raises(ConfigError, match="the fit's own names are west, years"):
        take_over(logit(RAW, x), columns=names)


def test_rows_that_nothing_aligns_are_refused() -> None:
    """If neither index nor gaps tell which rows were used, that is said."""
    results = sm.Logit(RAW.y.to_numpy()[50:250], columns_of(RAW).to_numpy()[50:250]).fit(disp=0)
    with pytest.raises(NotProven, match="the fit used 200 rows, the data have 300, and nothing tells which are which"):
        take_over(results, RAW, columns=list(columns_of(RAW)))


def test_an_index_that_was_made_anew_is_not_believed() -> None:
    """Labels 0 to n of a shuffled fit would name the first rows: its columns say that these are not the ones."""
    used = RAW.sample(200, random_state=4).reset_index(drop=True)
    with pytest.raises(NotProven, match="rows aligned by the fit's index"):
        take_over(logit(used), RAW)


def test_cells_that_cannot_be_read_are_named() -> None:
    """Unreadable cells in rows that the fit used are refused by row and field; in other rows they do not matter."""
    raw = RAW.assign(age=RAW.age.astype(str))
    raw.loc[[3, 7], "age"] = "abc"
    with pytest.raises(DataError, match=r"records that the model refuses: 2(.|\n)*row 4, age: got 'abc'"):
        take_over(logit(RAW), raw)
    used = RAW.drop(index=[3, 7])
    assert take_over(logit(used), raw).provenance.proof.dropped == 2


def test_data_without_a_field_name_all_that_lack() -> None:
    """All fields that the data have no column for are named at once; names are read as clients' are."""
    with pytest.raises(DataError, match=r"no column for the fields age, region; the columns are debt, y"):
        take_over(logit(RAW), RAW[["debt", "y"]])
    renamed = RAW.rename(columns={"age": " AGE", "region": "Region"})
    assert take_over(logit(RAW), renamed).provenance.proof.kind == "rows"


def test_without_data_nothing_is_proven() -> None:
    """Without --data, or for results that have lost theirs, the proof is none and a notice says what would prove it."""
    artifact = take_over(logit(RAW))
    assert artifact.provenance.proof == Proof()
    assert "not proven on raw records: prove it by data, the fit's raw rows" in artifact.provenance.notices
    results = logit(RAW)
    results.remove_data()
    artifact = take_over(results, RAW, columns=list(columns_of(RAW)))
    assert artifact.provenance.proof == Proof()
    assert any(
        "expected answers to raw records, as the results have lost their data" in text
        for text in artifact.provenance.notices
    )
    assert artifact.baseline is not None
    assert artifact.baseline.source == "records of the given data"


def test_gaps_in_data_that_prove_nothing_are_left_out_and_reported() -> None:
    """Rows that a fit without its data may have dropped are no part of the baseline; unreadable cells are errors."""
    results = logit(RAW)
    results.remove_data()
    fields = [FIELDS[0], {"name": "debt"}, FIELDS[2]]
    artifact = take_over(results, RAW, fields=fields, columns=list(columns_of(RAW)))
    gaps = int(RAW.debt.isna().sum())
    assert f"rows of the data with gaps that the model refuses are left out: {gaps}" in artifact.provenance.notices
    assert artifact.baseline is not None
    assert artifact.baseline.records == len(RAW) - gaps
    raw = RAW.assign(age="abc")
    with pytest.raises(DataError, match="records that the model refuses: 300"):
        take_over(results, raw, columns=list(columns_of(RAW)))


def test_golden_figures_are_those_of_the_fit() -> None:
    """The golden records of a proven fit are its own rows, with statsmodels' predictions and linear predictors."""
    x = columns_of(RAW)
    results = logit(RAW, x.assign(age=x.age * (1 + 4e-13)))  # as another machine might have scaled it
    artifact = take_over(results, RAW)
    own = dict(zip(np.asarray(results.fittedvalues).tolist(), np.asarray(results.predict()).tolist(), strict=True))
    assert len(artifact.golden) >= 20
    for golden in artifact.golden:
        eta = min(own, key=lambda eta: abs(eta - golden.linear_predictor))
        assert golden.linear_predictor == pytest.approx(eta, rel=1e-15, abs=1e-15)
        assert golden.answer == pytest.approx(own[eta], rel=1e-15)
    assert artifact.provenance.training_records == len(RAW)
    assert artifact.baseline is not None
    assert artifact.baseline.score is not None
    assert sum(artifact.baseline.score.events or ()) == RAW.y.sum()


def test_large_terms_that_cancel_are_no_difference() -> None:
    """A year and its square, not centred, are taken over, though their terms are a million times their sum."""
    random = np.random.default_rng(1)
    raw = pd.DataFrame({"year": random.normal(2015, 2, 200).round(2)}).assign(y=np.arange(200) % 2)
    raw = raw.assign(square=raw.year**2 / 1000)
    results = sm.GLM(raw.y, sm.add_constant(raw[["year", "square"]]), sm.families.Binomial()).fit()
    fields = [{"name": "year"}, {"name": "square"}]
    assert take_over(results, raw, fields=fields).provenance.proof.records == 200


def test_few_records_are_topped_up() -> None:
    """A fit on fewer rows than an artifact has golden records is taken over; made-up records fill the rest."""
    raw = raw_rows(18, 1)
    artifact = take_over(logit(raw, sm.add_constant(raw[["age"]])), raw, fields=[{"name": "age"}])
    assert artifact.provenance.proof.records == 18
    assert len(artifact.golden) >= 20


def test_a_record_of_gaps_alone_is_not_made_up() -> None:
    """Of a model with one field, which has a fill, made-up records all have a value: a record of gaps is refused."""
    artifact = take_over(logit(RAW, columns_of(RAW)[["debt"]]), fields=[{"name": "debt", "fill": 0}])
    assert all(golden.record["debt"] is not None for golden in artifact.golden)


def test_the_smallest_definitions() -> None:
    """One field's name is enough: the model is called after the file, and nothing else needs to be said."""
    artifact = take_over(logit(RAW, sm.add_constant(RAW[["age"]])), RAW, fields=[{"name": "age", "kind": "number"}])
    assert artifact.name == "fit"
    assert (artifact.labels.event, artifact.labels.other, artifact.cutoff) == ("event", "not event", 0.5)
    assert artifact.provenance.proof.kind == "rows"


@pytest.mark.parametrize("name", ["const", "Constant", "ONES", "Intercept", "(Intercept)", "bias"])
def test_a_constant_is_known_by_its_values(name: str) -> None:
    """A column of ones that no field makes is the constant; a notice says so if its name does not."""
    artifact = take_over(logit(RAW, columns_of(RAW, name)), RAW)
    assert artifact.constant == name
    assert any(f"column {name} is 1 in all rows" in text for text in artifact.provenance.notices) == (name == "bias")


def test_a_constant_of_another_value_is_no_constant() -> None:
    """A column called const that is not 1 is a column that no field makes."""
    with pytest.raises(NotServable, match="no field makes the columns const of the fit"):
        take_over(logit(RAW, columns_of(RAW).assign(const=2.0)), RAW)


def test_all_misfits_are_named_at_once() -> None:
    """Every column without a field and every field without a column are named, and how columns are called."""
    x = columns_of(RAW).rename(columns={"region_west": "west", "region_south": "south"}).assign(height=RAW.age**2)
    fields = [*FIELDS, {"name": "income"}]
    with pytest.raises(NotServable) as caught:
        take_over(logit(RAW, x), RAW, fields=fields)
    text = str(caught.value)
    assert "no field makes the columns west, south, height of the fit" in text
    assert "the fields region, income make no column of the fit" in text
    assert "region_north, region_south, region_west" in text
    assert '"columns": [...]' in text


def test_columns_of_one_name_are_refused() -> None:
    """Duplicate names are named; with names of their own the same fit is taken over."""
    x = columns_of(RAW).rename(columns={"region_south": "region_west"})
    with pytest.raises(NotServable, match="more than one column of the fit is called region_west"):
        take_over(logit(RAW, x), RAW)
    assert take_over(logit(RAW, x), RAW, columns=list(columns_of(RAW))).provenance.proof.kind == "rows"


def test_the_number_of_names_must_be_right() -> None:
    """Too few names are refused, and the fit's own listed."""
    with pytest.raises(ConfigError, match="got 2 names, the fit has 5 columns: x1, x2, x3, x4, const"):
        take_over(logit(RAW, columns_of(RAW).to_numpy()), RAW, columns=["age", "debt"])


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "offset": (lambda: glm(LINKS.Logit, offset=np.ones)(RAW.y, columns_of(RAW)), "has an offset"),
    "not fitted": (
        lambda: sm.Logit(RAW.y, columns_of(RAW)),
        r"got a Logit of statsmodels, expected the results of a statsmodels fit, what its fit\(\) gives",
    ),
    "scikit-learn": (LogisticRegression, "got a LogisticRegression of sklearn, expected the results"),
    "a list": (lambda: [logit(RAW)], "got a list"),
    "none": (lambda: None, "got a NoneType"),
}  # fmt: skip


def test_definitions_of_a_formula_are_refused(tmp_path: Path) -> None:
    """A formula says what its fields are; definitions that a person gives besides are refused in words."""
    results = smf.logit("y ~ age", RAW).fit(disp=0)
    with pytest.raises(ConfigError, match="made by a formula, which says what its fields are: leave out --prep"):
        import_results(pickled(tmp_path, results), written(tmp_path))


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_served_is_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    """What the endpoint cannot serve is refused by name."""
    make, reason = REFUSED[kind]
    with pytest.raises(NotServable, match=reason) as caught:
        import_results(pickled(tmp_path, make()), written(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_pickle_is_not_loaded_before_the_definitions_are_read(tmp_path: Path) -> None:
    """Wrong definitions are refused before any code of the pickle runs."""
    trap = pickled(tmp_path, Trap())
    with pytest.raises(ConfigError, match="there are no fields"):
        import_results(trap, written(tmp_path, []))
    with pytest.raises(SystemExit):
        import_results(trap, written(tmp_path))


class Trap:
    """A pickle that ends the process."""

    def __reduce__(self) -> Any:
        return sys.exit, (3,)


def test_an_unfinished_fit_is_reported() -> None:
    """A fit that did not converge is taken over with a notice; a constrained one that did has none."""
    results = quietly(sm.Logit(RAW.y, columns_of(RAW)).fit, maxiter=1, disp=0)
    assert any("did not converge" in text for text in take_over(results, RAW).provenance.notices)
    results = constrained(RAW.y, columns_of(RAW))
    assert not any("did not converge" in text for text in take_over(results, RAW).provenance.notices)


@pytest.mark.parametrize("data_lost", [False, True])
def test_quasi_separation_is_reported(data_lost: bool) -> None:
    """A level all of whose rows have one outcome is named with its standard error."""
    raw = RAW.assign(y=RAW.y.where(RAW.region != "west", 1))
    results = quietly(sm.GLM(raw.y, columns_of(raw), sm.families.Binomial()).fit)
    error = results.bse["region_west"]
    assert error > 1000
    if data_lost:
        results.remove_data()
    [text] = [text for text in take_over(results, raw).provenance.notices if "standard errors" in text]
    assert f"region_west ({error:,.6g}) tell the outcome of some rows" in text


def test_an_artifact_that_would_be_refused_is_not_made() -> None:
    """Names that answers have columns of are refused."""
    raw = RAW.rename(columns={"age": "phat"})
    with pytest.raises((ArtifactError, ConfigError), match="answers have a column of that name"):
        take_over(logit(RAW, columns_of(RAW).rename(columns={"age": "phat"})), raw, fields=[{"name": "phat"}])


def test_levels_and_gaps_that_no_row_has_are_reported() -> None:
    """A level that no row of the fit had, and a fill that no gap met, are not proven, which is said."""
    fields = [{**FIELDS[0], "fill": 1}, FIELDS[1], {**FIELDS[2], "levels": [*FIELDS[2]["levels"], "east"]}]
    notices = take_over(logit(RAW), RAW, fields=fields).provenance.notices
    assert "levels that no proven record has: east of region" in notices
    assert "fields in which no proven record has a gap, which counts as defined: age" in notices


def test_expected_records_that_prove_little_are_reported() -> None:
    """Columns that the expected records do not tell apart are named."""
    results = logit(RAW)
    few = NEW[NEW.region != "south"].drop(columns="y")
    few = few.assign(phat=results.predict(columns_of(few).to_numpy()))
    notices = take_over(results, expected=few).provenance.notices
    assert "columns that the expected records do not prove, as they are 0 or go together: region_south" in notices


NO_RECORDS: dict[str, tuple[Callable[[], Any], str]] = {
    "time series": (lambda: AutoReg(RAW.age.to_numpy(dtype=float), 2).fit(), "need the history of the series"),
    "survival": (lambda: sm.PHReg(RAW.age, columns_of(RAW).drop(columns="const")).fit(), "a survival model gives"),
    "zero-inflated": (
        lambda: sm.ZeroInflatedPoisson(RAW.y, columns_of(RAW)).fit(disp=0, method="bfgs"), "rests on two linear pred"
    ),
    "conditional": (
        lambda: ConditionalLogit(RAW.y, columns_of(RAW)[["age"]], groups=np.arange(len(RAW)) % 9).fit(disp=0),
        "a conditional model has not estimated",
    ),
    "ordered, another distribution": (
        lambda: OrderedModel(RAW.y, columns_of(RAW).drop(columns="const"), distr=stats.gumbel_l).fit(
            disp=0, method="bfgs"
        ),
        "an OrderedModel with the distribution gumbel_l is not served",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", NO_RECORDS)
@pytest.mark.filterwarnings("ignore")
def test_models_of_no_single_record_are_refused_with_the_reason(kind: str) -> None:
    """What no record alone has an answer of is refused in a sentence with the reason, and what is served is named."""
    make, reason = NO_RECORDS[kind]
    with pytest.raises(NotServable, match=reason) as caught:
        read_fit(make(), None)
    assert "\n" not in str(caught.value)
