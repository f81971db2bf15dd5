"""What a model says of itself: to and from plain data, and what is refused."""

from typing import Any

import pytest

from phat.model.errors import ArtifactError
from phat.model.texts import Texts

TEXTS = Texts("Who will buy?", {"x12": "income"}, {"x12": "USD"})
ANSWERS = Texts(outcomes={"event": "buys"}, actions={"event": "call", "not event": "wait"}, good="event")


@pytest.mark.parametrize("texts", [Texts(), TEXTS, ANSWERS, Texts(answer_unit="EUR")])
def test_texts_come_back(texts: Texts) -> None:
    """Texts survive plain data."""
    assert Texts.from_dict(texts.to_dict()) == texts


@pytest.mark.parametrize("data", [{}, {"about": ""}, {"labels": {}, "units": {}}])
def test_all_is_optional(data: dict[str, Any]) -> None:
    """Texts that are left out are empty."""
    assert Texts.from_dict(data) == Texts()


def test_labels_and_units_by_field() -> None:
    """A field's label and unit are asked for by its name, and are empty where there are none."""
    assert [(TEXTS.label(name), TEXTS.unit(name)) for name in ("x12", "x44")] == [("income", "USD"), ("", "")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "texts is not an object"),
        ([], "texts is not an object"),
        ({"odd": "", "label": {}}, "texts: keys unknown: label, odd"),
        ({"about": None}, "texts: about is of the wrong type, expected text"),
        ({"labels": []}, "texts: labels is of the wrong type, expected an object"),
        ({"units": None}, "texts: units is of the wrong type, expected an object"),
        ({"labels": {"x12": None}}, "texts.labels: x12 is of the wrong type, expected text"),
        ({"units": {"x12": "USD", "x44": 1}}, "texts.units: x44 is of the wrong type, expected text"),
        ({"outcomes": "buys"}, "texts: outcomes is of the wrong type, expected an object"),
        ({"actions": {"event": 1}}, "texts.actions: event is of the wrong type, expected text"),
    ],
)
def test_refused(data: Any, reason: str) -> None:
    """What is unknown or of another type is refused by its key."""
    with pytest.raises(ArtifactError) as caught:
        Texts.from_dict(data)
    assert str(caught.value) == reason
