"""The steps over whole files, called in the order of the state machine, with S3 over HTTP."""

import io
import json
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import obstore
import polars as pl
import pytest

from phat.jobs import batch
from phat.jobs.batch import StepFailed
from phat.jobs.batch_request import RunRefused
from phat.model.model import Model
from phat.model.store import publish
from phat.server.asgi import LocalContext
from phat.training.simulate import simulate
from tests.gateway import ROOT
from tests.integration.jobs.conftest import Serve
from tests.unit.batch.rows import score_rows
from tests.unit.monitoring.kinds import FIELDS, frame
from tests.unit.monitoring.kinds import model as model_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Result = dict[str, Any]
ROWS = 700


def call(step: str, **event: Any) -> Result:
    """One call of the function, whose event and answer are JSON, as the state machine's are."""
    found = batch.lambda_handler(json.loads(json.dumps({"step": step, **event})), cast("Any", LocalContext()))
    result: Result = json.loads(json.dumps(found))
    return result


@pytest.fixture(autouse=True)
def settings(environment: pytest.MonkeyPatch, bucket: str) -> None:
    """The bucket of the data; files above 1 MB are split."""
    environment.setenv("DATA_BUCKET", bucket)
    environment.setenv("SPLIT_MEGABYTES", "1")
    batch._model.cache_clear()


def raw_records(rows: int, seed: int) -> pl.DataFrame:
    """Simulated records, all text, each with an id."""
    table = pl.concat([pl.DataFrame(chunk) for chunk in simulate(rows, seed)])
    return table.select(pl.format("c{}", pl.int_range(rows)).alias("id"), pl.all())


class Prefix:
    """Objects of the data bucket."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self.s3, self.bucket = s3, bucket

    def put(self, key: str, table: pl.DataFrame | bytes) -> None:
        """Put a table, as its key's ending says, or some bytes."""
        body = io.BytesIO()
        if isinstance(table, bytes):
            body.write(table)
        elif key.endswith(".csv"):
            table.write_csv(body)
        else:
            table.write_parquet(body, row_group_size=200)
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body.getvalue())

    def keys(self, prefix: str = "") -> list[str]:
        """Keys under a prefix."""
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [item["Key"] for item in found]

    def read(self, key: str) -> bytes:
        """An object."""
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def answers(self, prefix: str) -> pl.DataFrame:
        """All answers under a prefix."""
        keys = [key for key in self.keys(prefix) if key.endswith(".parquet")]
        return pl.concat([pl.read_parquet(io.BytesIO(self.read(key))) for key in keys])


@pytest.fixture
def prefix(s3: "S3Client", bucket: str) -> Prefix:
    """The data bucket."""
    return Prefix(s3, bucket)


def run_all(prefix: Prefix, name: str = "first", **asked: Any) -> Result:
    """A whole run, as the state machine goes through it; its summary."""
    run = call("prepare", name=name, request=asked)["run"]
    for key in prefix.keys(run["input"]):
        file = call("score", run=run, key=key)
        if file["status"] == "split":
            for part in file["parts"]:
                call("score", run=run, key=key, part=part)
            call("finish", run=run, key=key, parts=file["parts"])
    return call("summarise", run=run, status="complete", started="2026-01-01T00:00:00.000Z")


def test_a_prefix_is_scored(model: Model, prefix: Prefix, capsys: pytest.CaptureFixture[str]) -> None:
    """CSV and Parquet below a prefix give the row path's answers; the summary, as object and metrics, adds them up."""
    tables = {f"in/{name}": raw_records(ROWS, seed) for seed, name in enumerate(("a.csv", "b/c.parquet", "d.csv"))}
    for key, table in tables.items():
        prefix.put(key, table)
    prefix.put("in/readme.txt", b"no table")
    told = run_all(prefix, input="in/", output="out/", keep=["id"], level=0.9)
    assert prefix.keys("out/") == [
        "out/a.csv.parquet", "out/a.csv.parquet.errors.csv", "out/b/c.parquet.parquet",
        "out/b/c.parquet.parquet.errors.csv", "out/d.csv.parquet", "out/d.csv.parquet.errors.csv",
    ]  # fmt: skip
    expected = [p for table in tables.values() for p in score_rows(model, table.iter_rows(named=True)).predictions]
    answers = prefix.answers("out/")
    assert answers["phat"].to_list() == pytest.approx([each.answer for each in expected], abs=1e-12)
    assert answers.columns[-3:] == ["interval_lower", "interval_upper", "interval_standard_error"]
    assert answers["id"].to_list() == [f"c{row}" for _ in tables for row in range(ROWS)]
    summary = json.loads(prefix.read("runs/first/summary.json"))
    named = {"failures", "skipped"}
    assert told == {name: value for name, value in summary.items() if name not in named} | {"summary": told["summary"]}
    counts = {"files": 3, "files_scored": 3, "files_failed": 0, "rows": 3 * ROWS, "scored": 3 * ROWS, "rejected": 0}
    assert {name: summary[name] for name in counts} == counts
    assert summary["events"] == sum(each.outcome == "event" for each in expected)
    assert (summary["model_version"], summary["status"], summary["failures"]) == (model.version, "succeeded", [])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [metrics] = [line for line in lines if "_aws" in line]
    assert (metrics["BatchFiles"], metrics["BatchRows"], metrics["service"]) == ([3.0], [3.0 * ROWS], "phat")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_large_file_is_split(prefix: Prefix, kind: str) -> None:
    """A file above the limit is scored in parts, which together are what the whole gives."""
    table = pl.concat([raw_records(ROWS, 1)] * (3 if kind == "csv" else 8))
    prefix.put(f"in/large.{kind}", table)
    prefix.put(f"in/whole.{kind}", table)
    run = call("prepare", name="first", request={"input": "in/", "output": "out/", "keep": ["id"]})["run"]
    file = call("score", run=run, key=f"in/large.{kind}")
    assert (file["status"], len(file["parts"]) > 2) == ("split", True)
    for part in reversed(file["parts"]):
        assert call("score", run=run, key=f"in/large.{kind}", part=part) == {"status": "scored"}
    assert call("finish", run=run, key=f"in/large.{kind}", parts=file["parts"]) == {"status": "scored"}
    whole = call("score", run=run | {"split_bytes": 1 << 30}, key=f"in/whole.{kind}")
    assert whole == {"status": "scored"}
    assert prefix.answers("out/large").equals(prefix.answers("out/whole"))
    summary = call("summarise", run=run, status="complete", started="2026-01-01T00:00:00Z")
    assert (summary["files_scored"], summary["rows"]) == (2, 2 * table.height)


def test_another_size_of_parts_leaves_none_of_the_old(prefix: Prefix) -> None:
    """A file that was scored in parts and now is scored whole, or the other way round, has one set of answers."""
    prefix.put("in/a.csv", raw_records(2 * ROWS, 1))
    prefix.put("in/a.csv.csv", raw_records(ROWS, 1))
    sizes: list[int] = []
    for name, limit in (("parts", 1), ("whole", 100), ("again", 1)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SPLIT_MEGABYTES", str(limit))
            run_all(prefix, name, input="in/", output="out/")
        sizes.append(len([key for key in prefix.keys("out/a.csv") if key.endswith(".parquet")]))
        assert prefix.answers("out/").height == 3 * ROWS
    assert sizes[0] > sizes[1] == 2
    assert sizes[2] == sizes[0]


def test_a_file_whose_name_goes_on_like_answers(prefix: Prefix) -> None:
    """The answers of a.csv.parquet are no former answers of a.csv."""
    run = call("prepare", name="first", request={"input": "in/", "output": "out/"})["run"]
    for key in ("in/a.csv.parquet", "in/a.csv.part-00000-of-00002.parquet", "in/a.csv"):
        prefix.put(key, raw_records(20, 1))
        assert call("score", run=run, key=key) == {"status": "scored"}
    assert prefix.answers("out/").height == 60


def test_odd_keys_are_skipped_by_name(prefix: Prefix) -> None:
    """What cannot be read, and lists of errors, are named in receipts and summary; all else is scored."""
    table = raw_records(20, 1)
    read = ["in/[1].csv", "in/a*.csv", "in/q?.csv", "in/b.parquet", "in/ .csv", "in/%20.parquet"]
    skipped = ["in//x.csv", "in/../x.csv", "in/./x.parquet", "in/a\x01.csv", "in/b.parquet.errors.csv"]
    for key in (*read, *skipped, "in//readme.txt"):
        prefix.put(key, table)
    told = run_all(prefix, input="in/", output="out/")
    counts = {"files": 6, "files_scored": 6, "files_failed": 0, "files_skipped": 5, "scored": 120}
    assert {name: told[name] for name in counts} == counts
    summary = json.loads(prefix.read("runs/first/summary.json"))
    assert [each["key"] for each in summary["skipped"]] == sorted(skipped)
    assert {each["detail"].partition(";")[0] for each in summary["skipped"]} == {
        "it lists errors", "its key has a control character", "between slashes its key has nothing, '.' or '..'",
    }  # fmt: skip
    assert sorted(key for key in prefix.keys("out/") if key.endswith(".parquet")) == sorted(
        key.replace("in/", "out/", 1) + ".parquet" for key in read
    )


@pytest.mark.parametrize("key", ["[1].csv", "in/a*.csv", "/a.csv", "/in/b.parquet"])
def test_one_odd_key(prefix: Prefix, key: str) -> None:
    """A key that can be read is scored by its name, however odd, and also under the prefix of a leading slash."""
    prefix.put(key, raw_records(20, 1))
    prefix.put(key.lstrip("/") if key.startswith("/") else "1.csv", raw_records(30, 2))
    assert run_all(prefix, input=key, output="out/")["scored"] == 20
    if key.startswith("/in"):
        assert run_all(prefix, "second", input="/in/", output="out/")["scored"] == 20


def test_a_file_that_changes_between_its_parts(prefix: Prefix) -> None:
    """A file that is replaced after it was split fails as a whole: its parts would be of two files."""
    prefix.put("in/a.csv", raw_records(3 * ROWS, 1))
    run = call("prepare", name="first", request={"input": "in/"})["run"]
    first, *others = parts = call("score", run=run, key="in/a.csv")["parts"]
    assert call("score", run=run, key="in/a.csv", part=first) == {"status": "scored"}
    prefix.put("in/a.csv", raw_records(4 * ROWS, 2))
    for part in others:
        assert call("score", run=run, key="in/a.csv", part=part) == {"status": "failed"}
    assert call("finish", run=run, key="in/a.csv", parts=parts) == {"status": "failed"}
    call("summarise", run=run, status="complete", started="2026-01-01T00:00:00Z")
    [failure] = json.loads(prefix.read("runs/first/summary.json"))["failures"]
    assert "it has changed since it was split" in failure["detail"]
    assert prefix.keys("scores/") == []


def test_bad_rows_and_broken_files(prefix: Prefix) -> None:
    """Bad rows are listed next to the answers, blank ones skipped; a broken file fails with its reason."""
    good = raw_records(ROWS, 1)
    bad = good.with_columns(pl.when(pl.int_range(pl.len()) == 6).then(pl.lit("abc")).otherwise("x12").alias("x12"))
    prefix.put("in/bad.csv", bad.write_csv().encode() + b"," * (bad.width - 1) + b"\n")
    prefix.put("in/broken.csv", good.head(4).write_csv().encode() + b"1,2\n")
    prefix.put("in/broken.parquet", b"PAR1 is how it starts, and no more")
    prefix.put("in/good.parquet", good)
    prefix.put("out/broken.csv.parquet", good.head(3).select(phat=pl.lit(0.5)))
    told = run_all(prefix, input="in/", output="out/")
    assert prefix.keys("out/broken") == []
    assert prefix.read("out/bad.csv.parquet.errors.csv").decode().splitlines()[1].startswith("7,8,x12,not_a_number,")
    counts = {"files": 4, "files_scored": 2, "files_failed": 2, "rows": 2 * ROWS, "scored": 2 * ROWS - 1, "rejected": 1}
    assert {name: told[name] for name in (*counts, "rows_skipped")} == {**counts, "rows_skipped": 1}
    failures = json.loads(prefix.read("runs/first/summary.json"))["failures"]
    assert [(each["key"], each["error"]) for each in failures] == [
        ("in/broken.csv", "FileRefused"), ("in/broken.parquet", "FileRefused"),
    ]  # fmt: skip
    assert "CSV row 5 (line 6) has 2 cells, the header has" in failures[0]["detail"]


def test_nothing_callers_sent_is_logged(prefix: Prefix, capsys: pytest.CaptureFixture[str]) -> None:
    """With on_error "fail" a bad value is quoted in the receipt, and neither in the log nor in what is returned."""
    marked = raw_records(20, 1).with_columns(pl.lit("marked-value").alias("x12"))
    prefix.put("in/a.csv", marked)
    told = run_all(prefix, input="in/a.csv", on_error="fail")
    assert told["files_failed"] == 1
    assert b"marked-value" in prefix.read("runs/first/summary.json")
    printed = capsys.readouterr()
    assert "marked-value" not in printed.out + printed.err + json.dumps(told)


def test_split_refuses_what_it_cannot_tell_apart(prefix: Prefix) -> None:
    """A large CSV with line breaks within cells fails as a whole: no part's answers are left."""
    table = raw_records(3 * ROWS, 1).with_columns(pl.lit("a\nb").alias("x99"))
    prefix.put("in/a.csv", table)
    told = run_all(prefix, input="in/", output="out/")
    assert (told["files_failed"], told["files_scored"], told["rows"]) == (1, 0, 0)
    assert prefix.keys("out/") == []
    assert "cannot be split" in json.loads(prefix.read("runs/first/summary.json"))["failures"][0]["detail"]


def test_same_again(prefix: Prefix) -> None:
    """Scored twice, a prefix has the same objects, to the byte; a step that is repeated changes nothing."""
    prefix.put("in/a.csv", raw_records(2 * ROWS, 1))
    prefix.put("in/b.parquet", raw_records(ROWS, 2))
    found = []
    for name in ("first", "second"):
        told = run_all(prefix, name, input="in/")
        found.append({key: prefix.read(key) for key in prefix.keys("scores/")})
        assert told["files_scored"] == 2
    assert found[0] == found[1]
    assert any("part-" in key for key in found[0])


def test_a_file_that_was_given_up(prefix: Prefix) -> None:
    """What the state machine could not do is noted, and counts as failed; so does what nobody tried."""
    prefix.put("in/a.csv", raw_records(20, 1))
    prefix.put("in/b.csv", raw_records(20, 1))
    run = call("prepare", name="first", request={"input": "in/"})["run"]
    call("score", run=run, key="in/a.csv")
    call("give up", run=run, key="in/a.csv", error={"Error": "Sandbox.Timedout", "Cause": "timed out"})
    told = call("summarise", run=run, status="failed", started="2026-01-01T00:00:00Z")
    assert (told["status"], told["files_failed"], told["rows"]) == ("failed", 2, 0)
    failures = json.loads(prefix.read("runs/first/summary.json"))["failures"]
    assert [(each["key"], each["error"]) for each in failures] == [
        ("in/a.csv", "Sandbox.Timedout"), ("in/b.csv", "NotTried"),
    ]  # fmt: skip
    assert prefix.keys("scores/") == []


def test_a_run_that_ends_between_parts(prefix: Prefix) -> None:
    """A file of which only some parts were scored when the run ended does not count as scored."""
    prefix.put("in/a.csv", raw_records(3 * ROWS, 1))
    run = call("prepare", name="first", request={"input": "in/"})["run"]
    parts = call("score", run=run, key="in/a.csv")["parts"]
    call("score", run=run, key="in/a.csv", part=parts[0])
    told = call("summarise", run=run, status="failed", started="2026-01-01T00:00:00Z")
    assert (told["files"], told["files_scored"], told["files_failed"], told["rows"]) == (1, 0, 1, 0)


def test_files_that_went_away(prefix: Prefix) -> None:
    """A file that was listed and is not there any more has failed, for a reason."""
    run = call("prepare", name="first", request={"input": "in/"})["run"]
    assert call("score", run=run, key="in/gone.csv") == {"status": "failed"}
    told = call("summarise", run=run, status="complete", started="2026-01-01T00:00:00Z")
    assert (told["files"], told["files_failed"]) == (1, 1)


def test_store_out_of_order(prefix: Prefix, monkeypatch: pytest.MonkeyPatch) -> None:
    """While S3 does not answer, a step fails without a receipt, so that it is tried again."""
    prefix.put("in/a.csv", raw_records(20, 1))
    run = call("prepare", name="first", request={"input": "in/"})["run"]
    monkeypatch.setattr(obstore, "get", broken)
    with pytest.raises(StepFailed, match=r"^StoreUnavailable$"):
        call("score", run=run, key="in/a.csv")
    monkeypatch.undo()
    assert prefix.keys("runs/") == []


def broken(*_: Any, **__: Any) -> Any:
    """S3 out of order."""
    raise OSError("with a secret in its text")


def test_the_event_of_the_folder(prefix: Prefix) -> None:
    """events/batch.json, the one to copy, scores the file that `simulate` writes, as docs/batch.md has it."""
    prefix.put("records/2026-11/records.csv", raw_records(ROWS, 1).drop("id"))
    told = run_all(prefix, **json.loads((ROOT / "events" / "batch.json").read_text()))
    assert (told["files_scored"], told["files_failed"], told["scored"]) == (1, 0, ROWS)
    assert prefix.answers("scores/2026-11/").columns == ["x5", "x12", "business_outcome", "phat"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "input: got None"),
        ({"input": "/"}, "input: got '/'"),
        ({"input": "s3://bucket/in/"}, "input: got 's3://bucket/in/'"),
        ({"input": "in//x.csv"}, "input: got 'in//x.csv'; between slashes its key has nothing"),
        ({"input": "in/../"}, "input: got 'in/../'; between slashes"),
        ({"input": "scores/in/"}, "input: got scores/in/, where answers are"),
        ({"input": "scores/in/a.csv.parquet"}, "input: got scores/in/a.csv.parquet, where answers are"),
        ({"input": "in/", "output": "out//"}, "output: got 'out//'"),
        ({"input": "in/", "output": "../out/"}, "output: got '../out/'"),
        ({"input": "in/", "output": "/out/"}, "output: got '/out/'"),
        ({"input": "in/", "output": "out"}, "output: got 'out'"),
        ({"input": "in/", "output": "runs/"}, "output: got 'runs/'"),
        ({"input": "in/", "output": "in/out/"}, "lie within each other"),
        ({"input": "out/in/", "output": "out/"}, "lie within each other"),
        ({"input": "in/a.csv", "output": "in/"}, "lie within each other"),
        ({"input": "in/", "keep": "id"}, "keep: got 'id'"),
        ({"input": "in/", "keep": ["id", "id"]}, "keep: columns to keep: got id 2 times"),
        ({"input": "in/", "keep": ["id", " "]}, "keep: columns to keep: got a blank name"),
        ({"input": "in/", "level": 95}, "level: got 95"),
        ({"input": "in/", "on_error": "stop"}, "on_error: got 'stop'"),
        ({"input": "in/", "model": "mine"}, "got 'model', expected input, output"),
    ],
)
def test_runs_asked_for_wrongly(asked: Result, told: str) -> None:
    """A run that is not valid is refused before any file is read."""
    with pytest.raises(RunRefused, match="^" + told if told.startswith(("input", "output: ")) else told):
        call("prepare", name="first", request=asked)


def test_a_run_needs_its_model(pinned: dict[str, str], serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of the endpoint that cannot be loaded ends a run before any file is read."""
    monkeypatch.setenv("ENDPOINT_FUNCTION", serve(pinned | {"MODEL_SHA256": "0" * 64}))
    with pytest.raises(StepFailed, match="ModelRefused"):
        call("prepare", name="first", request={"input": "in/"})


@pytest.fixture
def endpoint_of(serve: Serve, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Model]:
    """Make the endpoint serve a model of the tests by its name; the model."""

    def make(name: str) -> Model:
        pin = publish(model_of(name).artifact.to_bytes(), bucket).pin
        variables = {"MODEL_BUCKET": pin.bucket, "MODEL_KEY": pin.key, "MODEL_SHA256": pin.sha256}
        monkeypatch.setenv("ENDPOINT_FUNCTION", serve(variables))
        return model_of(name)

    return make


@pytest.mark.parametrize("name", ["ols", "poisson", "multinomial"])
def test_models_of_other_kinds(
    prefix: Prefix, endpoint_of: Callable[[str], Model], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Amounts, counts and classes are scored too: outcomes are counted where there are some, events nowhere."""
    served = endpoint_of(name)
    rows = frame(61, 300)
    table = pl.DataFrame({field: rows[field].to_numpy() for field in FIELDS})
    prefix.put("kinds/a.parquet", table)
    prefix.put("kinds/b.csv", table)
    asked: dict[str, Any] = {"level": 0.9, "prediction_interval": True} if name == "ols" else {}
    told = run_all(prefix, input="kinds/", output="answers/", **asked)
    expected = [served.predictor.predict_one(record) for record in table.to_dicts()] * 2
    answers = prefix.answers("answers/")
    figures = answers.select(served.artifact.answer.figures).rows()
    wanted = [each.probabilities or (each.answer,) for each in expected]
    assert np.allclose(figures, wanted, rtol=1e-12, atol=1e-12)
    assert ("prediction_interval_upper" in answers.columns) == bool(asked)
    assert (told["scored"], told["events"]) == (600, None)
    assert told["outcomes"] == ({} if name != "multinomial" else dict(Counter(each.outcome for each in expected)))
    assert "BatchEvents" not in capsys.readouterr().out


def test_intervals_that_a_model_has_not(prefix: Prefix, endpoint_of: Callable[[str], Model]) -> None:
    """A level for a model without intervals fails each file with the reason."""
    endpoint_of("multinomial")
    rows = frame(62, 5)
    prefix.put("no/a.parquet", pl.DataFrame({field: rows[field].to_numpy() for field in FIELDS}))
    run_all(prefix, input="no/", level=0.9)
    [failure] = json.loads(prefix.read("runs/first/summary.json"))["failures"]
    assert "has no interval: it answers classes" in failure["detail"]
