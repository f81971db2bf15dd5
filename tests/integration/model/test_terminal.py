"""What commands print of a model's and a file's own texts: all of it readable, and nothing that moves a terminal."""

import csv
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from phat.model.model import Model
from tests.commands import failure, run
from tests.gateway import ROOT
from tests.unit.model.other import make_artifact

TITLE = "\x1b]0;owned\x07"
LEVEL = f"[months]{TITLE}\x1b[31m"
FIELD = "grade[/x]"
STYLES = re.compile(r"\x1b\[[0-9;]*m")
"""What the commands themselves send a terminal: colours."""


def readable(printed: str) -> str:
    """What was printed without its colours; it has nothing else that a terminal would act on."""
    plain = STYLES.sub("", printed)
    assert all(char.isprintable() or char == "\n" for char in plain), plain
    return plain


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV whose names and levels look like markup and hold terminal escapes, with one column that is left out."""
    path = tmp_path_factory.mktemp("hostile") / "data.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([FIELD, "age", f"empty{TITLE}", "y"])
        for row in range(400):
            grade = (LEVEL, "b", "c")[row % 3]
            writer.writerow([grade, 20 + row * 37 % 50, "", int(row * 13 % 10 < (7 if grade == LEVEL else 3))])
    return path


@pytest.fixture(scope="module")
def artifact(table: Path) -> Path:
    """A model of it; what `fit` prints is looked at below."""
    output = table.with_name("model.json")
    words = ("fit", table, "--target", "y", "-o", output, "--write-config", table.with_name("model.toml"))
    table.with_name("printed.txt").write_text(run(*words, "--verbose").output)
    table.with_name("summary.txt").write_text(run(*words).stdout)
    return output


def test_fit_and_show(artifact: Path) -> None:
    """Fit's notices, summary and tables, and show, spell names and levels out."""
    printed, summary = (artifact.with_name(f"{name}.txt").read_text() for name in ("printed", "summary"))
    for text in (printed, run("show", artifact).output):
        assert r"[months]\u001b]0;owned\u0007" in readable(text)
        assert r"grade[/x]" in text
    assert "grade[/x]_b" in readable(summary)
    assert r"note: column empty\u001b]0;owned\u0007 is left out" in printed


def test_written_configuration_means_the_same(artifact: Path, table: Path) -> None:
    """The configuration that fit writes means the same names and levels when it is read back."""
    again = artifact.with_name("again.json")
    run("fit", table, "--config", artifact.with_name("model.toml"), "-o", again)
    first, second = (json.loads(path.read_bytes()) for path in (artifact, again))
    assert first["coefficients"] == second["coefficients"]


def test_diff(artifact: Path, tmp_path: Path) -> None:
    """Differences, and the names of the files, are spelt out."""
    other = tmp_path / "[red]other[bold]\x1b[2J.json"
    plain = json.loads(artifact.read_bytes())
    plain["answer"]["labels"]["event"] = f"[/x]{TITLE}"
    other.write_text(json.dumps(plain))
    printed = readable(run("diff", artifact, other).output).replace(" ", "").replace("\n", "")
    assert r"[/x]\u001b]0;owned\u0007" in printed


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "\u202ename"}, r"name '\u202ename'"),
        ({f"c{TITLE}": 1}, r"\u001b]0;owned\u0007"),
    ],
)
def test_errors(changes: dict[str, Any], told: str, tmp_path: Path) -> None:
    """A broken model file's own texts are spelt out in the message about it."""
    path = tmp_path / "model.json"
    path.write_text(json.dumps(json.loads(make_artifact().to_bytes()) | changes))
    assert told in readable(failure("show", path))


def test_score_names_files_as_they_are(artifact: Path, tmp_path: Path) -> None:
    """A file whose name holds terminal escapes is named by them."""
    data = tmp_path / f"in{TITLE}.csv"
    data.write_text(f"{FIELD}\nb\n")
    printed = readable(run("score", data, "--model", artifact, "-o", tmp_path / "out\x1b[2J.csv").output)
    assert rf"note: {tmp_path}/in\u001b]0;owned\u0007.csv has no column age" in printed
    assert rf"written to {tmp_path}/out\u001b[2J.csv" in printed


def test_sql_is_exact_in_a_file_and_visible_in_a_terminal(artifact: Path) -> None:
    """A query keeps a level's every character where a program reads it, and shows escapes where a person does."""
    command = [sys.executable, "-m", "phat.cli", "sql", str(artifact), "--dialect", "duckdb"]
    piped = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"'{LEVEL}'" in piped.stdout
    assert piped.stderr == ""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, cwd=ROOT, stdout=theirs, stderr=subprocess.PIPE, text=True) as process:
        os.close(theirs)
        printed = drained(ours)
        assert process.stderr is not None
        assert "shown as escapes" in process.stderr.read()
    assert r"'[months]\u001b]0;owned\u0007\u001b[31m'" in readable(printed.replace("\r\n", "\n"))


def drained(terminal: int) -> str:
    """All that a process writes to a terminal."""
    parts: list[bytes] = []
    try:
        while part := os.read(terminal, 65536):
            parts.append(part)
    except OSError:  # the process has ended
        pass
    os.close(terminal)
    return b"".join(parts).decode()


@pytest.mark.parametrize(
    ("table", "spelt"),
    [
        ("x", '"x"'),
        ('x.y"z', '"x"."y""z"'),
        ("a b.c'd.e`f", '"a b"."c\'d"."e`f"'),
        ("x; drop table y", '"x; drop table y"'),
    ],
)
def test_sql_quotes_the_tables_name(model_file: Path, table: str, spelt: str) -> None:
    """Whatever characters a table's name has, the query reads from that table."""
    assert f"FROM {spelt}\n" in run("sql", model_file, "--dialect", "duckdb", "--table", table).output


@pytest.mark.parametrize("table", ["", "x..y", ".x", "x.", "a.b.c.d", "a. "])
def test_sql_refuses_what_is_no_table(model_file: Path, table: str) -> None:
    """A name that lacks a part, or has too many, is refused in one line."""
    told = failure("sql", model_file, "--dialect", "duckdb", "--table", table)
    assert f"phat: table {table!r}: expected TABLE, DATABASE.TABLE or CATALOGUE.DATABASE.TABLE\n" in readable(told)


@pytest.mark.parametrize(
    ("dialect", "notices"),
    [
        ("duckdb", []),
        ("athena", ["athena is experimental: its query was made, and never run"]),
        (
            "redshift",
            [
                "redshift is experimental: its query was made, and never run",
                "redshift cannot tell a column's type: the fields' columns must be VARCHAR",
            ],
        ),
    ],
)
def test_sql_says_what_a_dialect_lacks(model_file: Path, dialect: str, notices: list[str]) -> None:
    """A query that was never run, or that takes every column for text, is printed with a notice."""
    printed = readable(run("sql", model_file, "--dialect", dialect).stderr)
    assert printed == "".join(f"note: {line}\n" for line in notices)


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model's file."""
    path = tmp_path_factory.mktemp("small") / "model.json"
    path.write_bytes(make_artifact().to_bytes())
    assert Model.from_bytes(path.read_bytes())
    return path
