"""Which imports the function's cold start pays for."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

SHOWN_ABOVE = 2.0
ROUNDS = 7

WHY = {
    "orjson": "reads and writes JSON, faster than the standard library, and strictly",
    "dataclasses": "orjson imports it, and the frozen values of schema and artifact are made with it",
    "inspect": "by dataclasses",
    "typing": "by dataclasses' users, phat's own modules among them",
    "hashlib": "verifies the model's checksum",
    "_hashlib": "by hashlib: OpenSSL",
    "obstore": "reads the model from S3; boto3 takes ten times as long",
    "obstore._obstore": "by obstore: its compiled part",
    "platform": "by uuid",
    "uuid": "by orjson",
    "datetime": "by orjson",
}
OURS = ("handler", "phat")


def table(task: Path, python: Path, environment: Mapping[str, str]) -> list[dict[str, object]]:
    """Modules above 2 ms, with what they import, that the runtime client has not imported already; slowest first."""
    code = "import awslambdaric.bootstrap; import handler"
    command = [str(python), "-X", "importtime", "-c", code]
    runs: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        done = subprocess.run(command, cwd=task, env=dict(environment), capture_output=True, text=True, check=True)
        trace = done.stderr.partition("| awslambdaric.bootstrap\n")[2]
        for line in trace.splitlines():
            if line.startswith("import time:"):
                _, cumulative, module = line.removeprefix("import time:").split("|")
                runs.setdefault(module.strip(), []).append(int(cumulative) / 1000)
    medians = {module: sorted(times)[len(times) // 2] for module, times in runs.items()}
    slow = sorted((item for item in medians.items() if item[1] > SHOWN_ABOVE), key=lambda item: -item[1])
    return [{"module": module, "ms": round(ms, 1), "why": why(module)} for module, ms in slow]


def why(module: str) -> str:
    """What a module is needed for."""
    if module.partition(".")[0] in OURS:
        return "phat"
    return WHY.get(module, WHY.get(module.partition(".")[0], "NOT JUSTIFIED"))
