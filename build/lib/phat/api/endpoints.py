"""What each path and method answers; `handler` finds the endpoint and loads the model."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from phat.api.answers import plain, write_answer
from phat.api.body import read_records
from phat.api.describe import check_health, describe_model
from phat.api.envelopes import unwrap
from phat.api.errors import RouteNotFound
from phat.api.negotiate import CSV, JSON, choose_form, choose_parts
from phat.api.request import Request, raw_body
from phat.api.score import score
from phat.api.telemetry import Observation
from phat.model.model import Model

Headers = dict[str, str]
Response = tuple[int, Headers, str]
Endpoint = Callable[[Model, Request, Observation], Response]
Methods = Mapping[str, Endpoint]


def predict(model: Model, request: Request, seen: Observation) -> Response:
    """Score the records of the body."""
    return _score(model, request, seen, None)


def invoke(model: Model, request: Request, seen: Observation) -> Response:
    """The same for clients of other servers, whose records may come in an envelope."""
    return _score(model, request, seen, unwrap)


def _score(model: Model, request: Request, seen: Observation, opened: Callable[[Any], Any] | None) -> Response:
    start = time.perf_counter()
    wanted = choose_parts(request.query)
    form = choose_form(request.headers.get("accept"), (JSON, CSV))
    kind, coding = request.headers.get("content-type"), request.headers.get("content-encoding")
    records = read_records(raw_body(request), kind, coding, model.artifact.schema, opened)
    scored = score(model, records)
    answer = write_answer(model, scored, wanted, form)
    seen.add_predictions(model, scored.predictions, scored.ids)
    seen.add("PredictLatency", 1000 * (time.perf_counter() - start))
    if form != CSV:
        return 200, {"Content-Type": form}, answer
    headers = {"Content-Type": f"{CSV}; charset=utf-8"}
    if scored.absent:
        from phat.api.absent import HEADER, absent_header  # noqa: PLC0415  # what is not needed at a cold start

        headers[HEADER] = absent_header(scored.absent)
    return 200, headers, answer


def show_model(model: Model, request: Request, _: Observation) -> Response:
    """What the model is."""
    return _show(request, describe_model(model))


def show_health(model: Model, request: Request, _: Observation) -> Response:
    """Whether the model answers as it was published to."""
    return _show(request, check_health(model))


# What follows is for people and tools that read about the API. Its modules are imported when they are asked for.


def show_openapi(model: Model, request: Request, _: Observation) -> Response:
    """The contract in OpenAPI."""
    from phat.api.openapi import describe_api  # noqa: PLC0415
    from phat.api.site import site_of  # noqa: PLC0415

    return _show(request, describe_api(model, site_of(request)))


def show_page(model: Model, request: Request, _: Observation) -> Response:
    """A page for people, or a file that one needs."""
    from phat.api.pages import page  # noqa: PLC0415
    from phat.api.site import site_of  # noqa: PLC0415

    site = site_of(request)
    if not site.pages:
        raise RouteNotFound("the pages are off here; the stack's parameter PublicPages shows them")
    return page(request.path, model, site)


def _show(request: Request, found: Mapping[str, Any]) -> Response:
    return 200, {"Content-Type": choose_form(request.headers.get("accept"), (JSON,))}, plain(found)


def _read(endpoint: Endpoint) -> Methods:
    return {"GET": endpoint, "HEAD": endpoint}


ROUTES: dict[str, Methods] = {
    "/predict": {"POST": predict},
    "/invocations": {"POST": invoke},
    "/model": _read(show_model),
    "/health": _read(show_health),
    "/ping": _read(show_health),
    "/openapi.json": _read(show_openapi),
    "/": _read(show_page),
    "/docs": _read(show_page),
    "/docs/start.js": _read(show_page),
    "/docs/swagger-ui-bundle.min.js": _read(show_page),
    "/docs/swagger-ui.min.css": _read(show_page),
}
"""Every path below the stage, with its methods."""
