"""`phat`, from a CSV to a served model, as a data scientist meets it."""

import csv
import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from phat.model.model import Model
from phat.model.store import Pin, load
from phat.training.config import toml_value
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


def test_examples_of_the_configuration(affairs: Path, artifact: Path, tmp_path: Path) -> None:
    """The model shows them; one that it would refuse is an error, and what was written before stays."""
    config, output = tmp_path / "model.toml", tmp_path / "model.json"
    settled = affairs.with_name("model.toml").read_text()
    example = {"age": 32, "years married": "9", "religious": 3, "occupation": "teacher"}
    config.write_text(f"examples = [{toml_value(example)}]\n{settled}")
    run("fit", affairs, "--config", config, "-o", output)
    assert list(Model.from_bytes(output.read_bytes()).artifact.texts.examples) == [example]
    before = output.read_bytes()
    config.write_text(f"examples = [{toml_value(example | {'occupation': 'pilot'})}]\n{settled}")
    told = failure("fit", affairs, "--config", config, "-o", output)
    assert "texts.examples: example 1 is refused: occupation: got 'pilot'" in told
    assert output.read_bytes() == before


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
    assert prediction["phat"] == model.predictor.predict_one(record).answer
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
    plain["golden"][0]["answer"] += 1e-9
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
    assert f"report written to {html}\nfigures written to {figures}\n" in printed


def test_evaluate_prints_without_a_file(artifact: Path, affairs: Path) -> None:
    """Without a file to write, the figures are printed alone."""
    printed = run("evaluate", artifact, affairs).stdout
    assert re.search(r"AUC 0\.673 \(95 % interval 0\.659 to 0\.688\), calibration slope 1\.00", printed)
    assert "written" not in printed


def test_show_and_diff(artifact: Path) -> None:
    """Show is a card of the model; diff tells what changed, and of a model and itself nothing."""
    shown = run("show", artifact).output
    assert all(word in shown for word in ("affairs", "years married", "student", "cutoff"))
    assert run("diff", artifact, artifact).output == "no difference\n"
    printed = run("diff", artifact, ARTIFACT).output
    assert printed.startswith(f"old: {artifact}, affairs ")
    assert f"new: {ARTIFACT}, segmentation " in printed
    assert "occupation" in printed


def test_show_has_what_statsmodels_says(artifact: Path) -> None:
    """Standard errors, z, p, odds ratios and their intervals are those of statsmodels' summary."""
    data = sm.datasets.fair.load_pandas().data
    data["y"] = (data.affairs > 0).astype(int)
    data["job"] = data.occupation.astype(int).map(OCCUPATIONS)
    results = smf.logit("y ~ age + yrs_married + religious + C(job, Treatment('student'))", data).fit(disp=0)
    lower, upper = np.exp(results.conf_int().loc["religious"])
    expected = [
        "religious", f"{results.params['religious']:+.4g}", f"{results.bse['religious']:.3g}",
        f"{results.tvalues['religious']:.2f}", "<0.001",
        *(f"{odds:.4g}" for odds in (np.exp(results.params["religious"]), lower, upper)),
    ]  # fmt: skip
    assert expected in [line.split() for line in run("show", artifact).output.splitlines()]


def test_written_configuration_makes_the_same_model(tmp_path: Path) -> None:
    """What inference, screen and notices decided is in the written configuration, which fits the same of the data."""
    data, config, again = tmp_path / "data.csv", tmp_path / "model.toml", tmp_path / "again.toml"
    random = np.random.default_rng(3)
    with data.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["region", "age", "twice", *(f"n{index}" for index in range(30)), "same", "Unnamed: 0", "y"])
        for row in range(600):
            age, region = int(random.integers(18, 80)), ("NA", "E\x7fU", "none", "")[row % 4]
            noise = random.normal(size=30).round(3)
            happens = random.random() < 0.2 + 0.4 * (age > 50) + 0.2 * (region == "NA")
            writer.writerow([region, age, 2 * age, *noise, 1, row, "yes" if happens else "no"])
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    printed = run("fit", data, "--target", "y", "--name", "mine", "-o", first, "--write-config", config).output
    assert f"written to {config}" in printed
    told = run("fit", data, "--config", config, "-o", second, "--write-config", again).output
    assert again.read_text() == config.read_text()
    one, two = (json.loads(path.read_bytes()) for path in (first, second))
    for each in (one, two):
        del each["provenance"]["created_at"], each["provenance"]["notices"]
        for field in each["schema"]["fields"]:
            field.pop("missing", None)  # the usual words, less those that are levels, or spelt out
    assert one == two
    plain = tomllib.loads(config.read_text())
    assert (plain["event"], plain["name"], plain["columns"]) == ("yes", "mine", [*two["coefficients"]][:-1])
    assert plain["fields"]["region"]["missing"] == ["n/a", "nan", "null"]
    assert "Unnamed: 0" not in plain["fields"]
    assert "is a level, as it makes" in printed
    assert "is a level, as it makes" not in told


def test_fit_reports_what_it_decided(affairs: Path, tmp_path: Path) -> None:
    """Notices go to stderr and into the file, sentences that judge the model to stdout; yes needs no --event."""
    output = tmp_path / "m.json"
    result = run("fit", affairs, "--target", "affair", "-o", output)
    notices = Model.from_bytes(output.read_bytes()).artifact.provenance.notices
    assert "target affair: yes is the event, in 2053 of 6366 rows (32.2 %); no is not" in notices
    assert [line.removeprefix("note: ") for line in click.unstyle(result.stderr).splitlines()] == list(notices)
    assert "yes is the event" in " ".join(run("show", output).output.split())


def test_fit_prints_a_summary(affairs: Path, tmp_path: Path) -> None:
    """Rows, events, columns, quality on held-out rows, cutoff, coefficients and next steps, in a dozen lines."""
    words = ("fit", affairs, "--target", "affair", "-o", tmp_path / "m.json")
    printed = run(*words).stdout
    lines = printed.splitlines()
    assert 10 <= len(lines) <= 16
    assert max(map(len, lines)) <= max(100, len(str(tmp_path)) + 60)
    whole = " ".join(printed.split())
    assert "rows 6,366 of 6,366, 2,053 of them events (32.2 %)" in whole
    assert "columns 8 kept of 4 fields; left out: none" in whole
    assert "quality on the rows of the fit: predicts 32.2 %, happened 32.2 %; McFadden 0." in whole
    assert re.search(r"on 637 held-out rows: predicts .* AUC 0\.\d+ \(95 % interval .* calibration slope", whole)
    assert re.search(r"cutoff 0\.\d+ calls 3\d\.\d % of the rows event: as (many|near)", whole)
    assert "strongest religious -0." in whole
    assert f"next phat show {tmp_path}/m.json" in whole
    assert "━" not in printed
    assert "standardised" not in printed
    verbose = run(*words, "--verbose").stdout
    assert all(title in verbose for title in ("Fields", "coefficient", "SHA-256"))
    assert "note:" not in verbose


def test_fit_says_what_was_dropped(tmp_path: Path) -> None:
    """The summary counts columns that are no fields, never change, are screened out, or made up of others."""
    data, config = tmp_path / "data.csv", tmp_path / "few.toml"
    random = np.random.default_rng(4)
    header = ["Unnamed: 0", "same", "age", "twice", *"abcd", "y"]
    rows = [
        [row, 1, age, 2 * age, *random.normal(size=4).round(3), int(random.random() < 0.2 + 0.4 * (age > 50))]
        for row, age in enumerate(random.integers(18, 80, 500))
    ]
    data.write_text("\n".join(",".join(map(str, row)) for row in (header, *rows)))
    words = ("fit", data, "-o", tmp_path / "m.json")
    printed = " ".join(run(*words, "--target", "y", "--write-config", config).stdout.split())
    dropped = "1 of the data that are no fields, 1 that cannot be used, 1 made up of others"
    assert f"columns 5 kept of 7 fields; left out: {dropped} quality" in printed
    config.write_text(
        "target = 'y'\nscreen = 2\n[fields]\n" + "\n".join(f"{name} = {{kind = 'number'}}" for name in "abcd")
    )
    assert "2 kept of 4 fields; left out: 2 by the screen" in run(*words, "--config", config).stdout


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


@pytest.mark.parametrize(
    "words",
    [
        ("fit", "{broken}", "--target", "a", "-o", "{away}/m.json"),
        ("fit", "{broken}", "--target", "a", "-o", "{here}/m.json", "--write-config", "{away}/m.toml"),
        ("evaluate", "{artifact}", "{broken}", "-o", "{away}/r.html"),
        ("evaluate", "{artifact}", "{broken}", "--json", "{away}/r.json"),
        ("import", "{broken}", "--preprocessing", "{broken}", "--trust", "-o", "{away}/m.json"),
        ("simulate", "-o", "{away}/c.csv"),
        ("monitor", "--model", "{broken}", "--capture", "{here}", "--from", "2026-01-01", "--to", "2026-01-02",
         "-o", "{away}/r.html"),
    ],
)  # fmt: skip
def test_outputs_are_checked_before_any_work(words: tuple[str, ...], artifact: Path, tmp_path: Path) -> None:
    """A folder that is not there is named at once, before an input that is broken is read."""
    broken, away = tmp_path / "broken.csv", tmp_path / "away"
    broken.write_text("a\n1,2\n")
    places = {"broken": broken, "away": away, "here": tmp_path, "artifact": artifact}
    assert f"there is no folder {away}" in failure(*(word.format(**places) for word in words), code=2)


def test_columns_are_checked_before_any_work(artifact: Path, tmp_path: Path) -> None:
    """A target or a field that is not in the header is named before any row is read."""
    broken, config, output = tmp_path / "broken.csv", tmp_path / "model.toml", tmp_path / "m.json"
    broken.write_text("a,affair\n1,2,3\n")
    config.write_text("target = 'affair'\n[fields]\na = {kind = 'number'}\nb = {kind = 'number'}\n")
    assert "there is no column churn; the data have a, affair" in failure(
        "fit", broken, "--target", "churn", "-o", output
    )
    assert "there is no column b;" in failure("fit", broken, "--config", config, "-o", output)
    assert "there is no column churn;" in failure("evaluate", artifact, broken, "--target", "churn")
    assert "there is no column age;" in failure("evaluate", artifact, broken)
    assert "CSV row 1 (line 2) has 3 cells" in failure("fit", broken, "--target", "a", "-o", output)


def test_errors_are_told_in_words(affairs: Path, tmp_path: Path) -> None:
    """What a command cannot do is one message and no artifact."""
    output = tmp_path / "none.json"
    assert "there is no column churn" in failure("fit", affairs, "--target", "churn", "-o", output)
    assert "--target NAME" in failure("fit", affairs, "-o", output, code=2)
    ragged = tmp_path / "ragged.csv"
    ragged.write_text("a,y\n1,0\n2\n")
    assert "CSV row 2 (line 3) has 1 cells, the header has 2" in failure("fit", ragged, "--target", "y", "-o", output)
    ragged.write_text("a,y\n")
    assert "no records below its header" in failure("fit", ragged, "--target", "y", "-o", output)
    ragged.write_bytes(b"a,y\n\xff,0\n")
    assert "not UTF-8" in failure("fit", ragged, "--target", "y", "-o", output)
    assert not output.exists()


def test_simulate(tmp_path: Path) -> None:
    """Simulate writes as many records as asked for and says how fast."""
    path = tmp_path / "c.csv"
    assert "rows per second" in run("simulate", "--rows", 7, "--seed", 3, "-o", path).output
    assert len(path.read_text().splitlines()) == 8
