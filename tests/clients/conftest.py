"""Those who call the endpoint from outside: its own environment (`make clients`), the served API, and a guarded one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.runtime import free_port, wait_for
from tests.gateway import ROOT
from tests.local import Server, running

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is one of clients."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.clients)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """What `make run` serves."""
    with running() as started:
        yield started


@pytest.fixture(scope="session")
def address(server: Server) -> str:
    """Its address."""
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture(scope="session")
def keyed() -> Iterator[str]:
    """The address of a stage that asks for a key, as API Gateway serves it, pages and all."""
    with stage("key") as found:
        yield found


@pytest.fixture(scope="session")
def signed() -> Iterator[str]:
    """The address of a stage whose requests are signed."""
    with stage("signature") as found:
        yield found


@contextmanager
def stage(guard: str) -> Iterator[str]:
    """Serve a stage in a process of its own; gives its address."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.clients.stage", str(port), guard], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}/live"
    finally:
        process.kill()
        process.wait()
