"""Models of several kinds, and traffic that they answered, drawn from the population that they were fitted on."""

import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import orjson
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.miscmodels.ordinal_model import OrderedModel

import phat
from phat.api.capture import Capture, Settings
from phat.model.model import Model
from phat.monitoring.captures import Traffic, Window
from phat.monitoring.lines import Record

START = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=7))
FIELDS = ("age", "income", "region", "exposure")

Change = Callable[[pd.DataFrame], pd.DataFrame]


def frame(seed: int, rows: int, change: Change | None = None, tilt: float = 0.0) -> pd.DataFrame:
    """Raw rows, on request changed before anything happens to them, and outcomes; `tilt` is added to age's effect."""
    random = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "age": random.normal(45, 12, rows).round(1),
            "income": random.lognormal(8, 0.5, rows).round(2),
            "region": random.choice(["north", "south", "west"], rows, p=[0.5, 0.3, 0.2]),
            "exposure": random.uniform(0.5, 2, rows).round(3),
        }
    )
    data = data if change is None else change(data)
    eta = 0.02 * data.age + tilt * (data.age - 45) / 12 - 0.4 * (data.region == "south") + 0.3 * np.log(data.income) - 3
    latent = eta + random.logistic(0, 1, rows)
    three = np.column_stack([np.zeros(rows), eta, 0.5 - eta]) + random.gumbel(0, 1, (rows, 3))
    return data.assign(
        amount=1000 * (eta + random.normal(0, 1, rows)),
        claims=random.poisson(np.exp(eta) * data.exposure),
        cost=random.gamma(3, np.exp(eta) / 3),
        bought=(random.random(rows) < 1 / (1 + np.exp(0.5 - eta))).astype(int),
        travel=three.argmax(axis=1),
        rank=pd.Categorical(np.array(["low", "mid", "top"])[np.digitize(latent, [-0.5, 0.8])], ordered=True),
    )


TERMS = "age + region + np.log(income)"
FITS: dict[str, tuple[str, Callable[[pd.DataFrame], Any]]] = {
    "ols": ("amount", lambda d: smf.ols(f"amount ~ {TERMS}", d).fit()),
    "poisson": (
        "claims", lambda d: smf.glm(f"claims ~ {TERMS}", d, family=sm.families.Poisson(), exposure=d.exposure).fit()
    ),
    "gamma": ("cost", lambda d: smf.glm(f"cost ~ {TERMS}", d, family=sm.families.Gamma(sm.families.links.Log())).fit()),
    "logit": ("bought", lambda d: smf.logit(f"bought ~ {TERMS}", d).fit(disp=0)),
    "multinomial": ("travel", lambda d: smf.mnlogit(f"travel ~ {TERMS}", d).fit(disp=0)),
    "ordered": ("rank", lambda d: OrderedModel.from_formula(f"rank ~ {TERMS}", d, distr="logit").fit(disp=0)),
}  # fmt: skip
"""Target and fit by name."""


@cache
def model(name: str) -> Model:
    """The model of 5,000 rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Model.from_bytes(phat.export(FITS[name][1](frame(1, 5_000)), name=name)._data)


class _Call:
    invocation = request_id = "request"
    time = START.isoformat()


ALL = Settings(1.0)
"""Each record is captured, and nothing is hidden."""


def captured(name: str, rows: pd.DataFrame, settings: Settings = ALL) -> tuple[dict[str, Any], list[Record]]:
    """Head and records of the lines that capture writes about some rows, their places as ids."""
    served = model(name)
    predictions = served.predictor.predict(rows[list(FIELDS)].to_dict("records"))
    lines = Capture(settings, served.artifact, b"key").lines(served, predictions, range(len(rows)), _Call())  # type: ignore[arg-type]  # what it needs of a call
    parts = [orjson.loads(line) for line in lines]
    return parts[0]["capture"], [record for part in parts for record in part["records"]]


def traffic(records: list[Record]) -> Traffic:
    """Records as captures give them, spread over the window."""
    step = (WINDOW.end - WINDOW.start) / len(records)
    placed = [record | {"time": START + place * step, "share": 1.0} for place, record in enumerate(records)]
    return Traffic(records=placed, shares={1.0})


def outcomes(name: str, rows: pd.DataFrame) -> dict[str, float]:
    """What happened, by id, as labels give it."""
    values = rows[FITS[name][0]]
    labels = getattr(model(name).artifact.answer, "labels", None)
    if isinstance(labels, tuple) and not hasattr(labels, "event"):
        places = {label: float(place) for place, label in enumerate(labels)}
        return {str(place): places[str(value)] for place, value in enumerate(values)}
    return {str(place): float(value) for place, value in enumerate(values)}
