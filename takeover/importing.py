"""From a pickled statsmodels result to an artifact, with definitions of its fields or with the raw rows alone."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from phat.batch.dialects.options import PLAIN, Dialect
from phat.model.artifact import Artifact
from phat.preprocessing.schema import Schema
from phat.takeover.defining import Said, define_formula, define_recognised
from phat.takeover.definitions import Definitions, name_of, read_definitions
from phat.takeover.drafts import read_fields
from phat.takeover.export import Source, export
from phat.takeover.fitted import Fitted, read_fit
from phat.takeover.formulas.compile import design_of, frame_of
from phat.takeover.frames import raw_of
from phat.takeover.pickles import load_pickle
from phat.takeover.recognition.raw_columns import RawRows
from phat.training.data import Table, file_checksum, read_table
from phat.training.errors import ConfigError
from phat.training.raw import Raw, raw_of_table, read_expected


class OnTop(NamedTuple):
    """What a person says on top: a file of `fields`, how the raw records are written, and whether they may be `shown`.

    Golden records are raw ones, if these may be shown.
    """

    fields: Path | None = None
    shown: bool = True
    dialect: Dialect = PLAIN


NOTHING = OnTop()


def import_results(
    pickled: Path,
    preprocessing: Path | None,
    data: Path | None = None,
    expected: Path | None = None,
    on_top: OnTop = NOTHING,
) -> Artifact:
    """Make the artifact of a pickled result; the pickle must be trusted, as loading it runs code that it names.

    `preprocessing` are definitions (`phat.takeover.definitions`), read before the pickle is loaded; without them the
    columns of the fit are recognised in `data`, a CSV of raw records that prove the fit, or told by its formula, with
    what the fields `on_top` say (`phat.takeover.drafts`). `expected` is a file of raw records with statsmodels'
    predictions (`phat.training.raw`), as `phat.takeover.export` takes them. Raises a TrainingError, or ArtifactError,
    which says in words what is wrong.
    """
    definitions = None if preprocessing is None else read_definitions(preprocessing, pickled)
    said = {} if on_top.fields is None else read_fields(on_top.fields)
    if said and preprocessing is not None:
        raise ConfigError("the definitions say what the fields are: give either --preprocessing or --fields")
    fit = read_fit(load_pickle(pickled), None if definitions is None else definitions.columns)
    if definitions is not None and design_of(fit.results) is not None:
        raise ConfigError("the fit was made by a formula, which says what its fields are: leave out --preprocessing")
    table = None if data is None else read_table(data, dialect=on_top.dialect)
    raw: Callable[[Schema], Raw] | None = None if table is None else partial(raw_of_table, table, str(data))
    source = Source(
        f"phat import, from {pickled.name}",
        data.name if data else None,
        file_checksum(data) if data else None,
        shown=on_top.shown,
        notices=table.notices if table else (),
    )
    if design_of(fit.results) is not None and data is None and expected is None:
        raw, source = partial(raw_of, frame_of(fit.results)), source._replace(on="the fit's own frame")
    return export(
        fit,
        definitions or _told(fit, pickled, table, said),
        raw,
        (lambda schema, answer: read_expected(expected, schema, answer)) if expected else None,
        source,
    )


def _told(fit: Fitted, pickled: Path, table: Table | None, said: Said) -> Definitions:
    """The definitions that the fit tells: by its formula, or by the numbers of its columns."""
    name = {"name": name_of(pickled)}
    if design_of(fit.results) is not None:
        return define_formula(fit, said, name, None if table is None else table.columns)
    if table is None:
        raise ConfigError(
            "neither definitions of the fields (--preprocessing) nor raw records (--data) say what the columns are"
        )
    if fit.exog is None:
        raise ConfigError(
            "the results have lost their data (remove_data), so that nothing can be recognised in raw records: give "
            "definitions of the fields (--preprocessing)"
        )
    return define_recognised(fit, said, name, RawRows(table.columns, range(table.rows)))
