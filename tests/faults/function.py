"""The function in a process of its own under Lambda's runtime client and emulator: what it answers, logs, and lives."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.runtime import Runtime, children, runtime
from tests.gateway import Answer

HANDLER = "handler.lambda_handler"


@dataclass(frozen=True)
class Function:
    """A function under the emulator, and where its output goes."""

    runtime: Runtime
    output: Path
    started: float

    def invoke(self, event: Mapping[str, Any]) -> Answer:
        """Send an event; the first one includes the cold start."""
        return Answer.of(json.loads(self.raw(event)))

    def raw(self, event: Mapping[str, Any]) -> bytes:
        """What the emulator says to an event, whatever it is."""
        return self.runtime.call(json.dumps(event).encode())[1]

    @property
    def pid(self) -> int:
        """The process that serves."""
        [pid] = children(self.runtime.process.pid)
        return pid

    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines it wrote so far."""
        found = self.output.read_text(errors="replace").splitlines()
        return [json.loads(line) for line in found if line.startswith("{")]

    def failures(self) -> list[dict[str, Any]]:
        """The log lines that say why there is no model."""
        return [line for line in self.lines() if line.get("message") == "model unavailable"]

    def total(self, metric: str) -> float:
        """The sum of a metric so far."""
        return sum(float(line[metric]) for line in self.lines() if "_aws" in line and metric in line)


def times(lines: Sequence[Mapping[str, Any]]) -> list[float]:
    """When lines were written, in seconds since 1970."""
    return [datetime.fromisoformat(line["timestamp"]).timestamp() for line in lines]


@contextmanager
def running(folder: Path, task: Path, variables: Mapping[str, str], prefix: str = "") -> Iterator[Function]:
    """Run the function of a folder until the block ends; `prefix` is shell text before the command of its process."""
    python, output = folder / "python", folder / "output"
    python.write_text(f'#!/bin/sh\nexec {prefix} {sys.executable} "$@"\n')
    python.chmod(0o700)
    with output.open("wb") as log, runtime(task, python, HANDLER, variables, log) as started:
        yield Function(started, output, time.time())
