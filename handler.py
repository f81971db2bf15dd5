"""The Lambda function behind API Gateway: wires requests to the model; what is computed stands in api/ and model/."""

import os
import time
from contextlib import suppress
from typing import Any

from phat.model.reading import begin

reading = begin(os.environ)  # S3 answers while the rest is imported

from phat.api.answers import plain
from phat.api.cors import cors_headers
from phat.api.endpoints import ROUTES, Headers, Response, Route
from phat.api.errors import MethodNotAllowed, RouteNotFound
from phat.api.gateway_event import read_event, safe_id
from phat.api.problems import MEDIA_TYPE, problem_for
from phat.api.request import Request
from phat.api.serving import Serving
from phat.api.telemetry import Observation, log_error
from phat.preprocessing.errors import InvalidRecords

serving = Serving(reading)
del reading  # and with it, once it is loaded, the file
serving.warm()


def lambda_handler(event: object, context: object) -> dict[str, Any]:
    """Answer one event of a gateway, log it and write its metrics; whatever happens, there is an answer."""
    invocation = safe_id(getattr(context, "aws_request_id", None)) or os.urandom(16).hex()
    try:
        return _handle(event, context, invocation)
    except Exception as error:
        return _last_resort(error, invocation)


def _handle(event: object, context: object, invocation: str) -> dict[str, Any]:
    start = time.perf_counter()
    observation = serving.take_pending()
    request = read_event(event)
    request_id = request.id or invocation
    route = ROUTES.get(request.path)
    try:
        status, headers, answer = _answer(route, request, observation)
    except Exception as error:  # whatever happens, the caller gets a problem
        status, headers, answer = _refuse(error, observation, request_id)
    observation.write(
        serving.loaded,
        serving.captured(observation, request_id, invocation, request.stage),
        request_id=request_id,
        function_request_id=invocation,
        function_version=getattr(context, "function_version", None),
        route=request.path if route else None,
        status=status,
        milliseconds=round(1000 * (time.perf_counter() - start), 3),
    )
    allowed = _allowed(route) if route and request.method == "OPTIONS" else ()
    headers = _usual_headers(request, request_id, allowed) | headers
    return _for_gateway(request, status, headers, "" if request.method == "HEAD" else answer)


def _allowed(route: Route) -> tuple[str, ...]:
    return (*route.methods, "OPTIONS")


def _answer(route: Route | None, request: Request, observation: Observation) -> Response:
    if route is None:
        raise request.refusal or RouteNotFound("see GET /openapi.json")
    if request.method == "OPTIONS":
        return 204, {"Allow": ", ".join(_allowed(route))}, ""
    endpoint = route.methods.get(request.method)
    if endpoint is None:
        raise MethodNotAllowed(_allowed(route))
    return endpoint(serving.model(observation), request, observation)


def _refuse(error: Exception, observation: Observation, request_id: str) -> Response:
    problem = problem_for(error)
    if isinstance(error, InvalidRecords):
        observation.add_rejected(error)
    if problem.status >= 500:
        log_error(error, request_id=request_id)
    return problem.status, {"Content-Type": MEDIA_TYPE, **problem.headers}, plain(problem.body)


def _usual_headers(request: Request, request_id: str, allowed: tuple[str, ...]) -> Headers:
    headers = {"X-Request-Id": request_id, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if serving.loaded is not None:
        headers["X-Model-Version"] = serving.loaded.version
    return headers | cors_headers(request.stage.get("corsOrigins"), request.header("origin"), allowed)


def _for_gateway(request: Request, status: int, headers: Headers, body: str) -> dict[str, Any]:
    """An answer in the form that the event's gateway reads."""
    if request.version == "2.0":
        return {"statusCode": status, "body": body, "isBase64Encoded": False, "headers": headers}
    several = {name: [value] for name, value in headers.items()}
    return {"statusCode": status, "body": body, "isBase64Encoded": False, "multiValueHeaders": several}


def _last_resort(error: Exception, invocation: str) -> dict[str, Any]:
    """The answer when not even a problem could be written, in the forms of both gateways."""
    with suppress(Exception):
        log_error(error, request_id=invocation)
    problem = problem_for(RuntimeError())
    headers = {"X-Request-Id": invocation, "Cache-Control": "no-store", "Content-Type": MEDIA_TYPE}
    answer = {"statusCode": problem.status, "body": plain(problem.body), "isBase64Encoded": False}
    return answer | {"headers": headers, "multiValueHeaders": {name: [value] for name, value in headers.items()}}
