"""The endpoint of a notebook's model, as a process that ends with the notebook (`phat.server.background`).

It reads the model from standard input: its length on a line, then its bytes. Once it serves, it writes the port to
standard output. It ends when standard input does. The function's log goes to standard error.
"""

import os
import socket
import sys
import threading
from typing import TextIO

import uvicorn

from phat.model import reading
from phat.model.model import Model
from phat.model.pin import Pin
from phat.server.asgi import Shell


class Given(reading.Reading):
    """A pinned model that needs no store to be read."""

    def __init__(self, pin: Pin, data: bytes) -> None:
        self.pin = pin
        self._given = data

    def data(self) -> bytes:
        """Its bytes."""
        return self._given


def main() -> None:
    """Serve until standard input ends."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    data = sys.stdin.buffer.read(int(sys.stdin.buffer.readline()))
    listening = _listen(int(sys.argv[1]))
    server = uvicorn.Server(
        uvicorn.Config(_application(data), lifespan="off", log_level="warning", server_header=False)
    )
    threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
    _tell(answer, listening)
    server.run(sockets=[listening])


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        sys.exit(f"port {port} cannot be used ({getattr(error, 'strerror', None) or error}); choose another")


def _application(data: bytes) -> Shell:
    """The function itself, which begins to read its model when it is imported: here it has been read."""
    model = Model.from_bytes(data)
    pin = Pin("notebook", f"models/{model.artifact.name}/{model.version}/model.json", model.sha256)
    os.environ |= {"MODEL_BUCKET": pin.bucket, "MODEL_KEY": pin.key, "MODEL_SHA256": pin.sha256, "MODEL_VERSION_ID": ""}
    setattr(reading, "begin", lambda _: Given(pin, data))  # noqa: B010  # for the types
    from phat.handler import lambda_handler

    return Shell(lambda_handler)


def _tell(answer: TextIO, listening: socket.socket) -> None:
    """Say which port it is; whoever connects now waits until the server takes the connection."""
    with answer:
        print(listening.getsockname()[1], file=answer)


def _end_with_input(server: uvicorn.Server) -> None:
    sys.stdin.buffer.read()
    server.should_exit = True


if __name__ == "__main__":
    main()
