"""The endpoint as its checks see it: its function behind Lambda's API, and its address behind a gateway with TLS."""

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any, cast
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from phat.server.asgi import LocalContext

Function = Callable[[dict[str, Any]], dict[str, Any]]
Reply = tuple[int, dict[str, str], bytes]
HOST = "127.0.0.1"
NO_MODEL = {"MODEL_BUCKET": "phat-models", "MODEL_KEY": "", "MODEL_SHA256": ""}
"""The variables of a version of a stack that has no model yet."""


def handled(payload: dict[str, Any]) -> dict[str, Any]:
    """What the function itself answers to an event."""
    import handler

    return handler.lambda_handler(payload, cast("Any", LocalContext()))


def check(asked: Any) -> dict[str, str]:
    """Call the function of the checks with an event; its answer."""
    from phat.jobs.checks import lambda_handler

    return lambda_handler(asked, cast("Any", LocalContext()))


def failure(asked: dict[str, Any]) -> str:
    """Why a check that must fail did."""
    answer = check(asked)
    assert answer["status"] == "Failed"
    return answer["reason"]


@contextmanager
def serving(
    answer: Callable[[str, str, dict[str, str], bytes], Reply], tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """A server on this machine whose requests (method, path, headers, body) are answered so; gives its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply()

        def do_POST(self) -> None:
            self.reply()

        def do_PUT(self) -> None:
            self.reply()

        def reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, headers, content = answer(self.command, self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None: ...  # clients that do not trust it go away

    server = Server((HOST, 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Services:
    """Lambda and CodeDeploy: versions are asked here, all that is known of them is moto's, and reports are kept."""

    lambda_api: str
    function: Function = handled
    failed: bool = False
    refusals: list[str] = field(default_factory=list)
    """Errors of the next invocations."""
    states: list[str] = field(default_factory=list)
    """States that a version has at the next looks, before the one it really has."""
    reports: list[dict[str, str]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    qualifiers: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Answer one call of either service."""
        if path == "/":  # CodeDeploy's
            self.reports.append(json.loads(body))
            return 200, {}, b"{}"
        if "/invocations" not in path:
            return self._forward(method, path, headers, body)
        if self.refusals:
            return 409, {"X-Amzn-ErrorType": self.refusals.pop(0)}, b'{"Message": "ERROR: Lambda is initializing"}'
        self.qualifiers.append(unquote(path).split("/")[3].rpartition(":")[2])
        self.asked.append(json.loads(body))
        failed = {"X-Amz-Function-Error": "Unhandled"} if self.failed else {}
        return 200, failed, json.dumps(self.function(self.asked[-1])).encode()

    def _forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        request = urllib.request.Request(self.lambda_api + path, body or None, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                content = json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()
        if method == "GET" and self.states:
            content |= {"State": self.states.pop(0), "StateReason": "the image is being optimized"}
        return 200, {"Content-Type": "application/json"}, json.dumps(content).encode()


def certificate(folder: Path) -> Path:
    """A certificate for this machine, with its key, that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return file


@contextmanager
def over_tls(answer: Callable[[str, str, dict[str, str], bytes], Reply], file: Path) -> Iterator[str]:
    """Serve so with that certificate; gives the address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with serving(answer, context) as port:
        yield f"https://{HOST}:{port}"
