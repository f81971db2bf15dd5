"""A prefix of files scored by the deployed state machine; this file's name puts it after the deployments."""

import io
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import polars as pl
import pytest

from phat.training.simulate import simulate
from tests.e2e.cloud import REPOSITORY
from tests.e2e.shell import run
from tests.e2e.stack import Stack
from tests.e2e.waiting import wait_until

ROWS = 150
LARGE = 2_000
"""Rows of the file that is scored in parts."""
ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


@dataclass(frozen=True)
class Files:
    """An endpoint's stack, and name, data bucket and state machine of the one that scores files with its model."""

    stack: Stack
    name: str
    bucket: str
    machine: str

    def put(self, key: str, table: pl.DataFrame | bytes) -> None:
        """Put a table, as its key's ending says, or some bytes."""
        body = io.BytesIO(table if isinstance(table, bytes) else b"")
        if isinstance(table, pl.DataFrame):
            table.write_csv(body) if key.endswith(".csv") else table.write_parquet(body)
        boto3.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body.getvalue())

    def objects(self, prefix: str) -> dict[str, bytes]:
        """All objects under a prefix."""
        client = boto3.client("s3")
        found = client.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return {item["Key"]: client.get_object(Bucket=self.bucket, Key=item["Key"])["Body"].read() for item in found}

    def start(self, asked: Mapping[str, object]) -> str:
        """Start a run as `aws stepfunctions start-execution` does; its ARN."""
        client = boto3.client("stepfunctions")
        arn: str = client.start_execution(stateMachineArn=self.machine, input=json.dumps(asked))["executionArn"]
        return arn

    def ended(self, execution: str) -> dict[str, Any]:
        """A run when it is over."""
        client = boto3.client("stepfunctions")
        wait_until(lambda: client.describe_execution(executionArn=execution)["status"] in ENDED, "a run's end", 180)
        return dict(client.describe_execution(executionArn=execution))

    def summary(self, execution: str) -> dict[str, Any]:
        """A run's summary."""
        [text] = self.objects(f"runs/{execution.rpartition(':')[2]}/summary.json").values()
        found: dict[str, Any] = json.loads(text)
        return found


@pytest.fixture(scope="module")
def files(served: Stack, companion: Callable[[Stack, str], Stack]) -> Iterator[Files]:
    """The stack that scores files; those above 1 MB are scored in parts, and a tenth of them may fail."""
    stack = companion(served, "batch")
    stack.deploy(SplitMegabytes="1", Concurrency="5", ToleratedFailures="10", OnNewObject="yes", Input="dropped/")
    outputs = stack.outputs
    if served.cloud.emulator:  # it speaks plain HTTP, which the bucket's policy denies
        boto3.client("s3").delete_bucket_policy(Bucket=outputs["DataBucket"])
    yield Files(served, stack.name, outputs["DataBucket"], outputs["Batch"])
    stack.delete()


def raw_records(rows: int, seed: int) -> pl.DataFrame:
    """Simulated records, all text, each with an id."""
    table = pl.concat([pl.DataFrame(chunk) for chunk in simulate(rows, seed)])
    return table.select(pl.format("c{}", pl.int_range(rows)).alias("id"), pl.all().exclude("y"))


@pytest.fixture(scope="module")
def tables(files: Files) -> dict[str, pl.DataFrame]:
    """What lies under in/: 20 files, of which one has bad rows, one is broken, and one is large."""
    found = {f"in/{n:02}.{'csv' if n % 2 else 'parquet'}": raw_records(ROWS, n) for n in range(18)}
    found["in/00.parquet"] = raw_records(LARGE, 0)
    found["in/01.csv"] = raw_records(LARGE, 1)
    row = pl.int_range(pl.len())
    bad = pl.when(row.is_in([3, 99])).then(pl.lit("many")).otherwise("x12").alias("x12")
    found["in/bad.csv"] = raw_records(ROWS, 20).with_columns(bad)
    for key, table in found.items():
        files.put(key, table)
    files.put("in/broken.parquet", b"PAR1 is how it starts, and no more")
    return found


@pytest.fixture(scope="module")
def first(files: Files, tables: dict[str, pl.DataFrame]) -> str:
    """A run over them, which has ended."""
    execution = files.start({"input": "in/", "output": "out/", "keep": ["id"]})
    assert files.ended(execution)["status"] == "SUCCEEDED"
    return execution


def answers(files: Files, key: str) -> pl.DataFrame:
    """The answers to one file, in order."""
    found = files.objects(key.replace("in/", "out/", 1) + ".")
    return pl.concat([pl.read_parquet(io.BytesIO(body)) for name, body in found.items() if name.endswith(".parquet")])


def test_every_good_row_is_scored_as_the_api_does(files: Files, first: str, tables: dict[str, pl.DataFrame]) -> None:
    """Each file's answers are the gateway's to the same records, in their order, bad rows left out."""
    for key, table in tables.items():
        good = table.filter(pl.col("x12") != "many")
        found = answers(files, key)
        assert found["id"].to_list() == good["id"].to_list(), key
        expected = [phat for part in good.iter_slices(500) for phat in files.stack.score(*part.to_dicts())]
        assert found["phat"].to_list() == pytest.approx(expected, abs=1e-12), key


def test_a_large_file_fans_out(files: Files, first: str) -> None:
    """A CSV above the limit has the answers of its parts."""
    assert len([name for name in files.objects("out/01.csv.part-") if name.endswith(".parquet")]) > 1


def test_summary(files: Files, first: str, tables: dict[str, pl.DataFrame]) -> None:
    """The summary's counts add up, and name the broken file; bad rows are listed by row, line and field."""
    summary = files.summary(first)
    rows = sum(table.height for table in tables.values())
    counts = {"files": 20, "files_scored": 19, "files_failed": 1, "rows": rows, "scored": rows - 2, "rejected": 2}
    assert {name: summary[name] for name in counts} == counts
    [failure] = summary["failures"]
    assert (failure["key"], failure["error"]) == ("in/broken.parquet", "FileRefused")
    [listed] = files.objects("out/bad.csv.parquet.errors.csv").values()
    assert [line.split(",")[:3] for line in listed.decode().splitlines()[1:]] == [
        ["4", "5", "x12"],
        ["100", "101", "x12"],
    ]
    assert summary["events"] == sum((answers(files, key)["business_outcome"] == "event").sum() for key in tables)


def test_metrics_are_in_the_log(files: Files, first: str) -> None:
    """The function's log has the run's metrics, and no value of a record."""
    group = f"/aws/lambda/{files.name}"
    pages = boto3.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    text = "\n".join(event["message"] for page in pages for event in page["events"])
    assert '"BatchFilesFailed":[1.0]' in text.replace(" ", "")
    assert "many" not in text


def kill_functions() -> int:
    """Kill the batch function's containers; how many were still at work."""
    ids = run("docker", "ps", "--quiet", "--filter", f"ancestor={REPOSITORY}:batch").split()
    return sum(subprocess.run(["docker", "kill", id_], capture_output=True, check=False).returncode == 0 for id_ in ids)


def test_killed_and_started_again(files: Files, first: str) -> None:
    """A run that is stopped half-way, and one whose functions are killed, leave nothing wrong: the next one's answers
    are those of a run that was let alone, to the byte.
    """
    before = files.objects("out/")
    stopped = files.start({"input": "in/", "output": "out/", "keep": ["id"]})
    time.sleep(2)
    boto3.client("stepfunctions").stop_execution(executionArn=stopped)
    again = files.start({"input": "in/", "output": "out/", "keep": ["id"]})
    if files.stack.cloud.emulator:
        time.sleep(2)
        assert kill_functions(), "no function was at work"
    assert files.ended(again)["status"] == "SUCCEEDED"
    counts = ("files", "files_scored", "files_failed", "rows", "scored", "rejected", "events", "failures")
    one, two = files.summary(first), files.summary(again)
    assert {name: one[name] for name in counts} == {name: two[name] for name in counts}
    assert files.objects("out/") == before


def test_too_many_failures_fail_the_run(files: Files) -> None:
    """Above the tolerated share a run fails, with a summary all the same."""
    files.put("other/good.csv", raw_records(ROWS, 1))
    files.put("other/broken.csv", b"a,a\n1,2\n")
    execution = files.start({"input": "other/"})
    ended = files.ended(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "RunFailed")
    summary = files.summary(execution)
    assert (summary["status"], summary["files"], summary["files_failed"]) == ("failed", 2, 1)


def test_wrong_input_is_told(files: Files) -> None:
    """A run that was asked for wrongly ends at once, and says why."""
    ended = files.ended(files.start({"input": "s3://elsewhere/in/"}))
    assert (ended["status"], ended["error"]) == ("FAILED", "RunRefused")
    assert "expected a prefix" in ended["cause"]


def test_a_dropped_object_is_scored(files: Files) -> None:
    """An object put under the prefix of new objects is scored without anybody's doing."""
    files.put("dropped/new.csv", raw_records(ROWS, 5))
    key = "scores/dropped/new.csv.parquet"
    wait_until(lambda: key in files.objects("scores/dropped/"), "the dropped file's answers", 60)
    assert pl.read_parquet(io.BytesIO(files.objects(key)[key])).height > 0
