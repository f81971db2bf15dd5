"""Random formulas of both engines: what statsmodels can fit and answer is exported and answered alike."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.takeover.formulas.generated import ENGINES, KINDS, check, formulas


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_random_formulas_are_answered_as_statsmodels_does(engine: str, data: st.DataObject) -> None:
    """Terms of numbers, categories, functions and splines, multiplied at random; `make stress` tries thousands."""
    formula = data.draw(formulas(engine))
    check(engine, formula, data.draw(st.sampled_from(KINDS)), data.draw(st.integers(1, 1000)))
