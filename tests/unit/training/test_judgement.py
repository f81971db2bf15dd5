"""What a model's figures say of it in sentences: the same for fit, evaluate and monitor."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from phat.model.model import Model
from phat.model.percent import percent
from phat.training.config import Config, FieldConfig
from phat.training.data import Table
from phat.training.errors import FitError
from phat.training.evaluate import evaluate_model
from phat.training.fit import fit
from phat.training.judgement import Figures, far_rows, leaks, measure
from tests.unit.training.tables import CONFIG, table

Vector = NDArray[np.float64]


def drawn(rows: int = 4_000, slope: float = 1.0, shift: float = 0.0, seed: int = 0) -> tuple[Vector, Vector]:
    """Outcomes and probabilities whose logit is `slope` times the true one, plus `shift`."""
    random = np.random.default_rng(seed)
    eta = random.normal(-1, 1.5, rows)
    target = (random.random(rows) < 1 / (1 + np.exp(-eta))).astype(float)
    return target, 1 / (1 + np.exp(-slope * eta - shift))


def doubts(**changes: float) -> str:
    """What speaks against such probabilities."""
    return "; ".join(measure(*drawn(**changes)).doubts("here"))  # type: ignore[arg-type]  # of the parameters


def test_figures_are_those_of_the_libraries() -> None:
    """Log loss, McFadden and Cox's slope with its error are scikit-learn's and statsmodels'."""
    target, phat = drawn(slope=1.3)
    figures = measure(target, phat)
    logit = np.log(phat / (1 - phat))
    cox = sm.Logit(target, sm.add_constant(logit)).fit(disp=0)
    assert figures.log_loss == pytest.approx(log_loss(target, phat), rel=1e-12)
    assert figures.mcfadden == pytest.approx(1 + figures.log_loss * len(target) / cox.llnull, rel=1e-9)
    assert (figures.calibration_intercept, figures.calibration_slope) == pytest.approx(tuple(cox.params), abs=1e-6)
    assert figures.slope_error == pytest.approx(cox.bse[1], rel=1e-4)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "its probabilities are right"),
        ({"slope": 1.5}, "its probabilities are off"),
        ({"shift": 0.5}, "its probabilities are off"),
        ({"rows": 60, "seed": 1}, "these records do not tell whether its probabilities are right"),
        ({"rows": 60, "slope": -1.0}, "its probabilities are off"),
    ],
)
def test_whether_probabilities_are_right(changes: dict[str, Any], said: str) -> None:
    """They are right only where so many records say it, and off where the model is worse than none."""
    assert measure(*drawn(**changes)).probabilities == said


def test_sentence() -> None:
    """The sentence says what was predicted and what happened, and how well."""
    figures = Figures(9_000, 0.038, 0.264, 0.5, 0.1, -1.85, 0.94, 0.01, 0.32, 1.0, 0.02)
    assert figures.sentence("here") == (
        "here: predicts 26.4 %, happened 3.8 %; McFadden -1.850, AUC 0.940 (95 % interval 0.922 to 0.958), "
        "calibration slope 0.32"
    )


@pytest.mark.slow
def test_right_probabilities_raise_no_doubt() -> None:
    """Of probabilities from which the outcomes were drawn nothing is doubted, in hundreds of draws."""
    assert [text for seed in range(300) for text in measure(*drawn(500, seed=seed)).doubts("here")] == []


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"shift": 2.0}, "here the probabilities are off: the model predicts 66.6 %, happened 32.8 %"),
        ({"shift": 4.0}, "here the model is worse than none: its log loss is"),
        ({"slope": 2.0}, "here the probabilities are too extreme: calibration slope 0.5"),
        ({"slope": 0.5}, "here the probabilities are too timid: calibration slope 2.01, not 1"),
        ({"slope": -1.0}, "here the model is worse than none"),
    ],
)
def test_doubts(changes: dict[str, float], doubt: str) -> None:
    """What is wrong with probabilities is said: off, worse than none, too extreme, too timid."""
    assert doubt in doubts(**changes)


def test_what_is_too_good() -> None:
    """An AUC above 0.99, and a column that tells the outcome alone, up or down, are asked about."""
    target, phat = drawn()
    leak = target + 0.01 * phat
    assert "the AUC is 1.0000: a leak" in "; ".join(measure(target, np.clip(leak, 0.01, 0.9)).doubts("here"))
    told = list(leaks([("x", phat), ("late", -leak), ("const", np.ones(len(target)))], target))
    assert [text.split(" alone")[0] for text in told] == ["late (AUC 1.000)"]


def test_probabilities_without_a_slope() -> None:
    """Where phat separates the outcomes, or is the same for all, there is no slope and the rest is there."""
    target, _ = drawn(100)
    for phat in (np.where(target == 1, 0.9, 0.1), np.full(100, target.mean())):
        figures = measure(target, phat)
        assert figures.calibration_slope is None
        assert "slope" not in figures.sentence("here")
        assert "calibration_slope" not in figures.known()


def test_far_rows() -> None:
    """The row with the farthest linear predictor is named by its number, with the column that makes it."""
    matrix = np.array([[1.0, 1.0], [-200.0, 1.0], [40.0, 1.0]])
    [text] = far_rows(matrix, ["x", "const"], np.array([1.0, 0.5]), lambda index: index + 11)
    assert "2 of 3 rows" in text
    assert "row 12: its linear predictor is -199.5, of which x makes -200.0" in text
    assert list(far_rows(matrix[:1], ["x", "const"], np.array([1.0, 0.5]), int)) == []


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.264, "26.4 %"), (0.038, "3.8 %"), (0.00123, "0.12 %"), (0.99877, "99.88 %"), (0.0, "0.0 %"), (1.0, "100.0 %")],
)
def test_percent(share: float, text: str) -> None:
    """Shares have a decimal, and more where it takes more to tell them from none or all."""
    assert percent(share) == text


def rare(rows: int = 3_000) -> Table:
    """A table of few events and two numbers that hardly tell them, which no constant makes far too many."""
    random = np.random.default_rng(5)
    x, z = random.normal(size=(2, rows))
    target = random.random(rows) < 1 / (1 + np.exp(-(0.6 * x - 3.2)))
    columns = {"x": [f"{value:.3f}" for value in x], "z": [f"{value:.3f}" for value in z]}
    return Table.of(columns | {"y": ["1" if event else "0" for event in target]})


RARE = Config(target="y", fields=(FieldConfig("x", "number"), FieldConfig("z", "number")))


def test_worse_than_none_is_refused() -> None:
    """A fit that is worse on its own rows than the event rate is refused with both figures, unless it is forced."""
    without = replace(RARE, constant=False)
    with pytest.raises(FitError, match=r"predicts 50\.\d %, happened 4\.\d %; .* worse than none.*say constant = true"):
        fit(rare(), without)
    forced = fit(rare(), without, force=True).artifact.provenance.notices
    assert any("on the rows of the fit the model is worse than none" in text for text in forced)
    found = fit(rare(), RARE)
    assert not any("on the rows of the fit" in text for text in found.notices)
    assert found.artifact.provenance.fit["mean_phat"] == pytest.approx(found.artifact.provenance.fit["event_rate"])


def test_fit_says_how_it_does_on_held_out_rows() -> None:
    """The calibration slope and the other figures of held-out rows are said and kept, doubts about them are notices."""
    found = fit(table(), CONFIG)
    assert found.sentences[0].startswith("on the rows of the fit: predicts ")
    assert found.sentences[1].startswith("on 60 held-out rows: predicts ")
    assert "calibration slope" in found.sentences[1]
    evaluation = found.artifact.provenance.evaluation
    assert evaluation is not None
    assert {"log_loss", "mcfadden", "calibration_slope", "mean_phat", "event_rate"} <= evaluation.figures.keys()
    noise: dict[str, Any] = {f"n{i}": np.random.default_rng(i).normal(size=600).astype(str).tolist() for i in range(40)}
    fields = tuple(FieldConfig(name, "number") for name in noise)
    overfitted = fit(table(**noise), replace(CONFIG, fields=fields, screen=40))
    assert any("on 60 held-out rows the model is worse than none" in text for text in overfitted.notices)


def test_fit_without_held_out_rows_says_so() -> None:
    """Without test rows a notice says that the model was not judged on any."""
    found = fit(table(), replace(CONFIG, split=(1.0, 0.0, 0.0)))
    assert "not judged on held-out rows: 0 of 0 test rows have the rarer outcome; 5 are needed" in found.notices
    assert len(found.sentences) == 1


def test_evaluate_says_the_same() -> None:
    """Evaluate says the sentence and the doubts of the same figures."""
    model = Model.from_bytes(fit(table(), CONFIG).artifact.to_bytes())
    data = table(seed=4)
    evaluation = evaluate_model(model, data)
    assert evaluation.sentence in evaluation.summary()
    assert evaluation.doubts == []
    turned = evaluate_model(model, table(seed=4, y=[str(1 - int(text)) for text in data.columns["y"]]))
    assert any("on these records the model is worse than none" in text for text in turned.doubts)
