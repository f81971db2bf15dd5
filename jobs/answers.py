"""What the checks get as an answer, and what makes them refuse it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from phat.model.model import agrees

JSON = "application/json"
OUT_OF_SERVICE = 503


class CheckFailed(Exception):
    """What was checked does not answer as it must; the message says where, got and expected."""


class Answer(NamedTuple):
    """An answer to a request: its status and its JSON object."""

    status: int
    body: Mapping[str, Any]


def check_status(answer: Answer, expected: int, what: str) -> None:
    """CheckFailed if an answer has another status."""
    if answer.status != expected:
        body = answer.body
        reason = body.get("detail") or body.get("title") or body.get("message") or "no reason given"
        raise CheckFailed(f"{what}: got status {answer.status} ({str(reason)[:200]}), expected {expected}")


def check_predictions(answer: Answer, what: str, version: str, expected: Sequence[Sequence[float]]) -> None:
    """CheckFailed unless an answer is of this model version and has these figures for each record, in order.

    The figures of a record are `phat`, `prediction`, or the `probabilities` in the classes' order.
    """
    check_status(answer, 200, what)
    if answer.body.get("version") != version:
        raise CheckFailed(f"{what}: got model version {answer.body.get('version')}, expected {version}")
    predictions = answer.body.get("predictions")
    if not isinstance(predictions, list) or len(predictions) != len(expected):
        size = f"{len(predictions)} predictions" if isinstance(predictions, list) else "no list of predictions"
        raise CheckFailed(f"{what}: got {size}, expected {len(expected)}")
    for row, (prediction, figures) in enumerate(zip(predictions, expected, strict=True), 1):
        got = _figures(prediction)
        if len(got) != len(figures) or not all(isinstance(each, float | int) for each in got):
            raise CheckFailed(f"{what}, record {row}: got {got!r}, expected {figures!r}")
        if not all(map(agrees, got, figures)):
            raise CheckFailed(f"{what}, record {row}: got {got!r}, expected {figures!r}")


def _figures(prediction: object) -> Sequence[Any]:
    """The figures of a prediction, whatever its kind."""
    if not isinstance(prediction, dict):
        return ()
    probabilities = prediction.get("probabilities")
    if isinstance(probabilities, dict):
        return [*probabilities.values()]
    return [prediction[name] for name in ("phat", "prediction") if name in prediction]
