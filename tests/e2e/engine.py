"""A Docker engine: the one that works already, or one of our own in a temporary folder."""

import ipaddress
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.shell import CommandFailed, run

BRIDGE = "docker0"


class NoDocker(Exception):
    """There is no engine and none can be started; the message says what is missing."""


@contextmanager
def docker_engine() -> Iterator[str]:
    """The value of DOCKER_HOST of an engine; one that had to be started is ended afterwards."""
    if not shutil.which("docker"):
        raise NoDocker("no docker command")
    if answers(None):
        yield os.environ.get("DOCKER_HOST", "")
        return
    with own_engine() as host:
        yield host


def answers(host: str | None) -> bool:
    """Whether an engine answers at this DOCKER_HOST."""
    try:
        run("docker", "version", env={"DOCKER_HOST": host} if host else None)
    except CommandFailed:
        return False
    return True


@contextmanager
def own_engine() -> Iterator[str]:
    """Start dockerd with all its state in a temporary folder, and leave nothing of it."""
    if os.geteuid() != 0 or not shutil.which("dockerd"):
        raise NoDocker("no running engine, and starting dockerd needs root and the package docker.io")
    bridge_was_there = bridge_exists()
    folder = Path(tempfile.mkdtemp(prefix="phat-docker-"))
    try:
        with daemon(folder) as host:
            yield host
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if bridge_exists() and not bridge_was_there and shutil.which("ip"):
            run("ip", "link", "delete", BRIDGE)


def bridge_exists() -> bool:
    """Whether the default bridge stands."""
    return Path("/sys/class/net", BRIDGE).exists()


@contextmanager
def daemon(folder: Path) -> Iterator[str]:
    """Run dockerd until the block ends; it ends by itself too when this process is killed."""
    host = f"unix://{folder}/docker.sock"
    places = [f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/docker.pid"]
    # No iptables: the host's firewall stays as it is; published ports go through the userland proxy.
    command = ["dockerd", f"--host={host}", "--iptables=false", "--ip6tables=false", *places]
    log = folder / "dockerd.log"
    with log.open("wb") as output:
        process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], stdout=output, stderr=output)
    try:
        wait_for_answer(process, host, log)
        yield host
    finally:
        end(process)


def wait_for_answer(process: "subprocess.Popen[bytes]", host: str, log: Path, seconds: float = 60) -> None:
    """Return when the engine answers; NoDocker with the end of its log when it does not."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit and process.poll() is None:
        if answers(host):
            return
        time.sleep(0.2)
    raise NoDocker(f"dockerd does not answer:\n{log.read_text()[-2000:]}")


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process we started, by force when it does not listen."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def host_address() -> str:
    """The host's address as containers on the default bridge see it: the first of its subnet."""
    subnet = run("docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Subnet}}")
    return str(ipaddress.ip_network(subnet.strip())[1])
