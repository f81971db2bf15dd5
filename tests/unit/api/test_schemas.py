"""What the contract promises of values is what the cleaning takes."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phat.api.schemas import NUMBER_TEXT, missing_text, raw_fields
from phat.model.model import Model
from phat.preprocessing.clean import clean_number, clean_value, is_missing
from phat.preprocessing.schema import Field, NumberField
from tests.unit.model.policies import WITH_POLICIES


@settings(deadline=None, max_examples=300)
@given(st.from_regex(re.compile(NUMBER_TEXT, re.ASCII), fullmatch=True).filter(lambda text: len(text) <= 64))
def test_every_promised_text_is_read(text: str) -> None:
    """Each text that the contract's pattern allows is a number."""
    assert isinstance(clean_number(text), float)


def test_golden_numbers_are_promised(model: Model) -> None:
    """The texts of real clients, as in the golden records, are all within the contract's patterns."""
    numbers = [field for field in model.artifact.schema.fields if isinstance(field, NumberField)]
    for field in numbers:
        texts = [text for golden in model.artifact.golden if isinstance(text := golden.record.get(field.name), str)]
        missing = re.compile(missing_text(field)["pattern"], re.IGNORECASE)
        assert all(re.search(NUMBER_TEXT, text) or missing.search(text) for text in texts)


FIELDS = WITH_POLICIES.artifact.schema.fields
RECORD = raw_fields(WITH_POLICIES.artifact)["Record"]


def allows(kinds: list[dict[str, Any]], text: str) -> bool:
    """Whether one of the kinds allows a text."""
    return any(text in kind.get("enum", ()) or re.search(kind.get("pattern", "(?!)"), text) for kind in kinds)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_gaps_are_promised_where_they_are_allowed(field: Field) -> None:
    """Null, blanks and a field's own missing words are allowed where the model takes a gap, and nowhere else."""
    kinds = RECORD["properties"][field.name]["anyOf"]
    assert ({"type": "null"} in kinds) == (not field.required) == (field.name not in RECORD["required"])
    for text in ("", " ", "?", "nan", "none"):
        gap = not field.required and is_missing(text, field.gaps)
        assert allows(kinds, text) == gap, text
        assert not gap or clean_value(text, field) is None


def test_a_record_has_a_value() -> None:
    """A record must have a value, and no gap, in one of its fields."""
    assert [each["required"] for each in RECORD["anyOf"]] == [[field.name] for field in FIELDS]
    for each, field in zip(RECORD["anyOf"], FIELDS, strict=True):
        kinds = each["properties"][field.name]["anyOf"]
        assert {"type": "null"} not in kinds
        assert not any(allows(kinds, text) for text in ("", " ", "nan", "?"))


def test_booleans_are_promised_where_training_had_them() -> None:
    """Only a number that was true and false in training is a boolean too."""
    booleans = [field.name for field in FIELDS if {"type": "boolean"} in RECORD["properties"][field.name]["anyOf"]]
    assert booleans == ["flag"]
