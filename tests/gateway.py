"""API Gateway as the tests play it: proxy events in, answers out."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phat.api.proxy_event import proxy_event
from phat.server.asgi import LocalContext

ROOT = Path(__file__).parents[1]
EVENTS = ROOT / "events"

STATUS = {
    "health": 200,
    "model": 200,
    "predict": 200,
    "predict_bad_records": 422,
    "predict_batch": 200,
    "predict_csv": 200,
    "predict_function_url": 200,
    "predict_http_api": 200,
    "predict_malformed": 400,
    "predict_other_content": 415,
    "preflight": 204,
    "unknown_path": 404,
    "wrong_method": 405,
}
"""The gateway events of events/, and how they are answered."""

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """An answer to a gateway: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: str

    @classmethod
    def of(cls, payload: dict[str, Any]) -> "Answer":
        """Read what the function returned to the gateway."""
        several = payload.get("multiValueHeaders") or {name: [value] for name, value in payload["headers"].items()}
        headers = {name.lower(): ", ".join(values) for name, values in several.items()}
        return cls(payload["statusCode"], headers, payload["body"])

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def event(name: str, **changes: Any) -> dict[str, Any]:
    """A gateway event of events/, with some of its members changed."""
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return loaded | changes


def call(
    method: str, path: str, body: object = b"", content_type: str | None = None, query: Pairs = (), headers: Pairs = ()
) -> Answer:
    """Send a request through `lambda_handler`; a body that is no bytes goes as JSON."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    typed = [("Content-Type", content_type)] if content_type else []
    return invoke(proxy_event(method, path, [*typed, *headers], query, sent))


def invoke(payload: object, context: object = None) -> Answer:
    """Send an event through `lambda_handler`."""
    import handler

    return Answer.of(handler.lambda_handler(payload, context or LocalContext()))


def problem(answer: Answer, status: int) -> dict[str, Any]:
    """The problem an answer holds, after a look at its form."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer.body
    found: dict[str, Any] = answer.json()
    assert found.keys() - {"errors", "total"} == {"type", "title", "status", "detail"}
    assert found["status"] == status
    assert found["type"].startswith("urn:phat:problem:")
    assert answer.headers["x-request-id"]
    assert len(answer.headers["x-model-version"]) == 12
    return found
