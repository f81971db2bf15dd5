"""`phat score`: files of this machine and of S3, in and out."""

import csv
import io
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from phat.model.explain import standard_error, wald_interval
from phat.model.model import Model
from phat.model.student import quantile
from phat.training.simulate import write_csv
from tests.commands import failure, run
from tests.conftest import REFERENCE
from tests.gateway import ROOT
from tests.integration.conftest import make_bucket
from tests.unit.batch.rows import Answers, assert_same, read_cells, read_errors, read_records, score_rows

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ARTIFACT = REFERENCE / "segmentation.json"
ROWS = 4_000


def score(*words: object) -> str:
    """What the command says, which must succeed."""
    return run("score", *words, "--model", ARTIFACT).output


def refusal(*words: object) -> str:
    """What the command says, which must fail."""
    return failure("score", *words, "--model", ARTIFACT)


@pytest.fixture(scope="module")
def raw_records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Simulated records as CSV."""
    path = tmp_path_factory.mktemp("records") / "records.csv"
    with path.open("w", newline="") as file:
        for _ in write_csv(ROWS, 3, file):
            pass
    return path


@pytest.fixture(scope="module")
def parquet(raw_records: Path) -> Path:
    """The same records as Parquet, all text."""
    path = raw_records.with_suffix(".parquet")
    pl.read_csv(raw_records, infer_schema=False).write_parquet(path, row_group_size=700)
    return path


@pytest.fixture(scope="module")
def messy(raw_records: Path) -> Path:
    """The same records with bad records among them."""
    lines = raw_records.read_text().splitlines()
    names = lines[0].split(",")
    rows = list(csv.reader(lines[1:]))
    for row, name, text in ((7, "x12", "12,34"), (7, "x5", "funday"), (2_500, "x44", "1e999"), (ROWS, "x81", "Mai")):
        rows[row - 1][names.index(name)] = text
    path = raw_records.with_name("messy.csv")
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows])
    return path


def expected_of(model: Model, path: Path) -> Answers:
    """What the row path makes of a CSV."""
    return score_rows(model, read_records(path, model.artifact.schema).records)


def test_csv_and_parquet_in_and_out(model: Model, raw_records: Path, parquet: Path, tmp_path: Path) -> None:
    """Each pair of formats gives the row path's answers, with kept columns as they were."""
    expected = expected_of(model, raw_records)
    days = read_cells(raw_records).column("x5")
    for source in (raw_records, parquet):
        for name in ("out.parquet", "out.csv"):
            assert f"{ROWS} of {ROWS} rows scored by segmentation" in score(
                source, "-o", tmp_path / name, "--keep", "x5"
            )
            found = (pl.read_parquet if name.endswith("parquet") else pl.read_csv)(tmp_path / name)
            assert found.columns == ["x5", "business_outcome", "phat"]
            assert found["x5"].to_list() == days
            assert_same(model, found, [], expected)


def test_intervals(model: Model, raw_records: Path, tmp_path: Path) -> None:
    """Bounds are those of the row path, to 1e-9."""
    output = tmp_path / "out.parquet"
    score(raw_records, "-o", output, "--include", "interval", "--level", "0.9")
    z = quantile(0.9, None)
    columns = ["interval_lower", "interval_upper", "interval_standard_error"]
    rows = pl.read_parquet(output, columns=columns).rows()
    for row, prediction in zip(rows, expected_of(model, raw_records).predictions, strict=True):
        error = standard_error(prediction.values, model.artifact.known_covariance)
        expected = wald_interval(prediction.linear_predictor, error, z, model.predictor.inverse_link)
        assert row == pytest.approx(expected, abs=1e-9)


def test_bad_records_are_skipped_and_listed(model: Model, messy: Path, tmp_path: Path) -> None:
    """With skip, each error is listed with row, field, code and detail as the API says, and the counts add up."""
    output = tmp_path / "out.parquet"
    assert f"{ROWS - 3} of {ROWS} rows scored" in score(messy, "-o", output, "--on-error", "skip")
    errors = read_errors(tmp_path / "out.parquet.errors.csv")
    assert [error[:3] for error in errors] == [
        (7, "x12", "not_a_number"), (7, "x5", "unknown_level"), (2_500, "x44", "out_of_range"),
        (ROWS, "x81", "unknown_level"),
    ]  # fmt: skip
    assert_same(model, pl.read_parquet(output), errors, expected_of(model, messy))


@pytest.mark.parametrize("name", ["out.parquet", "out.csv"])
def test_one_bad_record_leaves_nothing(messy: Path, tmp_path: Path, name: str) -> None:
    """Without skip the first bad records are told, and no file is left, nor is one that was there touched."""
    before = tmp_path / "before" / name
    before.parent.mkdir()
    before.write_text("as it was")
    for output in (tmp_path / "new" / name, before):
        output.parent.mkdir(exist_ok=True)
        files = set(output.parent.iterdir())
        told = refusal(messy, "-o", output)
        assert "row 7, line 8, x12: got '12,34', expected a number" in told
        assert "nothing was written" in told
        assert set(output.parent.iterdir()) == files
    assert before.read_text() == "as it was"


def test_many_files(model: Model, raw_records: Path, tmp_path: Path) -> None:
    """A pattern and a folder score all their files in order of name; errors name the file, and count in it."""
    header, *lines = raw_records.read_text().splitlines(keepends=True)
    for part in range(3):
        rows = lines[part * 100 : part * 100 + 100]
        (tmp_path / f"part-{part}.csv").write_text(header + "".join(rows))
    bad = tmp_path / "part-1.csv"
    bad.write_text(bad.read_text() + "," * header.count(",") + "\n" + header.replace("x", "z"))
    expected = [each for path in sorted(tmp_path.glob("*.csv")) for each in expected_of(model, path).predictions]
    for place in (tmp_path, tmp_path / "part-*.csv"):
        output = tmp_path / "out" / "scores.parquet"
        output.parent.mkdir(exist_ok=True)
        assert "1 rejected" in (told := score(place, "-o", output, "--on-error", "skip"))
        assert ", 1 blank row skipped; " in told
        found = pl.read_parquet(output)
        listed = pl.read_csv(f"{output}.errors.csv")
        assert found["phat"].to_list() == pytest.approx([each.answer for each in expected], abs=1e-12)
        assert listed["file"].unique().to_list() == [str(bad)]
        assert (listed["row"].unique().to_list(), listed["line"].unique().to_list()) == ([101], [103])
        for path in output.parent.iterdir():
            path.unlink()


def test_missing_columns_are_told(model: Model, raw_records: Path, tmp_path: Path) -> None:
    """A file that lacks a field is scored as the API would, and that is said; one without any is refused."""
    table, source = pl.read_csv(raw_records, infer_schema=False), tmp_path / "some.csv"
    table.select("x5", "x12").head(20).write_csv(source)
    told = score(source, "-o", tmp_path / "out.csv", "--on-error", "skip")
    errors = read_errors(tmp_path / "out.csv.errors.csv")
    assert_same(model, pl.read_csv(tmp_path / "out.csv"), errors, expected_of(model, source))
    assert "has no column x44: it counts as missing, as 0.500565" in told
    table.select("x1").write_csv(source)
    assert "the CSV header 'x1' names none of the model's fields" in refusal(source, "-o", tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("text", "phats", "skipped"),
    [
        ("X12,X44\n$20.01,0.5\n", 1, ""),
        ('"x12", "x5"\n1, "monday"\n', 1, ""),
        ("x12,x5,,\n1,monday,,\n2,friday,,\n", 2, ""),
        ("x12,x5,note\n1,monday,\n,,\n,,\n", 1, ", 2 blank rows skipped"),
    ],
)
def test_tables_of_spreadsheets(model: Model, tmp_path: Path, text: str, phats: int, skipped: str) -> None:
    """Names in other spellings, blanks before quotes, blank columns and rows of commas mean what they do in the API."""
    source = tmp_path / "in.csv"
    source.write_text(text)
    assert f" event{skipped}; " in score(source, "-o", tmp_path / "out.csv")
    found = pl.read_csv(tmp_path / "out.csv")
    assert found.height == phats
    assert_same(model, found, [], expected_of(model, source))


@pytest.mark.parametrize("text", ["x5,x12\n", "x5,x12", "x5,x12\n,\n"])
def test_header_alone(tmp_path: Path, text: str) -> None:
    """A CSV without records is refused, and nothing is written."""
    source = tmp_path / "in.csv"
    source.write_text(text)
    assert "the CSV has no records below its header 'x5,x12'" in refusal(source, "-o", tmp_path / "out.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("{folder}/none.csv", "-o", "{folder}/out.csv"), "there is no such file"),
        (("{records}", "-o", "{folder}/out.txt"), "say which format"),
        (("{records}", "-o", "{folder}/none/out.csv"), "none: No such file or directory"),
        (("{records}", "-o", "{folder}/out.csv", "--keep", "z"), "there is no column z to keep"),
        (("{folder}/broken.parquet", "-o", "{folder}/out.csv"), "cannot be read as Parquet"),
    ],
)
def test_refusals(raw_records: Path, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    """What cannot be done is said in words, and nothing is left behind."""
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 is how it starts, and no more")
    before = set(tmp_path.iterdir())
    assert told in refusal(*(word.format(folder=tmp_path, records=raw_records) for word in words)).replace("\n", " ")
    assert set(tmp_path.iterdir()) == before


def test_s3(model: Model, s3: "S3Client", messy: Path, parquet: Path, tmp_path: Path) -> None:
    """Objects, prefixes and the artifact itself are read from S3, and answers and errors are put there."""
    bucket = make_bucket(s3)
    s3.upload_file(str(messy), bucket, "in/a.csv")
    s3.upload_file(str(parquet), bucket, "in/b.parquet")
    s3.upload_file(str(ARTIFACT), bucket, "model.json")
    for source, rows in (("in/a.csv", ROWS), ("in/b.parquet", ROWS), ("in/", 2 * ROWS), ("in/*.parquet", ROWS)):
        output = f"s3://{bucket}/out/scores.parquet"
        words = ("score", f"s3://{bucket}/{source}", "-o", output, "--model", f"s3://{bucket}/model.json")
        assert f"of {rows} rows" in run(*words, "--on-error", "skip", "--keep", "x5").output
    answers = pl.read_parquet(io.BytesIO(s3.get_object(Bucket=bucket, Key="out/scores.parquet")["Body"].read()))
    assert_same(model, answers, [], score_rows(model, pl.read_parquet(parquet).iter_rows(named=True)))
    assert (
        s3.get_object(Bucket=bucket, Key="out/scores.parquet.errors.csv")["Body"].read()
        == b"row,line,field,code,detail\n"
    )
    refused = refusal(f"s3://{bucket}/in/a.csv", "-o", f"s3://{bucket}/refused.csv")
    assert "row 7, line 8, x12" in refused
    assert "refused" not in str(s3.list_objects_v2(Bucket=bucket, Prefix="refused").get("Contents"))
    assert "no such file" in refusal(f"s3://{bucket}/none.csv", "-o", tmp_path / "out.csv")
    assert "phat: s3://" in refusal("s3://no-such-bucket-of-phat/in/", "-o", tmp_path / "out.csv")


def test_killed_and_run_again(raw_records: Path, tmp_path: Path) -> None:
    """A run killed half-way leaves no output, and the next one writes the same bytes as one that was let alone."""
    big = tmp_path / "big.csv"
    header, *lines = raw_records.read_bytes().splitlines(keepends=True)
    with big.open("wb") as file:
        file.write(header)
        for _ in range(40):
            file.writelines(lines)
    whole, again = tmp_path / "whole.parquet", tmp_path / "again.parquet"
    score(big, "-o", whole, "--keep", "x5")
    command = [sys.executable, "-m", "phat.cli", "score", str(big), "-o", str(again), "--model", str(ARTIFACT),
               "--keep", "x5"]  # fmt: skip
    partial = tmp_path / ".again.parquet.partial"
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (partial.exists() and partial.stat().st_size) and time.monotonic() < deadline:
        assert process.poll() is None, "it was done before it could be killed"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert partial.exists()
    assert not again.exists()
    score(big, "-o", again, "--keep", "x5")
    assert again.read_bytes() == whole.read_bytes()
    assert not partial.exists()


def test_two_runs_at_once(raw_records: Path, tmp_path: Path) -> None:
    """While one run writes an output, another is refused."""
    import fcntl

    with (tmp_path / ".out.csv.partial").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "another run is writing" in refusal(raw_records, "-o", tmp_path / "out.csv")
