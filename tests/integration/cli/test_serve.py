"""`phat serve`: a model file's endpoint until Ctrl-C."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.commands import failure
from tests.conftest import REFERENCE
from tests.gateway import ROOT

ARTIFACT = REFERENCE / "segmentation.json"


def test_serves_until_ctrl_c() -> None:
    """It prints its address, answers there, and Ctrl-C ends it without an error."""
    command = [sys.executable, "-m", "phat.cli", "serve", str(ARTIFACT), "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("segmentation "), line
            address = next(word for word in line.replace(";", " ").split() if word.startswith("http://"))
            with urllib.request.urlopen(f"{address}/model", timeout=30) as answer:
                assert json.load(answer)["name"] == "segmentation"
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
        assert (process.returncode, errors) == (0, "")


def test_what_cannot_be_served_is_told(tmp_path: Path) -> None:
    """A taken port and a file that is no model end in one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"port {port} cannot be used" in failure("serve", ARTIFACT, "--port", port)
    broken = tmp_path / "model.json"
    broken.write_text("{}")
    assert "format version" in failure("serve", broken)
