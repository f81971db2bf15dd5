"""Cold starts over https, as on Lambda: the model from an S3 that answers at once, and from one that takes its time.

`python -m benchmarks.cold [ROUNDS]` measures this part alone, in the environments that are there.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks import imports, material, report, stages
from benchmarks.material import Material
from benchmarks.runtime import Runtime, answer_body, make_task, python, runtime
from benchmarks.store import ROOTS, make_trust, serving
from benchmarks.versions import versions
from phat.model.artifact import checksum, version

BUCKET = "benchmark-models"
PICKLE = "usual.pkl"
DELAYS = {"at once": 0.0, "after 30 ms": 0.03}
"""After how many seconds an S3 answers; in its own region the first byte of a small object takes 10 to 40 ms."""

FLOOR = "benchmarks.contenders.floor.lambda_handler"
PHAT = "handler.lambda_handler"
USUAL = "benchmarks.contenders.usual_lambda.lambda_handler"


class Start(NamedTuple):
    """What is started: whose function, from which store."""

    who: str
    store: str
    handler: str


STARTS = [
    Start("floor", "at once", FLOOR),
    *(Start(who, store, handler) for store in DELAYS for who, handler in (("phat", PHAT), ("usual", USUAL))),
]
"""The floor reads nothing, so that its store does not matter."""


@contextmanager
def stores(made: Material, folder: Path) -> Iterator[dict[str, dict[str, str]]]:
    """Run the stores, each with the model in both forms: a function's environment by the store's name."""
    digest = checksum(made.artifact)
    key = f"models/{made.name}/{version(digest)}/model.json"
    objects = {f"{BUCKET}/{key}": made.artifact, f"{BUCKET}/{PICKLE}": made.pickled}
    trust = make_trust(folder)
    variables = trust.variables() | {
        "MODEL_BUCKET": BUCKET,
        "MODEL_KEY": key,
        "MODEL_SHA256": digest,
        "PICKLE_KEY": PICKLE,
        "POWERTOOLS_SERVICE_NAME": "phat",
        "POWERTOOLS_METRICS_NAMESPACE": "phat",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }
    with ExitStack() as stack:
        yield {
            name: variables | {"AWS_ENDPOINT_URL": stack.enter_context(serving(objects, trust, delay))}
            for name, delay in DELAYS.items()
        }


def measure(made: Material, task: Path, environments: Mapping[str, Mapping[str, str]], rounds: int) -> dict[str, Any]:
    """Medians in milliseconds of the first answer of a new process; all take turns, each round another one first."""
    event = json.dumps(made.one()).encode()
    samples: dict[Start, list[float]] = {start: [] for start in STARTS}
    for turn in range(rounds):
        first = turn % len(STARTS)
        for start in STARTS[first:] + STARTS[:first]:
            with runtime(task, python("benchmark"), start.handler, environments[start.store]) as function:
                samples[start].append(first_answer(function, start.who, event, made))
    medians = {start: round(median(times), 3) for start, times in samples.items()}
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "rounds": rounds,
        "roots": ROOTS,
        "versions": versions({"benchmark": ["boto3", "obstore", "orjson", "pandas", "statsmodels"]}),
        "floor_ms": medians[STARTS[0]],
        "stores": {
            store: {f"{who}_ms": ms for (who, of, _), ms in medians.items() if of == store and who != "floor"}
            for store in DELAYS
        },
    }


def where_it_goes(
    task: Path, environments: Mapping[str, Mapping[str, str]], figures: Mapping[str, Any]
) -> dict[str, Any]:
    """What a cold start imports, and its stages, which are drawn too."""
    store = next(iter(DELAYS))
    table = imports.table(task, python("benchmark"), environments[store])
    parts = stages.stages(task, python("benchmark"), environments[store], figures["stores"][store]["phat_ms"])
    stages.draw(parts, figures["floor_ms"], report.HERE / "cold-start.svg")
    return {"imports": table, "stages": parts}


def first_answer(function: Runtime, who: str, event: bytes, made: Material) -> float:
    """Milliseconds from the call that starts the process until its answer, which is the right one."""
    seconds, answer = function.call(event)
    if who != "floor":
        made.compare([row["phat"] for row in answer_body(answer)["predictions"]], 1)
    return 1000 * seconds


def main(rounds: int) -> None:
    """Measure this part, and write it into the results."""
    with tempfile.TemporaryDirectory(prefix="phat-benchmark-") as name:
        folder = Path(name)
        made = material.make(folder)
        task = make_task(folder, python("benchmark"))
        with stores(made, folder) as environments:
            figures = measure(made, task, environments, rounds)
            parts = where_it_goes(task, environments, figures)
    report.save({"cold": figures, **parts})
    print(report.cold_page(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
