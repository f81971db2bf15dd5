"""Live statsmodels results, data frames and definitions of a notebook to an artifact."""

import warnings
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from phat.cells import plain_data
from phat.frames import expected_of, raw_of
from phat.model.artifact import Artifact
from phat.model.errors import ArtifactError
from phat.model.provenance import ProofOn
from phat.model.validation import check_taken
from phat.preprocessing.schema import Schema, SchemaError
from phat.takeover.definitions import Definitions, define
from phat.takeover.export import Source, export, plain_fields
from phat.takeover.fitted import Fitted, read_fit
from phat.takeover.formulas.compile import compile_formula, design_of, frame_of
from phat.training.errors import ConfigError
from phat.training.naming import exact_names

if TYPE_CHECKING:
    import pandas as pd


class ExportNotice(UserWarning):
    """What should be known of a model that was exported; its file keeps it too."""


def export_live(
    results: Any,
    data: "pd.DataFrame | None",
    expected: "pd.DataFrame | None",
    fields: Mapping[str, Mapping[str, Any]] | None,
    texts: Mapping[str, Any],
) -> Artifact:
    """Make the artifact of results, as `phat.export` says; `texts` are other keys of the definitions.

    A notice is warned of (ExportNotice).
    """
    plain = plain_data(texts)
    fit = read_fit(results, plain.get("columns"))
    on: ProofOn = "given data"
    if design_of(results) is None:
        definitions = _define(fit, data, fields, plain)
    else:
        definitions = _define_formula(results, fields, plain, data)
        if data is None and expected is None:
            data, on = frame_of(results), "the fit's own frame"
    artifact = export(
        fit,
        definitions,
        None if data is None else partial(raw_of, data),
        None if expected is None else partial(expected_of, expected),
        Source("phat.export", on=on),
    )
    for notice in artifact.provenance.notices:
        warnings.warn(notice, ExportNotice, stacklevel=3)
    return artifact


def _define_formula(results: Any, fields: object, plain: dict[str, Any], data: "pd.DataFrame | None") -> Definitions:
    """The definitions of a formula's fit, whose fields and columns are its own."""
    if fields is not None or "columns" in plain:
        raise ConfigError("the fit was made by a formula, which says what its fields and columns are: leave them out")
    try:
        takeover = compile_formula(results)
        frame = frame_of(results) if data is None else data
        names = [name for name in getattr(frame, "columns", ()) if isinstance(name, str)]
        schema = Schema(takeover.fields, exact_names(takeover.fields, names), takeover.terms.by_field())
        check_taken(schema.names)
    except (SchemaError, ArtifactError) as error:
        raise ConfigError(f"{error}; rename it in the data and fit again") from None
    definitions = define(plain | {"schema": {"fields": [{"name": "field"}]}}, "model")
    return definitions._replace(schema=schema, terms=takeover.terms, notices=takeover.notices)


def _define(
    fit: Fitted, data: "pd.DataFrame | None", fields: Mapping[str, Mapping[str, Any]] | None, plain: dict[str, Any]
) -> Definitions:
    """The definitions; other columns of the data that are spelt like a field's name make it be spelt exactly."""
    named = plain_fields(fit) if fields is None else plain_data(fields)
    if not isinstance(named, dict) or not all(isinstance(field, dict) for field in named.values()):
        raise ConfigError('fields: expected definitions by name, such as {"age": {"centre": 45, "scale": 15}}')
    schema: dict[str, Any] = {"fields": [{"name": name, **field} for name, field in named.items()]}
    definitions = define(plain | {"schema": schema}, "model")
    if data is None or not hasattr(data, "columns"):
        return definitions
    names = [name for name in data.columns if isinstance(name, str)]
    means_field = set(definitions.schema.naming.match(names).keys.values()) - set(named)
    names = [name for name in names if name not in means_field]
    schema["exact_names"] = list(exact_names(definitions.schema.fields, names))
    return define(plain | {"schema": schema}, "model")
