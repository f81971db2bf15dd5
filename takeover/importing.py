"""From a pickled statsmodels result and a file of definitions to an artifact."""

from pathlib import Path

from phat.model.artifact import Artifact
from phat.takeover.definitions import read_definitions
from phat.takeover.export import Source, export
from phat.takeover.fitted import read_fit
from phat.takeover.pickles import load_pickle
from phat.training.data import file_checksum
from phat.training.raw import read_expected, read_raw


def import_results(
    pickled: Path, preprocessing: Path, data: Path | None = None, expected: Path | None = None
) -> Artifact:
    """Make the artifact of a pickled result; the pickle must be trusted, as loading it runs code that it names.

    `preprocessing` are definitions (`phat.takeover.definitions`), read before the pickle is loaded. `data` is a CSV of
    raw records that prove the fit, and `expected` a file of raw records with statsmodels' predictions
    (`phat.training.raw`), as `phat.takeover.export` takes them. Raises a TrainingError, or ArtifactError, which says in
    words what is wrong.
    """
    definitions = read_definitions(preprocessing, pickled)
    fit = read_fit(load_pickle(pickled), definitions.columns)
    return export(
        fit,
        definitions,
        (lambda schema: read_raw(data, schema)) if data else None,
        (lambda schema: read_expected(expected, schema)) if expected else None,
        Source(
            f"phat import, from {pickled.name}",
            data.name if data else None,
            file_checksum(data) if data else None,
        ),
    )
