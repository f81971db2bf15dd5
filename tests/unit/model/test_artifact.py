"""The artifact: written and read without losing a bit, frozen in memory."""

import json
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.model.answer import Binary
from phat.model.artifact import Artifact, checksum, version
from phat.model.model import Model
from phat.model.provenance import Provenance

finite = st.floats(allow_nan=False, allow_infinity=False)


def test_same_artifact_same_bytes(artifact_bytes: bytes) -> None:
    """Reading and writing gives the very file."""
    assert Artifact.from_bytes(artifact_bytes).to_bytes() == artifact_bytes


@settings(deadline=None)
@given(st.lists(finite, min_size=25, max_size=25), st.floats(0, 1), st.lists(finite, max_size=5))
def test_no_bit_is_lost(model: Model, coefficients: list[float], cutoff: float, figures: list[float]) -> None:
    """Every float comes back as it was: subnormal, negative zero, all 17 digits."""
    named = dict(zip(model.artifact.columns, coefficients, strict=True))
    provenance = Provenance(fit={f"figure {number}": figure for number, figure in enumerate(figures)})
    written = replace(
        model.artifact, coefficients=named, answer=Binary(cutoff, model.artifact.labels), provenance=provenance
    )
    found = Artifact.from_bytes(written.to_bytes())
    assert found == written
    assert repr(dict(found.coefficients)) == repr(named)
    assert repr((found.cutoff, list(found.provenance.fit.values()))) == repr((cutoff, figures))


def test_columns_keep_the_order_of_the_fit(model: Model, artifact_bytes: bytes) -> None:
    """Columns come in the file's order, which is that of the covariance."""
    assert list(model.artifact.columns) == list(json.loads(artifact_bytes)["coefficients"])


def test_version_is_the_beginning_of_the_checksum(model: Model, artifact_bytes: bytes) -> None:
    """The version is derived from the bytes: the first 12 digits of their SHA-256."""
    digest = sha256(artifact_bytes).hexdigest()
    assert checksum(artifact_bytes) == model.sha256 == digest
    assert version(digest) == model.version == digest[:12]


def test_frozen_through_and_through(model: Model) -> None:
    """Nothing of an artifact in memory can be changed, however deep."""
    artifact = model.artifact
    with pytest.raises(FrozenInstanceError):
        artifact.link = "probit"  # type: ignore[misc]
    baseline, provenance = artifact.baseline, artifact.provenance
    assert baseline is not None
    assert provenance.evaluation is not None
    parts: list[Any] = [artifact.schema, artifact.texts, baseline, baseline.score, provenance, provenance.proof]
    for part in parts:
        with pytest.raises(AttributeError):
            part.fields = ()
    mappings: list[Mapping[str, object]] = [
        artifact.coefficients, artifact.golden[0].record, artifact.texts.units, baseline.fields, baseline.columns,
        provenance.fit, provenance.libraries, provenance.evaluation.figures,
    ]  # fmt: skip
    for mapping in mappings:
        with pytest.raises(TypeError):
            mapping["x12"] = 1.0  # type: ignore[index]
    assert baseline.score is not None
    assert isinstance(baseline.score.edges, tuple)


def test_frozen_apart_from_what_it_was_made_of(model: Model) -> None:
    """Changing the data an artifact was made of does not change the artifact."""
    coefficients = dict(model.artifact.coefficients)
    copy = replace(model.artifact, coefficients=coefficients)
    coefficients["x12"] = 99.0
    assert copy.coefficients["x12"] != 99.0
