"""What makes an artifact refused: each check raises ArtifactError with the reason."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from math import isfinite, sqrt
from operator import mul
from typing import TYPE_CHECKING, Any

from phat.model.answer import Answer, Binary, Classes
from phat.model.errors import ArtifactError
from phat.model.links import INVERSE_LINKS, inverse_link
from phat.preprocessing.schema import SchemaError

if TYPE_CHECKING:
    from phat.model.artifact import Artifact, Golden

_OF_CLASSES = ("logit", "probit")
"""Links of models of ordered classes; those of unordered ones have the first alone."""
MIN_GOLDEN = 20
ASYMMETRY = 1e-9
"""How far, relative to the larger, a covariance may differ from its mirror image."""

INDEFINITE = 1e-6
"""How far below zero, as a correlation, rounding in the fit may have put an eigenvalue of the covariance."""

ANSWERED = frozenset(
    ("id", "business_outcome", "phat", "prediction", "probabilities", "imputed", "interval_lower", "interval_upper",
     "interval_level", "interval_standard_error", "prediction_interval_lower", "prediction_interval_upper",
     "prediction_interval_level", "contribution_constant", "contribution_offset")
)  # fmt: skip
"""Columns of answers, which no field and no model column may be called."""

CONTRIBUTIONS = (
    "contribution", "odds_ratio", "mean_ratio", "relative_contribution", "relative_odds_ratio", "relative_mean_ratio"
)  # fmt: skip
"""What the columns of answers begin with that have a field's contributions."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
KEY = re.compile(r"(?:.+/)?(?P<name>[^/]+)/(?P<version>[0-9a-f]{12})/model\.json")
"""How the key of a published artifact is made."""


def check_artifact(artifact: "Artifact") -> None:
    """Refuse what is inconsistent or not finite."""
    check_name(artifact.name)
    check_answer(artifact.answer)
    _check_link(artifact)
    check_taken({*artifact.schema.names, *artifact.columns})
    _check_texts(artifact)
    _check_contributions(artifact)
    _check_finite(artifact)
    _check_terms(artifact)
    if artifact.covariance is not None:
        _check_covariance(artifact.covariance, len(artifact.coefficients))
    elif artifact.scale is not None:
        raise ArtifactError("scale: there is no covariance that intervals of an observation could rest on")
    if len(artifact.golden) < MIN_GOLDEN:
        raise ArtifactError(f"{len(artifact.golden)} golden records, expected {MIN_GOLDEN} or more")


def check_answer(answer: Answer) -> None:
    """Refuse a cutoff that is no probability, labels that are the same, and classes without what tells them apart."""
    if isinstance(answer, Classes):
        _check_classes(answer)
    elif isinstance(answer, Binary):
        if isinstance(answer.cutoff, bool) or not isinstance(answer.cutoff, int | float):
            raise ArtifactError("cutoff is not a number")
        if not 0 <= answer.cutoff <= 1:
            raise ArtifactError(f"cutoff {answer.cutoff} is not between 0 and 1")
        if answer.labels.event == answer.labels.other:
            raise ArtifactError("both labels are the same")


def _check_classes(answer: Classes) -> None:
    labels, thresholds = answer.labels, answer.thresholds
    if len(labels) < 2 or len(set(labels)) < len(labels):  # of one nothing can be said
        raise ArtifactError(f"classes: got labels {', '.join(labels)}, expected two or more, all different")
    if bool(thresholds) == bool(answer.coefficients):
        raise ArtifactError("classes: expected thresholds, or coefficients by class, and not both")
    if thresholds and len(thresholds) != len(labels) - 1:
        raise ArtifactError(f"classes: {len(thresholds)} thresholds for {len(labels)} classes")
    if not all(map(isfinite, thresholds)) or any(low >= high for low, high in pairwise(thresholds)):
        raise ArtifactError("classes: expected finite thresholds, each above the one before it")
    if answer.coefficients and tuple(answer.coefficients) != labels[1:]:
        raise ArtifactError("classes: expected coefficients for each class but the first, in the labels' order")


def _check_texts(artifact: "Artifact") -> None:
    """Refuse texts about outcomes and fields that the model does not have."""
    answer, texts = artifact.answer, artifact.texts
    labels = answer.labels if isinstance(answer, Binary | Classes) else ()
    named = {"texts.outcomes": texts.outcomes, "texts.actions": texts.actions, "texts.good": filter(None, [texts.good])}
    for place, keys in named.items():
        if odd := [key for key in keys if key not in labels]:
            has = f"it has {', '.join(labels)}" if labels else "it has none"
            raise ArtifactError(f"{place}: {odd[0]!r} is no outcome of the model; {has}")
    for number, record in enumerate(texts.examples, 1):
        if odd := sorted(record.keys() - artifact.schema.names) or ([] if record else ["nothing"]):
            raise ArtifactError(f"texts.examples: example {number}: got {odd[0]!r}, expected fields of the model")


def _check_contributions(artifact: "Artifact") -> None:
    """Refuse a column that is called as the contribution of a field is in answers."""
    named = {f"{figure}_{field}" for figure in CONTRIBUTIONS for field in artifact.schema.names}
    if isinstance(artifact.answer, Classes):
        named |= set(artifact.answer.figures)
    if taken := sorted(named.intersection(artifact.columns)):
        raise ArtifactError(f"column {taken[0]}: answers have a column of that name; rename the field that makes it")


def check_name(name: str) -> None:
    """Refuse a model's name that is no part of a key."""
    if not _NAME.fullmatch(name):
        raise ArtifactError(f"name {name!r} is not made of letters, digits, '.', '_' and '-' (40 at most)")


def _check_link(artifact: "Artifact") -> None:
    link, answer = artifact.link, artifact.answer
    if inverse_link(link) is None:
        raise ArtifactError(f"link {link!r} is not one of {', '.join(INVERSE_LINKS)}, power(p), nbinom(alpha)")
    if isinstance(answer, Classes) and link not in _OF_CLASSES[: 2 if answer.thresholds else 1]:
        raise ArtifactError(f"link {link!r} does not go with classes")


def check_taken(names: Collection[str]) -> None:
    """Refuse names of fields and columns that answers have columns of."""
    if taken := sorted(ANSWERED.intersection(names)):
        raise ArtifactError(f"field or column {taken[0]}: answers have a column of that name; rename it")


def _check_finite(artifact: "Artifact") -> None:
    for place, value in _numbers(artifact):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ArtifactError(f"{place} is not a number")
        if not isfinite(value):
            raise ArtifactError(f"{place} is not finite")


def _numbers(artifact: "Artifact") -> Iterator[tuple[str, Any]]:
    for name, value in artifact.coefficients.items():
        yield f"coefficient {name}", value
    if isinstance(artifact.answer, Classes):
        for label, by_column in artifact.answer.coefficients.items():
            yield from ((f"coefficient {name} of {label}", value) for name, value in by_column.items())
    yield from (
        (name, value) for name in ("scale", "degrees_of_freedom") if (value := getattr(artifact, name)) is not None
    )
    for index, row in enumerate(artifact.covariance or ()):
        yield from ((f"covariance row {index + 1}", value) for value in row)
    for field in artifact.schema.fields:
        if isinstance(field.fill, float | int):
            yield f"field {field.name}", field.fill
    for index, golden in enumerate(artifact.golden):
        yield from ((f"golden record {index + 1}", value) for value in _figures(golden) if value is not None)


def _figures(golden: "Golden") -> tuple[float | None, ...]:
    return golden.answer, golden.linear_predictor, golden.standard_error, *golden.probabilities


def _check_terms(artifact: "Artifact") -> None:
    classes = artifact.answer if isinstance(artifact.answer, Classes) else None
    equations = [*classes.coefficients.values()] if classes and classes.coefficients else [artifact.coefficients]
    if any(tuple(by_column) != artifact.terms.names for by_column in equations):
        raise ArtifactError("columns: they are not those of the coefficients, in the same order")
    if classes and classes.coefficients and (artifact.coefficients or artifact.covariance or artifact.terms.offset):
        raise ArtifactError("classes with coefficients of their own have no others, no covariance and no offset")
    if not all((value := getattr(artifact, name)) is None or value > 0 for name in ("scale", "degrees_of_freedom")):
        raise ArtifactError("scale and degrees of freedom: expected numbers above 0")
    size = len(classes.labels) if classes else 0
    if any(len(golden.probabilities) != size for golden in artifact.golden):
        raise ArtifactError(f"golden records: expected {size} probabilities in each")
    try:
        artifact.terms.check(artifact.schema)
    except SchemaError as error:
        raise ArtifactError(f"columns: {error}") from error


def _check_covariance(covariance: tuple[tuple[float, ...], ...], size: int) -> None:
    if len(covariance) != size or any(len(row) != size for row in covariance):
        raise ArtifactError(f"the covariance is not {size} by {size}, as the coefficients are")
    for i, row in enumerate(covariance):
        if row[i] < 0:
            raise ArtifactError(f"the covariance has a negative variance in row {i + 1}")
        for j in range(i):
            if abs(row[j] - covariance[j][i]) > ASYMMETRY * max(abs(row[j]), abs(covariance[j][i])):
                raise ArtifactError(f"the covariance is not symmetric at row {i + 1}, column {j + 1}")

    if not is_positive(covariance):
        raise ArtifactError("the covariance is not positive: a combination of columns would have a negative variance")


def is_positive(covariance: Sequence[Sequence[float]]) -> bool:
    """Whether a symmetric matrix (k by k) is positive semidefinite, within `INDEFINITE` of its correlations.

    Adding that to the diagonal makes every eigenvalue positive, so that Cholesky's factor exists. Source: Higham,
    Accuracy and Stability of Numerical Algorithms, 2nd ed., 10.1.
    """
    scales = [sqrt(row[i]) or 1.0 for i, row in enumerate(covariance)]
    factor: list[list[float]] = []
    for row, scale in zip(covariance, scales, strict=True):
        row_factor: list[float] = []
        for other, divisor, value in zip(factor, scales, row, strict=False):
            row_factor.append((value / scale / divisor - sum(map(mul, row_factor, other))) / other[-1])
        rest = row[len(row_factor)] / scale / scale + INDEFINITE - sum(map(mul, row_factor, row_factor))
        if not rest > 0:  # not NaN either
            return False
        factor.append([*row_factor, sqrt(rest)])
    return True


def check_key(key: str, name: str, version: str) -> None:
    """Refuse an artifact that does not belong under its key, `[prefix/]NAME/VERSION/model.json`."""
    match = KEY.fullmatch(key)
    if not match:
        raise ArtifactError(f"key {key!r} is not of the form [prefix/]NAME/VERSION/model.json")
    if match["name"] != name:
        raise ArtifactError(f"the key names model {match['name']!r}, the artifact {name!r}")
    if match["version"] != version:
        raise ArtifactError(f"the key names version {match['version']}, the artifact is {version}")
