"""Answers to browsers: which pages of other origins may read them (Fetch standard, 3.2)."""

from collections.abc import Iterable

SENT = "Authorization, Content-Type, X-Api-Key, X-Amz-Date, X-Amz-Security-Token"
READ = "Retry-After, X-Absent-Fields, X-Model-Version, X-Request-Id"
REMEMBERED = "600"
"""Seconds for which a browser may keep the answer to its preflight."""


def cors_headers(origins: object, origin: str | None, methods: Iterable[str]) -> dict[str, str]:
    """Headers for a request from a page of `origin`; none if `origins`, separated by commas, does not name it.

    `methods` are those of a preflight's path, empty for other requests.
    """
    if not isinstance(origins, str) or not origins:
        return {}
    headers = {"Vary": "Origin"}
    if origin not in origins.split(","):
        return headers
    headers |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": READ}
    if allowed := ", ".join(methods):
        headers |= {
            "Access-Control-Allow-Methods": allowed,
            "Access-Control-Allow-Headers": SENT,
            "Access-Control-Max-Age": REMEMBERED,
        }
    return headers
