"""Models that whole files and SQL take: those of two outcomes whose columns are scaled numbers and levels."""

from collections.abc import Mapping

from phat.model.answer import Binary
from phat.model.artifact import Artifact
from phat.preprocessing.terms import NotPlain, PlainLevels, PlainNumber
from phat.storage.errors import FilesError

_LINKS = ("logit", "probit", "cloglog")

Plain = Mapping[str, PlainNumber | PlainLevels]
"""Of each field its one column with centre and scale, or the column of each level that has one."""


def read_plain(artifact: Artifact, what: str, error: type[FilesError] = FilesError) -> Plain:
    """The model's columns by field; `error` says that `what` does not take the model, and why."""
    reason: object = _other_kind(artifact)
    try:
        if reason:
            raise NotPlain(reason)
        return artifact.terms.plain(artifact.schema)
    except NotPlain as reason:
        raise error(
            f"model {artifact.name}: {reason}; {what} does not take such models yet, the endpoint does"
        ) from None


def _other_kind(artifact: Artifact) -> str | None:
    """What of a model's answers is not taken."""
    if not isinstance(artifact.answer, Binary):
        return f"it answers {artifact.answer.kind}"
    if artifact.link not in _LINKS:
        return f"its link is {artifact.link}"
    return "it has no covariance" if artifact.covariance is None else None
