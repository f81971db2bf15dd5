"""The pinned records and their answers, as the deployment's parameter holds them."""

import math

import pytest

from phat.model.model import Model
from phat.model.smoke_records import expected_phat, pinned_records, read_phat, write_phat
from tests.unit.model.other import other_model


def test_answers_of_the_reference_model(model: Model) -> None:
    """The parameter holds the `phat` of each pinned record, in order and to the bit."""
    phat = [model.predictor.predict_one(dict(record)).answer for record in pinned_records()]
    assert len(phat) >= 2
    assert read_phat(expected_phat(model)) == phat


def test_no_records_of_another_model() -> None:
    """A model that cannot score the pinned records has no expected answers."""
    assert expected_phat(other_model()) == ""


def test_written_and_read() -> None:
    """Numbers come back bit for bit, none as an empty text."""
    phat = [0.1, math.nextafter(1.0, 0.0), 5e-324]
    assert write_phat(phat) == "0.1,0.9999999999999999,5e-324"
    assert read_phat(write_phat(phat)) == phat
    assert read_phat(write_phat([])) == []


@pytest.mark.parametrize("text", ["0.1,", "0,1,x", ";", " "])
def test_anything_else(text: str) -> None:
    """A parameter that holds anything but numbers is an error."""
    with pytest.raises(ValueError, match="could not convert"):
        read_phat(text)
