"""What each path and method answers; `handler` finds the endpoint and loads the model."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from phat.api.answers import plain, write_answer
from phat.api.body import read_records
from phat.api.describe import check_health, describe_model
from phat.api.envelopes import unwrap
from phat.api.errors import RouteNotFound, TooLarge
from phat.api.kinds import available_parts
from phat.api.negotiate import CSV, JSON, choose_form, choose_parts
from phat.api.records import MAX_RECORDS
from phat.api.request import Request
from phat.api.score import score_records
from phat.api.telemetry import Observation
from phat.model.model import Model

if TYPE_CHECKING:
    from phat.api.site import Site

Headers = dict[str, str]
Response = tuple[int, Headers, str]
Endpoint = Callable[[Model, Request, Observation], Response]
Methods = Mapping[str, Endpoint]


class Route(NamedTuple):
    """What one path answers: by which `method` (with GET there is HEAD), and who makes the answer.

    `name` and `summary` stand in the contract, which a route without a summary is not in. `page` is whether it is one
    of the pages for people, which the stack can hide; where it shows them, nothing guards what is `public`.
    """

    method: str
    endpoint: Endpoint
    name: str
    summary: str = ""
    public: bool = False
    page: bool = False

    @property
    def methods(self) -> Methods:
        """The endpoint by method."""
        names = ("GET", "HEAD") if self.method == "GET" else (self.method,)
        return dict.fromkeys(names, self.endpoint)


def predict(model: Model, request: Request, observation: Observation) -> Response:
    """Score the records of the body."""
    return _score(model, request, observation, None)


MAX_PREVIEW = 50
"""Records in one preview."""


def preview(model: Model, request: Request, observation: Observation) -> Response:
    """Score a few records for the page: the same answers, neither captured nor counted as traffic."""
    from phat.api.site import site_of  # noqa: PLC0415  # a cold start has no time

    observation.preview()
    _check_shown(site_of(request))
    return _score(model, request, observation, None, MAX_PREVIEW)


def invoke(model: Model, request: Request, observation: Observation) -> Response:
    """The same for clients of other servers, whose records may come in an envelope."""
    return _score(model, request, observation, unwrap)


def _score(
    model: Model,
    request: Request,
    observation: Observation,
    unwrapped: Callable[[Any], Any] | None,
    most: int = MAX_RECORDS,
) -> Response:
    start = time.perf_counter()
    parts = choose_parts(request.query, available_parts(model.artifact))
    form = choose_form(request.header("accept"), (JSON, CSV))
    media_type, coding = request.header("content-type"), request.header("content-encoding")
    records = read_records(request.body(), media_type, coding, model.artifact.schema, unwrapped)
    if len(records.records) > most:
        raise TooLarge(f"{len(records.records)} records, at most {most} in one preview; POST /predict takes more")
    scored = score_records(model, records)
    answer = write_answer(model, scored, parts, form)
    observation.add_predictions(model, scored.predictions, scored.ids)
    observation.add_latency(1000 * (time.perf_counter() - start))
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

    return _show(request, describe_api(model, site_of(request), ROUTES))


def _page(name: str) -> Endpoint:
    """A page for people, or a file that one needs, by its maker in `api.pages`."""

    def show_page(model: Model, request: Request, _: Observation) -> Response:
        from phat.api import pages  # noqa: PLC0415
        from phat.api.site import site_of  # noqa: PLC0415

        site = site_of(request)
        _check_shown(site)
        make: Callable[[Model, Site], Response] = getattr(pages, name)
        return make(model, site)

    return show_page


def _check_shown(site: "Site") -> None:
    if not site.pages:
        raise RouteNotFound("the pages are off here; the stack's parameter PublicPages shows them")


def _show(request: Request, content: Mapping[str, Any]) -> Response:
    return 200, {"Content-Type": choose_form(request.header("accept"), (JSON,))}, plain(content)


ROUTES: dict[str, Route] = {
    "/predict": Route("POST", predict, "predict", "Score records"),
    "/invocations": Route("POST", invoke, "invoke", "Score records as MLflow's and SageMaker's clients send them"),
    "/model": Route("GET", show_model, "model", "What the model is"),
    "/health": Route("GET", show_health, "health", "Whether the model answers as it was published to"),
    "/ping": Route("GET", show_health, "ping", "The same as /health, as other servers name it"),
    "/openapi.json": Route("GET", show_openapi, "openapi", "This contract", public=True),
    "/": Route("GET", _page("form"), "form", "A page to try the model on one record or a few", public=True, page=True),
    "/form/rows.js": Route("GET", _page("rows_script"), "rows_script", public=True, page=True),
    "/preview": Route("POST", preview, "preview", page=True),
    "/card": Route("GET", _page("card"), "card", page=True),
    "/docs": Route("GET", _page("docs"), "docs", "This contract as a page", public=True, page=True),
    "/docs/docs.css": Route("GET", _page("docs_style"), "docs_style", public=True, page=True),
    "/docs/start.js": Route("GET", _page("start_script"), "start_script", public=True, page=True),
    "/docs/swagger-ui-bundle.min.js": Route("GET", _page("swagger_script"), "swagger_script", public=True, page=True),
    "/docs/swagger-ui.min.css": Route("GET", _page("swagger_style"), "swagger_style", public=True, page=True),
}
"""Every path below the stage."""
