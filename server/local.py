"""`make run`: an embedded S3, the model published to it, and the endpoint over HTTP until Ctrl-C.

PORT sets the port (1313), MODEL the artifact file (the reference model).
"""

import io
import json
import logging
import os
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout, suppress
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
    _stage("starting an S3 on this machine")
    server = start_s3()
    try:
        _stage(f"publishing {artifact}")
        publish_locally(artifact.read_bytes())
        _stage("starting the endpoint")
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
    _stage(f"asking POST {address}/predict for {len(json.loads(body))} records")
    request = urllib.request.Request(f"{address}/predict", body.encode(), {"Content-Type": "application/json"})
    # The log is Lambda's, in JSON: that of this one request would stand in the table.
    with redirect_stdout(io.StringIO()), urllib.request.urlopen(request, timeout=30) as answer:
        response: Mapping[str, Any] = json.load(answer)
    print("\n".join(["", *_table(response["predictions"]), ""]))
    print(f"Open {address}/ in a browser, or {address}/docs for the API.")
    print(f"Serving model {response['model']} {response['version']} on {address}; Ctrl-C ends it.", flush=True)


def _table(predictions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Each record's number and answer, less its model columns."""
    names = [name for name in predictions[0] if name != "variables"]
    rows = [["record", *names]]
    rows += [[str(number), *(str(each[name]) for name in names)] for number, each in enumerate(predictions, 1)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _stage(text: str) -> None:
    print(f"{text} ...", flush=True)


if __name__ == "__main__":
    main()
