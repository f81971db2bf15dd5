"""The one table from an exception to the problem (RFC 9457) that a caller sees."""

from typing import Any, NamedTuple

from phat.api.errors import (  # fmt: skip
    BadQuery,
    MalformedBody,
    MalformedEvent,
    MethodNotAllowed,
    NotAcceptable,
    RouteNotFound,
    TooLarge,
    UnsupportedMediaType,
)
from phat.model.errors import ModelUnavailable
from phat.preprocessing.errors import InvalidRecords, RecordError

MEDIA_TYPE = "application/problem+json"

TABLE: dict[type[Exception], tuple[int, str, str]] = {
    MalformedEvent: (400, "malformed-event", "The event is not one of a gateway's"),
    MalformedBody: (400, "malformed-body", "The body could not be read"),
    BadQuery: (400, "bad-query", "The query is not understood"),
    RouteNotFound: (404, "not-found", "Not found"),
    MethodNotAllowed: (405, "method-not-allowed", "The method is not allowed here"),
    NotAcceptable: (406, "not-acceptable", "No answer in an accepted form"),
    TooLarge: (413, "too-large", "Too much for one request"),
    UnsupportedMediaType: (415, "unsupported-media-type", "The body's form is not read here"),
    InvalidRecords: (422, "invalid-records", "Records could not be scored"),
    Exception: (500, "internal-error", "An error on our side"),
    ModelUnavailable: (503, "model-unavailable", "The model is not available"),
}
"""Status, last part of the problem's type, and title for each kind of exception."""


class Problem(NamedTuple):
    """A problem as it goes out: its status, the JSON body, and headers besides the usual ones."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


def problem_for(error: Exception) -> Problem:
    """The problem that tells a caller of `error`; of unforeseen errors it tells nothing but that there was one."""
    kind = next(kind for kind in type(error).__mro__ if kind in TABLE)
    status, slug, title = TABLE[kind]
    body = {"type": f"urn:phat:problem:{slug}", "title": title, "status": status, "detail": _detail(error)}
    if isinstance(error, InvalidRecords):
        body |= _records(error)
    return Problem(status, body, _headers(error))


def _detail(error: Exception) -> str:
    if isinstance(error, InvalidRecords):
        shown = f"; the first {len(error.errors)} are listed" if error.total > len(error.errors) else ""
        return f"{_count(error.total, 'error')} in {_count(error.rows, 'record')}{shown}; nothing was scored"
    if isinstance(error, ModelUnavailable):
        return error.public
    if type(error) in TABLE:
        return str(error)
    return "the request failed for a reason on our side; its X-Request-Id helps us to find it"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _records(error: InvalidRecords) -> dict[str, Any]:
    return {"errors": [_record(each) for each in error.errors], "total": error.total}


def _record(error: RecordError) -> dict[str, Any]:
    line = {} if error.line is None else {"line": error.line}
    return {"row": error.row, **line, "field": error.field, "code": error.code, "detail": error.detail}


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(error.allow)}
    if isinstance(error, ModelUnavailable):
        return {"Retry-After": "1"}
    return {}
