"""Where and how this API is reached, as the request tells it: below which path, guarded how, with which pages."""

import os
from dataclasses import dataclass

from phat.api.request import Request

KEY = "key"
SIGNATURE = "signature"
_NONE = frozenset(("", "0"))


@dataclass(frozen=True, slots=True)
class Site:
    """`prefix` is what stands before each path in an address (a stage's or a domain mapping's name).

    `guard` says what every request needs: KEY, SIGNATURE (and a key), or None where nothing guards, as on a laptop.
    `pages` is whether the pages for people are shown, `captures` whether what is scored may be recorded.
    """

    prefix: str
    guard: str | None
    pages: bool
    region: str
    captures: bool = False


def site_of(request: Request) -> Site:
    """The site of a request."""
    stage = request.stage
    guard = stage.get("guard")
    return Site(
        prefix=_prefix(request),
        guard=guard if guard in (KEY, SIGNATURE) else None,
        pages=stage.get("pages", "yes") == "yes",
        region=os.environ.get("AWS_REGION", "us-east-1"),
        captures=stage.get("captureShare", "0") not in _NONE,
    )


def _prefix(request: Request) -> str:
    whole, below = request.address.rstrip("/"), request.path.rstrip("/")
    return whole[: len(whole) - len(below)] if whole.endswith(below) and whole.isprintable() else ""
