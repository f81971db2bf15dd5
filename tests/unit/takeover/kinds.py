"""Raw records of which amounts, counts, costs, classes and outcomes depend, and models that `fit` makes of them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from phat.model.model import Model
from phat.takeover.fitting import fit_as_configured
from phat.training.config import Config
from phat.training.data import Table
from phat.training.infer import infer_config

ROWS = 800
RANDOM = np.random.default_rng(12)


def frame() -> pd.DataFrame:
    """Records of which amounts, counts, costs, classes and outcomes depend."""
    data = pd.DataFrame(
        {
            "age": RANDOM.integers(18, 80, ROWS),
            "charge": RANDOM.gamma(3, 500, ROWS).round(2),
            "plan": RANDOM.choice(["basic", "gold", "pro"], ROWS),
            "years": RANDOM.uniform(0.5, 5, ROWS).round(2),
        }
    )
    eta = 0.02 * (data.age - 50) + 0.4 * (data.plan == "gold")
    data["amount"] = (100 + 20 * eta + RANDOM.normal(0, 5, ROWS)).round(2)
    data["visits"] = RANDOM.poisson(np.exp(eta) * data.years)
    data["cost"] = (np.exp(eta + 3) * RANDOM.gamma(2, 0.5, ROWS)).round(3)
    utility = np.stack([np.zeros(ROWS), eta + 0.3, -eta], 1) + RANDOM.gumbel(size=(ROWS, 3))
    data["mode"] = np.array(["car", "bus", "train"])[utility.argmax(axis=1)]
    data["left"] = np.where(RANDOM.random(ROWS) < 1 / (1 + np.exp(-eta)), "yes", "no")
    return data


DATA = frame()
TARGETS = ("amount", "visits", "cost", "mode", "left")
FIELDS = ("age", "charge", "plan", "years")


def raw(data: pd.DataFrame = DATA) -> Table:
    """The records as a file spells them: amounts with a dollar sign and commas."""
    columns = {name: [str(value) for value in data[name]] for name in data.columns}
    columns["charge"] = [f"${value:,.2f}" for value in data["charge"]]
    return Table.of(columns)


def config(target: str, **more: Any) -> Config:
    """What is inferred for a target, the other targets left out."""
    inferred, _ = infer_config(raw(), target)
    return replace(inferred, drop=tuple(name for name in TARGETS if name != target), **more)


def fitted(target: str, **more: Any) -> Model:
    """The model of a target as it is served."""
    return Model.from_bytes(fit_as_configured(raw(), config(target, **more)).artifact.to_bytes())


def answers(model: Model, names: tuple[str, ...] = FIELDS) -> np.ndarray[Any, Any]:
    """The served answers to the raw records."""
    predictions = [model.predictor.predict_one(record) for record in raw().records(names)]
    return np.array([each.probabilities or (each.answer,) for each in predictions])
