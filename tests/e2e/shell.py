"""Commands run to their end, with what they printed in the error when they fail."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class CommandFailed(AssertionError):
    """A command ended with an error; the message holds the end of what it printed."""


def run(*command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None, stdin: str = "") -> str:
    """Run a command and return its standard output; `env` is added to this process's own."""
    argv = [str(word) for word in command]
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(argv, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandFailed(f"{' '.join(argv)}\nended with {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout
