"""From a pickled statsmodels result and the definitions of its fields to an artifact."""

import pickle
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import statsmodels.api as sm
from statsmodels.discrete.discrete_model import L1BinaryResults

from model.artifact import Artifact, Labels
from model.baseline import Baseline
from model.provenance import Provenance
from model.texts import Texts
from model.training.baseline import column_means, describe
from model.training.data import Table, clean_column
from model.training.errors import ConfigError, NotServable
from model.training.golden import AT_LEAST, choose_records, make_golden
from preprocessing.clean import clean_record
from preprocessing.design import Design
from preprocessing.schema import Field, Schema, SchemaError

_CONSTANTS = ("const", "Intercept", "intercept")
_GLM_LINKS = {"Logit": "logit", "Probit": "probit", "CLogLog": "cloglog"}
_KEYS = {"name", "texts", "cutoff", "labels", "schema"}
_SPREAD = (0.0, 1.0, -1.0, 2.5, -2.5)
"""How far made-up golden records go from a number's centre, in scales."""


def import_results(pickled: Path, preprocessing: Path, table: Table | None) -> Artifact:
    """Make the artifact of a pickled result; the pickle must be trusted, as loading it runs code that it names.

    `preprocessing` is a JSON object with name, texts, cutoff, labels and schema, as an artifact has them, and with
    `columns`, the names in the order of the fit, for results that have lost them. With a `table` of raw records the
    golden records and a baseline come from it. Raises NotServable, ConfigError or ArtifactError.
    """
    with pickled.open("rb") as file:
        results = pickle.load(file)
    link = served_link(results)
    facts = _facts(preprocessing)
    schema = _schema(facts)
    columns = _names(results, facts.get("columns"))
    made = {column for field in schema.fields for column in field.columns()}
    constant = next((name for name in columns if name in _CONSTANTS and name not in made), None)
    design = _design(schema, columns, constant)
    records, source = _records(schema, table)
    matrix = np.array([design.values(clean_record(record, schema)) for record in records])
    return Artifact(
        name=facts["name"],
        texts=Texts.from_dict(facts["texts"]),
        schema=schema,
        link=link,
        constant=constant,
        coefficients=dict(zip(columns, map(float, np.asarray(results.params)), strict=True)),
        covariance=tuple(tuple(map(float, row)) for row in np.asarray(results.cov_params())),
        cutoff=facts["cutoff"],
        labels=Labels(**facts["labels"]),
        golden=make_golden(records, matrix, results),
        provenance=Provenance(
            created_by=f"python -m model import, from {pickled.name}",
            estimator=f"statsmodels {type(results.model).__name__}",
            fit=_figures(results),
            golden=source,
        ),
        baseline=None if table is None else _baseline(table, schema, design, results),
    )


def served_link(results: Any) -> str:
    """The link of a result that the endpoint can serve; NotServable names what it cannot."""
    inner = getattr(results, "_results", results)
    model = getattr(inner, "model", None)
    kind = type(model).__name__
    if model is None or not hasattr(inner, "cov_params"):
        raise NotServable(f"the pickle holds a {type(inner).__name__}, expected the results of a statsmodels fit")
    if isinstance(inner, L1BinaryResults):
        raise NotServable("a penalised (L1) fit has no covariance that intervals could rest on; fit unpenalised")
    for name in ("offset", "exposure"):
        if np.any(np.asarray(getattr(model, name, None), dtype=float) != 0) and getattr(model, name, None) is not None:
            raise NotServable(f"the model has an {name}, which a record does not bring")
    if getattr(inner, "constraints", None) is not None or getattr(inner, "k_constr", False):
        raise NotServable("the model was fitted under constraints")
    if getattr(model, "_has_freq_weights", False) or getattr(model, "_has_var_weights", False):
        raise NotServable("the model was fitted with weights")
    if type(model) in (sm.Logit, sm.Probit):
        return kind.lower()
    if type(model) is sm.GLM:
        return _glm_link(model.family)
    raise NotServable(f"a {kind} model is not served; served are Logit, Probit and GLM with a Binomial family")


def _glm_link(family: Any) -> str:
    if type(family) is not sm.families.Binomial:
        raise NotServable(f"the family {type(family).__name__} is not served, only Binomial")
    name = type(family.link).__name__
    if name not in _GLM_LINKS:
        raise NotServable(f"the link {name} is not served, only {', '.join(_GLM_LINKS)}")
    return _GLM_LINKS[name]


def _names(results: Any, given: list[str] | None) -> list[str]:
    """Column names of the coefficients: the results' own, or those given if the results have lost theirs."""
    names = getattr(results.params, "index", None)
    found = list(results.model.exog_names or ()) if names is None else list(names)
    if not found or not all(isinstance(name, str) for name in found):
        if given is None or len(given) != len(results.params):
            raise NotServable(
                f"the results have lost the names of their {len(results.params)} columns (statsmodels' remove_data "
                'drops them); give them in the order of the fit: "columns": [...] in the definitions of the fields'
            )
        return given
    if given is not None and given != found:
        raise ConfigError(f"columns: got {', '.join(given)}; the results have {', '.join(found)}")
    return found


def _facts(path: Path) -> dict[str, Any]:
    try:
        facts: Any = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"{path}: not JSON: {error}") from None
    if not isinstance(facts, dict) or facts.keys() - {"columns"} != _KEYS:
        raise ConfigError(f"{path}: expected an object with {', '.join(sorted(_KEYS))}, and columns if need be")
    names = facts.get("columns", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigError(f"{path}: columns: expected a list of names")
    if not isinstance(facts["labels"], dict) or facts["labels"].keys() != {"event", "other"}:
        raise ConfigError(f"{path}: labels: expected event and other")
    return facts


def _schema(facts: dict[str, Any]) -> Schema:
    try:
        return Schema.from_dict(facts["schema"])
    except SchemaError as error:
        raise ConfigError(f"schema: {error}") from None


def _design(schema: Schema, columns: Sequence[str], constant: str | None) -> Design:
    try:
        return Design(schema, columns, constant)
    except SchemaError as error:
        raise NotServable(f"{error}; a category's columns are named field_level") from None


def _records(schema: Schema, table: Table | None) -> tuple[list[dict[str, object]], str]:
    if table is None:
        return made_up(schema), "made from the fields' definitions, not from customers"
    names = [field.name for field in schema.fields]
    cells = [table.column(name) for name in names]
    records: list[dict[str, object]] = [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]
    chosen = choose_records([clean_record(record, schema) for record in records])
    return [records[index] for index in chosen], "customers of the given data; the figures are statsmodels' own"


def made_up(schema: Schema) -> list[dict[str, object]]:
    """Records that meet every level, several sizes of each number, and a gap in each field that allows one."""
    size = max(AT_LEAST, 2 + max(len(field.levels) for field in schema.fields))
    values = {field.name: cycle(_values(field)) for field in schema.fields}
    return [{name: next(found) for name, found in values.items()} for _ in range(size)]


def _values(field: Field) -> list[object]:
    gap: list[object] = [] if field.required else [None]
    if field.kind == "category":
        return [*field.levels, *gap]
    return [*(field.centre + field.scale * step for step in _SPREAD), *gap]


def _figures(results: Any) -> dict[str, Any]:
    return dict(figure for name in ("nobs", "llf", "llnull", "prsquared") for figure in _figure(results, name))


def _figure(results: Any, name: str) -> Iterator[tuple[str, float]]:
    """A figure, if the results still have it: some need the data, which may have been removed."""
    with suppress(AttributeError, TypeError, ValueError):
        yield name, float(getattr(results, name))


def _baseline(table: Table, schema: Schema, design: Design, results: Any) -> Baseline:
    values = {field.name: clean_column(table.column(field.name), field) for field in schema.fields}
    rows = zip(*values.values(), strict=True)
    matrix = np.array([design.values(dict(zip(values, row, strict=True))) for row in rows])
    means = column_means(matrix, design.columns)
    return describe(values, schema, means, np.asarray(results.predict(matrix)), None)._replace(
        source="data given at import"
    )
