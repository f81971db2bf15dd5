"""From the event of a gateway to the request that it carries.

Read are the events of API Gateway's REST API (payload 1.0), and of its HTTP API and of a Function URL (payload 2.0).
What a gateway would not send is read where it can have one meaning only, else refused; nothing here raises for it.
"""

from collections.abc import Mapping
from typing import Any

from phat.api.errors import MalformedEvent
from phat.api.request import Request
from phat.preprocessing.errors import quote

HEADERS = frozenset(("accept", "content-encoding", "content-type", "origin"))
"""The headers that are read, in lower case."""

_LONGEST_ID = 128

_EXPECTED = "an event of API Gateway (REST or HTTP API) or of a Function URL"


def read_event(event: object) -> Request:
    """The request of an event."""
    if not isinstance(event, dict):
        return _unreadable({}, f"got {quote(event)}, expected {_EXPECTED}")
    try:
        if isinstance(event.get("httpMethod"), str):
            return _read_first(event)
        return _read_second(event)
    except MalformedEvent as error:
        return _unreadable(event, str(error))


def _read_first(event: dict[str, Any]) -> Request:
    """The request of payload 1.0."""
    context = _object(event.get("requestContext"))
    return Request(
        event["httpMethod"],
        _path(event.get("resource"), event.get("pathParameters"), event.get("path")),
        str(context.get("path") or ""),
        _headers(event.get("multiValueHeaders") or event.get("headers")),
        _query(event.get("multiValueQueryStringParameters") or event.get("queryStringParameters")),
        _object(event.get("stageVariables")),
        safe_id(context.get("requestId")),
        event.get("body"),
        event.get("isBase64Encoded"),
    )


def _read_second(event: dict[str, Any]) -> Request:
    """The request of payload 2.0, whose headers and parameters have one value each, joined by commas."""
    context = _object(event.get("requestContext"))
    method = _object(context.get("http")).get("method")
    if not isinstance(method, str):
        raise MalformedEvent(f"got an event without a method, expected {_EXPECTED}")
    address = str(event.get("rawPath") or "")
    resource = str(event.get("routeKey") or "").partition(" ")[2]
    below = address.removeprefix(_stage(context, address))
    return Request(
        method,
        _path(resource, event.get("pathParameters"), below),
        address,
        _headers(event.get("headers")),
        _query(event.get("queryStringParameters") or _parsed(event.get("rawQueryString"))),
        _object(event.get("stageVariables")),
        safe_id(context.get("requestId")),
        event.get("body"),
        event.get("isBase64Encoded"),
        "2.0",
    )


def _unreadable(event: dict[str, Any], reason: str) -> Request:
    context, variables = _object(event.get("requestContext")), _object(event.get("stageVariables"))
    version = "2.0" if event.get("version") == "2.0" else "1.0"
    named = safe_id(context.get("requestId"))
    return Request("", "", "", {}, {}, variables, named, version=version, refusal=MalformedEvent(reason))


def _object(value: Any) -> dict[str, Any]:
    """An object, or one without members in place of anything else."""
    return value if isinstance(value, dict) else {}


def safe_id(value: object) -> str:
    """An id that a header can carry, or an empty text: a caller can choose the gateway's."""
    fits = isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= _LONGEST_ID
    return value if fits else ""  # type: ignore[return-value]  # it is a text


def _path(resource: object, parameters: object, path: object) -> str:
    """The path below stage and domain mapping.

    API Gateway puts a mapping of a custom domain before `path`, but never into the resource and its parameters.
    """
    if parameters and isinstance(resource, str) and isinstance(parameters, dict):
        path = resource.replace("+}", "}")
        for name, value in parameters.items():
            path = path.replace(f"{{{name}}}", str(value))
    elif resource == "/":
        return "/"
    return str(path or "").rstrip("/") or "/"


def _stage(context: Mapping[str, Any], address: str) -> str:
    """What of an address names the stage."""
    prefix = f"/{context.get('stage')}"
    return prefix if f"{address}/".startswith(f"{prefix}/") else ""


def _headers(sent: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in _items("headers", sent):
        if (key := name.lower()) in HEADERS:
            joined = ", ".join(_texts(name, value))
            headers[key] = f"{headers[key]}, {joined}" if key in headers else joined
    return headers


def _query(sent: Any) -> dict[str, list[str]]:
    return {name: _texts(name, value) for name, value in _items("query", sent)} if sent else {}


def _parsed(query: object) -> dict[str, list[str]]:
    if not query or not isinstance(query, str):
        return {}
    from urllib.parse import parse_qs  # noqa: PLC0415  # gateways parse it; an event made by hand may not have it

    return parse_qs(query, keep_blank_values=True)


def _items(what: str, sent: Any) -> Any:
    """Names and values of a map; MalformedEvent if it is none."""
    if not sent:
        return ()
    if not isinstance(sent, dict):
        raise MalformedEvent(f"the event's {what}: got {quote(sent)}, expected an object")
    return sent.items()


def _texts(name: str, value: Any) -> list[str]:
    """The values of a header or parameter, one or a list of them; MalformedEvent if one is an object or an array."""
    values = value if isinstance(value, list) else [value]
    for each in values:
        if not isinstance(each, str):
            return [_text(name, each) for each in values]
    return values or [""]


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, int | float):
        return quote(value)
    raise MalformedEvent(f"the event's {quote(name)}: got {quote(value)}, expected text")
