"""The store's host name does not resolve: told like any other fault, and over as soon as the name is known."""

import os
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.conftest import Start
from tests.faults.test_store import Case, assert_refused, assert_served
from tests.gateway import event

SERVER = "127.9.9.9"


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    """Shell text that starts a program with the hosts file and the name server of the test."""
    (tmp_path / "hosts").write_text("")  # not even the store's name, localhost
    (tmp_path / "resolv.conf").write_text(f"nameserver {SERVER}\n")
    mounts = f"mount --bind {tmp_path}/hosts /etc/hosts && mount --bind {tmp_path}/resolv.conf /etc/resolv.conf"
    command = f'unshare --mount sh -c \'{mounts} && exec "$0" "$@"\''
    if subprocess.run(f"{command} true", shell=True, check=False).returncode:  # noqa: S602  # text of our own
        assert os.environ.get("CI") != "true", "files of /etc can only be replaced by root, outside a plain container"
        pytest.skip("files of /etc can only be replaced by root, outside a plain container")
    return command


@pytest.mark.parametrize("silent", [False, True], ids=["no name server", "silent name server"])
@pytest.mark.usefixtures("store")
def test_unknown_name(start: Start, prefix: str, tmp_path: Path, *, silent: bool) -> None:
    """Without an address for its store the function answers 503 in time; once there is one, it serves."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as listener:
        if silent:
            listener.bind((SERVER, 53))
        with start(prefix=prefix) as function:
            reason = r"connect|dns|resolve|after \d retries"
            assert_refused(function, function.invoke(event("predict")), Case([], reason))
            (tmp_path / "hosts").write_text("127.0.0.1 localhost\n")
            assert_served(function)
