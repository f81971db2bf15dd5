"""Where and how this API is reached, as the request tells it: below which path, guarded how, with which pages."""

import os
from dataclasses import dataclass

from api.request import Request

KEY = "key"
SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Site:
    """`prefix` is what stands before each path in an address (a stage's or a domain mapping's name).

    `guard` says what every request needs: KEY, SIGNATURE (and a key), or None where nothing guards, as on a laptop.
    `pages` is whether the pages for people are shown.
    """

    prefix: str
    guard: str | None
    pages: bool
    region: str


def site_of(request: Request) -> Site:
    """The site of a request."""
    stage = request.variables
    guard = stage.get("guard")
    return Site(
        prefix=_prefix(request),
        guard=guard if guard in (KEY, SIGNATURE) else None,
        pages=stage.get("pages", "yes") == "yes",
        region=os.environ.get("AWS_REGION", "us-east-1"),
    )


def _prefix(request: Request) -> str:
    whole, below = request.address.rstrip("/"), request.path.rstrip("/")
    return whole[: len(whole) - len(below)] if whole.endswith(below) and whole.isprintable() else ""
