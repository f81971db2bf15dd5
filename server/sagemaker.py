"""The function in a SageMaker container: `docker run IMAGE serve` answers GET /ping and POST /invocations on port 8080.

The contract is that of "Custom Inference Code with Hosting Services" in SageMaker's developer guide. The model is the
one that MODEL_BUCKET, MODEL_KEY and MODEL_SHA256 name, as on Lambda.
"""

import os
import sys

import uvicorn

from phat.server.asgi import Shell

PORT = "8080"


def main() -> None:
    """Serve until SIGTERM, with one process a core."""
    if sys.argv[1:] not in ([], ["serve"]):
        sys.exit(f"phat: got {' '.join(sys.argv[1:])!r}, expected serve; models are trained by phat fit")
    uvicorn.run(
        "phat.server.sagemaker:make",
        factory=True,
        host="0.0.0.0",  # noqa: S104  # a container is called from outside
        port=int(os.environ.get("SAGEMAKER_BIND_TO_PORT", PORT)),
        workers=os.cpu_count() or 1,
        lifespan="off",
        log_level="warning",
        server_header=False,
    )


def make() -> Shell:
    """The application of one process; the model is loaded here."""
    from phat.handler import lambda_handler  # noqa: PLC0415  # not in the process that starts the others

    return Shell(lambda_handler)


if __name__ == "__main__":
    main()
