"""An S3 over https on this machine, by an authority of its own; it gives objects at once or after a while."""

import datetime
import ipaddress
import re
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any

import botocore
import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

ROOTS = 140
"""How many roots the bundle has: about as many as Amazon Linux's, which is one file too."""

MODIFIED = "Tue, 24 Nov 2026 08:00:00 GMT"
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class Trust:
    """Files of a server's certificate with its key, and of the bundle of roots by which clients trust it."""

    server: Path
    bundle: Path

    def variables(self) -> dict[str, str]:
        """The variables by which obstore and boto3 read the bundle, and nothing else."""
        return {"SSL_CERT_FILE": str(self.bundle), "AWS_CA_BUNDLE": str(self.bundle)}


def make_trust(folder: Path) -> Trust:
    """Make an authority and a certificate of this machine, both RSA as S3's are, and a bundle of Mozilla's roots."""
    key, authority_key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    authority = _certificate("phat benchmark's authority", authority_key, None, authority_key)
    server = _certificate("localhost", key, authority, authority_key)
    trust = Trust(folder / "server.pem", folder / "bundle.pem")
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    trust.server.write_bytes(private + _pem(server))
    trust.bundle.write_text("\n".join(_roots(ROOTS - 1)) + "\n" + _pem(authority).decode())
    return trust


def _certificate(
    name: str, key: rsa.RSAPrivateKey, issuer: x509.Certificate | None, issuer_key: rsa.RSAPrivateKey
) -> x509.Certificate:
    """A certificate of this machine, or of an authority if nobody else issues it; good for a day."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    return (builder.add_extension(names, critical=False) if issuer else builder).sign(issuer_key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _roots(count: int) -> list[str]:
    """Mozilla's roots, of the lists that certifi and botocore carry."""
    lists = (Path(certifi.where()), Path(botocore.__file__).with_name("cacert.pem"))
    return list(dict.fromkeys(root for file in lists for root in _CERTIFICATE.findall(file.read_text())))[:count]


@contextmanager
def serving(objects: Mapping[str, bytes], trust: Trust, delay: float = 0.0) -> Iterator[str]:
    """Serve objects by `bucket/key`, each after a delay in seconds; gives the address, until the block ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trust.server)

    class Reply(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept, as S3's are
        disable_nagle_algorithm = True  # or an answer waits 40 ms for the ACK of what was sent before it

        def do_GET(self) -> None:
            time.sleep(delay)
            body = objects.get(self.path.partition("?")[0].removeprefix("/"))
            self.send_response(404 if body is None else 200)
            for name, value in (("Content-Length", len(body or b"")), ("ETag", '"1"'), ("Last-Modified", MODIFIED)):
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> tuple[socket, Any]:
            """Take a connection; the handshake is made by the thread that serves it."""
            connection, address = super().get_request()
            return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

        def handle_error(self, *_: object) -> None:
            """Say nothing of a client that does not trust this server, or hangs up."""

    with Server(("127.0.0.1", 0), Reply) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()
