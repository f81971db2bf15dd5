"""A thin ASGI shell: each HTTP request becomes a REST proxy event for `handler.lambda_handler` itself.

The handler runs in one worker thread, a request at a time, as a Lambda environment does. A request that another server
could end elsewhere (RFC 9112 6.3) is refused, and its connection closed: what follows may be meant as its body.
"""

import asyncio
import base64
import uuid
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from phat.api.answers import plain
from phat.api.errors import MalformedBody, TooLarge
from phat.api.problems import MEDIA_TYPE, problem_for
from phat.api.proxy_event import proxy_event

GATEWAY_MAX_BODY = 10 * 1024 * 1024
"""API Gateway's own limit; beyond it a request never reaches the function."""

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class LocalContext:
    """What the Lambda runtime tells a function about itself."""

    function_name: str = "phat-local"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:phat-local"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


class Shell:
    """The ASGI application around a Lambda handler."""

    def __init__(self, handler: Callable[[dict[str, Any], Any], dict[str, Any]]) -> None:
        self._handler = handler
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lambda")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; other protocols are not served."""
        if scope["type"] != "http":
            return
        await _send(send, await self._answer(scope, receive), with_length=scope["method"] != "HEAD")

    async def _answer(self, scope: Scope, receive: Receive) -> dict[str, Any]:
        if {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}:
            error = MalformedBody(
                "the request has both Content-Length and Transfer-Encoding, so its end is not certain"
            )
            return _refused(error, Connection="close")
        body = await _read(receive)
        if body is None:
            return _refused(TooLarge(f"the body is larger than {GATEWAY_MAX_BODY} bytes"))
        return await self._invoke(scope, body)

    async def _invoke(self, scope: Scope, body: bytes) -> dict[str, Any]:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        event = proxy_event(scope["method"], scope["path"], headers, query, body)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._handler, event, LocalContext())


async def _read(receive: Receive) -> bytes | None:
    """The whole body, None if it is larger than the gateway would pass on, or if the caller went away."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size <= GATEWAY_MAX_BODY:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= GATEWAY_MAX_BODY else None


def _refused(error: Exception, **more: str) -> dict[str, Any]:
    """The problem of a request that never reaches the handler, as one of its answers."""
    problem = problem_for(error)
    headers = {"Content-Type": MEDIA_TYPE, "X-Request-Id": str(uuid.uuid4()), "Cache-Control": "no-store"}
    headers |= {"X-Content-Type-Options": "nosniff"} | more
    several = {name: [value] for name, value in headers.items()}
    return {"statusCode": problem.status, "multiValueHeaders": several, "body": plain(problem.body)}


async def _send(send: Send, answer: Mapping[str, Any], *, with_length: bool) -> None:
    body = (answer.get("body") or "").encode()
    if answer.get("isBase64Encoded"):
        body = base64.b64decode(body)
    pairs = [(name, value) for name, values in answer["multiValueHeaders"].items() for value in values]
    headers = [(name.lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in pairs]
    if with_length and answer["statusCode"] != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer["statusCode"], "headers": headers})
    await send({"type": "http.response.body", "body": body})
