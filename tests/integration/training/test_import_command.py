"""`phat import` and what comes after it, as a person meets them."""

import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from phat.api.describe import describe_model
from phat.model.model import Model
from phat.training.reference import ARTIFACT, PREPROCESSING
from tests.commands import failure, run
from tests.unit.takeover.imports import FIELDS, columns_of, logit, pickled, raw_rows, written

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOT_PROVEN = "not proven on raw records"


@pytest.fixture(scope="module")
def old_fit(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Path:
    """A pickle of a Logit over the reference model's columns without its data, as the original one was saved."""
    random = np.random.default_rng(5)
    columns = list(model.artifact.columns)
    frame = pd.DataFrame(random.normal(size=(500, len(columns))), columns=columns)
    target = (random.random(500) < 0.5).astype(int)
    results = sm.Logit(target, frame).fit(disp=0)
    assert results.model.exog_names  # which are kept, if they were looked at before
    results.remove_data()
    return pickled(tmp_path_factory.mktemp("old"), results)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A fit, its definitions, its raw records, and where the artifact goes."""
    raw = raw_rows()
    data = tmp_path / "raw.csv"
    raw.to_csv(data, index=False)
    return {
        "fit": pickled(tmp_path, logit(raw)), "fields": written(tmp_path), "data": data, "output": tmp_path / "m.json"
    }  # fmt: skip


def take_over(files: dict[str, Path], *more: object) -> tuple[object, ...]:
    """The words of the command."""
    return "import", files["fit"], "--preprocessing", files["fields"], "--trust", "-o", files["output"], *more


def one_line(text: str) -> str:
    """What a terminal has broken into lines."""
    return " ".join(text.split())


def test_a_proven_model_is_published(files: dict[str, Path], bucket: str) -> None:
    """With its raw records an import is proven, which import, show, the endpoint and publish say."""
    proof = "proven on 300 raw records, on given data, against the fit's own columns"
    assert f"written to {files['output']}: {proof}" in run(*take_over(files, "--data", files["data"])).output
    shown = one_line(run("show", files["output"]).output.replace("│", ""))
    assert "proven on 300 raw records" in shown
    assert NOT_PROVEN not in shown
    assert describe_model(Model.from_bytes(files["output"].read_bytes()))["proof"] == proof
    assert "sam deploy" in run("publish", files["output"], "--bucket", bucket).output


def test_an_unproven_model_is_published_only_on_request(
    files: dict[str, Path], bucket: str, s3: "S3Client"
) -> None:  # fmt: skip
    """Without raw records the import is not proven, which all say, and publish asks for --unproven."""
    assert f"note: {NOT_PROVEN}: prove it by data" in run(*take_over(files)).stderr
    assert f"- {NOT_PROVEN}" in run("show", files["output"]).output
    assert describe_model(Model.from_bytes(files["output"].read_bytes()))["proof"] == NOT_PROVEN
    for more in ((), ("--dry-run",)):
        assert f"the model is {NOT_PROVEN}" in failure("publish", files["output"], "--bucket", bucket, *more)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    published = run("publish", files["output"], "--bucket", bucket, "--unproven")
    assert f"note: {NOT_PROVEN}" in published.stderr
    assert "sam deploy" in published.stdout


def test_what_the_proof_refuses_is_not_written(files: dict[str, Path]) -> None:
    """Definitions that forget a scaler end in an error that names the column, and in no file."""
    written(files["fields"].parent, [{"name": "age"}, *FIELDS[1:]])
    printed = failure(*take_over(files, "--data", files["data"]))
    assert "phat: the raw records do not make the columns that the fit was made of" in printed
    assert "column age differs in 300 of 300 rows; row 1: got " in printed
    assert not files["output"].exists()


def test_expected_answers_prove_results_without_data(files: dict[str, Path], tmp_path: Path) -> None:
    """Raw records with statsmodels' predictions, written where the fit was made, prove what has lost its data."""
    raw = raw_rows(100, 9)
    results = logit(raw_rows())
    expected = tmp_path / "expected.csv"
    raw.assign(phat=results.predict(columns_of(raw))).to_csv(expected, index=False)
    results.remove_data()
    pickled(tmp_path, results)
    written(tmp_path, columns=list(columns_of(raw)))
    assert "proven on 100 raw records, against expected" in run(*take_over(files, "--expected", expected)).output
    run("publish", files["output"], "--bucket", "none", "--dry-run")


def test_trust_is_asked_for(files: dict[str, Path]) -> None:
    """Without --trust no pickle is loaded."""
    words = [word for word in take_over(files) if word != "--trust"]
    assert "--trust" in failure(*words, code=2)
    assert not files["output"].exists()


def test_a_pickle_of_the_original_kind(old_fit: Path, tmp_path: Path) -> None:
    """A pickle without its data and the reference model's definitions make an artifact with the fit's coefficients."""
    files = {"fit": old_fit, "fields": PREPROCESSING, "output": tmp_path / "m.json"}
    printed = run(*take_over(files)).output
    assert (
        f"note: {NOT_PROVEN}: prove it by expected answers to raw records, as the results have lost their data"
        in one_line(printed)
    )
    artifact = Model.from_bytes(files["output"].read_bytes()).artifact
    assert dict(artifact.coefficients) == dict(pickle.loads(old_fit.read_bytes()).params)  # noqa: S301  # made above
    assert artifact.baseline is None
    run("publish", files["output"], "--bucket", "none", "--dry-run", "--unproven")


def test_data_that_prove_nothing_still_make_a_baseline(old_fit: Path, tmp_path: Path) -> None:
    """Of results without their data, given records make golden records and a baseline, and no proof."""
    data = tmp_path / "c.csv"
    files = {"fit": old_fit, "fields": PREPROCESSING, "output": tmp_path / "m.json"}
    run("simulate", "--rows", 500, "-o", data)
    assert NOT_PROVEN in run(*take_over(files, "--data", data)).output
    artifact = Model.from_bytes(files["output"].read_bytes()).artifact
    assert artifact.baseline is not None
    assert artifact.baseline.records == 500
    assert artifact.provenance.golden == "records of the given data; the figures are statsmodels' own"


BAD: dict[str, Any] = {
    "text": lambda path: path.write_text("x,y\n1,0\n"),
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "no results": lambda path: path.write_bytes(pickle.dumps({"not": "results"})),
}


@pytest.mark.parametrize("kind", BAD)
def test_other_files_end_in_a_sentence(files: dict[str, Path], kind: str) -> None:
    """A file that holds no results ends in one line, without a traceback."""
    BAD[kind](files["fit"])
    printed = failure(*take_over(files))
    assert f"phat: {files['fit']}: " in printed or "phat: got a dict" in printed
    assert len(printed.splitlines()) == 1


def test_a_directory_is_no_pickle(files: dict[str, Path], tmp_path: Path) -> None:
    """A directory in place of a file is said to be one."""
    assert "is a directory" in failure(*take_over(files | {"fit": tmp_path}), code=2)
    assert "is a directory" in failure(*take_over(files, "--data", tmp_path), code=2)


def test_cells_that_cannot_be_read_end_in_words(files: dict[str, Path]) -> None:
    """Cells of --data that are no numbers are named by row and field."""
    files["data"].write_text(files["data"].read_text().replace("\n", "\nx", 1))
    printed = failure(*take_over(files, "--data", files["data"]))
    assert "records that the model refuses: 1" in printed
    assert "row 1, age: got 'x" in printed


def test_the_reference_model_says_how_it_is_proven(bucket: str) -> None:
    """The reference model is proven by its golden lines, and published without --unproven."""
    shown = one_line(run("show", ARTIFACT).output.replace("│", ""))
    assert "proven on 300 raw records, against expected predictions" in shown
    run("publish", ARTIFACT, "--bucket", bucket, "--dry-run")


def test_definitions_are_read_first(files: dict[str, Path]) -> None:
    """Wrong definitions are named, whatever the pickle is."""
    files["fit"].write_bytes(b"")
    files["fields"].write_text(json.dumps({"schema": {"fields": []}}))
    assert "there are no fields" in failure(*take_over(files))
