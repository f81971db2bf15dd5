"""What can be wrong with a request, records aside (those are `preprocessing.errors`).

RequestError
├── MalformedEvent         no event of a gateway, or one that no gateway sends
├── MalformedBody          not the JSON or CSV it says it is
├── BadQuery               a query parameter or value that is not known
├── RouteNotFound          no such path
├── MethodNotAllowed       the path has other methods
├── NotAcceptable          no answer in a form the caller accepts
├── TooLarge               more than one request may hold, or its answer
└── UnsupportedMediaType   a body in a form this service does not read
"""


class RequestError(Exception):
    """Base of everything that is wrong with a request; the message is for the caller."""


class MalformedEvent(RequestError):
    """No event of a gateway, or one that no gateway sends."""


class MalformedBody(RequestError):
    """Not the JSON or CSV it says it is."""


class BadQuery(RequestError):
    """A query parameter or value that is not known."""


class RouteNotFound(RequestError):
    """No such path."""


class MethodNotAllowed(RequestError):
    """The path has other methods, named in `allow`."""

    def __init__(self, allow: tuple[str, ...]) -> None:
        super().__init__(f"this path answers {', '.join(allow)}")
        self.allow = allow


class NotAcceptable(RequestError):
    """No answer in a form the caller accepts."""


class TooLarge(RequestError):
    """More than one request may hold, or more than its answer may."""


class UnsupportedMediaType(RequestError):
    """A body in a form this service does not read."""
