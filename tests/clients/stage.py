"""A stage of API Gateway, as far as clients see it: a path before all paths, a key, variables for the function.

Run as a program it serves the reference model. Arguments: port, and what guards the stage (key or signature).
"""

import re
import sys
from dataclasses import dataclass
from typing import Any

import uvicorn
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from phat.api.answers import plain
from phat.server.asgi import Shell
from phat.server.local import REFERENCE, publish_locally, start_s3

KEY = "partner-key-0123456789"
PARTNER = Credentials("PARTNER", "partner-secret")
REGION = "us-east-1"
NAME = "/live"
OPEN = ("/", "/docs", "/openapi.json")


@dataclass(frozen=True)
class Stage:
    """A handler that does what the gateway does, then calls the function's."""

    guard: str

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer a request below the stage; without its key only the pages are open."""
        import handler  # which loads the model: not before the tests have pinned one

        path = event["path"].removeprefix(NAME) or "/"
        public = event["httpMethod"] == "GET" and (path in OPEN or path.startswith(("/docs/", "/form/")))
        allowed = KEY in sent(event, "x-api-key") and (self.guard != "signature" or is_signed(event))
        if not event["path"].startswith(NAME) or not (public or allowed):
            return refused(event)
        changed = event | {
            "path": path,
            "resource": "/" if path == "/" else "/{proxy+}",
            "pathParameters": None if path == "/" else {"proxy": path[1:]},
            "stageVariables": {"guard": self.guard, "pages": "yes"},
        }
        answer: dict[str, Any] = handler.lambda_handler(changed, context)
        return answer


def sent(event: dict[str, Any], name: str) -> list[str]:
    """The values of a header."""
    return [value for key, values in event["multiValueHeaders"].items() if key.lower() == name for value in values]


def is_signed(event: dict[str, Any]) -> bool:
    """Whether the partner signed it (Signature Version 4): botocore makes the signature again, and compares."""
    found = re.search(r"SignedHeaders=([^,]+), *Signature=([0-9a-f]+)", ",".join(sent(event, "authorization")))
    if not found:
        return False
    signed = {name: ",".join(sent(event, name)) for name in found[1].split(";")}
    query = "&".join(f"{k}={v}" for k, vs in (event["multiValueQueryStringParameters"] or {}).items() for v in vs)
    address = f"http://{signed['host']}{event['path']}" + (f"?{query}" if query else "")
    request = AWSRequest(event["httpMethod"], address, signed, (event["body"] or "").encode())
    request.context["timestamp"] = signed["x-amz-date"]
    auth = SigV4Auth(PARTNER, "execute-api", REGION)
    to_sign = auth.string_to_sign(request, auth.canonical_request(request))
    return bool(auth.signature(to_sign, request) == found[2])


def refused(event: dict[str, Any]) -> dict[str, Any]:
    """What the template's gateway says without a key."""
    problem = {"type": "urn:phat:problem:forbidden", "title": "The API key is missing or not valid", "status": 403}
    headers = {"Content-Type": ["application/problem+json"], "X-Request-Id": [event["requestContext"]["requestId"]]}
    headers |= {"Cache-Control": ["no-store"], "X-Content-Type-Options": ["nosniff"]}
    return {"statusCode": 403, "multiValueHeaders": headers, "body": plain(problem | {"detail": "Forbidden"})}


def main(port: int, guard: str) -> None:
    """Serve until killed."""
    start_s3()
    publish_locally(REFERENCE.read_bytes())
    uvicorn.run(Shell(Stage(guard)), host="127.0.0.1", port=port, lifespan="off", log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
