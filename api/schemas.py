"""The forms of what goes in and out, in JSON Schema 2020-12, made from the loaded model."""

import csv
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

from phat.api.kinds import RATIOS, answer_schema, available_parts
from phat.api.records import MAX_RECORDS
from phat.model.answer import Binary
from phat.model.artifact import Artifact
from phat.model.model import Model
from phat.preprocessing.clean import clean_value
from phat.preprocessing.errors import MAX_ERRORS
from phat.preprocessing.names import ID
from phat.preprocessing.schema import CategoryField, Field

Schemas = dict[str, Any]

_DIGITS = r"([1-9][0-9]{0,2}(,[0-9]{3})+|[0-9]+)(\.[0-9]*)?|\.[0-9]+"
_SIGNED = rf"([+-]?(\$ ?)?|\$ ?[+-])({_DIGITS})([eE][+-]?[0-9]{{1,2}})?( ?%)?"
NUMBER_TEXT = rf"^ *({_SIGNED}|\((\$ ?)?({_DIGITS})( ?%)?\)) *$"
"""Texts that are numbers, as most clients write them; the cleaning takes a few more."""
_LARGEST = 1e100
_NUMBER = {"type": "number"}


def raw_fields(artifact: Artifact) -> Schemas:
    """A record and an array of them: each field with kind, levels, unit, whether it may be missing, an example."""
    fields = artifact.schema.fields
    properties = {field.name: _field(field, artifact) for field in fields}
    if ID not in properties:
        whole = {"type": "integer", "minimum": -(2**53) + 1, "maximum": 2**53 - 1}
        described = "The record's own id; its answer has it too."
        properties[ID] = {"description": described, "anyOf": [{"type": "string"}, whole, {"type": "null"}]}
    record = {
        "type": "object",
        "properties": properties,
        "required": [field.name for field in fields if field.required],
        "anyOf": [
            {"required": [field.name], "properties": {field.name: {"anyOf": _values(field)}}} for field in fields
        ],
        "additionalProperties": True,
        "examples": [record_example(artifact)],
    }
    records = {"type": "array", "maxItems": MAX_RECORDS, "items": {"$ref": "#/components/schemas/Record"}}
    return {"Record": record, "Records": records}


def _field(field: Field, artifact: Artifact) -> dict[str, Any]:
    about = "A number, or text such as `$1,234.50`, `(5.20)` or `12 %`."
    if isinstance(field, CategoryField):
        about = "One of the levels; letter case and blanks around do not count."
    kinds = _values(field) if field.required else [*_values(field), missing_text(field), {"type": "null"}]
    label, unit = artifact.texts.label(field.name), artifact.texts.unit(field.name)
    in_unit = f" In {unit}." if unit else ""
    described: dict[str, Any] = {"description": f"{about}{in_unit} {_gap(field)}", "anyOf": kinds}
    if label:
        described["title"] = label
    if unit:
        described["x-unit"] = unit
    return described | {"examples": [example(field, artifact)]}


def _values(field: Field) -> list[dict[str, Any]]:
    """What is a value of a field, and no gap."""
    if isinstance(field, CategoryField):
        return [{"enum": list(field.levels)}]
    number = {"type": "number", "minimum": -_LARGEST, "maximum": _LARGEST}
    text = {"type": "string", "pattern": NUMBER_TEXT, "maxLength": 64}
    return [number, text, {"type": "boolean"}] if field.boolean else [number, text]


def missing_text(field: Field) -> dict[str, Any]:
    """Texts that are a gap of a field."""
    words = "|".join(map(re.escape, sorted(field.gaps - {""})))
    return {"type": "string", "pattern": f"^ *({words})? *$", "maxLength": 64}


def _gap(field: Field) -> str:
    if field.required:
        return "Must be there."
    if field.gap == "zero":
        return "Missing is allowed."
    return f"Missing counts as {field.fill if isinstance(field.fill, str) else format(field.fill, '.6g')}."


def example(field: Field, artifact: Artifact) -> Any:
    """A value of the model's own example, else of the golden records, a number to four digits.

    Golden records may be real: each field's example is from another one, so that nobody's record is shown.
    """
    if artifact.texts.examples:
        return artifact.texts.examples[0].get(field.name)
    first = artifact.schema.fields.index(field) % len(artifact.golden)
    for golden in artifact.golden[first:] + artifact.golden[:first]:
        cleaned = clean_value(golden.record.get(field.name), field)
        if cleaned is not None:
            return float(f"{cleaned:.4g}") if isinstance(cleaned, float) else cleaned
    return None


def record_example(artifact: Artifact) -> dict[str, Any]:
    """A record made of the fields' examples."""
    return {field.name: example(field, artifact) for field in artifact.schema.fields}


def table_example(artifact: Artifact) -> str:
    """The same as CSV."""
    text = io.StringIO()
    example = record_example(artifact)
    csv.writer(text, lineterminator="\n").writerows([example.keys(), example.values()])
    return text.getvalue()


def answer(model: Model) -> Schemas:
    """What the routes answer when all is well."""
    artifact = model.artifact
    variables = dict.fromkeys(model.predictor.shown, _NUMBER)
    names = {"enum": [field.name for field in artifact.schema.fields]}
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "variables": lambda: _object(variables) | {"description": "The model's columns as it saw them."},
        "imputed": lambda: {"type": "array", "items": names, "description": "The record's fields that were missing."},
        "interval": lambda: _interval(artifact),
        "prediction_interval": _observation_interval,
        "contributions": lambda: _contributions({"enum": list(model.explainer.names)}, artifact.link),
    }
    available = {name: parts[name]() for name in available_parts(artifact)}
    prediction = _object(answer_schema(artifact), id={"type": ["string", "integer"]}, **available)
    head = {"model": {"const": artifact.name}, "version": {"const": model.version}}
    predictions = {"type": "array", "items": {"$ref": "#/components/schemas/Prediction"}}
    warning = _object({"code": {"const": "absent_field"}, "field": names, "detail": {"type": "string"}})
    warnings = {"type": "array", "minItems": 1, "items": warning, "description": "Fields that are in no record."}
    explained = {"explanation": _explanation(artifact)} if "contributions" in available else {}
    whole = _object(head | {"predictions": predictions}, warnings=warnings, **explained)
    health = _object({"status": {"const": "ok"}, **head, "golden_records": {"type": "integer"}})
    described = {
        "type": "object",
        "required": ["name", "version", "sha256", "texts", "link", "kind", "schema"],
    }
    return {"Prediction": prediction, "Answer": whole, "Health": health, "Model": described}


def _object(required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    properties = {**required, **optional}
    return {"type": "object", "required": list(required), "properties": properties, "additionalProperties": False}


_LEVEL = {"type": "number", "minimum": 0, "maximum": 1}
_KNOWN = {"type": ["number", "null"]}
"""A figure, null beyond the range of 64-bit floats."""


def _interval(artifact: Artifact) -> dict[str, Any]:
    bound = _KNOWN | {"minimum": 0, "maximum": 1} if isinstance(artifact.answer, Binary) else _KNOWN
    error = _KNOWN | {"description": "Of the linear predictor."}
    schema = _object({"lower": bound, "upper": bound, "level": _LEVEL, "standard_error": error})
    return schema | {"description": "Where the answer lies with the level's confidence (on the linear predictor)."}


def _observation_interval() -> dict[str, Any]:
    schema = _object({"lower": _KNOWN, "upper": _KNOWN, "level": _LEVEL})
    return schema | {"description": "Where a new observation lies with the level's confidence."}


def _contributions(names: Mapping[str, Any], link: str) -> dict[str, Any]:
    name = RATIOS.get(link)
    ratios: dict[str, Any] = {} if name is None else {name: _KNOWN, f"relative_{name}": _KNOWN}
    item = _object(
        {"field": names, "contribution": _NUMBER},
        relative_contribution=_NUMBER | {"description": "More or less than for the average training record."},
        **ratios,
    )
    fields = {"type": "array", "items": item, "description": "The largest first."}
    schema = _object({"linear_predictor": _NUMBER, "constant": _NUMBER, "fields": fields})
    return schema | {"description": "Constant and contributions add up to the linear predictor."}


def _explanation(artifact: Artifact) -> dict[str, Any]:
    average = _object(
        {"linear_predictor": _NUMBER, "source": {"type": ["string", "null"]}}, phat=_NUMBER, prediction=_KNOWN
    )
    text = {"type": "string"}
    fields = {field.name: _object({"label": text, "unit": text}) for field in artifact.schema.fields}
    nothing = {"type": "null"}
    return _object(
        {"link": {"const": artifact.link}, "average": {"anyOf": [average, nothing]}, "fields": _object(fields)}
    )


def problem() -> Schemas:
    """A problem (RFC 9457)."""
    text = {"type": "string"}
    nullable = {"type": ["string", "null"]}
    row = {"type": ["integer", "null"], "minimum": 1, "description": "Counts records from 1, without a CSV's header."}
    line = {"type": "integer", "minimum": 1, "description": "Of a CSV: the line on which the record begins."}
    error = _object({"row": row, "field": nullable, "code": text, "detail": text}, line=line)
    schema = {
        "type": "object",
        "required": ["type", "title", "detail"],
        "properties": {
            "type": text | {"format": "uri-reference"},
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "errors": {"type": "array", "maxItems": MAX_ERRORS, "items": {"$ref": "#/components/schemas/RecordError"}},
            "total": {"type": "integer", "description": "How many errors there are, listed or not."},
        },
    }
    return {"Problem": schema, "RecordError": error}
