"""How a body says what it is: its media type, and its content coding, which is taken off here."""

from phat.api.errors import MalformedBody, TooLarge, UnsupportedMediaType
from phat.api.negotiate import CSV, JSON
from phat.api.request import MAX_BODY
from phat.preprocessing.errors import quote

LINES = "application/x-ndjson"
UNNAMED = "text/plain"
"""What is JSON if it reads as JSON."""

_FORMS = {
    JSON: JSON,
    "text/json": JSON,
    LINES: LINES,
    "application/jsonl": LINES,
    "application/jsonlines": LINES,
    CSV: CSV,
    "application/csv": CSV,
    "text/x-csv": CSV,
    "application/vnd.ms-excel": CSV,
    UNNAMED: UNNAMED,
    "": UNNAMED,
}
_UTF_8 = ("utf-8", "utf8")
_GZIP = ("gzip", "x-gzip")
_MAGIC = b"\x1f\x8b"
_MOST_MEMBERS = 100
"""Most members of a gzip body; each costs a copy of what follows it."""


def form_of(content_type: str | None) -> str:
    """JSON, LINES, CSV or UNNAMED; UnsupportedMediaType for another form, or another character set than UTF-8."""
    if content_type == JSON:
        return JSON
    media_type, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    form = JSON if media_type.endswith("+json") else _FORMS.get(media_type)
    charsets = [value.partition("=")[2].strip('"') for value in parameters if value.startswith("charset=")]
    if form is None or (not media_type and parameters) or any(charset not in _UTF_8 for charset in charsets):
        raise unsupported(content_type)
    return form


def unsupported(content_type: str | None) -> UnsupportedMediaType:
    """The refusal of a body's form."""
    sent = f"got Content-Type {quote(content_type)}" if content_type else "got no Content-Type, and no JSON"
    return UnsupportedMediaType(f"{sent}, expected {JSON}, {LINES} or {CSV}, in UTF-8")


def decoded(body: bytes, coding: str | None) -> bytes:
    """The body without its content coding.

    A gateway that has unpacked a body may leave its header: what is no gzip is taken as it is. Raises
    UnsupportedMediaType for another coding, TooLarge beyond `MAX_BODY`, MalformedBody for broken gzip.
    """
    if coding is None:
        return body
    codings = [name for part in coding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if len(codings) > 1 or not set(codings) <= set(_GZIP):
        raise UnsupportedMediaType(f"got Content-Encoding {quote(coding)}, expected gzip or identity")
    return _unpacked(body) if codings and body.startswith(_MAGIC) else body


def _unpacked(packed: bytes) -> bytes:
    """Gzip unpacked (RFC 1952), no further than the limit."""
    import zlib  # noqa: PLC0415  # hardly any body is packed when it comes here, and a cold start has no time

    body = b""
    for _ in range(_MOST_MEMBERS):
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            body += member.decompress(packed, MAX_BODY + 1 - len(body))
        except zlib.error:
            raise MalformedBody("the gzip body is broken") from None
        if len(body) > MAX_BODY:
            raise TooLarge(f"the unpacked body is larger than {MAX_BODY} bytes; send the records in several requests")
        if not member.eof:
            raise MalformedBody("the gzip body is cut short")
        packed = member.unused_data
        if not packed:
            return body
    raise MalformedBody(f"the gzip body has more than {_MOST_MEMBERS} members")
