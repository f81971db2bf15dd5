"""A model served in the background of a notebook or script: the endpoint in a process of its own."""

import atexit
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile, _TemporaryFileWrapper
from types import TracebackType

import phat
from phat.model.artifact import checksum, version

_PROGRAM = """
import sys
root = sys.argv.pop(1)
sys.path[:] = sys.path if root in sys.path else [root, *sys.path]
from phat.server.notebook import main
main()
"""
_PATIENCE = 10
"""Seconds that requests under way have when it ends."""


class Background:
    """A running endpoint at `address`; it ends by `stop()`, at the end of a `with` block, or with this program."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", log: "_TemporaryFileWrapper[bytes]", port: int, name: str
    ) -> None:
        """Of a process that serves a model, `name`, at a port of this machine."""
        self._process = process
        self._log = log
        self._logged = ""
        self._name = name
        self.address = f"http://127.0.0.1:{port}"
        _running.add(self)

    def stop(self) -> None:
        """End it, if it has not ended."""
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._logged = self.log()
        self._log.close()
        _running.discard(self)

    def wait(self) -> None:
        """Wait until Ctrl-C, then end it; for a script that does nothing else."""
        print(f"{self._name} on {self.address}; Ctrl-C ends it", flush=True)
        with suppress(KeyboardInterrupt):
            self._process.wait()
        self.stop()

    def log(self) -> str:
        """What the function has logged so far: a line for each request, and its metrics."""
        if self._log.file.closed:
            return self._logged
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> "Background":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def __repr__(self) -> str:
        state = "ended" if self._process.poll() is not None else "stop() ends it"
        return f"<{self._name} on {self.address}; {state}>"


_running: set[Background] = set()
"""Those that have not been ended: they live as long as this program, whether or not it keeps them."""


@atexit.register
def _stop_all() -> None:
    for server in list(_running):
        server.stop()


def start(data: bytes, name: str, port: int) -> Background:
    """Serve a model file's bytes at a port, any that is free for 0; OSError with the reason if that cannot be."""
    root = str(Path(phat.__file__).parents[1])
    log = NamedTemporaryFile(prefix="phat-")  # noqa: SIM115  # it stays open as long as the process
    process = subprocess.Popen(  # noqa: S603  # this Python and a program of phat's own
        [sys.executable, "-P", "-c", _PROGRAM, root, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        start_new_session=True,  # Ctrl-C in a notebook interrupts a cell, not the endpoint
    )
    assert process.stdin is not None  # noqa: S101  # for the types
    assert process.stdout is not None  # noqa: S101  # the same
    with suppress(BrokenPipeError):  # it has ended, and says why
        process.stdin.write(b"%d\n" % len(data) + data)
        process.stdin.flush()
    with process.stdout:
        answer = process.stdout.readline()
    server = Background(process, log, int(answer or 0), f"{name} {version(checksum(data))}")
    if not answer:
        server.stop()
        raise OSError(f"the endpoint could not be started: {server.log().strip() or 'it ended'}")
    return server
