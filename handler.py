"""The Lambda function behind API Gateway: wires requests to the model; what is computed stands in api/ and model/."""

import time
from typing import TYPE_CHECKING, Any

from api.answers import plain
from api.cors import cors_headers
from api.endpoints import ROUTES, Headers, Methods, Response
from api.errors import MethodNotAllowed, RouteNotFound
from api.problems import MEDIA_TYPE, problem_for
from api.request import Event, header, path
from api.serving import Serving
from api.telemetry import Observation, log_error
from preprocessing.errors import InvalidRecords

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

serving = Serving()
serving.warm()


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer one REST proxy event, log it and write its metrics."""
    start = time.perf_counter()
    seen = serving.take_pending()
    request_id = str((event.get("requestContext") or {}).get("requestId", ""))
    route, method = path(event), event.get("httpMethod")
    methods = ROUTES.get(route)
    try:
        status, headers, answer = _answer(methods, method, event, seen)
    except Exception as error:  # whatever happens, the caller gets a problem
        status, headers, answer = _refuse(error, seen, request_id)
    seen.write(
        serving.loaded,
        serving.captured(seen, request_id, event.get("stageVariables") or {}),
        request_id=request_id,
        function_request_id=context.aws_request_id,
        function_version=context.function_version,
        route=route if methods else None,
        status=status,
        milliseconds=round(1000 * (time.perf_counter() - start), 3),
    )
    headers = _usual_headers(event, request_id, _allowed(methods) if methods and method == "OPTIONS" else ()) | headers
    return {
        "statusCode": status,
        "body": "" if method == "HEAD" else answer,
        "isBase64Encoded": False,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
    }


def _allowed(methods: Methods) -> tuple[str, ...]:
    return (*methods, "OPTIONS")


def _answer(methods: Methods | None, method: str | None, event: Event, seen: Observation) -> Response:
    if methods is None:
        raise RouteNotFound("see GET /openapi.json")
    if method == "OPTIONS":
        return 204, {"Allow": ", ".join(_allowed(methods))}, ""
    endpoint = methods.get(str(method))
    if endpoint is None:
        raise MethodNotAllowed(_allowed(methods))
    return endpoint(serving.model(seen), event, seen)


def _refuse(error: Exception, seen: Observation, request_id: str) -> Response:
    problem = problem_for(error)
    if isinstance(error, InvalidRecords):
        seen.add_rejected(error)
    if problem.status >= 500:
        log_error(error, request_id=request_id)
    return problem.status, {"Content-Type": MEDIA_TYPE, **problem.headers}, plain(problem.body)


def _usual_headers(event: Event, request_id: str, allowed: tuple[str, ...]) -> Headers:
    headers = {"X-Request-Id": request_id, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    if serving.loaded is not None:
        headers["X-Model-Version"] = serving.loaded.version
    origins = (event.get("stageVariables") or {}).get("corsOrigins", "")
    return headers | cors_headers(origins, header(event, "origin"), allowed)
