"""`phat`, from a CSV to a served model, as a data scientist meets it."""

import csv
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from phat.model.model import Model
from phat.model.store import Pin, load
from phat.training.reference import ARTIFACT
from tests.commands import failure, run
from tests.gateway import Answer
from tests.integration.process import serve_fresh

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OCCUPATIONS = {1: "student", 2: "farming", 3: "white collar", 4: "teacher", 5: "business", 6: "professional"}


@pytest.fixture(scope="module")
def affairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fair's survey of extramarital affairs (1978), which statsmodels ships, as a raw CSV."""
    data = sm.datasets.fair.load_pandas().data
    path = tmp_path_factory.mktemp("fair") / "affairs.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["age", "years married", "religious", "occupation", "affair"])
        for row in data.itertuples():
            words = ["yes" if row.affairs > 0 else "no"]
            writer.writerow([row.age, row.yrs_married, row.religious, OCCUPATIONS[int(row.occupation)], *words])
    return path


@pytest.fixture(scope="module")
def artifact(affairs: Path) -> Path:
    """A model of it, fitted by the command line with an edited configuration."""
    config = affairs.with_name("model.toml")
    config.write_text("""
        target = "affair"
        event = "yes"
        name = "affairs"
        constant = true
        [fields]
        age = {kind = "number", standardise = false}
        "years married" = {kind = "number", standardise = false}
        religious = {kind = "number", standardise = false}
        occupation = {kind = "category", reference = "student"}
    """)
    output = affairs.with_name("model.json")
    result = run("fit", affairs, "--config", config, "-o", output)
    assert "its endpoint answers as statsmodels does" in result.output
    return output


def test_coefficients_are_those_of_the_formula_interface(artifact: Path) -> None:
    """Data that nobody here wrote: coefficients equal the formula interface's to 1e-8."""
    data = sm.datasets.fair.load_pandas().data
    data["y"] = (data.affairs > 0).astype(int)
    data["job"] = data.occupation.astype(int).map(OCCUPATIONS)
    formula = "y ~ age + yrs_married + religious + C(job, Treatment('student'))"
    expected = smf.logit(formula, data).fit(disp=0, maxiter=100).params
    found = Model.from_bytes(artifact.read_bytes()).artifact.coefficients
    names = {"const": "Intercept", "age": "age", "years married": "yrs_married", "religious": "religious"}
    names |= {
        f"occupation_{job}": f"C(job, Treatment('student'))[T.{job}]"
        for job in OCCUPATIONS.values() if job != "student"
    }  # fmt: skip
    assert found.keys() == names.keys()
    for ours, theirs in names.items():
        assert found[ours] == pytest.approx(expected[theirs], abs=1e-8)


def test_publish_and_serve(artifact: Path, bucket: str) -> None:
    """A published model is served under the pin that publish prints, with no change of code."""
    printed = run("publish", artifact, "--bucket", bucket).output
    [line] = [line for line in printed.splitlines() if line.startswith("sam deploy --parameter-overrides ")]
    words = dict(word.split("=") for word in shlex.split(line)[3:])
    assert words["ExpectedPhat"] == '""'
    assert "the records of model/smoke_records.json are not this model's" in printed
    pin = Pin(bucket, words["ModelKey"], words["ModelSha256"], words["ModelVersionId"])
    model = load(pin)
    assert model.version in printed
    from phat.api.proxy_event import proxy_event

    record = {"age": "27", "years married": 4, "religious": 2, "occupation": "Teacher"}
    variables = {"MODEL_BUCKET": bucket, "MODEL_KEY": pin.key, "MODEL_SHA256": pin.sha256}
    asked = proxy_event("POST", "/predict", body=json.dumps(record).encode())
    [prediction] = Answer.of(serve_fresh([asked], variables).answers[0]).json()["predictions"]
    assert prediction["phat"] == model.predictor.predict_one(record).phat
    assert prediction["variables"]["occupation_teacher"] == 1.0
    assert "was there already" in run("publish", artifact, "--bucket", bucket, "--name", "affairs").output
    assert model.version in run("list", "--bucket", bucket).output


def test_dry_run_writes_nothing(artifact: Path, bucket: str, s3: "S3Client") -> None:
    """--dry-run checks and writes nothing."""
    assert "nothing was written" in run("publish", artifact, "--bucket", bucket, "--dry-run").output
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert run("list", "--bucket", bucket).output == ""


def test_publish_refuses(artifact: Path, bucket: str, tmp_path: Path) -> None:
    """Another name, a model whose golden records are off, and a missing bucket are told in words."""
    assert "the artifact's name is 'affairs'" in failure("publish", artifact, "--bucket", bucket, "--name", "x")
    plain = json.loads(artifact.read_bytes())
    plain["golden"][0]["phat"] += 1e-9
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(plain))
    assert "golden record 1: got phat" in failure("publish", broken, "--bucket", bucket)
    assert "NoSuchBucket" in failure("publish", artifact, "--bucket", "no-such-bucket")


def test_evaluate(artifact: Path, affairs: Path, tmp_path: Path) -> None:
    """Evaluate writes a report and figures; target and event are those of the fit."""
    html, figures = tmp_path / "r.html", tmp_path / "r.json"
    printed = run("evaluate", artifact, affairs, "-o", html, "--json", figures).output
    assert "AUC 0." in printed
    assert "on these records: predicts 32.2 %, happened 32.2 %" in printed
    assert "the figures flatter it" in printed
    assert html.read_text().startswith("<!doctype html>")
    fitted = json.loads(artifact.read_bytes())["provenance"]["fit"]["auc"]
    assert json.loads(figures.read_bytes())["auc"]["value"] == pytest.approx(fitted, abs=1e-12)
    assert "say where to write" in failure("evaluate", artifact, affairs, code=2)


def test_show_and_diff(artifact: Path) -> None:
    """Show is a card of the model; diff tells what changed, and of a model and itself nothing."""
    shown = run("show", artifact).output
    assert all(word in shown for word in ("affairs", "years married", "student", "cutoff"))
    assert run("diff", artifact, artifact).output == "no difference\n"
    assert "occupation" in run("diff", artifact, ARTIFACT).output


def test_fit_without_configuration_prints_one(affairs: Path, tmp_path: Path) -> None:
    """Without a configuration the inferred one is printed, and fits the same when it is saved."""
    first, second, config = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "model.toml"
    words = ("--target", "affair", "--event", "yes")
    printed = run("fit", affairs, *words, "-o", first).stdout
    config.write_text(printed[: printed.index("\nmodel ")])
    run("fit", affairs, "--config", config, "-o", second)
    one, two = (json.loads(path.read_bytes()) for path in (first, second))
    assert one["coefficients"] == two["coefficients"]


def test_fit_reports_what_it_decided(affairs: Path, tmp_path: Path) -> None:
    """Notices go to stderr and into the file, sentences that judge the model to stdout; yes needs no --event."""
    output = tmp_path / "m.json"
    result = run("fit", affairs, "--target", "affair", "-o", output)
    notices = Model.from_bytes(output.read_bytes()).artifact.provenance.notices
    assert "target affair: yes is the event, in 2053 of 6366 rows (32.2 %); no is not" in notices
    assert [line.removeprefix("note: ") for line in click.unstyle(result.stderr).splitlines()] == list(notices)
    assert "on the rows of the fit: predicts 32.2 %, happened 32.2 %; McFadden 0." in result.stdout
    assert "held-out rows: predicts" in result.stdout
    assert "yes is the event" in " ".join(run("show", output).output.split())


def test_fit_that_is_worse_than_none(tmp_path: Path) -> None:
    """A model that is worse than none is refused, and written with --force."""
    data, config, output = tmp_path / "rare.csv", tmp_path / "m.toml", tmp_path / "m.json"
    rows = [f"{row % 7},{row % 5},{int(row % 23 == 0)}" for row in range(2_000)]
    data.write_text("\n".join(["a,b,y", *rows]))
    config.write_text("target = 'y'\nconstant = false\n[fields]\na = {kind = 'number'}\nb = {kind = 'number'}\n")
    words = ("fit", data, "--config", config, "-o", output)
    assert "worse than none" in failure(*words)
    assert not output.exists()
    assert "on the rows of the fit the model is worse than none" in run(*words, "--force").stderr
    assert "predicts 4.3 %, happened 4.3 %" in run("fit", data, "--target", "y", "-o", output).stdout


def test_errors_are_told_in_words(affairs: Path, tmp_path: Path) -> None:
    """What a command cannot do is one message and no artifact."""
    output = tmp_path / "none.json"
    assert "there is no column churn" in failure("fit", affairs, "--target", "churn", "-o", output)
    assert "--target NAME" in failure("fit", affairs, "-o", output, code=2)
    ragged = tmp_path / "ragged.csv"
    ragged.write_text("a,y\n1,0\n2\n")
    assert "CSV row 2 (line 3) has 1 cells, the header has 2" in failure("fit", ragged, "--target", "y", "-o", output)
    ragged.write_text("a,y\n")
    assert "no rows below the header" in failure("fit", ragged, "--target", "y", "-o", output)
    ragged.write_bytes(b"a,y\n\xff,0\n")
    assert "not UTF-8" in failure("fit", ragged, "--target", "y", "-o", output)
    assert not output.exists()


def test_simulate(tmp_path: Path) -> None:
    """Simulate writes as many customers as asked for and says how fast."""
    path = tmp_path / "c.csv"
    assert "rows per second" in run("simulate", "--rows", 7, "--seed", 3, "-o", path).output
    assert len(path.read_text().splitlines()) == 8
