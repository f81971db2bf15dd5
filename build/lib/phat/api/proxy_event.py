"""Making a REST proxy event as API Gateway makes it, for whoever calls the function without a gateway."""

import base64
import uuid
from collections.abc import Iterable
from typing import Any

Pairs = Iterable[tuple[str, str]]


def proxy_event(method: str, path: str, headers: Pairs = (), query: Pairs = (), body: bytes = b"") -> dict[str, Any]:
    """A REST proxy event as API Gateway makes it; a body that is not UTF-8 goes in base64."""
    try:
        text, encoded = body.decode(), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode(), True
    headers, query = list(headers), list(query)
    resource = "/" if path == "/" else "/{proxy+}"
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": dict(headers),
        "multiValueHeaders": _grouped(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _grouped(query) or None,
        "pathParameters": None if path == "/" else {"proxy": path[1:]},
        "stageVariables": None,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "httpMethod": method,
            "identity": {"sourceIp": "127.0.0.1"},
            "path": path,
            "protocol": "HTTP/1.1",
            "requestId": str(uuid.uuid4()),
            "resourcePath": resource,
            "stage": "local",
        },
        "body": text or None,
        "isBase64Encoded": encoded,
    }


def _grouped(pairs: Pairs) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped
