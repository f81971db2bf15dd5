"""statsmodels' own predict as the last judge before a model is published."""

import numpy as np
import pytest

from phat.model.errors import ArtifactError
from phat.model.model import Model
from phat.training import parity
from tests.unit.model.fits import FITS, fit


@pytest.mark.parametrize("kind", FITS)
def test_scores_without_the_data(kind: str) -> None:
    """From coefficients alone statsmodels predicts what the fitted results predict."""
    case = fit(kind, constant=True)
    found = parity.statsmodels_predict(case.artifact, case.columns, np.zeros(len(case.columns)))[:, 0]
    assert np.abs(found - case.results.predict(case.columns)).max() < 1e-15


def test_reference_model_passes(artifact_bytes: bytes, model: Model) -> None:
    """The reference model is what statsmodels says it is."""
    assert parity.check_parity(artifact_bytes).version == model.version


def test_difference_is_refused(artifact_bytes: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where statsmodels says otherwise by more than 1e-12 the model is refused."""
    right = parity.statsmodels_predict
    monkeypatch.setattr(parity, "statsmodels_predict", lambda *parts: right(*parts) + 2e-12)
    with pytest.raises(ArtifactError, match=r"golden record 1: got phat .*, statsmodels says"):
        parity.check_parity(artifact_bytes)
