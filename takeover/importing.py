"""From a pickled statsmodels result to an artifact, with definitions of its fields or with the raw rows alone."""

from pathlib import Path

from phat.model.artifact import Artifact
from phat.takeover.defining import define_recognised
from phat.takeover.definitions import Definitions, name_of, read_definitions
from phat.takeover.export import Source, export
from phat.takeover.fitted import Fitted, read_fit
from phat.takeover.pickles import load_pickle
from phat.takeover.recognition.raw_columns import RawRows
from phat.training.data import file_checksum, read_csv
from phat.training.errors import ConfigError
from phat.training.raw import read_expected, read_raw


def import_results(
    pickled: Path, preprocessing: Path | None, data: Path | None = None, expected: Path | None = None
) -> Artifact:
    """Make the artifact of a pickled result; the pickle must be trusted, as loading it runs code that it names.

    `preprocessing` are definitions (`phat.takeover.definitions`), read before the pickle is loaded; without them the
    columns of the fit are recognised in `data`, a CSV of raw records that prove the fit. `expected` is a file of raw
    records with statsmodels' predictions (`phat.training.raw`), as `phat.takeover.export` takes them. Raises a
    TrainingError, or ArtifactError, which says in words what is wrong.
    """
    definitions = None if preprocessing is None else read_definitions(preprocessing, pickled)
    fit = read_fit(load_pickle(pickled), None if definitions is None else definitions.columns)
    return export(
        fit,
        definitions or _recognised(fit, pickled, data),
        (lambda schema: read_raw(data, schema)) if data else None,
        (lambda schema, answer: read_expected(expected, schema, answer)) if expected else None,
        Source(
            f"phat import, from {pickled.name}",
            data.name if data else None,
            file_checksum(data) if data else None,
        ),
    )


def _recognised(fit: Fitted, pickled: Path, data: Path | None) -> Definitions:
    if data is None:
        raise ConfigError(
            "neither definitions of the fields (--preprocessing) nor raw records (--data) say what the columns are"
        )
    if fit.exog is None:
        raise ConfigError(
            "the results have lost their data (remove_data), so that nothing can be recognised in raw records: give "
            "definitions of the fields (--preprocessing)"
        )
    table = read_csv(data)
    return define_recognised(fit, {}, {"name": name_of(pickled)}, RawRows(table.columns, range(table.rows)))
