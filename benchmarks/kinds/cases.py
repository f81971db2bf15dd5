"""The fits, each by a formula, and the records; without phat, so that each rival's environment can run it."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
import statsmodels.formula.api as smf

Record = dict[str, Any]
POISSON = sm.families.Poisson
FITS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "logit, interaction and log": lambda d: smf.logit("left ~ np.log(spend) * region", d).fit(disp=0),
    "logit, spline": lambda d: smf.logit("left ~ bs(age, df=4) + region", d).fit(disp=0),
    "OLS": lambda d: smf.ols("amount ~ spend + age * region", d).fit(),
    "Poisson": lambda d: smf.glm("claims ~ age + region", d, family=POISSON()).fit(),
    "Poisson with exposure": lambda d: smf.glm(
        "claims ~ age + region", d, family=POISSON(), exposure=d["exposure"]
    ).fit(),
    "MNLogit": lambda d: smf.mnlogit("way ~ spend + age + region", d).fit(disp=0),
}
"""Two logits, a mean, counts without and with exposure, and classes."""


def frame(seed: int, rows: int) -> pd.DataFrame:
    """Raw rows with their outcomes."""
    random = np.random.default_rng(seed)
    data = pd.DataFrame(
        {
            "age": random.integers(20, 75, rows).astype(float),
            "spend": random.lognormal(8, 0.6, rows).round(2),
            "region": random.choice(["north", "south", "west"], rows),
            "exposure": random.uniform(0.5, 2, rows).round(3),
        }
    )
    eta = 0.02 * data.age - 0.4 * (data.region == "south")
    return data.assign(
        left=(random.random(rows) < 1 / (1 + np.exp(1 - eta))).astype(int),
        amount=eta + data.spend / 5000 + random.normal(0, 0.3, rows),
        claims=random.poisson(np.exp(eta - 1) * data.exposure),
        way=random.integers(0, 3, rows),
    )


def fitted(name: str) -> Any:
    """The results of a fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return FITS[name](frame(1, 2000))


def records() -> list[Record]:
    """Fifty new records without anything odd, within the ages of the fit."""
    fields = ["age", "spend", "region", "exposure"]
    rows: list[Record] = json.loads(frame(2, 50)[fields].to_json(orient="records", double_precision=15))
    return rows


def expected(results: Any, rows: list[Record]) -> list[list[float]]:
    """Statsmodels' answers (n by 1, or by classes), by hand: with the exposure, where the fit had one."""
    table = pd.DataFrame(rows)
    has_exposure = getattr(results.model, "exposure", None) is not None and hasattr(results.model, "family")
    more = {"exposure": table["exposure"]} if has_exposure else {}
    answers = np.asarray(results.predict(table, **more), dtype=float)
    listed: list[list[float]] = answers.reshape(len(rows), -1).tolist()
    return listed


def requests() -> dict[str, list[Record]]:
    """The requests: plain records; one of them with a level never seen, a gap, or a number as people write it."""
    rows = records()

    def with_(**changes: object) -> list[Record]:
        return [*rows[:20], {**rows[20], **changes}, *rows[21:]]

    return {
        "plain records": rows,
        "an unseen level": with_(region="east"),
        "a gap": with_(region=None),
        '"$6,882.34 "': with_(spend="$6,882.34 ", age="41 "),
    }
