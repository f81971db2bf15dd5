"""`make bench`: cold start, warm latency, large requests and memory, next to what a user would pick instead.

Arguments: how many rounds (7). Writes results.json and results.md beside this file.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import boto3

from api.local import start_s3
from benchmarks import bad_files, files, imports, material, report, stages
from benchmarks.material import Material
from benchmarks.runtime import ROOT, Runtime, answer_body, make_task, runtime
from benchmarks.server import Server, phat_of, running
from model.store import publish

BUCKET = "benchmark-models"
PICKLE = "usual.pkl"
CAPTURING = "phat, capturing"
STAGE = {
    "stageVariables": {"captureShare": "1", "captureLeaveOut": "-,", "captureHash": "-,", "captureHashKeyName": "-"}
}
"""A stage that captures every record."""
FUNCTIONS = {
    "floor": "benchmarks.contenders.floor.lambda_handler",
    "phat": "handler.lambda_handler",
    CAPTURING: "handler.lambda_handler",
    "usual": "benchmarks.contenders.usual_lambda.lambda_handler",
}
WARM = 300
LARGE = 7

Samples = dict[str, dict[str, list[float]]]


def python(role: str) -> Path:
    """The interpreter of one of the benchmark's environments."""
    return ROOT / f".venv-{role}" / "bin" / "python"


def main(rounds: int) -> None:
    """Measure everything, all contenders in turn in each round, and write the results."""
    with tempfile.TemporaryDirectory(prefix="phat-benchmark-") as name:
        folder = Path(name)
        made = material.make(folder)
        task = make_task(folder, python("benchmark"))
        (folder / PICKLE).write_bytes(made.pickled)
        (folder / "model.json").write_bytes(made.artifact)
        server = start_s3()
        environment = publish_both(made)
        functions: Samples = {contender: {} for contender in FUNCTIONS}
        servers: Samples = {}
        rivals = build_rivals(folder)
        for turn in range(1, rounds + 1):
            print(f"round {turn} of {rounds}", flush=True)
            measure_functions(functions, task, environment, made)
            for contender, rival in rivals.items():
                measure_server(servers.setdefault(contender, {}), rival, made)
        table = imports.table(task, python("benchmark"), environment)
        cold = {name: median(found["cold_ms"]) for name, found in functions.items()}
        parts = stages.stages(task, python("benchmark"), environment, cold["phat"])
        server.stop()
        whole = files.measure(made, folder, rounds)
        bad = bad_files.measure(made.artifact, folder, rounds)
    results = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": machine(),
        "rounds": rounds,
        "functions": medians(functions),
        "servers": medians(servers),
        "files": whole,
        "bad_files": bad,
        "imports": table,
        "stages": parts,
        "versions": versions(),
    }
    stages.draw(parts, cold["floor"], report.HERE / "cold-start.svg")
    report.save(results)
    print(report.page(results))


def publish_both(made: Material) -> dict[str, str]:
    """Put both forms of the model into the local S3; the environment by which the functions find them."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=BUCKET, Key=PICKLE, Body=made.pickled)
    pin = publish(made.artifact, BUCKET).pin
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")} | {
        "MODEL_BUCKET": BUCKET,
        "MODEL_KEY": pin.key,
        "MODEL_SHA256": pin.sha256,
        "MODEL_VERSION_ID": pin.version_id or "",
        "PICKLE_KEY": PICKLE,
        "POWERTOOLS_SERVICE_NAME": "phat",
        "POWERTOOLS_METRICS_NAMESPACE": "phat",
    }


def build_rivals(folder: Path) -> dict[str, Server]:
    """The HTTP servers, with what they need made in the folder."""
    pickle, saved = str(folder / PICKLE), str(folder / "mlflow")
    mlflow = python("benchmark-mlflow")
    subprocess.run([mlflow, "-m", "benchmarks.contenders.usual_mlflow", pickle, saved], cwd=ROOT, check=True)
    serve = [str(mlflow.with_name("mlflow")), "models", "serve", "--env-manager=local", "-m", saved, "-p", "{port}"]
    path = {"PYTHONPATH": str(ROOT), "PATH": f"{mlflow.parent}:{os.environ['PATH']}"}

    def script(role: str, module: str) -> list[str]:
        return [str(python(role)), "-m", f"benchmarks.contenders.{module}", pickle, "{port}"]

    local = [str(ROOT / ".venv" / "bin" / "python"), "-m", "api.local"]
    return {
        "phat, make run": Server(local, ROOT, environment={"PORT": "{port}", "MODEL": str(folder / "model.json")}),
        "MLflow": Server(serve, ROOT, "/invocations", path, "dataframe_records"),
        "vetiver": Server(script("benchmark-vetiver", "usual_vetiver"), ROOT),
        "Flask": Server(script("benchmark", "usual_flask"), ROOT),
    }


def measure_functions(samples: Samples, task: Path, environment: dict[str, str], made: Material) -> None:
    """A fresh process of each function: first answer, then call by call in turn; memory after each kind of request."""
    one, many, table = map(payloads, (made.one(), made.many(), made.table()))
    with ExitStack() as stack:
        started: dict[str, Runtime] = {}
        for name, handler in FUNCTIONS.items():
            started[name] = stack.enter_context(runtime(task, python("benchmark"), handler, environment))
            seconds, answer = started[name].call(one[name])
            add(samples[name], "cold_ms", 1000 * seconds)
            check(name, answer, made, 1)
        take_turns(samples, "warm_ms", started, one, WARM)
        add_memory(samples, "one_mb", started)
        for figure, payload in (("json_ms", many), ("csv_ms", table)):
            for name, function in started.items():
                check(name, function.call(payload[name])[1], made, len(made.records))
            take_turns(samples, figure, started, payload, LARGE)
        add_memory(samples, "large_mb", started)


def payloads(event: Mapping[str, Any]) -> dict[str, bytes]:
    """What each function gets: the same event, for one of them through a stage that captures."""
    return {name: json.dumps({**event, **(STAGE if name == CAPTURING else {})}).encode() for name in FUNCTIONS}


def take_turns(
    samples: Samples, figure: str, started: Mapping[str, Runtime], payload: Mapping[str, bytes], calls: int
) -> None:
    """The median of some calls of each function, so that each slow moment of the machine meets all alike."""
    found: dict[str, list[float]] = {name: [] for name in started}
    for _ in range(calls):
        for name, function in started.items():
            found[name].append(1000 * function.call(payload[name])[0])
    for name, times in found.items():
        add(samples[name], figure, median(times))


def add_memory(samples: Samples, figure: str, started: Mapping[str, Runtime]) -> None:
    """Note what each process had resident at most so far."""
    for name, function in started.items():
        add(samples[name], figure, function.peak_memory())


def check(name: str, answer: bytes, made: Material, count: int) -> None:
    """The answer has the right `phat` for each record; the floor answers nothing."""
    if name != "floor":
        compare([row["phat"] for row in answer_body(answer)["predictions"]], made, count)


def measure_server(samples: dict[str, list[float]], server: Server, made: Material) -> None:
    """One fresh server: first answer from its start, one record, many records."""
    one, many = server.body(made.records[:1]), server.body(made.records)
    with running(server) as started:
        add(samples, "start_ms", 1000 * started.first_answer(one))
        compare(phat_of(started.ask(one)[1]), made, 1)
        add(samples, "one_ms", 1000 * median(started.ask(one)[0] for _ in range(WARM // 3)))
        compare(phat_of(started.ask(many)[1]), made, len(made.records))
        add(samples, "json_ms", 1000 * median(started.ask(many)[0] for _ in range(LARGE)))


def compare(got: list[float], made: Material, count: int) -> None:
    """AssertionError unless these are the `phat` of the first records."""
    expected = made.expected()[:count]
    assert len(got) == count, f"got {len(got)} predictions, expected {count}"  # noqa: S101  # the benchmark's own check
    worst = max(abs(a - b) for a, b in zip(got, expected, strict=True))
    assert worst < 1e-12, f"phat is off by {worst}"  # noqa: S101  # the same


def add(samples: dict[str, list[float]], name: str, value: float) -> None:
    """Note a sample."""
    samples.setdefault(name, []).append(value)


def medians(samples: Samples) -> dict[str, dict[str, float]]:
    """The median of each figure."""
    return {who: {name: round(median(found), 3) for name, found in all_.items()} for who, all_ in samples.items()}


def machine() -> dict[str, Any]:
    """What it ran on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {"processor": model, "cores": os.cpu_count(), "system": platform.platform()}


def versions() -> dict[str, str]:
    """Versions of Python and of what is compared."""
    code = "import sys, importlib.metadata as m; print(sys.version.split()[0], *(m.version(n) for n in sys.argv[1:]))"
    wanted = {
        "benchmark": [
            "aws-lambda-powertools",
            "boto3",
            "flask",
            "obstore",
            "orjson",
            "pandas",
            "statsmodels",
        ],
        "benchmark-files": ["pyarrow"],
        "benchmark-mlflow": ["mlflow"],
        "benchmark-vetiver": ["vetiver"],
    }
    found: dict[str, str] = {}
    for role, names in wanted.items():
        done = subprocess.run([python(role), "-c", code, *names], capture_output=True, text=True, check=True)
        found = dict(zip(["Python", *names], done.stdout.split(), strict=True)) | found  # the functions' Python
    return found


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
