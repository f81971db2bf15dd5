"""A store whose faults are made at will, and the folder of the function that reads from it."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from benchmarks.runtime import make_task
from phat.model.store import Pin
from tests.faults.function import Function, running
from tests.faults.store import Store, prepare
from tests.faults.store import running as store_running

HERE = Path(__file__).parent
Start = Callable[..., AbstractContextManager[Function]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is one of faults."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One server for all tests; this process's clients go there."""
    with store_running(tmp_path_factory.mktemp("store")) as started, pytest.MonkeyPatch.context() as patch:
        for name, value in started.variables.items():
            patch.setenv(name, value)
        for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE"):
            patch.delenv(name, raising=False)
        yield started


@pytest.fixture(scope="session")
def pin(shared_store: Store, artifact_bytes: bytes) -> Pin:
    """The reference model, published there."""
    return prepare(shared_store, artifact_bytes)


@pytest.fixture
def store(shared_store: Store, pin: Pin) -> Iterator[Store]:
    """The server, which is well before and after each test."""
    shared_store.heal()
    yield shared_store
    shared_store.heal()


@pytest.fixture(scope="session")
def variables(shared_store: Store, pin: Pin) -> dict[str, str]:
    """The environment of a function that serves the reference model."""
    names = {"MODEL_BUCKET": pin.bucket, "MODEL_KEY": pin.key, "MODEL_SHA256": pin.sha256}
    return shared_store.variables | names | {"MODEL_VERSION_ID": pin.version_id or ""}


@pytest.fixture(scope="session")
def task(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that Lambda would run."""
    return make_task(tmp_path_factory.mktemp("function"), Path(sys.executable))


@pytest.fixture
def start(task: Path, variables: dict[str, str], tmp_path: Path) -> Start:
    """Starts the function, with some variables changed."""

    def started(changes: Mapping[str, str] | None = None, prefix: str = "") -> AbstractContextManager[Function]:
        return running(tmp_path, task, variables | dict(changes or {}), prefix)

    return started
