"""A captured decision made again by the very model that made it, to the last bit."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from phat.batch.finding import read_whole
from phat.model.answer import Binary, Classes
from phat.model.coarse import Steps
from phat.model.explain import PROBABILITY, REAL, standard_error, wald_interval
from phat.model.model import Model
from phat.model.predict import Prediction
from phat.model.student import quantile
from phat.monitoring.errors import CannotReplay
from phat.monitoring.lines import Record
from phat.preprocessing.names import ID
from phat.storage.errors import NoSuchFile

_FOLDERS = ("", "models")
"""Where published models lie below a place: `publish` puts them below models/."""


class Replay(NamedTuple):
    """A captured record, with the head of its request, and the model's answer to its values now.

    `differences` are sentences about what is not the same, of which there should be none. With `coarse` the capture has
    the score in steps, of classes the outcome alone, and no more than that is compared.
    """

    record: Record
    model: Model
    prediction: Prediction
    differences: tuple[str, ...]
    coarse: bool


Models = Callable[[str, str], Model]
"""The model of a name and a version; CannotReplay if there is none."""


def replay(record: Record, models: Models) -> Replay:
    """Answer a captured record again, of which `monitoring.forgetting.find` has the head too.

    CannotReplay says why it cannot be: fields that were left out or hashed, a model that is not there, or one that
    refuses the record.
    """
    name, version = str(record["model"]), str(record["model_version"])
    values = dict(record["values"])
    if hidden := [*_hidden(record, values)]:
        raise CannotReplay(f"the capture hides {', '.join(hidden)}: without them the decision cannot be made again")
    model = models(name, version)
    if lacking := sorted(model.artifact.schema.names - values.keys()):
        raise CannotReplay(f"the capture lacks {', '.join(lacking)} of model {name} {version}")
    try:
        prediction = model.predictor.predict_one(values)
    except ExceptionGroup as group:
        raise CannotReplay(f"model {name} {version} refuses the captured values: {group.exceptions[0]}") from None
    coarse = bool(record.get("coarse", False))
    return Replay(record, model, prediction, tuple(_differences(record, model, prediction, coarse)), coarse)


def _hidden(record: Record, values: dict[str, Any]) -> Iterator[str]:
    """Fields of which no value is known: a hashed gap is still one."""
    yield from (f"{field} (left out)" for field in record.get("left_out", ()) if field != ID)
    for field in record.get("hashed", ()):
        if values.get(field) is not None:
            yield f"{field} (hashed)"


def _differences(record: Record, model: Model, prediction: Prediction, coarse: bool) -> Iterator[str]:
    """What is another answer than the captured one."""
    answer = model.artifact.answer
    if isinstance(answer, Classes):
        yield from _difference("outcome", record["outcome"], prediction.outcome)
        if not coarse:
            yield from _difference("probabilities", record["probabilities"], list(prediction.probabilities))
        return
    [name] = answer.figures
    score = Steps(model.artifact.baseline).mean(prediction.answer) if coarse else prediction.answer
    yield from _difference(name, record[name], score)
    if isinstance(answer, Binary):
        yield from _difference("event", record["event"], prediction.outcome == answer.labels.event)


def _difference(name: str, then: object, now: object) -> Iterator[str]:
    if then != now:
        yield f"{name} was {then!r}, and is {now!r}"


def explanation(of: Replay, level: float) -> dict[str, Any]:
    """The answer, its interval and contributions, where the model has them, as plain data."""
    artifact, prediction = of.model.artifact, of.prediction
    figures = zip(artifact.answer.figures, prediction.probabilities or (prediction.answer,), strict=True)
    shown: dict[str, Any] = {"business_outcome": prediction.outcome} if prediction.outcome else {}
    shown |= dict(figures)
    if artifact.covariance is not None and not isinstance(artifact.answer, Classes):
        error = standard_error(prediction.values, artifact.covariance)
        within = PROBABILITY if isinstance(artifact.answer, Binary) else REAL
        size = quantile(level, artifact.degrees_of_freedom)
        bounds = wald_interval(prediction.linear_predictor, error, size, of.model.predictor.inverse_link, within)
        shown["interval"] = {**bounds._asdict(), "level": level}
    if artifact.coefficients:
        parts = of.model.explainer.contributions(prediction.values, prediction.offset)
        shown["contributions"] = {
            "linear_predictor": prediction.linear_predictor,
            "constant": of.model.explainer.constant,
            "fields": [part._asdict() for part in sorted(parts, key=lambda part: -abs(part.value))],
        }
    return shown


def models_at(place: str) -> Models:
    """The models of a place: one file, or published ones below a folder or s3:// prefix, each read once."""

    @lru_cache(maxsize=16)
    def load(name: str, version: str) -> Model:
        tried = [place] if PurePosixPath(place).suffix == ".json" else list(_names(place, name, version))
        for file in tried:
            try:
                model = Model.from_bytes(read_whole(file))
            except (NoSuchFile, FileNotFoundError):
                continue
            if model.version != version:
                raise CannotReplay(f"{file}: it is version {model.version}; version {version} of {name} decided this")
            return model
        raise CannotReplay(f"version {version} of model {name} is not there; looked for {' and '.join(tried)}")

    return load


def _names(place: str, name: str, version: str) -> Iterator[str]:
    for folder in _FOLDERS:
        yield "/".join(part for part in (place.rstrip("/"), folder, name, version, "model.json") if part)
