"""`make bench`: cold start, warm latency, large requests and memory, next to what a user would pick instead.

Arguments: how many rounds (7). Writes results.json and results.md next to this file.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import bad_files, cold, files, material, report
from benchmarks.cold import FLOOR, PHAT, PICKLE, USUAL
from benchmarks.material import Material
from benchmarks.runtime import ROOT, Runtime, answer_body, make_task, python, runtime
from benchmarks.server import Server, phat_of, running
from benchmarks.versions import machine, versions

CAPTURING = "phat, capturing"
STAGE = {
    "stageVariables": {"captureShare": "1", "captureLeaveOut": "-,", "captureHash": "-,", "captureHashKeyName": "-"}
}
"""A stage that captures every record."""
FUNCTIONS = {
    "floor": FLOOR,
    "phat": PHAT,
    CAPTURING: PHAT,
    "usual": USUAL,
}
WARM = 300
LARGE = 7
PACKAGES = {
    "benchmark": ["aws-lambda-powertools", "boto3", "flask", "obstore", "orjson", "pandas", "statsmodels"],
    "benchmark-files": ["pyarrow"],
    "benchmark-mlflow": ["mlflow"],
    "benchmark-vetiver": ["vetiver"],
}
"""Whose versions are reported, by the environment that has them."""

Samples = dict[str, dict[str, list[float]]]


def main(rounds: int) -> None:
    """Measure everything, all contenders in turn in each round, and write the results."""
    with tempfile.TemporaryDirectory(prefix="phat-benchmark-") as name:
        folder = Path(name)
        made = material.make(folder)
        task = make_task(folder, python("benchmark"))
        (folder / PICKLE).write_bytes(made.pickled)
        (folder / "model.json").write_bytes(made.artifact)
        functions: Samples = {contender: {} for contender in FUNCTIONS}
        servers: Samples = {}
        rivals = build_rivals(folder)
        with cold.stores(made, folder) as environments:
            environment = environments["at once"]
            for turn in range(1, rounds + 1):
                print(f"round {turn} of {rounds}", flush=True)
                measure_functions(functions, task, environment, made)
                for contender, rival in rivals.items():
                    measure_server(servers.setdefault(contender, {}), rival, made)
            starts = cold.measure(made, task, environments, 2 * rounds)
            parts = cold.where_it_goes(task, environments, starts)
        whole = files.measure(made, folder, rounds)
        bad = bad_files.measure(made.artifact, folder, rounds)
    results = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": machine(),
        "rounds": rounds,
        "cold": starts,
        "functions": medians(functions),
        "servers": medians(servers),
        "files": whole,
        "bad_files": bad,
        **parts,
        "versions": versions(PACKAGES),
    }
    report.save(results)
    print(report.page(results))


def build_rivals(folder: Path) -> dict[str, Server]:
    """The HTTP servers, with what they need made in the folder."""
    pickle, saved = str(folder / PICKLE), str(folder / "mlflow")
    mlflow = python("benchmark-mlflow")
    subprocess.run([mlflow, "-m", "benchmarks.contenders.usual_mlflow", pickle, saved], cwd=ROOT, check=True)
    serve = [str(mlflow.with_name("mlflow")), "models", "serve", "--env-manager=local", "-m", saved, "-p", "{port}"]
    path = {"PYTHONPATH": str(ROOT), "PATH": f"{mlflow.parent}:{os.environ['PATH']}"}

    def script(role: str, module: str) -> list[str]:
        return [str(python(role)), "-m", f"benchmarks.contenders.{module}", pickle, "{port}"]

    local = [str(ROOT / ".venv" / "bin" / "python"), "-m", "phat.server.local"]
    return {
        "phat, make run": Server(local, ROOT, environment={"PORT": "{port}", "MODEL": str(folder / "model.json")}),
        "MLflow": Server(serve, ROOT, "/invocations", path, "dataframe_records"),
        "vetiver": Server(script("benchmark-vetiver", "usual_vetiver"), ROOT),
        "Flask": Server(script("benchmark", "usual_flask"), ROOT),
    }


def measure_functions(samples: Samples, task: Path, environment: dict[str, str], made: Material) -> None:
    """A fresh process of each function: call by call in turn; memory after each kind of request."""
    one, many, table = map(payloads, (made.one(), made.many(), made.table()))
    with ExitStack() as stack:
        started: dict[str, Runtime] = {}
        for name, handler in FUNCTIONS.items():
            started[name] = stack.enter_context(runtime(task, python("benchmark"), handler, environment))
            check(name, started[name].call(one[name])[1], made, 1)
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
    runs: dict[str, list[float]] = {name: [] for name in started}
    for _ in range(calls):
        for name, function in started.items():
            runs[name].append(1000 * function.call(payload[name])[0])
    for name, times in runs.items():
        add(samples[name], figure, median(times))


def add_memory(samples: Samples, figure: str, started: Mapping[str, Runtime]) -> None:
    """Note what each process had resident at most so far."""
    for name, function in started.items():
        add(samples[name], figure, function.peak_memory())


def check(name: str, answer: bytes, made: Material, count: int) -> None:
    """The answer has the right `phat` for each record; the floor answers nothing."""
    if name != "floor":
        made.compare([row["phat"] for row in answer_body(answer)["predictions"]], count)


def measure_server(samples: dict[str, list[float]], server: Server, made: Material) -> None:
    """One fresh server: first answer from its start, one record, many records."""
    one, many = server.body(made.records[:1]), server.body(made.records)
    with running(server) as started:
        add(samples, "start_ms", 1000 * started.first_answer(one))
        made.compare(phat_of(started.ask(one)[1]), 1)
        add(samples, "one_ms", 1000 * median(started.ask(one)[0] for _ in range(WARM // 3)))
        made.compare(phat_of(started.ask(many)[1]), len(made.records))
        add(samples, "json_ms", 1000 * median(started.ask(many)[0] for _ in range(LARGE)))


def add(samples: dict[str, list[float]], name: str, value: float) -> None:
    """Note a sample."""
    samples.setdefault(name, []).append(value)


def medians(samples: Samples) -> dict[str, dict[str, float]]:
    """The median of each figure."""
    return {who: {name: round(median(times), 3) for name, times in all_.items()} for who, all_ in samples.items()}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
