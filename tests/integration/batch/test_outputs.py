"""One output of several runs: each run's partial file is its own, and no run reads what it writes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from phat.storage.errors import OutputRefused
from phat.storage.writing import written
from phat.training.simulate import write_csv
from tests.commands import failure, run
from tests.conftest import REFERENCE
from tests.gateway import ROOT
from tests.integration.conftest import make_bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ARTIFACT = REFERENCE / "segmentation.json"
RECORDS = "id,x12,x5\na,1,monday\nb,2,friday\n"


def score(*words: object) -> str:
    """What the command says, which must succeed."""
    return run("score", *words, "--model", ARTIFACT).output


def refusal(*words: object) -> str:
    """What the command says, which must fail, in one line."""
    return failure("score", *words, "--model", ARTIFACT).replace("\n", " ")


def command(source: Path, output: Path) -> list[str]:
    """The same command for a process of its own."""
    return [sys.executable, "-m", "phat.cli", "score", str(source), "-o", str(output), "--model", str(ARTIFACT)]


def wait_for(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Return when a condition holds, while a process is at work."""
    limit = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, "it ended too early"
        assert time.monotonic() < limit
        time.sleep(0.002)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Enough records that a run over them can be met at its work."""
    path = tmp_path / "large.csv"
    with path.open("w", newline="") as file:
        for _ in write_csv(4_000, 3, file):
            pass
    header, *lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header + b"".join(lines) * 40)
    return path


@contextmanager
def started(words: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """A process with pipes, which is ended at last."""
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=ROOT, text=True, stdin=pipe, stdout=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def program(text: str, *words: object) -> AbstractContextManager["subprocess.Popen[str]"]:
    """A Python program, started."""
    return started([sys.executable, "-c", text, *map(str, words)])


def line(process: "subprocess.Popen[str]") -> str:
    """The next line that a program prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go_on(process: "subprocess.Popen[str]") -> None:
    """Let a program go on that waits for a line."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


WRITER = """
import sys
from pathlib import Path
from phat.storage.writing import written

def renamed(path, target, replace=Path.replace):
    replace(path, target)
    print("renamed", flush=True)
    sys.stdin.readline()

Path.replace = renamed
with written(sys.argv[1]) as path:
    path.write_text(sys.argv[2])
    print("written", flush=True)
    sys.stdin.readline()
"""
"""Writes a text to an output, and waits for a line before and after it gets its name."""


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_second_run_leaves_the_first_alone(large: Path, tmp_path: Path, name: str) -> None:
    """While a process writes an output, another is refused, and the first one's answers are whole."""
    expected, output = tmp_path / "expected" / name, tmp_path / name
    expected.parent.mkdir()
    score(large, "-o", expected)
    partial = output.with_name(f".{name}.partial")
    with started(command(large, output)) as first:
        wait_for(lambda: partial.exists() and partial.stat().st_size > 0, first)
        first.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, first.pid, os.WSTOPPED)  # until then its threads go on
        size = partial.stat().st_size
        second = subprocess.run(command(large, output), cwd=ROOT, capture_output=True, text=True, check=False)
        assert (second.returncode, partial.stat().st_size) == (1, size)
        assert "another run is writing this output" in second.stderr
        first.send_signal(signal.SIGCONT)
        assert first.wait(60) == 0
    assert output.read_bytes() == expected.read_bytes()
    assert not partial.exists()


def test_the_next_run_keeps_its_partial_file(tmp_path: Path) -> None:
    """A process whose output has its name by now leaves the partial file to the process that has begun since."""
    output = tmp_path / "out.csv"
    with program(WRITER, output, "first") as first:
        assert line(first) == "written"
        go_on(first)
        assert line(first) == "renamed"
        with program(WRITER, output, "second") as second:
            assert line(second) == "written"
            go_on(first)
            assert first.wait(60) == 0
            assert (tmp_path / ".out.csv.partial").read_text() == "second"
            assert output.read_text() == "first"
            go_on(second)
            assert line(second) == "renamed"
            go_on(second)
            assert second.wait(60) == 0
    assert output.read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


RACER = """
import sys
from phat.storage.errors import OutputRefused
from phat.storage.writing import written

sys.stdin.readline()
for _ in range(15):
    try:
        with written(sys.argv[1]) as path, path.open("w") as file:
            file.write(sys.argv[2] * 10_000)
    except OutputRefused as error:
        assert "another run" in str(error), error
    else:
        assert len(set(open(sys.argv[1]).read())) == 1
"""
"""Writes a text to an output again and again, when it has got a line."""


def test_many_runs_at_once(tmp_path: Path) -> None:
    """Of many processes that begin together each writes its whole text or is refused, and nothing else is left."""
    output = tmp_path / "out.csv"
    with ExitStack() as stack:
        racers = [stack.enter_context(program(RACER, output, sign)) for sign in "abcd"]
        for racer in racers:
            go_on(racer)
        assert [racer.wait(60) for racer in racers] == [0, 0, 0, 0]
    assert output.read_text() in {sign * 10_000 for sign in "abcd"}
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_what_a_killed_run_left_is_taken_over(tmp_path: Path) -> None:
    """The partial file of a killed process is no obstacle, and other names of it keep their bytes."""
    output, partial, other = (tmp_path / name for name in ("out.csv", ".out.csv.partial", "other"))
    with program(WRITER, output, "killed") as process:
        assert line(process) == "written"
        process.kill()
    assert partial.read_text() == "killed"
    other.hardlink_to(partial)
    with written(str(output)) as path:
        path.write_text("next")
    assert (output.read_text(), other.read_text(), partial.exists()) == ("next", "killed", False)


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    """A link that waits where the partial file belongs is refused, and what it points to is untouched."""
    source, target, link = (tmp_path / name for name in ("in.csv", "target", ".out.csv.partial"))
    source.write_text(RECORDS)
    target.write_text("mine")
    link.symlink_to(target)
    assert ".out.csv.partial: got a symbolic link" in refusal(source, "-o", tmp_path / "out.csv")
    assert target.read_text() == "mine"
    link.unlink()
    link.symlink_to(tmp_path / "nowhere")
    assert "got a symbolic link" in refusal(source, "-o", tmp_path / "out.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.csv.partial", "in.csv", "target"]


def test_a_partial_file_that_was_removed(tmp_path: Path) -> None:
    """When another program takes the partial file away, nothing gets the output's name."""
    output = tmp_path / "out.csv"

    def write() -> None:
        with written(str(output)) as path:
            path.unlink()
            path.write_text("of another program")

    with pytest.raises(OutputRefused, match="removed or replaced"):
        write()
    assert not output.exists()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with in.csv, and links to it, in which the command is called."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text(RECORDS)
    (tmp_path / "symbolic.csv").symlink_to("in.csv")
    (tmp_path / "hard.csv").hardlink_to("in.csv")
    (tmp_path / "in.csv.errors.csv").write_text(RECORDS)
    (tmp_path / ".in.csv.partial").write_text(RECORDS)
    (tmp_path / "here").symlink_to(tmp_path, target_is_directory=True)
    return tmp_path


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("in.csv", "in.csv"), ("in.csv", "./in.csv"), ("in.csv", "{folder}/in.csv"), ("{folder}/in.csv", "in.csv"),
        ("in.csv", "symbolic.csv"), ("symbolic.csv", "in.csv"), ("in.csv", "hard.csv"), ("in.csv", "here/in.csv"),
        ("in.csv.errors.csv", "in.csv"), (".in.csv.partial", "in.csv"),
    ],
)  # fmt: skip
def test_an_input_is_not_overwritten(folder: Path, source: str, output: str) -> None:
    """However it is spelt, an output that is an input is refused, and so is one whose list of errors is."""
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    words = [word.format(folder=folder) for word in (source, output)]
    said = refusal(words[0], "-o", words[1], "--on-error", "skip")
    assert f"{words[1]}: the run would overwrite its input" in said
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_the_model_is_not_overwritten(tmp_path: Path) -> None:
    """An output that is the artifact is refused."""
    source, artifact = tmp_path / "in.csv", tmp_path / "model.csv"
    source.write_text(RECORDS)
    shutil.copy(ARTIFACT, artifact)
    assert "would overwrite" in failure("score", source, "-o", artifact, "--model", artifact)
    assert artifact.read_bytes() == ARTIFACT.read_bytes()


@pytest.mark.parametrize("words", [["."], ["*.csv"], ["{folder}"], ["in", "*.csv"]])
def test_former_outputs_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    """A folder or pattern that holds the former output, and lists of errors, gives the same answers each time."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in.csv").write_text(RECORDS)
    (tmp_path / "in" / "more.csv").write_text(RECORDS)
    (tmp_path / "old.parquet.errors.csv").write_text("row,field,code,detail\n")
    words = [word.format(folder=tmp_path) for word in words]
    found = []
    for _ in range(3):
        said = score(*words, "-o", "out.csv", "--on-error", "skip", "--keep", "id,x12,x5").replace("\n", " ")
        found.append((tmp_path / "out.csv").read_bytes())
        if "in.csv" not in words:
            assert "old.parquet.errors.csv: it lists errors" in said
    assert found[0] == found[1] == found[2]
    assert "out.csv.errors.csv: this run writes it" in said
    assert "has columns business_outcome and phat" not in said


def test_answers_of_another_run_are_reported(tmp_path: Path) -> None:
    """Answers that lie among the inputs under another name are scored with a notice."""
    (tmp_path / "in.csv").write_text(RECORDS)
    score(tmp_path / "in.csv", "-o", tmp_path / "old.csv", "--keep", "x12,x5")
    score(tmp_path / "in.csv", "-o", tmp_path / "old.parquet", "--keep", "x12,x5")
    said = score(tmp_path, "-o", tmp_path / "new.csv")
    for name, reported in (("in.csv", False), ("old.csv", True), ("old.parquet", True)):
        assert (f"{name} has columns business_outcome and phat" in said) == reported


def test_a_file_of_two_names_is_scored_once(folder: Path) -> None:
    """Links, and other spellings of a path, do not double a file's records."""
    said = score("in.csv", "./in.csv", f"{folder}/in.csv", "hard.csv", "symbolic.csv", "-o", "out.csv")
    assert "2 of 2 rows" in said
    assert "hard.csv, symbolic.csv: it is the same file as in.csv" in said


def test_names_and_levels_that_are_none(tmp_path: Path) -> None:
    """An input or output without a name, and a level that is no number, are refused before any work."""
    source = tmp_path / "in.csv"
    source.write_text("x12,x5\n1,sunday\n")
    output = tmp_path / "o.csv"
    assert "an input without a name" in refusal("", "-o", output)
    assert "an output without a name" in refusal(source, "-o", "")
    assert "level: got nan" in refusal(source, "-o", output, "--include", "interval", "--level", "nan")


def test_nothing_left_to_score(tmp_path: Path) -> None:
    """A folder of nothing but the former output is refused, and the output is as it was."""
    output = tmp_path / "out.csv"
    output.write_text(RECORDS)
    assert f"nothing to score; left out {output}: this run writes it" in refusal(tmp_path, "-o", output)
    assert output.read_text() == RECORDS


def test_objects(s3: "S3Client", tmp_path: Path) -> None:
    """An object is not overwritten by its own answers, and a prefix that holds the former ones gives the same again."""
    bucket = make_bucket(s3)
    s3.put_object(Bucket=bucket, Key="in/a.csv", Body=RECORDS.encode())
    address = f"s3://{bucket}/in/"
    assert "would overwrite its input" in refusal(f"{address}a.csv", "-o", f"{address}a.csv")
    found = []
    for source in ("", "*.csv", ""):
        said = score(f"{address}{source}", "-o", f"{address}out.csv", "--on-error", "skip", "--keep", "x12")
        found.append(s3.get_object(Bucket=bucket, Key="in/out.csv")["Body"].read())
    assert f"left out {address}out.csv, {address}out.csv.errors.csv: this run writes it" in said.replace("\n", " ")
    assert found[0] == found[1] == found[2]
    assert s3.get_object(Bucket=bucket, Key="in/a.csv")["Body"].read() == RECORDS.encode()


@pytest.mark.parametrize("keep", ["x5,x5", "x5, x12 ,x5", "x5,", ",x5", "", " ", "x5,,x12", "z", "phat"])
def test_columns_to_keep(tmp_path: Path, keep: str) -> None:
    """A column that is named twice, blank, unknown or taken is refused by name."""
    source = tmp_path / "in.csv"
    source.write_text(RECORDS)
    said = refusal(source, "-o", tmp_path / "out.csv", "--keep", keep)
    assert ("got x5 2 times" in said) == (keep.count("x5") == 2)
    assert ("a blank name" in said) == (not all(name.strip() for name in keep.split(",")))
    assert ("there is no column z" in said) == (keep == "z")
    assert os.listdir(tmp_path) == ["in.csv"]


@pytest.mark.parametrize(("kind", "value"), [("List(Int64)", [1]), ("Binary", b"a")])
def test_columns_that_a_csv_cannot_hold(tmp_path: Path, kind: str, value: object) -> None:
    """A kept column of lists or bytes is refused for a CSV, and kept in a Parquet file."""
    source = tmp_path / "in.parquet"
    pl.DataFrame({"x12": [1.0], "odd": [value]}).write_parquet(source)
    assert f"column odd cannot be kept in a CSV: it holds {kind}" in refusal(
        source, "-o", tmp_path / "out.csv", "--keep", "odd"
    )
    score(source, "-o", tmp_path / "out.parquet", "--keep", "odd")
    assert pl.read_parquet(tmp_path / "out.parquet")["odd"].to_list() == [value]


def test_a_list_of_errors_of_a_former_run_goes(tmp_path: Path) -> None:
    """Next to the answers of a run without errors no list stays that an earlier run has left."""
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    listed = tmp_path / "out.csv.errors.csv"
    source.write_text(f"{RECORDS}c,?,monday\n")
    score(source, "-o", output, "--on-error", "skip")
    assert "not_a_number" in listed.read_text()
    former = output.read_text()
    assert "bad records" in refusal(source, "-o", output)
    assert (output.read_text(), listed.exists()) == (former, True)  # a run that fails leaves both
    source.write_text(RECORDS)
    score(source, "-o", output)
    assert not listed.exists()
    score(source, "-o", output)  # nor need there be one


def test_a_list_of_errors_in_s3_goes(s3: "S3Client", tmp_path: Path) -> None:
    """The same in a bucket."""
    bucket = make_bucket(s3)
    source, output = tmp_path / "in.csv", f"s3://{bucket}/out.csv"
    source.write_text(f"{RECORDS}c,?,monday\n")
    score(source, "-o", output, "--on-error", "skip")
    source.write_text(RECORDS)
    score(source, "-o", output)
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["out.csv"]
