"""A function without its model says so, and serves as soon as the model is there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from phat.model.store import Pin
from tests.e2e.function import REFERENCE, Function, running
from tests.gateway import Answer, event

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MISSING_BUCKET = "phat-e2e-later"


@pytest.fixture
def early(image: str, settings: dict[str, str], s3: "S3Client") -> Iterator[Function]:
    """The function, deployed before its bucket has the model."""
    s3.create_bucket(Bucket=MISSING_BUCKET)
    with running(image, settings | {"MODEL_BUCKET": MISSING_BUCKET, "MODEL_VERSION_ID": ""}) as started:
        yield started


@pytest.fixture
def bare(image: str) -> Iterator[Function]:
    """The function as the first deployment makes it: no model named."""
    with running(
        image, dict.fromkeys(("MODEL_BUCKET", "MODEL_KEY", "MODEL_SHA256", "MODEL_VERSION_ID"), "")
    ) as started:
        yield started


def assert_unavailable(answer: Answer) -> None:
    """The answer is a 503 problem."""
    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")


def test_serves_once_the_model_appears(early: Function, pin: Pin, s3: "S3Client") -> None:
    """A missing object is a 503 and a counted failure; the request after it appeared is answered."""
    assert_unavailable(early.invoke(event("predict")))
    assert any("ModelLoadFailure" in record for record in early.records())
    s3.put_object(Bucket=MISSING_BUCKET, Key=pin.key, Body=REFERENCE.read_bytes())
    assert early.invoke(event("predict")).json()["predictions"][0]["phat"] == 0.7224644184562925


@pytest.mark.parametrize("name", ["predict", "model", "health"])
def test_no_model_configured(bare: Function, name: str) -> None:
    """Without a named model every route answers 503 and says why."""
    answer = bare.invoke(event(name))
    assert_unavailable(answer)
    assert "no model configured" in answer.body
