"""The Lambda function behind API Gateway: wires requests to the model; what is computed stands in api/ and model/."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from api.answers import plain, write_answer
from api.body import read_records
from api.cors import cors_headers
from api.describe import check_health, describe_model
from api.errors import MethodNotAllowed, RouteNotFound
from api.negotiate import CSV, JSON, choose_form, choose_parts
from api.problems import MEDIA_TYPE, problem_for
from api.request import body, header, query
from api.score import ID, score
from api.serving import Serving
from api.telemetry import Observation, log_error
from model.loaded import Model
from preprocessing.errors import InvalidRecords

Event = Mapping[str, Any]
Endpoint = Callable[[Model, Event, Observation], "Response[str]"]

app = APIGatewayRestResolver()
serving = Serving()
serving.warm()


def predict(model: Model, event: Event, seen: Observation) -> "Response[str]":
    """Score the records of the body."""
    start = time.perf_counter()
    parts = choose_parts(query(event))
    form = choose_form(header(event, "accept"), (JSON, CSV))
    wanted = {ID, *(field.name for field in model.artifact.schema.fields)}
    records = read_records(body(event), header(event, "content-type"), header(event, "content-encoding"), wanted)
    predictions, ids = score(model, records)
    answer = write_answer(model, predictions, ids, parts, form)
    seen.add_predictions(model, predictions)
    seen.add("PredictLatency", 1000 * (time.perf_counter() - start))
    return Response(200, f"{CSV}; charset=utf-8" if form == CSV else form, answer)


def show_model(model: Model, event: Event, _: Observation) -> "Response[str]":
    """What the model is."""
    return Response(200, choose_form(header(event, "accept"), (JSON,)), plain(describe_model(model)))


def show_health(model: Model, event: Event, _: Observation) -> "Response[str]":
    """Whether the model answers as it was published to."""
    return Response(200, choose_form(header(event, "accept"), (JSON,)), plain(check_health(model)))


ROUTES: dict[str, dict[str, Endpoint]] = {
    "/predict": {"POST": predict},
    "/model": {"GET": show_model, "HEAD": show_model},
    "/health": {"GET": show_health, "HEAD": show_health},
}


def _answer(endpoint: Endpoint) -> Callable[[], "Response[str]"]:
    def answer() -> "Response[str]":
        seen: Observation = app.context["seen"]
        return endpoint(serving.model(seen), app.current_event.raw_event, seen)

    return answer


def _options(path: str) -> Callable[[], "Response[str]"]:
    def options() -> "Response[str]":
        return Response(204, headers={"Allow": ", ".join(_allowed(path))}, body="")

    return options


def _allowed(path: str) -> tuple[str, ...]:
    return (*ROUTES[path], "OPTIONS")


for _path, _endpoints in ROUTES.items():
    app.route(_path, method="OPTIONS")(_options(_path))
    for _method, _endpoint in _endpoints.items():
        app.route(_path, method=_method)(_answer(_endpoint))


@app.not_found
def refuse_route(_: Exception) -> "Response[str]":
    """404 for an unknown path, 405 for a known one."""
    path = _route(app.current_event.raw_event)
    return refuse(MethodNotAllowed(_allowed(path)) if path else RouteNotFound("see GET /model and POST /predict"))


def refuse(error: Exception) -> "Response[str]":
    """The problem that tells the caller of an error."""
    problem = problem_for(error)
    if isinstance(error, InvalidRecords):
        app.context["seen"].add_rejected(error)
    if problem.status >= 500:
        log_error(error, request_id=_request_id(app.current_event.raw_event))
    return Response(problem.status, MEDIA_TYPE, plain(problem.body), problem.headers)


app.exception_handler(Exception)(refuse)


def _route(event: Event) -> str | None:
    path = str(event.get("path")).rstrip("/")
    return path if path in ROUTES else None


def _request_id(event: Event) -> str:
    return str((event.get("requestContext") or {}).get("requestId", ""))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one REST proxy event, log it and write its metrics."""
    start = time.perf_counter()
    seen = serving.take_pending()
    app.append_context(seen=seen)  # type: ignore[no-untyped-call]  # powertools gives it no types
    answer = app.resolve(event, context)
    _add_headers(answer, event)
    if event["httpMethod"] == "HEAD":
        answer["body"] = ""
    seen.write(
        serving.loaded,
        request_id=_request_id(event),
        function_request_id=context.aws_request_id,
        function_version=context.function_version,
        route=_route(event),
        status=answer["statusCode"],
        milliseconds=round(1000 * (time.perf_counter() - start), 3),
    )
    return answer


def _add_headers(answer: dict[str, Any], event: Event) -> None:
    headers = answer["multiValueHeaders"]
    headers["X-Request-Id"] = [_request_id(event)]
    headers["Cache-Control"] = ["no-store"]
    headers["X-Content-Type-Options"] = ["nosniff"]
    if serving.loaded is not None:
        headers["X-Model-Version"] = [serving.loaded.version]
    path = _route(event) if event["httpMethod"] == "OPTIONS" else None
    origins = (event.get("stageVariables") or {}).get("corsOrigins", "")
    allowed = cors_headers(origins, header(event, "origin"), _allowed(path) if path else ())
    headers |= {name: [value] for name, value in allowed.items()}
