"""What the contract promises of values is what the cleaning takes."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from api.schemas import NUMBER_TEXT
from model.loaded import Model
from preprocessing.clean import clean_number


@settings(deadline=None, max_examples=300)
@given(st.from_regex(re.compile(NUMBER_TEXT, re.ASCII), fullmatch=True).filter(lambda text: len(text) <= 64))
def test_every_promised_text_is_read(text: str) -> None:
    """Each text that the contract's pattern allows is a number or missing."""
    assert isinstance(clean_number(text), float | None)


def test_golden_numbers_are_promised(model: Model) -> None:
    """The texts of real clients, as in the golden records, are all within the contract's pattern."""
    numbers = [field.name for field in model.artifact.schema.fields if field.kind == "number"]
    texts = [golden.record.get(name) for golden in model.artifact.golden for name in numbers]
    odd = [text for text in texts if isinstance(text, str) and not re.search(NUMBER_TEXT, text)]
    assert not [text for text in odd if text.strip().lower() not in ("nan", "na", "n/a", "null", "none")], odd
