"""The table from exceptions to problems."""

import pytest

from phat.api import errors
from phat.api.problems import TABLE, problem_for
from phat.model.errors import ModelError, ModelRefused, ModelUnavailable
from phat.preprocessing.errors import InvalidRecords, UnknownLevel


def test_every_request_error_has_its_status() -> None:
    """Each kind of bad request is in the table itself, under 4xx, so that none falls through to 500."""
    kinds = errors.RequestError.__subclasses__()
    assert kinds
    assert all(400 <= TABLE[kind][0] < 500 for kind in kinds)


def test_types_are_told_apart() -> None:
    """No two kinds share a problem type."""
    assert len({slug for _, slug, _ in TABLE.values()}) == len(TABLE)


@pytest.mark.parametrize(
    "error", [ValueError("secret"), ModelError("secret"), KeyError("secret"), UnicodeError("secret")]
)
def test_unforeseen_errors_tell_nothing(error: Exception) -> None:
    """What is not in the table is a 500 without its message."""
    problem = problem_for(error)
    assert problem.status == 500
    assert "secret" not in str(problem.body)


def test_unavailable_tells_its_public_reason() -> None:
    """Of a model that cannot be served the public reason is told, not the one for the log; and to try again."""
    problem = problem_for(ModelRefused("the model file was refused", "s3://secret"))
    assert (problem.status, problem.body["detail"]) == (503, "the model file was refused")
    assert problem.headers["Retry-After"]
    assert problem_for(ModelUnavailable("x", "y")).body["type"] == problem.body["type"]


def test_records_are_counted_in_words() -> None:
    """One error in one record is told in the singular, and lists its place and code."""
    error = UnknownLevel("'x'", "one of a, b", row=3, field="f")
    body = problem_for(InvalidRecords([error], 1, 1)).body
    assert body["detail"] == "1 error in 1 record; nothing was scored"
    expected = {"row": 3, "field": "f", "code": "unknown_level", "detail": "got 'x', expected one of a, b"}
    assert (body["errors"], body["total"]) == ([expected], 1)


def test_allow_names_the_methods() -> None:
    """A 405 carries Allow."""
    assert problem_for(errors.MethodNotAllowed(("GET", "HEAD"))).headers == {"Allow": "GET, HEAD"}
