"""Pickles of formula fits: read by the engine of the fit, whatever engine is set, and proven on the frame inside."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import statsmodels.formula.api as smf
from statsmodels.formula import options

from phat.takeover.importing import import_results
from phat.training.errors import NotServable
from tests.unit.takeover.formulas.test_patsy import frame, own

SAVED: dict[str, Callable[[Any, Path], Any]] = {
    "save": lambda results, path: results.save(str(path)),
    "remove_data": lambda results, path: results.save(str(path), remove_data=True),
    "pickle": lambda results, path: path.write_bytes(pickle.dumps(results)),
    "joblib": joblib.dump,
}
ENGINES = ("patsy", "formulaic")
LIMIT = 3.0
own_function, np_log = own, np.log


def saved(formula: str, how: str, path: Path) -> Any:
    """Results of a fit, written to a file."""
    results = smf.logit(f"y ~ {formula}", frame(1)).fit(disp=0)
    SAVED[how](results, path)
    return results


@pytest.mark.parametrize("how", SAVED)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.filterwarnings("ignore")
def test_pickles_of_formulas(engine: str, how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A pickle of either engine is taken over without data and definitions, also while the other engine is set."""
    monkeypatch.setattr(options, "formula_engine", engine)
    results = saved("np.log(a) * g + bs(h, df=4)", how, tmp_path / "fit.pkl")
    names = tuple(results.model.exog_names)
    for other in ENGINES:
        monkeypatch.setattr(options, "formula_engine", other)
        artifact = import_results(tmp_path / "fit.pkl", None)
        assert (artifact.provenance.proof.on, artifact.provenance.proof.records) == ("the fit's own frame", 400)
        assert artifact.columns == names
        assert options.formula_engine == other


@pytest.mark.parametrize("formula", ["own_function(a)", "I(a * LIMIT)"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.filterwarnings("ignore")
def test_what_the_notebook_had_defined_is_named(
    engine: str, formula: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A formula with a function or number of the notebook cannot be evaluated again: the sentence names it."""
    monkeypatch.setattr(options, "formula_engine", engine)
    saved(formula, "save", tmp_path / "fit.pkl")
    name = "own_function" if "own" in formula else "LIMIT"
    with pytest.raises(NotServable, match=f"the formula uses {name}, which the notebook .* export the live results"):
        import_results(tmp_path / "fit.pkl", None)


@pytest.mark.filterwarnings("ignore")
def test_raw_records_prove_a_pickled_formula(tmp_path: Path) -> None:
    """A CSV of the raw rows proves it as well, and is named in the provenance."""
    saved("a + g", "save", tmp_path / "fit.pkl")
    frame(1).to_csv(tmp_path / "raw.csv", index=False)
    artifact = import_results(tmp_path / "fit.pkl", None, tmp_path / "raw.csv")
    assert (artifact.provenance.proof.on, artifact.provenance.data) == ("given data", "raw.csv")
