"""`score`, `fit`, `evaluate` and `import` on files as people have them: the answers are those of the plain CSV."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from phat.model.model import Model
from tests.commands import failure, run
from tests.conftest import REFERENCE
from tests.unit.batch.dialect_files import number, text, workbook
from tests.unit.takeover.imports import logit, pickled, raw_rows

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ARTIFACT = REFERENCE / "segmentation.json"
RECORDS = [["id", "x12", "x5"], ["a", "1234.5", "monday"], ["b", "-0.25", "größe"], ["c", "7.75", "friday"]]
EXCHANGED = str.maketrans(".", ",")


def delimited(rows: list[list[str]], separator: str, decimal: str = ".") -> str:
    """Rows as a CSV of another separator and decimal mark."""
    out = io.StringIO(newline="")
    cells = [[cell if decimal == "." else cell.translate(EXCHANGED) for cell in row] for row in rows]
    csv.writer(out, delimiter=separator, lineterminator="\n").writerows(cells)
    return out.getvalue()


def sheet(rows: list[list[str]]) -> bytes:
    """Rows as a workbook, numbers as numbers."""
    header = "".join(text(f"{'ABCD'[at]}1", name) for at, name in enumerate(rows[0]))
    lines = [
        "".join(
            (number if cell.lstrip("-")[:1].isdigit() else text)(f"{'ABCD'[at]}{line}", cell)
            for at, cell in enumerate(row)
        )
        for line, row in enumerate(rows[1:], 2)
    ]
    return workbook([header, *lines])


WRITTEN = {
    "plain.csv": (delimited(RECORDS, ",").encode(), ()),
    "semicolons.csv": (delimited(RECORDS, ";", ",").encode(), ()),
    "tabs.tsv": (delimited(RECORDS, "\t").encode("utf-8-sig"), ()),
    "bars.csv": (delimited(RECORDS, "|").encode("utf-16"), ()),
    "packed.csv.gz": (gzip.compress(delimited(RECORDS, ";", ",").encode()), ()),
    "latin.csv": (delimited(RECORDS, ";", ",").encode("latin-1"), ("--encoding", "latin-1")),
    "quoted.csv": (delimited(RECORDS, ",", ",").encode(), ("--decimal", ",")),
    "said.csv": (b"sep=;\n" + delimited(RECORDS, ";", ",").encode(), ("--separator", "semicolon")),
    "sheet.xlsx": (sheet(RECORDS), ()),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_scores_are_those_of_the_plain_csv(tmp_path: Path, name: str) -> None:
    """Whatever a file is written in, answers, kept cells, and rows and lines of bad records are the plain CSV's."""
    written, outputs = {**WRITTEN, name: WRITTEN[name]}, []
    for each in ("plain.csv", name):
        data, options = written[each]
        (tmp_path / each).write_bytes(data)
        output = tmp_path / f"{each}.out.csv"
        words = ("--model", ARTIFACT, "--keep", "id,x12", "--on-error", "skip", *options)
        run("score", tmp_path / each, "-o", output, *words)
        outputs.append((output.read_text(), pl.read_csv(f"{output}.errors.csv").drop("line").rows()))
    assert outputs[0] == outputs[1]
    assert [row[:2] for row in outputs[0][1]] == [(2, "x5")]


def test_lines_of_bad_records(tmp_path: Path) -> None:
    """The line of a bad record is the one of the file, below a line that names the separator and a blank one."""
    (tmp_path / "in.csv").write_text('sep=;\nx12;x5\n\n1,5;monday\n"2,\n5";friday\n')
    said = failure("score", tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--model", ARTIFACT)
    assert "row 2, line 5, x12" in said


def test_a_folder_of_all_kinds(tmp_path: Path) -> None:
    """A folder stands for all tables that can be read, and what was assumed of several is reported once."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("semicolons.csv", "tabs.tsv", "packed.csv.gz", "sheet.xlsx"):
        (folder / name).write_bytes(WRITTEN[name][0].replace("größe".encode(), b"sunday"))
    output = tmp_path / "out.csv"
    said = run("score", folder, "-o", output, "--model", ARTIFACT, "--keep", "id", "--on-error", "skip").output
    assert pl.read_csv(output)["id"].to_list()[:2] == ["a", "c"]
    assert "packed.csv.gz and 1 more: cells are separated by semicolons" in said.replace("\n", " ")


def test_objects_as_people_have_them(s3: "S3Client", bucket: str, tmp_path: Path) -> None:
    """An object of S3 in another dialect is read as a file is."""
    s3.put_object(Bucket=bucket, Key="in/packed.csv.gz", Body=WRITTEN["packed.csv.gz"][0])
    output = tmp_path / "out.csv"
    words = ("--model", ARTIFACT, "--keep", "id,x12", "--on-error", "skip")
    run("score", f"s3://{bucket}/in/", "-o", output, *words)
    assert pl.read_csv(output, infer_schema=False)["x12"].to_list() == ["1234.5", "7.75"]


@pytest.mark.parametrize("option", [("--encoding", "klingon"), ("--decimal", "x"), ("--separator", "x")])
def test_options_are_checked_first(tmp_path: Path, option: tuple[str, str]) -> None:
    """An option that means nothing is a usage error that says what it may be."""
    (tmp_path / "in.csv").write_text("x12\n1\n")
    said = failure("score", tmp_path / "in.csv", "-o", tmp_path / "o.csv", "--model", ARTIFACT, *option, code=2)
    assert f"{option[0]}: got '{option[1]}', expected" in said


def test_a_model_says_how_its_numbers_were_written(tmp_path: Path) -> None:
    """A fit on decimal commas is that on the plain file, keeps what was assumed, and is evaluated on either."""
    rows = [["x", "g", "y"]]
    rows += [[f"{(at * 37 % 101) / 10:.1f}", "ab"[at % 2], str(int(at * 13 % 29 > 11 + at % 5))] for at in range(300)]
    (tmp_path / "plain.csv").write_text(delimited(rows, ","))
    (tmp_path / "commas.csv").write_text(delimited(rows, ";", ","))
    models = {}
    for name in ("plain", "commas"):
        run("fit", tmp_path / f"{name}.csv", "--target", "y", "-o", tmp_path / f"{name}.json")
        models[name] = Model.from_bytes((tmp_path / f"{name}.json").read_bytes()).artifact
    assert models["plain"].coefficients == models["commas"].coefficients
    assert models["plain"].golden == models["commas"].golden
    notices = models["commas"].provenance.notices
    assert "commas.csv: cells are separated by semicolons" in notices
    assert "commas.csv has decimal commas; clients of the model send plain numbers, such as 1234.5" in notices
    assert not any("comma" in text for text in models["plain"].provenance.notices)
    figures = []
    for name in ("plain", "commas"):
        run("evaluate", tmp_path / "plain.json", tmp_path / f"{name}.csv", "--json", tmp_path / "figures.json")
        figures.append(json.loads((tmp_path / "figures.json").read_bytes()))
    assert figures[0] == figures[1]


def test_an_import_is_proven_on_any_dialect(tmp_path: Path) -> None:
    """A fit is taken over with its raw rows in a file of decimal commas, which the model says."""
    raw = raw_rows()
    data, output = tmp_path / "raw.csv", tmp_path / "model.json"
    raw.to_csv(data, index=False, sep=";", decimal=",", encoding="utf-16")
    run("import", pickled(tmp_path, logit(raw)), "--data", data, "--trust", "-o", output)
    provenance = Model.from_bytes(output.read_bytes()).artifact.provenance
    assert provenance.proof.kind == "rows"
    assert "raw.csv has decimal commas; clients of the model send plain numbers, such as 1234.5" in provenance.notices
