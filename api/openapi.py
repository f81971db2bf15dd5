"""The contract in OpenAPI 3.1, made from the loaded model. Values' forms stand in `api.schemas`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from phat.api.absent import HEADER as ABSENT
from phat.api.answers import plain
from phat.api.kinds import available_parts, decision_text
from phat.api.media import LINES
from phat.api.negotiate import DEFAULT_LEVEL
from phat.api.problems import MEDIA_TYPE, TABLE
from phat.api.schemas import Schemas, answer, problem, raw_fields, record_example, table_example
from phat.api.site import KEY, SIGNATURE, Site
from phat.model.model import Model

if TYPE_CHECKING:
    from phat.api.endpoints import Route

_JSON = "application/json"
_CSV = "text/csv"

BY_GATEWAY: dict[int, tuple[str, ...]] = {
    403: ("forbidden",),
    413: ("too-large",),
    429: ("throttled", "quota-exceeded"),
    504: ("gateway-error",),
}
"""Problems that the gateway makes, by status; of others it makes the type is about:blank."""


def describe_api(model: Model, site: Site, routes: Mapping[str, "Route"]) -> dict[str, Any]:
    """Every route with its statuses, headers and problems; every field with what it takes."""
    artifact = model.artifact
    return {
        "openapi": "3.1.0",
        "info": {"title": f"phat: {artifact.name}", "version": model.version, "description": _about(model)},
        "servers": [{"url": site.prefix or "/"}],
        "security": _security(site),
        "paths": _paths(model, site, routes),
        "components": {
            "schemas": _schemas(model),
            "headers": _HEADERS,
            "parameters": _parameters(available_parts(artifact)),
            "securitySchemes": _schemes(site),
        },
    }


def _about(model: Model) -> str:
    artifact = model.artifact
    return (
        f"{artifact.texts.about}\n\n"
        f"{decision_text(artifact)} "
        "Fields that the model does not use are ignored; whatever is wrong with records is reported with row and "
        "field, and nothing is half answered. Problems have the header `X-Request-Id`, too. Where there is GET, there "
        "is HEAD."
    )


def _security(site: Site) -> list[dict[str, list[str]]]:
    if site.guard is None:
        return []
    return [{"key": [], "signature": []} if site.guard == SIGNATURE else {"key": []}]


def _schemes(site: Site) -> dict[str, Any]:
    key = {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The partner's key."}
    signature = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": f"AWS Signature Version 4 of the service execute-api in {site.region}; curl makes it with "
        f"`--aws-sigv4 aws:amz:{site.region}:execute-api`.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    schemes = {KEY: {"key": key}, SIGNATURE: {"key": key, "signature": signature}}
    return schemes.get(site.guard or "", {})


_HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "Names the request in our logs; quote it in questions about the request.",
        "required": True,
        "schema": {"type": "string"},
    },
    "X-Model-Version": {
        "description": "The model that answers; absent while none is loaded.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{12}$"},
    },
    "Cache-Control": {"schema": {"type": "string"}},
    "X-Content-Type-Options": {"schema": {"const": "nosniff"}},
    ABSENT: {
        "description": "Fields that are in no record, percent-encoded with commas between; of CSV answers.",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer"}},
}


def _parameters(available: Sequence[str]) -> dict[str, Any]:
    parts = {"type": "array", "minItems": 1, "items": {"enum": list(available)}}
    example = [part for part in ("interval", "contributions") if part in available] or ["imputed"]
    return {
        "include": {
            "name": "include",
            "in": "query",
            "description": "What each prediction has besides the answer, in place of `variables`: any of the "
            "parts, or `none` alone.",
            "style": "form",
            "explode": False,
            "schema": {
                "anyOf": [parts, {"type": "array", "prefixItems": [{"const": "none"}], "items": False, "minItems": 1}]
            },
            "examples": {" and ".join(example): {"value": example}},
        },
        "level": {
            "name": "level",
            "in": "query",
            "description": f"Level of the intervals, {DEFAULT_LEVEL} without it, where `include=` names one.",
            "schema": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "examples": [0.9]},
        },
    }


def _schemas(model: Model) -> Schemas:
    fields = raw_fields(model.artifact)
    envelope = {
        "anyOf": [
            {"$ref": "#/components/schemas/Record"},
            {"$ref": "#/components/schemas/Records"},
            _enveloped("instances", {"$ref": "#/components/schemas/Records"}),
            _enveloped("dataframe_records", {"$ref": "#/components/schemas/Records"}),
            _enveloped("dataframe_split", _split()),
        ]
    }
    return {**fields, "Enveloped": envelope, **answer(model), **problem()}


def _enveloped(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: content}, "additionalProperties": False}


def _split() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "A frame as pandas' `to_dict(orient='split')` has it; the index is ignored.",
        "required": ["columns", "data"],
        "properties": {
            "columns": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            "data": {"type": "array", "maxItems": 10_000, "items": {"type": "array"}},
            "index": {"type": "array"},
        },
        "additionalProperties": False,
    }


def _paths(model: Model, site: Site, routes: Mapping[str, "Route"]) -> dict[str, Any]:
    """The routes that have a summary; the pages only where they are shown."""
    return {
        path: _post(model, site, route) if route.method == "POST" else _get(site, route)
        for path, route in routes.items()
        if route.summary and (site.pages or not route.page)
    }


def _post(model: Model, site: Site, route: "Route") -> dict[str, Any]:
    return {"post": _score(model, site, route.name, route.summary, _BODIES[route.name])}


_BODIES = {"predict": ("Record", "Records"), "invoke": ("Enveloped",)}
"""What a POST takes, by the route's name."""


def _get(site: Site, route: "Route") -> dict[str, Any]:
    content = {"text/html": {"type": "string"}} if route.page else {_JSON: _CONTENTS[route.name]}
    return _read(site, route.name, route.summary, content, public=route.public and site.pages)


_CONTENTS: Mapping[str, dict[str, Any]] = {
    "model": {"$ref": "#/components/schemas/Model"},
    "health": {"$ref": "#/components/schemas/Health"},
    "ping": {"$ref": "#/components/schemas/Health"},
    "openapi": {"type": "object"},
}
"""What a GET answers in JSON, by the route's name."""


def _score(model: Model, site: Site, name: str, summary: str, bodies: tuple[str, ...]) -> dict[str, Any]:
    references = [{"$ref": f"#/components/schemas/{body}"} for body in bodies]
    json_body = {
        "schema": references[0] if len(references) == 1 else {"anyOf": references},
        "examples": {"one record": {"value": record_example(model.artifact)}},
    }
    lines = plain(record_example(model.artifact)) + "\n"
    lines_body = {"schema": {"type": "string"}, "examples": {"one record": {"value": lines}}}
    csv_body = {"schema": {"type": "string"}, "examples": {"one record": {"value": table_example(model.artifact)}}}
    content = {_JSON: {"$ref": "#/components/schemas/Answer"}, _CSV: {"type": "string"}}
    return {
        "operationId": name,
        "tags": ["score"],
        "summary": summary,
        "parameters": [{"$ref": f"#/components/parameters/{parameter}"} for parameter in ("include", "level")],
        "requestBody": {"required": True, "content": {_JSON: json_body, LINES: lines_body, _CSV: csv_body}},
        "responses": _responses(site, content, (400, 406, 413, 415, 422, 500, 503)),
    }


def _read(site: Site, name: str, summary: str, content: Mapping[str, Any], *, public: bool = False) -> dict[str, Any]:
    responses = _responses(site, content, (406, 500, 503))
    operation = {"operationId": name, "tags": ["read"], "summary": summary, "responses": responses}
    return {"get": operation | ({"security": []} if public and site.guard else {})}


def _responses(site: Site, content: Mapping[str, Any], refused: tuple[int, ...]) -> dict[str, Any]:
    types: dict[int, list[str]] = {}
    for status, slug, _ in TABLE.values():
        if status in refused:
            types.setdefault(status, []).append(slug)
    for status, slugs in (BY_GATEWAY if site.guard else {}).items():
        types[status] = [*dict.fromkeys([*types.get(status, []), *slugs])]
    schemas = {form: {"schema": schema} for form, schema in content.items()}
    headers = _headers(*([ABSENT] if _CSV in content else []))
    good = {"description": "The answer.", "headers": headers, "content": schemas}
    return {"200": good} | {str(status): _problem(status, types[status]) for status in sorted(types)}


def _headers(*more: str) -> dict[str, Any]:
    return _headers_named("X-Request-Id", "X-Model-Version", "Cache-Control", "X-Content-Type-Options", *more)


def _headers_named(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _problem(status: int, slugs: list[str]) -> dict[str, Any]:
    titles = {slug: title for _, slug, title in TABLE.values()}
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Problem"}],
        "properties": {"type": {"enum": [f"urn:phat:problem:{slug}" for slug in slugs]}, "status": {"const": status}},
    }
    return {
        "description": "; ".join(titles.get(slug, slug) for slug in slugs) + ".",
        **({"headers": _headers_named("Retry-After")} if status == 503 else {}),
        "content": {MEDIA_TYPE: {"schema": schema}},
    }
