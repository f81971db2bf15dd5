"""`phat fit --kind` and `--formula`, and `phat evaluate` of such models, as a data scientist meets them."""

import json
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from patsy import dmatrix
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from phat.model.model import Model
from tests.commands import failure, run
from tests.unit.takeover.kinds import DATA, raw


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raw records as a file, charges with a dollar sign and commas."""
    path = tmp_path_factory.mktemp("kinds") / "records.csv"
    raw().frame.write_csv(path)
    return path


def test_formula_from_command_line_to_evaluation(data: Path) -> None:
    """The formula names the target; its written configuration makes the same model, which is evaluated, over folds too.

    Over folds the coefficients are estimated anew for the formula's own columns, as plain statsmodels does.
    """
    model, config, again = (data.with_name(name) for name in ("f.json", "f.toml", "g.json"))
    result = run(
        "fit", data, "--formula", "left ~ age + C(plan) * np.log(charge)", "-o", model, "--write-config", config
    )
    assert "6 kept of 3 fields" in result.output
    assert "AUC" in result.output
    run("fit", data, "--config", config, "-o", again)
    first, second = (Model.from_bytes(path.read_bytes()).artifact for path in (model, again))
    assert first.coefficients == second.coefficients
    assert first.schema == second.schema
    report, figures = data.with_name("f.html"), data.with_name("f-figures.json")
    output = run("evaluate", model, data, "--folds", "3", "-o", report, "--json", figures).output
    assert "fitted anew on 2 of 3 parts" in output
    y = (DATA["left"] == "yes").astype(float).to_numpy()
    matrix = dmatrix("age + C(plan) * np.log(charge)", DATA)
    parts = StratifiedKFold(3, shuffle=True, random_state=0).split(matrix, y)
    aucs = [roc_auc_score(y[others], sm.Logit(y[rows], matrix[rows]).fit(disp=0).predict(matrix[others]))
            for rows, others in parts]  # fmt: skip
    assert json.loads(figures.read_bytes())["folds"]["mean"]["auc"] == pytest.approx(np.mean(aucs), rel=1e-9)


def test_counts_from_command_line_to_evaluation(data: Path) -> None:
    """Counts by exposure are fitted and evaluated: figures, tenths, and what there is for two outcomes alone."""
    model, figures = data.with_name("v.json"), data.with_name("v-figures.json")
    drops = [text for name in ("amount", "cost", "mode", "left") for text in ("--drop", name)]
    run("fit", data, "--target", "visits", "--kind", "poisson", "--exposure", "years", *drops, "-o", model)
    output = run("evaluate", model, data, "--json", figures).output
    assert "for models of two outcomes alone: AUC" in output
    found = json.loads(figures.read_bytes())
    assert found["figures"]["mean"] == pytest.approx(DATA["visits"].mean())
    assert np.average([each["happened"] for each in found["tenths"]]) == pytest.approx(DATA["visits"].mean())
    assert "--event, --folds and costs" in failure("evaluate", model, data, "--folds", "3", code=2)


def test_target_of_another_kind_names_the_kinds(data: Path) -> None:
    """Classes and amounts are no outcomes: the refusal says by which kind they are predicted."""
    output = data.with_name("n.json")
    assert "--kind multinomial (classes)" in failure("fit", data, "--target", "mode", "-o", output)
    assert "--kind ols (amounts)" in failure("fit", data, "--target", "charge", "-o", output)
    assert not output.exists()
