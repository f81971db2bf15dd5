"""An AWS to deploy to, without an account: ministack, which runs image functions in containers and evaluates IAM."""

import os
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.runtime import free_port
from tests.e2e.engine import end
from tests.e2e.shell import ROOT
from tests.e2e.waiting import wait_until

PYTHON = ROOT / ".venv-emulator" / "bin" / "python"
KEY = "test"
"""Access key and secret of the emulated account's root."""


@contextmanager
def emulator() -> Iterator[str]:
    """Run the emulator until the block ends, or this process is killed; gives its address."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="phat-emulator-", ignore_cleanup_errors=True) as folder:
        settings = {
            "AUTH": "true",  # policies are evaluated, and roles have only the rights that they name
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "GATEWAY_PORT": str(port),
            "LAMBDA_KEEPALIVE_MS": "0",  # else a warm container of one version answers for all versions of its image
            "STATE_DIR": folder,
        }
        command = ["setpriv", "--pdeathsig", "TERM", str(PYTHON), "-m", "ministack"]
        with Path(folder, "log").open("wb") as log:
            environment = {**os.environ, **settings}
            process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        try:
            wait_until(lambda: process.poll() is not None or listens(port), "the emulator")
            if process.poll() is not None:
                raise RuntimeError(f"the emulator ended:\n{Path(folder, 'log').read_text()[-2000:]}")
            yield f"http://localhost:{port}"
        finally:
            end(process)


def listens(port: int) -> bool:
    """Whether the emulator is ready."""
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/_ministack/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
