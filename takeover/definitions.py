"""The definitions of a fit's fields, as a person writes them: JSON in which every key has a default."""

import re
from collections.abc import Iterable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from phat.model.answer import Binary, Labels
from phat.model.errors import ArtifactError
from phat.model.texts import ANSWER, BY_OUTCOME, CARD, Texts
from phat.model.validation import check_answer, check_name, check_taken
from phat.preprocessing.plain import NUMBER, Types, check_keys, check_list
from phat.preprocessing.schema import MISSING_WORDS, Field, Schema, SchemaError, field_from_dict, kind_of
from phat.preprocessing.terms import Terms
from phat.takeover.takeover import Takeover
from phat.training.alignment import Alignment
from phat.training.coverage import listed
from phat.training.errors import ConfigError
from phat.training.naming import exact_names

_KEYS: dict[str, Types] = {
    "name": (str,), "about": (str,), "texts": (dict,), "cutoff": NUMBER, "labels": (dict,), "columns": (list,),
    **dict.fromkeys((*CARD, *ANSWER), (str,)), **dict.fromkeys(BY_OUTCOME, (dict,)), "examples": (list,),
}  # fmt: skip
_WORDS: dict[str, Types] = {"kind": (str,), "label": (str,), "unit": (str,), "required": (bool,)}
"""Keys of a field that are looked at before a schema is made of them."""

_LABELS = {"event": "event", "other": "not event"}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "number": {"boolean": False},
    "category": {"levels": [], "reference": None, "unknown": "error"},
}
_ENDINGS = re.compile(r"(\.(pkl|pickle|joblib|gz|bz2|xz|z))+$", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"


class Definitions(NamedTuple):
    """What a fit does not know of itself: what the model is called, its fields, its answer.

    `scaling` is the centre and scale of the numbers that have one, as (value - centre) / scale. `columns` are names for
    the fit's columns, in its order; None where the fit's own names are right. `terms` are what a formula made the
    columns of; without them they are plain. `notices` are what must be reported,
    and `alignment` says which raw row each row of the fit was made of, if that is known.
    """

    name: str
    texts: Texts
    schema: Schema
    scaling: Mapping[str, tuple[float, float]]
    cutoff: float
    labels: Labels
    columns: tuple[str, ...] | None
    terms: Terms | None = None
    notices: tuple[str, ...] = ()
    alignment: Alignment | None = None


def read_definitions(path: Path, fit: Path) -> Definitions:
    """Read definitions (a JSON object) of the fit in a file, after which the model is called if they do not name it.

    Keys: `schema` with `fields`; and, if need be, `name`, `about`, `texts`, `cutoff`, `labels`, `columns`, and the
    texts of card and answer (`phat.model.texts`). A field may bring its `label` and `unit`, and `required` in place
    of `gap`. ConfigError names what is wrong.
    """
    try:
        plain = orjson.loads(path.read_bytes().removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"{path}: not JSON: {error}") from None
    try:
        check_keys(plain, "the file", {"schema": (dict,)}, _KEYS, ConfigError)
        return define(plain, name_of(fit))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def define(plain: Mapping[str, Any], name: str) -> Definitions:
    """Definitions of plain data, as `read_definitions` reads them; `name` is for a model that they do not name.

    ConfigError names what is wrong.
    """
    try:
        definitions = _definitions(plain, name)
        check_name(definitions.name)
        check_answer(Binary(definitions.cutoff, definitions.labels))
        check_taken(definitions.schema.names)
    except (SchemaError, ArtifactError) as error:
        raise ConfigError(str(error)) from None
    return definitions


def _definitions(plain: Mapping[str, Any], name: str) -> Definitions:
    check_list(plain.get("columns", []), "columns", (str,), ConfigError)
    labels = plain.get("labels", {})
    check_keys(labels, "labels", {}, dict.fromkeys(_LABELS, (str,)), ConfigError)
    items = plain["schema"].get("fields")
    check_list(items, "schema: fields", (dict,), ConfigError)
    if not items:
        raise ConfigError("schema: there are no fields")
    for item in items:
        words = {key: value for key, value in item.items() if key in {"name", *_WORDS}}
        check_keys(words, f"field {item.get('name')!r}", {"name": (str,)}, _WORDS, ConfigError)
    return Definitions(
        name=plain.get("name", name),
        texts=_texts(plain, items),
        schema=Schema.from_dict(plain["schema"] | {"fields": [_field(item) for item in items]}),
        scaling=dict(filter(None, map(_scaling, items))),
        cutoff=float(plain.get("cutoff", 0.5)),
        labels=Labels(**{**_LABELS, **labels}),
        columns=tuple(plain["columns"]) if "columns" in plain else None,
    )


def with_policies(field: Field, definition: Mapping[str, Any]) -> Field:
    """A field with what a person says of it on top: `fill`, `gap`, `required`, `missing`, `unknown`.

    ConfigError names a key that cannot be given for a field that the fit itself tells.
    """
    check_keys(definition, f"field {field.name!r}", {}, ON_TOP, ConfigError)
    if not definition:
        return field
    values = {key: value for key, value in definition.items() if key in ("fill", "gap", "missing", "unknown")}
    if (required := definition.get("required")) is not None:
        named = {"name": field.name, **values}
        values, values["gap"] = _required(named, kind_of(field), required)
        values.setdefault("fill", None)
    elif "fill" in values:
        values.setdefault("gap", "fill")
    try:
        return field_from_dict(field.to_dict() | values)
    except SchemaError as error:
        raise ConfigError(str(error)) from None


def with_takeover(
    plain: Mapping[str, Any],
    name: str,
    takeover: Takeover,
    names: Iterable[str],
    fields: Mapping[str, Mapping[str, Any]],
) -> Definitions:
    """The definitions of a fit that tells its fields and columns itself; `plain` are its other keys.

    `name` is for a model that they do not name, `names` are those of the data's columns, and `fields` what a person
    says of fields on top. ConfigError names a field that cannot be one, or that the fit does not have.
    """
    if foreign := sorted(fields.keys() - {field.name for field in takeover.fields}):
        raise ConfigError(f"fields: the fit has no field {foreign[0]}; it has {listed(takeover.names)}")
    try:
        made = tuple(with_policies(field, fields.get(field.name, {})) for field in takeover.fields)
        schema = Schema(made, exact_names(made, names), takeover.terms.by_field())
        check_taken(schema.names)
    except (SchemaError, ArtifactError) as error:
        raise ConfigError(f"{error}; rename it in the data and fit again") from None
    said = [{"name": field, **definition} for field, definition in fields.items()]
    definitions = define({**plain, "schema": {"fields": [{"name": "field"}]}}, name)
    texts = _texts(plain, said)
    return definitions._replace(
        schema=schema, texts=texts, terms=takeover.terms, notices=takeover.notices, alignment=takeover.alignment
    )


ON_TOP: dict[str, Types] = {
    "label": (str,), "unit": (str,), "fill": (*NUMBER, str), "gap": (str,), "required": (bool,), "missing": (list,),
    "unknown": (str,), "columns": (list,), "breaks": (list,),
}  # fmt: skip
"""What may be said of a field that the fit itself tells."""


def name_of(fit: Path) -> str:
    """The file's name without its endings, made a model's name."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", _ENDINGS.sub("", fit.name)).lstrip("._-")[:40]
    return name or "model"


def _texts(plain: Mapping[str, Any], items: list[dict[str, Any]]) -> Texts:
    """The texts, and those that stand with the fields."""
    given = {key: plain[key] for key in ("about", *CARD, *ANSWER, *BY_OUTCOME, "examples") if key in plain}
    texts = Texts.from_dict(given | plain.get("texts", {}))
    labels = {item["name"]: item["label"] for item in items if item.get("label")}
    units = {item["name"]: item["unit"] for item in items if item.get("unit")}
    return texts._replace(labels={**labels, **texts.labels}, units={**units, **texts.units})


_BESIDES = frozenset(("label", "unit", "required", "centre", "scale"))
"""Keys of a field that are not its schema's."""


def _scaling(item: Mapping[str, Any]) -> tuple[str, tuple[float, float]] | None:
    """The name, centre and scale of a number that has one of these."""
    if item.get("centre") is None and item.get("scale") is None:
        return None
    check_keys(
        {key: item[key] for key in ("centre", "scale") if item.get(key) is not None},
        f"field {item['name']!r}",
        {},
        {"centre": NUMBER, "scale": NUMBER},
        ConfigError,
    )
    if item.get("kind", "number") != "number" or "levels" in item:
        raise ConfigError(f"field {item['name']!r}: a category has no centre and no scale")
    centre, scale = float(item.get("centre") or 0.0), float(item.get("scale", 1.0))
    if not scale > 0 or not isfinite(scale) or not isfinite(centre):
        raise ConfigError(f"field {item['name']!r}: scale {scale} is not positive, or centre {centre} not finite")
    return item["name"], (centre, scale)


def _field(item: Mapping[str, Any]) -> dict[str, Any]:
    """A field as a schema has it, what is not given by its default."""
    values = {key: value for key, value in item.items() if key not in _BESIDES and value is not None}
    kind = values.get("kind", "category" if "levels" in values else "number")
    if kind == "category" and not values.get("levels"):
        raise ConfigError(f"field {item['name']!r}: a category needs its levels: [...], the reference among them")
    gap = "error" if values.get("fill") is None else "fill"
    if (required := item.get("required")) is not None:
        values, gap = _required(values, kind, required)
    common = {"kind": kind, "fill": None, "gap": gap, "missing": list(MISSING_WORDS)}
    return common | _DEFAULTS.get(kind, {}) | values


def _required(values: dict[str, Any], kind: str, required: bool) -> tuple[dict[str, Any], str]:
    """What `required` says of a gap: an error; or the fill, and in a category without one nothing."""
    place = f"field {values.get('name')!r}"
    if "gap" in values:
        raise ConfigError(f"{place}: required stands in place of gap, and both are given")
    if required:
        return {key: value for key, value in values.items() if key != "fill"}, "error"
    if kind == "number" and "fill" not in values:
        raise ConfigError(f"{place}: it is not required, and has no fill for a missing value")
    return values, "fill" if "fill" in values else "zero"
