"""Where the API is, as events tell it."""

from typing import Any

import pytest

from phat.api.gateway_event import read_event
from phat.api.proxy_event import proxy_event
from phat.api.site import site_of


def event(whole: str, resource: str, parameters: dict[str, str] | None, sent: str) -> dict[str, Any]:
    """An event as API Gateway makes it: the whole path, and what it matched."""
    made = proxy_event("GET", sent) | {"resource": resource, "pathParameters": parameters}
    return made | {"requestContext": made["requestContext"] | {"path": whole}}


@pytest.mark.parametrize(
    ("asked", "route", "prefix"),
    [
        (event("/live/predict", "/{proxy+}", {"proxy": "predict"}, "/predict"), "/predict", "/live"),
        (event("/live/predict/", "/{proxy+}", {"proxy": "predict/"}, "/predict/"), "/predict", "/live"),
        (event("/scores/v1/docs", "/docs", None, "/scores/v1/docs"), "/scores/v1/docs", ""),
        (event("/v1/predict", "/{proxy+}", {"proxy": "predict"}, "/v1/predict"), "/predict", "/v1"),
        (
            event("/v1/docs/start.js", "/docs/{file}", {"file": "start.js"}, "/v1/docs/start.js"),
            "/docs/start.js",
            "/v1",
        ),
        (event("/v1", "/", None, "/v1"), "/", "/v1"),
        (event("/live/", "/", None, "/"), "/", "/live"),
        (proxy_event("GET", "/model"), "/model", ""),
        (proxy_event("GET", "/"), "/", ""),
        ({"httpMethod": "GET", "path": "/health"}, "/health", ""),
        ({"httpMethod": "GET"}, "/", ""),
    ],
)
def test_path_and_prefix(asked: dict[str, Any], route: str, prefix: str) -> None:
    """The route is what lies below stage or domain mapping, and the prefix is what lies above."""
    request = read_event(asked)
    assert request.path == route
    assert site_of(request).prefix == prefix


@pytest.mark.parametrize(
    ("stage", "guard", "pages"),
    [
        (None, None, True),
        ({"guard": "key", "pages": "no"}, "key", False),
        ({"guard": "signature", "pages": "yes"}, "signature", True),
    ],
)
def test_stage_tells_guard_and_pages(stage: dict[str, str] | None, guard: str | None, pages: bool) -> None:
    """The stage's variables say how requests are guarded, and whether the pages are shown."""
    site = site_of(read_event(proxy_event("GET", "/") | {"stageVariables": stage}))
    assert (site.guard, site.pages) == (guard, pages)
