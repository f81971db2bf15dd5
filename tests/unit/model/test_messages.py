"""What is said of a model that cannot be served, word for word."""

import json
from dataclasses import replace
from typing import Any

import pytest

from phat.model.artifact import Artifact
from phat.model.errors import ArtifactError, NotConfigured
from phat.model.links import complementary_log_log
from phat.model.model import TOLERANCE, Model, agrees
from phat.model.pin import MAX_BYTES
from phat.model.predict import Predictor
from phat.model.store import Pin
from phat.preprocessing.errors import RecordError

SET = {"MODEL_BUCKET": "b", "MODEL_KEY": "k", "MODEL_SHA256": "0" * 64}


def test_pins() -> None:
    """What is not set is named; a checksum of another form is quoted in part."""
    with pytest.raises(NotConfigured) as found:
        Pin.from_environment({"MODEL_BUCKET": "b"})
    assert (found.value.public, str(found.value)) == ("no model configured", "not set: MODEL_KEY, MODEL_SHA256")
    with pytest.raises(NotConfigured) as found:
        Pin.from_environment(SET | {"MODEL_SHA256": "A" * 90})
    assert found.value.public == "the model is configured wrongly"
    assert str(found.value) == f"MODEL_SHA256: got '{'A' * 80}', expected 64 lower-case hexadecimal digits"
    assert Pin.from_environment(SET) == Pin("b", "k", "0" * 64)


def test_numbers_too_large(model: Model) -> None:
    """A linear predictor beyond the range is told as such."""
    with pytest.raises(ExceptionGroup) as found:
        Predictor(replace(model.artifact, coefficients=dict.fromkeys(model.artifact.columns, 1e308))).predict_one(
            {"x12": "5", "x44": "5", "x53": "5"}
        )
    [error] = found.value.exceptions
    assert isinstance(error, RecordError)
    assert found.value.message == "bad record"
    expected = "numbers for which the linear predictor stays within the range of 64-bit floats"
    assert str(error) == f"got numbers too large, expected {expected}"


def test_tolerance() -> None:
    """Figures agree up to the tolerance, absolute below 1 and relative above."""
    assert agrees(TOLERANCE, 0.0)
    assert not agrees(1.5 * TOLERANCE, 0.0)
    assert agrees(1000 + 500 * TOLERANCE, 1000)
    assert not agrees(0.5 + 1.5 * TOLERANCE, 0.5)


def test_cloglog_beyond_the_range() -> None:
    """The inverse link is 1 where its exponential would overflow."""
    assert complementary_log_log(1e6) == 1.0


@pytest.mark.parametrize("size", [MAX_BYTES, MAX_BYTES + 1])
def test_largest_file(size: int) -> None:
    """A file of the largest size is read, a larger one is not."""
    with pytest.raises(ArtifactError) as found:
        Artifact.from_bytes(b" " * size)
    assert (f"at most {MAX_BYTES}" in str(found.value)) == (size > MAX_BYTES)


def changed(artifact_bytes: bytes, **parts: Any) -> bytes:
    """The reference artifact with other parts."""
    return json.dumps(json.loads(artifact_bytes) | parts).encode()


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (
            {"answer": {"kind": "binary", "cutoff": 0.5, "labels": {"event": "same", "other": "same"}}},
            "both labels are the same",
        ),
        ({"golden": [5]}, "golden record 1 is not an object"),
        ({"covariance": [5]}, "covariance: a row is no list"),
        ({"odd": 1, "more": 2}, "the artifact: keys unknown: more, odd"),
    ],
)
def test_refused_artifacts(artifact_bytes: bytes, parts: dict[str, Any], told: str) -> None:
    """The reason is said in full."""
    with pytest.raises(ArtifactError) as found:
        Artifact.from_bytes(changed(artifact_bytes, **parts))
    assert str(found.value) == told


def test_zero_variance_is_no_negative_one(artifact_bytes: bytes) -> None:
    """A column whose coefficient is known exactly has a variance of 0, which is allowed."""
    covariance = json.loads(artifact_bytes)["covariance"]
    for index in range(len(covariance)):
        covariance[0][index] = covariance[index][0] = 0.0
    assert Artifact.from_bytes(changed(artifact_bytes, covariance=covariance)).known_covariance[0][0] == 0.0
