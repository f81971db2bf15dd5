"""The figures of `phat evaluate --json`, as far as a card shows them."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

import orjson

from phat.model.artifact import Artifact
from phat.model.coefficients import coefficients
from phat.model.errors import ModelError

Figures = Mapping[str, float]

_RATES = {
    "event_rate": "happened",
    "mean_phat": "the model says",
    "selection_rate": "called",
    "true_positive_rate": "called, of the events",
    "false_positive_rate": "called, of the others",
    "accuracy": "the likeliest class happened",
    "predicted": "predicted, on average",
    "happened": "happened, on average",
    "mean_error": "off by, on average",
    "mae": "mean absolute error",
}
AMOUNTS = ("predicted", "happened", "mean_error", "mae")
"""Those that are no shares."""
_FIGURES = ("brier", "log_loss", "average_precision")


class Group(NamedTuple):
    """Of the records of a group: how many, and rates by name; (value, lower, upper) or the value alone."""

    name: str
    records: int
    rates: Mapping[str, tuple[float, ...]]


class Groups(NamedTuple):
    """The groups that a column makes of records, the largest difference of rates by name, and notices."""

    column: str
    groups: tuple[Group, ...]
    differences: Figures
    notices: tuple[str, ...]

    @property
    def rates(self) -> tuple[str, ...]:
        """Names of the rates that a group has, in the order of a card."""
        known = {name for group in self.groups for name in group.rates}
        return tuple(name for name in _RATES if name in known)

    @staticmethod
    def words(name: str) -> str:
        """A rate's name in words."""
        return _RATES.get(name, name.replace("_", " "))


class Evaluated(NamedTuple):
    """Figures by name of records whose outcome is known, what they say, what speaks against the model, and groups.

    `headline` is empty where the file has none.
    """

    figures: Figures
    headline: str
    doubts: tuple[str, ...]
    groups: tuple[Groups, ...]


def read_evaluation(data: bytes, artifact: Artifact) -> Evaluated:
    """Read the figures of this model; ModelError if they are none, or of another model.

    What the file does not have is left out: models of other kinds have other figures.
    """
    try:
        plain = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ModelError(f"not the figures of phat evaluate --json: {error}") from None
    if not isinstance(plain, dict) or not isinstance(plain.get("rows"), int):
        raise ModelError("not the figures of phat evaluate --json: expected an object with rows, a number")
    _check_model(plain.get("coefficients"), artifact)
    named = _numbers(plain.get("judgement") or plain.get("figures"))
    figures = named | _numbers({name: plain[name] for name in _FIGURES if name in plain})
    headline = plain.get("headline")
    return Evaluated(
        {"records": float(plain["rows"]), **figures},
        headline if isinstance(headline, str) else "",
        _texts(plain.get("doubts")),
        tuple(_groups(plain.get("groups"))),
    )


def _check_model(found: Any, artifact: Artifact) -> None:
    """ModelError if the coefficients that stand with the figures are not this model's."""
    if not isinstance(found, list):
        return
    theirs = {each.get("column"): each.get("coefficient") for each in found if isinstance(each, dict)}
    if theirs != {each.column: each.coefficient for each in coefficients(artifact)}:
        raise ModelError(f"the figures are of another model than {artifact.name}: their coefficients differ")


def _numbers(data: Any) -> dict[str, float]:
    plain = data if isinstance(data, dict) else {}
    return {name: float(value) for name, value in plain.items() if _is_number(value)}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _texts(data: Any) -> tuple[str, ...]:
    return tuple(text for text in data if isinstance(text, str)) if isinstance(data, list) else ()


def _groups(data: Any) -> Iterator[Groups]:
    for each in data if isinstance(data, list) else ():
        if isinstance(each, dict) and isinstance(each.get("groups"), list):
            named = [group for group in each["groups"] if isinstance(group, dict)]
            groups = tuple(map(_group, named))
            yield Groups(
                str(each.get("column")), groups, _numbers(each.get("differences")), _texts(each.get("notices"))
            )


def _group(data: dict[str, Any]) -> Group:
    rates = {name: rate for name in _RATES if (rate := _rate(data.get(name)))}
    return Group(str(data.get("name")), int(data.get("records") or 0), rates)


def _rate(data: Any) -> tuple[float, ...]:
    """A share with its interval, or alone; nothing if it is not known."""
    if isinstance(data, dict):
        numbers = _numbers(data)
        return tuple(numbers[name] for name in ("value", "lower", "upper") if name in numbers)
    return (float(data),) if _is_number(data) else ()
