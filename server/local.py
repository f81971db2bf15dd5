"""`make run`: an embedded S3, the model published to it, and the endpoint over HTTP until Ctrl-C.

PORT sets the port (1313), MODEL the artifact file (the reference model).
"""

import json
import logging
import os
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "model" / "reference" / "segmentation.json"
DEMO = ROOT / "events" / "predict_batch.json"
BUCKET = "phat-models"


def main() -> None:
    """Serve until interrupted; what cannot be done is told in one line."""
    port = _port(os.environ.get("PORT") or "1313")
    artifact = Path(os.environ.get("MODEL") or REFERENCE)
    if not artifact.is_file():
        sys.exit(f"phat: no model file at {artifact}")
    _check_free(port)
    server = start_s3()
    try:
        publish_locally(artifact.read_bytes())
        with suppress(KeyboardInterrupt):  # uvicorn has ended in order and says again what ended it
            serve(port, demo_body(artifact))
    finally:
        server.stop()


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 65536:
        sys.exit(f"phat: PORT: got {text!r}, expected a number from 1 to 65535")
    return int(text)


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            sys.exit(f"phat: port {port} cannot be used ({error.strerror}); choose another: make run PORT=8080")


def start_s3() -> Any:
    """Start moto's S3 in this process on a free port and point this process's AWS clients at it."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE"):
        os.environ.pop(name, None)
    return server


def publish_locally(data: bytes) -> None:
    """Publish an artifact to the embedded S3 and pin it in this process's environment."""
    import boto3

    from phat.model.errors import ModelError
    from phat.model.store import publish
    from phat.model.visible import visible

    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    try:
        pin = publish(data, BUCKET).pin
    except ModelError as error:
        sys.exit(f"phat: the model is refused: {visible(str(error))}")
    os.environ |= {"MODEL_BUCKET": pin.bucket, "MODEL_KEY": pin.key, "MODEL_SHA256": pin.sha256}
    os.environ["MODEL_VERSION_ID"] = pin.version_id or ""


def demo_body(artifact: Path) -> str:
    """Two records to show a prediction with: those of `events/`, or the first golden ones of another model."""
    if artifact == REFERENCE:
        return str(json.loads(DEMO.read_text())["body"])
    golden = json.loads(artifact.read_text())["golden"]
    return json.dumps([item["record"] for item in golden[:2]])


def serve(port: int, body: str) -> None:
    """Serve `phat.handler.lambda_handler` over HTTP until Ctrl-C, and show the answer to `body` once it is up."""
    import uvicorn

    from phat.handler import lambda_handler
    from phat.server.asgi import Shell

    application = Shell(lambda_handler)
    config = uvicorn.Config(
        application, host="127.0.0.1", port=port, lifespan="off", log_level="warning", server_header=False
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_show, args=(server, port, body), daemon=True).start()
    server.run()


def _show(server: Any, port: int, body: str) -> None:
    while not server.started:
        time.sleep(0.01)
    address = f"http://127.0.0.1:{port}"
    request = urllib.request.Request(f"{address}/predict", body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: Mapping[str, Any] = json.load(answer)
    print(f"\nAnswer of POST {address}/predict:\n{json.dumps(found, indent=2)}")
    print(f"\nServing model {found['model']} {found['version']} on {address}; Ctrl-C ends it.", flush=True)


if __name__ == "__main__":
    main()
