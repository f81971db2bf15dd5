"""Models of other kinds than the reference model's, and their forms."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import statsmodels.formula.api as smf

import phat
from benchmarks.kinds.cases import POISSON, frame
from tests.local import running

OTHER_KINDS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "mean": lambda d: smf.ols("amount ~ spend + age * region", d).fit(),
    "mean of counts": lambda d: smf.glm("claims ~ age + region", d, family=POISSON(), exposure=d["exposure"]).fit(),
    "mean without intervals": lambda d: smf.ols("amount ~ spend + region", d).fit_regularized(alpha=0.1),
    "classes": lambda d: smf.mnlogit("way ~ spend + age + region", d).fit(disp=0),
}


@contextmanager
def serving(kind: str, folder: Path) -> Iterator[str]:
    """Serve a model of a kind; gives the address of its form."""
    path = folder / "model.json"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        phat.export(OTHER_KINDS[kind](frame(1, 500)), name="other").save(path)
    with running(MODEL=str(path)) as server:
        yield f"http://127.0.0.1:{server.port}"
