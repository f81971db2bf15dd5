"""Time and memory of each hostile request, each in a fresh process, as a cold function would meet it.

Bounds: 2 seconds and 256 MB. The time is that of `lambda_handler`, the better of two fresh processes, as the machine
has other work; the memory is the highest of the whole process, the event included. The times are taken with one core,
which Lambda gives to 1,769 MB, the template's default, and the longest of them again with the share that 512 MB get.
"""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from phat.api.proxy_event import proxy_event
from phat.server.asgi import LocalContext
from tests.gateway import ROOT
from tests.hostile import HOSTILE

MAX_SECONDS = 2.0
MAX_MEGABYTES = 256.0
SMALL = 512 / 1769
"""Share of a core that a function of 512 MB has. Source: AWS Lambda's developer guide, "Configure function memory"."""
PERIOD = 20_000
"""Microseconds in which a share is given."""
AGAIN = 12
"""How many of the slowest are measured with the small share."""


class Cost(NamedTuple):
    """Status of the answer, seconds, and megabytes at most."""

    status: int
    seconds: float
    megabytes: float


@contextmanager
def sharing(share: float) -> Iterator[tuple[str, ...]]:
    """Words before a command that then gets a share of a core; needs root and control groups of either version."""
    root = Path("/sys/fs/cgroup")
    second = (root / "cgroup.controllers").exists()
    group = (root if second else root / "cpu") / f"phat-{os.getpid()}"
    group.mkdir()
    try:
        if second:
            (group / "cpu.max").write_text(f"{share * PERIOD:.0f} {PERIOD}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(f"{share * PERIOD:.0f}")
        yield ("sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh")
    finally:
        group.rmdir()


def measure(name: str, prefix: tuple[str, ...] = ()) -> Cost:
    """Send one hostile request in a fresh process."""
    sent = HOSTILE[name]
    event = proxy_event(
        "POST", "/predict", [("Content-Type", sent.content_type), *sent.headers], sent.query, sent.make()
    )
    command = [*prefix, sys.executable, "-m", "tests.stress.resource_bounds", "serve"]
    done = subprocess.run(command, input=json.dumps(event), cwd=ROOT, capture_output=True, text=True, check=True)
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


def serve() -> None:
    """Answer the event of standard input; print status, seconds and megabytes."""
    from tests.stress.loaded import loaded_handler

    handle = loaded_handler()
    event = json.loads(sys.stdin.read())
    context: Any = LocalContext()
    with redirect_stdout(io.StringIO()):
        start = time.perf_counter()
        answer = handle(event, context)
        seconds = time.perf_counter() - start
    print(json.dumps([answer["statusCode"], seconds, _high_water()]))


def _high_water() -> float:
    """The most memory this process has had, in megabytes."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def main() -> Iterator[tuple[str, str]]:
    """Measure all of them; AssertionError if one costs more than it may, or gets another status than it should."""
    costs: dict[str, Cost] = {}
    for name, sent in HOSTILE.items():
        costs[name] = found = min(measure(name), measure(name), key=lambda cost: cost.seconds)
        assert found.status == sent.status, (name, found)
    over = {n: cost for n, cost in costs.items() if cost.seconds > MAX_SECONDS or cost.megabytes > MAX_MEGABYTES}
    assert not over, over
    yield "Hostile requests, each in a fresh process", str(len(costs))
    for name in sorted(costs, key=lambda name: -costs[name].seconds)[:5]:
        yield f"Slowest: {name}", f"{costs[name].seconds:.2f} s"
    for name in sorted(costs, key=lambda name: -costs[name].megabytes)[:5]:
        yield f"Largest: {name}", f"{costs[name].megabytes:.0f} MB"
    with sharing(SMALL) as prefix:
        slowest = sorted(costs, key=lambda name: -costs[name].seconds)[:AGAIN]
        small = {name: min(measure(name, prefix).seconds for _ in range(2)) for name in slowest}
    for name in sorted(small, key=lambda name: -small[name])[:5]:
        yield f"Slowest with {SMALL:.2f} of a core: {name}", f"{small[name]:.2f} s"
    assert max(small.values()) <= MAX_SECONDS, small
    beyond = [costs[name].seconds for name, sent in HOSTILE.items() if sent.status in (413, 415)]
    yield "Slowest refusal of what is beyond the limits", f"{max(beyond):.2f} s"


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        for what, figure in main():
            print(f"| {what} | {figure} |")
