"""The Lambda function behind API Gateway: wires requests to the model; what is computed stands in api/ and model/."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

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
from preprocessing.errors import InvalidRecords

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = Mapping[str, Any]
Headers = dict[str, str]
Response = tuple[int, Headers, str]
Endpoint = Callable[[Event, Observation], Response]

serving = Serving()
serving.warm()


def predict(event: Event, seen: Observation) -> Response:
    """Score the records of the body."""
    model = serving.model(seen)
    start = time.perf_counter()
    parts = choose_parts(query(event))
    form = choose_form(header(event, "accept"), (JSON, CSV))
    wanted = model.artifact.schema.names | {ID}
    records = read_records(body(event), header(event, "content-type"), header(event, "content-encoding"), wanted)
    predictions, ids = score(model, records)
    answer = write_answer(model, predictions, ids, parts, form)
    seen.add_predictions(model, predictions)
    seen.add("PredictLatency", 1000 * (time.perf_counter() - start))
    return 200, {"Content-Type": f"{CSV}; charset=utf-8" if form == CSV else form}, answer


def show_model(event: Event, seen: Observation) -> Response:
    """What the model is."""
    return _show(event, describe_model(serving.model(seen)))


def show_health(event: Event, seen: Observation) -> Response:
    """Whether the model answers as it was published to."""
    return _show(event, check_health(serving.model(seen)))


def _show(event: Event, found: Mapping[str, Any]) -> Response:
    return 200, {"Content-Type": choose_form(header(event, "accept"), (JSON,))}, plain(found)


ROUTES: dict[str, dict[str, Endpoint]] = {
    "/predict": {"POST": predict},
    "/model": {"GET": show_model, "HEAD": show_model},
    "/health": {"GET": show_health, "HEAD": show_health},
}


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer one REST proxy event, log it and write its metrics."""
    start = time.perf_counter()
    seen = serving.take_pending()
    request_id = str((event.get("requestContext") or {}).get("requestId", ""))
    try:
        status, headers, answer = _route(event, seen)
    except Exception as error:  # whatever happens, the caller gets a problem
        status, headers, answer = _refuse(error, seen, request_id)
    headers |= _usual_headers(event, request_id)
    seen.write(
        serving.loaded,
        request_id=request_id,
        function_request_id=context.aws_request_id,
        function_version=context.function_version,
        route=_known(event),
        status=status,
        milliseconds=round(1000 * (time.perf_counter() - start), 3),
    )
    return {
        "statusCode": status,
        "body": "" if event["httpMethod"] == "HEAD" else answer,
        "isBase64Encoded": False,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
    }


def _known(event: Event) -> str | None:
    path = str(event.get("path")).rstrip("/")
    return path if path in ROUTES else None


def _allowed(path: str) -> tuple[str, ...]:
    return (*ROUTES[path], "OPTIONS")


def _route(event: Event, seen: Observation) -> Response:
    path, method = _known(event), event["httpMethod"]
    if path is None:
        raise RouteNotFound("see GET /model and POST /predict")
    if method == "OPTIONS":
        return 204, {"Allow": ", ".join(_allowed(path))}, ""
    endpoint = ROUTES[path].get(method)
    if endpoint is None:
        raise MethodNotAllowed(_allowed(path))
    return endpoint(event, seen)


def _refuse(error: Exception, seen: Observation, request_id: str) -> Response:
    problem = problem_for(error)
    if isinstance(error, InvalidRecords):
        seen.add_rejected(error)
    if problem.status >= 500:
        log_error(error, request_id=request_id)
    return problem.status, {"Content-Type": MEDIA_TYPE, **problem.headers}, plain(problem.body)


def _usual_headers(event: Event, request_id: str) -> Headers:
    headers = {"X-Request-Id": request_id, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if serving.loaded is not None:
        headers["X-Model-Version"] = serving.loaded.version
    path = _known(event) if event["httpMethod"] == "OPTIONS" else None
    origins = (event.get("stageVariables") or {}).get("corsOrigins", "")
    return headers | cors_headers(origins, header(event, "origin"), _allowed(path) if path else ())
