"""Simulated records and the notebook's way of fitting find the published model again."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from phat.model.model import Model
from phat.training.config import Config
from phat.training.data import read_table
from phat.training.fit import Fit, fit
from phat.training.simulate import NAMES, TARGET, simulate, write_csv
from tests.conftest import REFERENCE


@pytest.fixture(scope="module", params=[1, 2])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fit:
    """A model fitted on 40,000 simulated records, with the reference model's own configuration."""
    path = tmp_path_factory.mktemp("fit") / "records.csv"
    with path.open("w") as file:
        assert list(write_csv(40_000, request.param, file))[-1] == 40_000
    return fit(read_table(path), Config.from_toml(REFERENCE / "segmentation.toml"), path)


def test_finds_the_published_columns(found: Fit, model: Model) -> None:
    """The screen keeps the published 25 columns of 121."""
    assert set(found.artifact.columns) == set(model.artifact.columns)


def test_finds_the_published_coefficients(found: Fit, model: Model) -> None:
    """Each coefficient is within 4 standard errors of the truth."""
    for index, (name, truth) in enumerate(model.artifact.coefficients.items()):
        error = model.artifact.known_covariance[index][index] ** 0.5
        assert abs(found.artifact.coefficients[name] - truth) < 4 * error, name


def test_finds_the_published_figures(found: Fit, facts: dict[str, Any]) -> None:
    """Pseudo R-squared, AUC and cutoff are near the published ones; the hold-out tells no other story."""
    figures, evaluation = found.artifact.provenance.fit, found.artifact.provenance.evaluation
    assert evaluation is not None
    assert figures["prsquared"] == pytest.approx(facts["fit"]["prsquared"], abs=0.015)
    assert figures["auc"] == pytest.approx(facts["fit"]["auc"], abs=0.015)
    assert found.artifact.cutoff == pytest.approx(facts["cutoff"], abs=0.03)
    assert evaluation.figures["auc"] == pytest.approx(facts["fit"]["auc"], abs=0.03)


def test_scores_spread_as_published(found: Fit, facts: dict[str, Any]) -> None:
    """The twentieths of phat lie where the published score bins have their edges."""
    assert found.artifact.baseline is not None
    assert found.artifact.baseline.score is not None
    edges = found.artifact.baseline.score.edges[1:-1]
    assert np.abs(np.array(edges) - facts["score_bins"]["edges"][1:-1]).max() < 0.03


def test_records_are_deterministic() -> None:
    """The same seed gives the same records, and the first of many are those of few."""
    texts = []
    for rows in (12_000, 12_000, 7_000):
        file = io.StringIO()
        list(write_csv(rows, 3, file))
        texts.append(file.getvalue())
    assert texts[0] == texts[1]
    assert texts[0].startswith(texts[2])
    assert texts[0] != texts[0].replace("$", "")


def test_records_look_like_the_real_ones(facts: dict[str, Any]) -> None:
    """Means, spreads, gaps and spellings are those of the real data."""
    chunks = list(simulate(20_000, 1))
    columns = {name: [cell for chunk in chunks for cell in chunk[name]] for name in (*NAMES, TARGET)}
    x12 = [cell for cell in columns["x12"] if cell]
    assert all((cell.startswith("$") and cell.endswith(" ")) or (cell[:2], cell[-1]) == ("($", ")") for cell in x12)
    assert all(cell.endswith("%") for cell in columns["x63"] if cell)
    assert "" in columns["x31"]
    assert set(columns["x5"]) == set(facts["fields"][7]["levels"])
    values = np.array([float(cell) for cell in columns["x44"] if cell])
    assert values.mean() == pytest.approx(facts["training_means"]["x44"], abs=0.01)
    filled_sd = values.std() * np.sqrt(len(values) / 20_000)
    assert filled_sd == pytest.approx(facts["training_scales"]["x44"], rel=0.01)


def test_csv_is_read_as_text(tmp_path: Path) -> None:
    """What pandas would take for missing or a number is left to the one cleaning."""
    path = tmp_path / "t.csv"
    path.write_text('a,b\nNA,"1,234"\n<NA>,-\n')
    assert dict(read_table(path).columns) == {"a": ["NA", "<NA>"], "b": ["1,234", "-"]}
