"""The handler in a process of its own, as Lambda starts it: what it answers, writes and imports.

Run as a program it reads events from standard input, and writes answers and loaded modules to the named file.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.gateway import ROOT


@dataclass(frozen=True)
class Outcome:
    """What a process did: answers, JSON lines of its standard output, and names of the modules it loaded."""

    answers: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    modules: set[str]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """The lines with metrics."""
        return [line for line in self.lines if "_aws" in line]

    @property
    def logs(self) -> list[dict[str, Any]]:
        """The lines that say what happened."""
        return [line for line in self.lines if "message" in line]


def serve_fresh(events: Sequence[Mapping[str, Any]], variables: Mapping[str, str]) -> Outcome:
    """Start a process with these variables, send it the events, and see what it did."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MODEL_", "POWERTOOLS_"))}
    with tempfile.NamedTemporaryFile() as report:
        command = [sys.executable, "-m", "tests.integration.process", report.name]
        environment = kept | dict(variables)
        done = subprocess.run(
            command, input=json.dumps(events), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        found = json.load(report)
    return Outcome(found["answers"], [json.loads(line) for line in done.stdout.splitlines()], set(found["modules"]))


def main() -> None:
    """Serve the events of standard input."""
    import handler
    from phat.server.asgi import LocalContext

    context: Any = LocalContext()
    answers = [handler.lambda_handler(event, context) for event in json.load(sys.stdin)]
    Path(sys.argv[1]).write_text(json.dumps({"answers": answers, "modules": sorted(sys.modules)}))


if __name__ == "__main__":
    main()
