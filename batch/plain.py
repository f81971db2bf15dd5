"""Models that whole files and SQL take: binary ones whose columns are scaled numbers and levels."""

from collections.abc import Mapping

from phat.model.artifact import Artifact
from phat.preprocessing.terms import NotPlain, PlainLevels, PlainNumber
from phat.storage.errors import FilesError

Plain = Mapping[str, PlainNumber | PlainLevels]
"""Of each field its one column with centre and scale, or the column of each level that has one."""


def read_plain(artifact: Artifact, what: str, error: type[FilesError] = FilesError) -> Plain:
    """The model's columns by field; `error` says that `what` does not take the model, and why."""
    try:
        return artifact.terms.plain(artifact.schema)
    except NotPlain as reason:
        raise error(
            f"model {artifact.name}: {reason}; {what} does not take such models yet, the endpoint does"
        ) from None
