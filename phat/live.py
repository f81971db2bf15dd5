"""Live statsmodels results, data frames and definitions of a notebook to an artifact."""

import warnings
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from phat.model.artifact import Artifact
from phat.model.provenance import ProofOn
from phat.preprocessing.cells import plain_data
from phat.takeover.defining import define_complete, define_formula, define_plain, define_recognised
from phat.takeover.definitions import Definitions
from phat.takeover.export import Source, export
from phat.takeover.fitted import Fitted, read_fit
from phat.takeover.formulas.compile import design_of, frame_of
from phat.takeover.frames import columns_of, expected_of, raw_of
from phat.takeover.recognition.raw_columns import RawRows
from phat.training.errors import ConfigError

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
    *,
    shown: bool = True,
) -> Artifact:
    """Make the artifact of results, as `phat.export` says; `texts` are other keys of the definitions.

    Golden records are some of the data's only if these may be `shown`. A notice is warned of (ExportNotice).
    """
    plain = plain_data(texts)
    fit = read_fit(results, plain.get("columns"))
    said = _said(fields)
    on: ProofOn = "given data"
    if design_of(results) is None:
        definitions = _define(fit, data, said, plain)
    else:
        if data is None and expected is None:
            data, on = frame_of(results), "the fit's own frame"
        definitions = define_formula(fit, said or {}, plain, None if data is None else columns_of(data, "data"))
    artifact = export(
        fit,
        definitions,
        None if data is None else partial(raw_of, data),
        None if expected is None else partial(expected_of, expected),
        Source("phat.export", on=on, shown=shown),
    )
    for notice in artifact.provenance.notices:
        warnings.warn(notice, ExportNotice, stacklevel=3)
    return artifact


def _said(fields: object) -> dict[str, Any] | None:
    """What a person says of fields, as plain data."""
    if fields is None:
        return None
    said = plain_data(fields)
    if not isinstance(said, dict) or not all(isinstance(field, dict) for field in said.values()):
        raise ConfigError('fields: expected definitions by name, such as {"age": {"centre": 45, "scale": 15}}')
    return said


def _define(
    fit: Fitted, data: "pd.DataFrame | None", said: dict[str, Any] | None, plain: dict[str, Any]
) -> Definitions:
    """The definitions that a person gives, or those that the columns of the fit and the data tell."""
    if data is None or fit.exog is None:
        return define_plain(fit, said, plain)
    columns = columns_of(data, "data")
    given = None if said is None else define_complete(fit, said, plain, columns)
    return given or define_recognised(fit, said or {}, plain, RawRows(columns, data.index.tolist()))
