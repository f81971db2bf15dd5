"""The pages for people: a form to try the model, and the contract in Swagger UI; with the files they need.

The form is one file without links; what a browser may run in it is named by hash. Swagger UI comes from the files
that Powertools ships, which are read where they lie, without importing it.
"""

import base64
import hashlib
import html
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from phat.api.answers import plain
from phat.api.errors import RouteNotFound
from phat.api.kinds import RATIOS, available_parts
from phat.api.schemas import example, record_example
from phat.api.site import Site
from phat.model.artifact import Artifact
from phat.model.baseline import FieldBaseline
from phat.model.card.card import card as make_card
from phat.model.card.card import summary
from phat.model.card.figures import head_figures
from phat.model.card.html import POLICY as CARD_POLICY
from phat.model.card.html import page as card_page
from phat.model.importance import importance, typical
from phat.model.look import chart_script, stylesheet
from phat.model.model import Model
from phat.model.texts import BY_OUTCOME
from phat.preprocessing.schema import Field, kind_of, levels_of

Page = tuple[int, dict[str, str], str]

_WEB = Path(__file__).with_name("web")
_CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src data:"
_SCRIPTS = ("texts", "fields", "ask", "answer", "whatif", "code", "start")
"""The form's own scripts, after the charts, in the order in which they need each other."""
_HINT = "Fill in what you know of a record and press Score. What stays empty counts as missing."
_A_DAY = "public, max-age=86400"
_NOT_RECORDED = (
    "What you enter is scored and not recorded: neither this page nor the API stores it or writes it to a log."
)
_RECORDED = (
    "This page stores nothing. The API is set to record what it scores, to monitor the model: values that you enter, "
    "and the answer, may be written to a log and stored."
)


def form(model: Model, site: Site) -> Page:
    """The form to try the model."""
    style, script = _dense(stylesheet() + _text("form/form.css")), _joined(_SCRIPTS)
    parts = {
        "title": html.escape(f"phat: {model.artifact.name}"),
        "style": style,
        "script": script,
        "hint": _HINT,
        "kept": _RECORDED if site.captures else _NOT_RECORDED,
        "data": plain(_shown(model, site)).replace("<", "\\u003c"),
    }
    policy = f"{_CLOSED}; connect-src 'self'; style-src {_hash(style)}; script-src 'self' {_hash(script)}"
    return _html(_filled("form/form.html", parts), policy)


def _joined(names: Sequence[str]) -> str:
    return _dense(chart_script() + "".join(_text(f"form/{name}.js") for name in names))


def _dense(text: str) -> str:
    """A style or script without its indents and its lines of comment."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def rows_script(_: Model, __: Site) -> Page:
    """The script of the form's second tab, which is fetched when it is opened."""
    return 200, {"Content-Type": "text/javascript; charset=utf-8"}, _dense(_text("form/rows.js"))


def card(model: Model, _: Site) -> Page:
    """The model's card; it has the coefficients, so it is guarded as predictions are."""
    text = card_page(make_card(model))
    return 200, {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": CARD_POLICY}, text


def _shown(model: Model, site: Site) -> dict[str, Any]:
    """What the form knows of model and site: the schema and figures, and no record."""
    artifact = model.artifact
    decided = importance(model)
    fields = sorted(artifact.schema.fields, key=lambda field: -decided.get(field.name, 0.0))
    return {
        "name": artifact.name,
        "version": model.version,
        "about": " ".join(summary(artifact)),
        "figures": head_figures(artifact),
        "prefix": site.prefix,
        "guard": site.guard,
        "region": site.region,
        "hint": _HINT,
        "answer": _answer(artifact),
        "parts": [part for part in available_parts(artifact) if part != "variables"],
        "ratio": RATIOS.get(artifact.link),
        "fields": [_field(field, artifact) for field in fields],
        "examples": list(_examples(artifact, [field.name for field in fields])),
    }


def _field(field: Field, artifact: Artifact) -> dict[str, Any]:
    """What the form knows of a field; `low` and `high` are the ends of the training's values."""
    of_field = artifact.baseline.fields[field.name] if artifact.baseline else FieldBaseline(0.0, ())
    ends = (of_field.edges[0], of_field.edges[-1]) if of_field.edges else (None, None)
    return {
        "name": field.name,
        "label": artifact.texts.label(field.name),
        "unit": artifact.texts.unit(field.name),
        "kind": kind_of(field),
        "levels": levels_of(field),
        "required": field.required,
        "exact": artifact.schema.naming.is_exact(field.name),
        "example": typical(of_field) if artifact.baseline else example(field, artifact),
        "typical": typical(of_field),
        "fill": field.fill,
        "low": ends[0],
        "high": ends[1],
        "whole": bool(of_field.edges) and all(edge == int(edge) for edge in of_field.edges),
    }


def _examples(artifact: Artifact, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """The model's own examples; without any, the typical record, also with one field that matters low and high.

    A record made of several people's values is one that cannot exist; one that is typical in every field may.
    """
    if artifact.texts.examples or artifact.baseline is None:
        yield from artifact.texts.examples or [record_example(artifact)]
        return
    usual = {name: typical(artifact.baseline.fields[name]) for name in names}
    yield usual
    numbers = (name for name in names if len(artifact.baseline.fields[name].edges) > 4)
    if name := next(numbers, None):
        edges = artifact.baseline.fields[name].edges
        yield from (usual | {name: float(f"{edges[place]:.4g}")} for place in (1, -2))


def _answer(artifact: Artifact) -> dict[str, Any]:
    """What the form must know of the answers: their kind, a cutoff, labels, and what is to be said of them."""
    plain, texts = artifact.answer.to_dict(), artifact.texts
    known = {name: value for name, value in plain.items() if name in ("kind", "cutoff", "labels")}
    said = {name: dict(getattr(texts, name)) for name in BY_OUTCOME}
    return known | said | {"good": texts.good, "unit": texts.answer_unit}


def docs(model: Model, site: Site) -> Page:
    """The contract in Swagger UI."""
    title = html.escape(f"phat: {model.artifact.name}, API reference")
    parts = {"title": title, "prefix": html.escape(site.prefix), "guard": site.guard or ""}
    # Swagger UI writes style attributes, so inline styles stay allowed; scripts come from this API alone.
    policy = f"{_CLOSED} 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self'"
    return _html(_filled("docs.html", parts), policy)


def _html(text: str, policy: str) -> Page:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
    }
    return 200, headers, text


def _filled(name: str, parts: dict[str, str]) -> str:
    page = _text(name)
    for part, text in parts.items():
        page = page.replace("{{" + part + "}}", text)
    return page


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _text(name: str) -> str:
    return (_WEB / name).read_text()


def docs_style(_: Model, __: Site) -> Page:
    """What the reference has besides Swagger UI's own style."""
    return _file(_text("docs.css"), "text/css")


def start_script(_: Model, __: Site) -> Page:
    """The script that starts Swagger UI."""
    return _file(_text("start.js"), "text/javascript")


def swagger_script(_: Model, __: Site) -> Page:
    """Swagger UI's script."""
    return _file(_asset("swagger-ui-bundle.min.js"), "text/javascript")


def swagger_style(_: Model, __: Site) -> Page:
    """Swagger UI's style."""
    return _file(_asset("swagger-ui.min.css"), "text/css")


def _file(text: str, media_type: str) -> Page:
    return 200, {"Content-Type": f"{media_type}; charset=utf-8", "Cache-Control": _A_DAY}, text


@cache
def _asset(name: str) -> str:
    spec = find_spec("aws_lambda_powertools")
    if spec is None or not spec.submodule_search_locations:
        raise RouteNotFound("Swagger UI is not installed here; see /openapi.json")
    [folder, *_] = spec.submodule_search_locations
    return (Path(folder) / "event_handler" / "openapi" / "swagger_ui" / name).read_text()
